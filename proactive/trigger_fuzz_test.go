package proactive_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// onlyOurs trusts one host and counts nothing else.
type onlyOurs struct{}

func (onlyOurs) Check(serviceURL string) error {
	if serviceURL == "https://ours.example/" {
		return nil
	}
	return proactive.ErrConversationNotFound // any error
}

// fuzzed is a handler without a network, which tells where it sent.
func fuzzed(f *testing.F) (http.Handler, *[]string) {
	quiet := slog.New(slog.DiscardHandler)
	app := agent.New(agent.Config{Logger: quiet})
	app.OnContinue("", nothing)
	app.OnContinue("report", nothing)
	book := proactive.NewConversations(storage.NewMemory())
	if _, err := book.Store(f.Context(), known("a:1")); err != nil {
		f.Fatal(err)
	}
	sent := new([]string)
	m := proactive.New(agent.NewAdapter(app, teller{to: sent}, agent.AdapterConfig{}), app, book, proactive.Config{})
	return proactive.NewHandler(m, proactive.TriggerConfig{Authorise: proactive.BearerKeys("key"), Hosts: onlyOurs{}, AgentIDs: []string{"bot-1"}, MaxBody: 1 << 16, Logger: quiet}), sent
}

// FuzzTriggerBodies: whatever the body, it is answered properly, and nothing
// goes elsewhere or as somebody else.
func FuzzTriggerBodies(f *testing.F) {
	conv := `{"reference":{"channelId":"webchat","serviceUrl":"https://ours.example/","bot":{"id":"b"},"user":{"id":"u"},"conversation":{"id":"c"}},"claims":{"aud":"bot-1"}}`
	for _, body := range []string{
		"", "null", "{", "[]", `{"text":"hi"}`, conv, `{"conversation":` + conv + `,"value":{"a":1}}`, `{"activity":{"text":"hi"},"conversation":` + conv + `}`,
		strings.Replace(conv, "ours", "evil", 1), strings.Replace(conv, `"aud"`, `"ver":"2.0","azp":"x","aud"`, 1),
		`{"agentClientId":"bot-1","channelId":"webchat","user":{"id":"u"},"storeConversation":true,"continueConversation":true}`,
		`{"agentClientId":"bot-1","channelId":"evil.example/#","user":{"id":"u"}}`,
		`{"SERVICEURL":1,"serviceUrl":"https://evil.example/"}`, "\xef\xbb\xbf{}", strings.Repeat(`{"a":`, 2000),
	} {
		for path := range fuzzPaths {
			f.Add(path, body)
		}
	}
	h, sent := fuzzed(f)
	f.Fuzz(func(t *testing.T, path int, body string) {
		r := httptest.NewRequest(http.MethodPost, "/proactive"+fuzzPaths[uint(path)%uint(len(fuzzPaths))], strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer key")
		*sent = nil
		wantProper(t, h, r)
		for _, to := range *sent {
			if to != "https://ours.example/ bot-1" && to != "https://smba.example/ bot-1" && !strings.HasPrefix(to, "create ") {
				t.Errorf("sent to %s", to)
			}
		}
	})
}

var fuzzPaths = []string{"/sendactivity/a:1", "/sendactivity", "/continue", "/continue/report", "/create", "/continue/a:1"}

// FuzzTriggerPaths: whatever the path and the query, it is answered properly.
func FuzzTriggerPaths(f *testing.F) {
	for _, path := range []string{"/sendactivity/a:1?x=1", "/continue/report/a%3A1?a=1&A=2&=3&b", "/continue/%2F%2e%2e", "/create/report", "//", "/continue/%00%ff?%00=%ff", "/openapi.json", "/continue/a:1?a=%zz&;"} {
		f.Add(path, "k")
	}
	h, _ := fuzzed(f)
	f.Fuzz(func(t *testing.T, path, key string) {
		u, err := url.ParseRequestURI("/proactive" + path)
		if err != nil {
			return
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"text":"hi"}`))
		r.URL = u
		r.Header.Set("Authorization", "Bearer key")
		r.Header["Idempotency-Key"] = []string{key}
		wantProper(t, h, r)
	})
}

// wantProper checks that an answer has a sensible status, and JSON or nothing.
func wantProper(t *testing.T, h http.Handler, r *http.Request) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	switch w.Code {
	case 200, 400, 404, 405, 409, 413, 422:
	default:
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
		t.Errorf("the body is no JSON: %q", w.Body)
	}
}

// A teller is a Connector that writes down where it would have sent.
type teller struct {
	agent.Connector
	to *[]string
}

func (c teller) Send(_ context.Context, to activity.Conversation, _ *activity.Activity) (activity.ResourceResponse, error) {
	*c.to = append(*c.to, to.Reference.ServiceURL+" "+to.Claims["aud"]+to.Claims["azp"]+to.Claims["appid"])
	return activity.ResourceResponse{ID: "1"}, nil
}

// CreateConversation goes where the channel says, which the real connector
// checks.
func (c teller) CreateConversation(_ context.Context, at activity.Conversation, _ activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	*c.to = append(*c.to, "create "+at.Reference.ServiceURL)
	if at.Claims["aud"] != "bot-1" {
		return activity.ConversationResourceResponse{}, errors.New("created as somebody else")
	}
	return activity.ConversationResourceResponse{ID: "new"}, nil
}
