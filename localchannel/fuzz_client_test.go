package localchannel_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

// here serves a request from this machine and returns the answer, which must
// be JSON.
func here(t *testing.T, handler http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if !json.Valid(w.Body.Bytes()) || !utf8.Valid(w.Body.Bytes()) {
		t.Fatalf("%s %s answers %d %q, not JSON", method, path, w.Code, w.Body)
	}
	return w
}

// Whatever is uploaded is either kept, under harmless names, or leaves nothing.
func FuzzUpload(f *testing.F) {
	form, contentType := multipartForm(f, part{"file", "../../x", "text/html", "<b>"}, part{"a", "blob", "application/vnd.microsoft.activity", `{"attachments":[{"name":"x"}]}`})
	f.Add(contentType, "", form)
	f.Add("image/png", `name="file"; filename="x.jpg"`, "PNG")
	f.Add("multipart/form-data; boundary=x", "", "--x\r\n\r\n--x--")
	f.Add("multipart/form-data; boundary=\"\"", "", "--\r\n\r\n----")
	f.Add("", "filename=..\\..", "")
	f.Add("x", "attachment; filename*=utf-8''%00%e2%80%ae", "x")
	store := storage.NewMemory()
	fx := serve(f, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxUpload, cfg.MaxConversations = store, 10_000, 1 })
	handler := fx.channel.Handler()
	f.Fuzz(func(t *testing.T, contentType, disposition, body string) {
		var conv directline.Conversation
		if err := json.Unmarshal(here(t, handler, "POST", base, "").Body.Bytes(), &conv); err != nil {
			t.Fatal(err)
		}
		w := here(t, handler, "POST", base+"/"+conv.ID+"/upload?userId=u", body, "Content-Type", contentType, "Content-Disposition", disposition)
		var set directline.ActivitySet
		if err := json.Unmarshal(here(t, handler, "GET", base+"/"+conv.ID+"/activities", "").Body.Bytes(), &set); err != nil {
			t.Fatal(err)
		}
		switch w.Code {
		case 200:
		case 400, 413:
			if n := stored(t, store, "files/") + stored(t, store, "chunks/"); n != 0 {
				t.Errorf("answers %d and leaves %d keys", w.Code, n)
			}
			return
		default:
			t.Fatalf("answers %d %s", w.Code, w.Body)
		}
		for _, a := range set.Activities {
			for _, att := range a.Attachments {
				address, ok := strings.CutPrefix(att.ContentURL, fx.server.URL+"/files/")
				if !ok {
					continue // as the client gave it
				}
				if strings.ContainsAny(att.Name, "/\\") || strings.IndexFunc(att.Name, unicode.IsControl) >= 0 || len(att.Name) > 200 || strings.Trim(att.Name, ".") == "" {
					t.Errorf("kept as %q", att.Name)
				}
				r := httptest.NewRequest("GET", "/files/"+address, nil)
				r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
				got := httptest.NewRecorder()
				handler.ServeHTTP(got, r)
				if got.Code != 200 || got.Header().Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s answers %d", att.ContentURL, got.Code)
				}
			}
		}
	})
}

// No credential but the secret and its tokens lets anybody in.
func FuzzCredential(f *testing.F) {
	fx := serve(f, useSecret)
	handler := fx.channel.Handler()
	token := fx.channel.GenerateToken(directline.Parameters{}, "").Token
	head, rest, _ := strings.Cut(token, ".")
	for _, seed := range []string{"", "Bearer ", "bearer", "Bearer undefined", withSecret[:len(withSecret)-1], "Bearer " + secret + ".", "Bearer ..", "Bearer " + token[:len(token)-1],
		"Bearer eyJhbGciOiJub25lIn0." + rest, "Bearer " + head + ".e30.x", "Basic " + secret, "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		_, credential, _ := strings.Cut(strings.TrimSpace(header), " ")
		if credential = strings.TrimSpace(credential); credential == secret || credential == token {
			return
		}
		if w := here(t, handler, "POST", base, "", "Authorization", header); w.Code != 401 && w.Code != 403 {
			t.Errorf("%q is answered %d", header, w.Code)
		}
		if w := here(t, handler, "GET", base+"/x/stream?t="+url.QueryEscape(credential), ""); w.Code != 401 && w.Code != 403 {
			t.Errorf("the stream with %q is answered %d", credential, w.Code)
		}
	})
}

// A watermark is a place in the history or it is refused.
func FuzzWatermark(f *testing.F) {
	for _, seed := range []string{"", "0", "2", "99999999999999999999", "-1", "+1", "1e3", " 1", "\x00", "０"} {
		f.Add(seed)
	}
	fx := serve(f)
	handler := fx.channel.Handler()
	conv := fx.start(withAnna)
	for range 3 {
		fx.send(conv.ID, message("x"))
	}
	f.Fuzz(func(t *testing.T, mark string) {
		query := "?watermark=" + url.QueryEscape(mark)
		w := here(t, handler, "GET", base+"/"+conv.ID+"/activities"+query, "")
		var set directline.ActivitySet
		if w.Code == 200 && (json.Unmarshal(w.Body.Bytes(), &set) != nil || set.Watermark != "3") || w.Code != 200 && w.Code != 400 {
			t.Errorf("%q is answered %d %s", mark, w.Code, w.Body)
		}
		if n, err := strconv.Atoi(mark); err == nil && n >= 0 && len(set.Activities) != max(0, 3-n) {
			t.Errorf("after %q come %d activities", mark, len(set.Activities))
		}
		for _, path := range []string{"", "/stream"} {
			if w := here(t, handler, "GET", base+"/"+conv.ID+path+query, ""); w.Code != 200 && w.Code != 400 {
				t.Errorf("%s%s answers %d", path, query, w.Code)
			}
		}
	})
}
