package localchannel_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/directline"
)

// Whatever a client posts, the answer is JSON with a status that says whose
// fault it was, and the history stays readable.
func FuzzPostActivity(f *testing.F) {
	for _, seed := range []string{
		`{"type":"message","text":"hi","from":{"id":"u"}}`, `{"type":"typing","from":{"id":"u"}}`, `{"type":"invoke","from":{"id":"u"}}`,
		`{"type":"conversationUpdate","from":{"id":"u"}}`, `{"type":"message","from":{"id":"u"},"channelData":{"a":[1.0,null]}}`,
		`{"type":"message","from":{"id":"u"},"x":"` + "\xff" + `"}`, `{"Type":"message","FROM":{"ID":"u"}}`, `null`, `{}`, `[`, ``, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(seed))
	}
	fx := serve(f)
	handler := fx.channel.Handler()
	f.Fuzz(func(t *testing.T, body []byte) {
		serve := func(method, path string, body []byte) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, path, bytes.NewReader(body))
			r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if !json.Valid(w.Body.Bytes()) || !utf8.Valid(w.Body.Bytes()) {
				t.Fatalf("%s %s answers %d %q, not JSON", method, path, w.Code, w.Body)
			}
			return w
		}
		var conv directline.Conversation
		if err := json.Unmarshal(serve("POST", base, nil).Body.Bytes(), &conv); err != nil {
			t.Fatal(err)
		}
		id := conv.ID
		posted := serve("POST", base+"/"+id+"/activities", body)
		if posted.Code != 200 && posted.Code != 400 && posted.Code != 413 {
			t.Errorf("answers %d %s", posted.Code, posted.Body)
		}
		serve("POST", service+"/"+id+"/activities", body)
		var set directline.ActivitySet
		if w := serve("GET", base+"/"+id+"/activities", nil); w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &set) != nil {
			t.Errorf("the history answers %d %s", w.Code, w.Body)
		}
	})
}

// No id in a path leads to a crash, a server error, or another conversation.
func FuzzIDs(f *testing.F) {
	f.Add("x", "y")
	f.Add("..", "|")
	f.Add("%7C", "a|0000001")
	f.Add("a/b", "\x00\xff")
	fx := serve(f)
	handler := fx.channel.Handler()
	known := fx.start(withAnna).ID
	fx.send(known, message("secret"))
	f.Fuzz(func(t *testing.T, conversation, id string) {
		if strings.TrimSpace(conversation) == "" || conversation == known || id == "" {
			return
		}
		for _, at := range []struct{ method, path string }{
			{"GET", base + "/" + url.PathEscape(conversation) + "/activities"},
			{"DELETE", service + "/" + url.PathEscape(conversation) + "/activities/" + url.PathEscape(id)},
			{"GET", service + "/" + known + "/members/" + url.PathEscape(id)},
			{"DELETE", service + "/" + known + "/activities/" + url.PathEscape(id)},
		} {
			r := httptest.NewRequest(at.method, at.path, nil)
			r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code >= 500 || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s %s answers %d %s", at.method, at.path, w.Code, w.Body)
			}
		}
	})
}
