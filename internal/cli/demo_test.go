package cli

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// The first five minutes: run it, open the page, talk, let it speak first, stop.
func TestDemo(t *testing.T) {
	p := freshDemo(t)
	base := p.base()
	if status, page := request(t, "GET", base+"/", "", nil); status != 200 || !strings.Contains(page, "<html") {
		t.Errorf("the page is answered %d %.80s", status, page)
	}
	for _, path := range []string{"/healthz", "/readyz", "/playground/", "/playground/api/agent"} {
		if status, _ := request(t, "GET", base+path, "", nil); status != 200 {
			t.Errorf("%s is answered %d", path, status)
		}
	}
	c := newChat(t, base).greeted()
	c.say("hello")
	if got := c.since("").texts(); !slices.Equal(got, []string{"Welcome Ann", "Echo: hello"}) {
		t.Errorf("the agent said %q", got)
	}

	hint := p.out.String()
	if !strings.Contains(hint, base+"/api/proactive") || !strings.Contains(hint, "Data is kept in:") {
		t.Errorf("printed %s", hint)
	}
	other := newChat(t, base).greeted()
	answer := ask[map[string]int](t, "POST", base+"/api/proactive", `{"text":"To everybody"}`)
	if answer["sent"] != 2 || answer["failed"] != 0 {
		t.Errorf("speaking to everybody is answered %v", answer)
	}
	ask[map[string]int](t, "POST", base+"/api/proactive", `{"conversationId":"`+c.id+`","text":"To you"}`)
	ask[map[string]int](t, "POST", base+"/api/proactive", `{"conversationId":"`+other.id+`"}`)
	if got := c.since("").texts()[2:]; !slices.Equal(got, []string{"To everybody", "To you"}) {
		t.Errorf("the agent said first %q", got)
	}
	if got := other.since("").texts()[1:]; !slices.Equal(got, []string{"To everybody", "Proactive hello"}) {
		t.Errorf("the agent said first %q to the other", got)
	}
	for body, want := range map[string]int{`{"conversationId":"nobody"}`: 404, `{`: 400, ``: 400, `{"text":7}`: 400, `[]`: 400} {
		status, said := request(t, "POST", base+"/api/proactive", body, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
		if !json.Valid([]byte(said)) || status != want {
			t.Errorf("the body %q is answered %d %s, want %d", body, status, said, want)
		}
	}
	if state := p.end(terminate); state.ExitCode() != 0 {
		t.Errorf("ended with %s, want status 0", state)
	}
}

// A crash answers the request, in the words of each side, and tells no more.
func TestCrash(t *testing.T) {
	base := freshDemo(t).base()
	c := newChat(t, base).greeted()
	status, said := request(t, "POST", c.url(), `{"type":"message","text":"Crash","from":{"id":"ann"}}`, nil)
	if status != 502 || strings.Contains(said, "asked for") {
		t.Errorf("a crash is answered %d %s, want 502", status, said)
	}
	c.say("hello")
	if got := c.since("").texts(); len(got) != 3 || strings.Contains(got[1], "asked for") || got[2] != "Echo: hello" {
		t.Errorf("the agent said %q; want a welcome, an apology and an echo", got)
	}
}

// kill -9, at any moment: what was acknowledged is there, a client goes on with
// the watermark it had, and the agent can speak first to whom it met before.
// (S1-009)
func TestKilled(t *testing.T) {
	data := t.TempDir()
	p := launch(t, "demo", "--addr", "127.0.0.1:0", "--data", data)
	base := p.base()
	c := newChat(t, base).greeted()
	c.say("count")
	mark := c.since("").Watermark

	// Somebody talks while it dies.
	var acknowledged []string
	talking, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			resp, err := http.Post(c.url(), "application/json", strings.NewReader(`{"type":"message","text":"talk","from":{"id":"ann"}}`))
			if err != nil {
				return
			}
			var got struct{ ID string }
			err = json.NewDecoder(resp.Body).Decode(&got)
			resp.Body.Close()
			if err != nil {
				return
			}
			if acknowledged = append(acknowledged, got.ID); n == 20 {
				close(talking)
			}
		}
	}()
	<-talking
	p.end(kill)
	<-stopped

	p = launch(t, "demo", "--addr", strings.TrimPrefix(base, "http://"), "--data", data)
	if again := p.base(); again != base {
		t.Fatalf("the demo came back at %s, not %s", again, base)
	}
	var ids []string
	for _, a := range c.since("").Activities {
		ids = append(ids, a.ID)
	}
	for _, id := range acknowledged {
		if !slices.Contains(ids, id) {
			t.Errorf("activity %s was acknowledged and is gone", id)
		}
	}
	if sorted := slices.Sorted(slices.Values(ids)); len(slices.Compact(sorted)) != len(ids) {
		t.Errorf("an activity stands twice in the history: %q", ids)
	}

	answer := ask[map[string]int](t, "POST", base+"/api/proactive", `{"conversationId":"`+c.id+`","text":"I am back"}`)
	if answer["sent"] != 1 {
		t.Errorf("speaking first is answered %v", answer)
	}
	since := c.since(mark).texts()
	if n := len(since); n < 20 || since[0] != "Echo: talk" || since[n-1] != "I am back" || slices.Contains(since, "Welcome Ann") {
		t.Errorf("the client with the old watermark sees %q", since)
	}
	mark = c.since("").Watermark
	c.say("count")
	if got := c.since(mark).texts(); !slices.Equal(got, []string{"conversation 2, user 2"}) {
		t.Errorf("the state after the restart gives %q", got)
	}
	c.say("members")
	if got := c.since(mark).texts(); got[len(got)-1] != "Member ann Ann" {
		t.Errorf("the roster after the restart gives %q", got)
	}
}

// The folder may be served at another address: the conversations move along.
func TestMoved(t *testing.T) {
	data := t.TempDir()
	p := launch(t, "demo", "--addr", "127.0.0.1:0", "--data", data)
	c := newChat(t, p.base()).greeted()
	p.end(terminate)

	taken, err := net.Listen("tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c.base = launch(t, "demo", "--addr", "localhost:0", "--data", data).base()
	if answer := ask[map[string]int](t, "POST", c.base+"/api/proactive", `{"text":"Here now"}`); answer["sent"] != 1 || answer["failed"] != 0 {
		t.Errorf("speaking first is answered %v", answer)
	}
	c.say("hello")
	if got := c.since("").texts(); !slices.Equal(got, []string{"Welcome Ann", "Here now", "Echo: hello"}) {
		t.Errorf("the conversation holds %q", got)
	}
}

// Two demos cannot share a folder or a port; the first one does not notice.
func TestTwoDemos(t *testing.T) {
	data := t.TempDir()
	first := launch(t, "demo", "--addr", "127.0.0.1:0", "--data", data)
	base := first.base()
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"on one folder", []string{"--addr", "127.0.0.1:0", "--data", data}, []string{data, "--data"}},
		{"on one folder, said otherwise", []string{"--addr", "127.0.0.1:0", "--data", filepath.Join(data, "..", filepath.Base(data))}, []string{"--data"}},
		{"on one port", []string{"--addr", strings.TrimPrefix(base, "http://"), "--data", t.TempDir()}, []string{"in use", "--addr"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := launch(t, append([]string{"demo"}, tt.args...)...)
			if state := p.end(nil); state.ExitCode() != 1 {
				t.Errorf("ended with %s, want status 1", state)
			}
			for _, want := range tt.want {
				if said := p.errors.String(); !strings.Contains(said, want) || strings.Count(said, "\n") != 1 {
					t.Errorf("said %q, want one sentence with %q", said, want)
				}
			}
		})
	}
	c := newChat(t, base).greeted()
	c.say("hello")
	if got := c.since("").texts(); !slices.Contains(got, "Echo: hello") {
		t.Errorf("the first demo said %q", got)
	}
	first.end(terminate)
	if state := launch(t, "demo", "--addr", "127.0.0.1:0", "--data", data); state.base() == "" {
		t.Error("the folder stays locked")
	}
}

// The data of conversations is for its owner.
func TestDataIsPrivate(t *testing.T) {
	data := filepath.Join(t.TempDir(), "a", "b")
	p := launch(t, "demo", "--addr", "127.0.0.1:0", "--data", data)
	newChat(t, p.base()).greeted()
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// No web page from elsewhere reaches any route of the demo, whatever it is
// called there. (DESIGN 4.8)
func TestGuard(t *testing.T) {
	base := freshDemo(t, "--origin", "https://listed.test").base()
	c := newChat(t, base).greeted()
	var called atomic.Int64
	spy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer spy.Close()

	message := `{"type":"message","text":"from elsewhere","from":{"id":"ann"},"channelId":"directline","serviceUrl":"` + spy.URL +
		`","recipient":{"id":"agent"},"conversation":{"id":"` + c.id + `"}}`
	routes := []struct{ method, path, body string }{
		{"POST", "/api/messages", message},
		{"POST", "/api/proactive", `{"text":"from elsewhere"}`},
		{"POST", "/v3/directline/tokens/generate", `{}`},
		{"POST", "/v3/directline/conversations", `{}`},
		{"GET", "/v3/directline/conversations/" + c.id, ""},
		{"GET", "/v3/directline/conversations/" + c.id + "/activities", ""},
		{"POST", "/v3/directline/conversations/" + c.id + "/activities", message},
		{"GET", "/v3/directline/conversations/" + c.id + "/stream", ""},
		{"OPTIONS", "/v3/directline/conversations/" + c.id + "/activities", ""},
		{"GET", "/connector/v3/conversations", ""},
		{"POST", "/connector/v3/conversations", `{"members":[]}`},
		{"POST", "/connector/v3/conversations/" + c.id + "/activities", message},
		{"PUT", "/connector/v3/conversations/" + c.id + "/activities/x", message},
		{"DELETE", "/connector/v3/conversations/" + c.id + "/activities/x", ""},
		{"GET", "/connector/v3/conversations/" + c.id + "/members", ""},
		{"GET", "/connector/msteams-0/v3/conversations/" + c.id + "/members", ""},
		{"POST", "/v3/directline/conversations/" + c.id + "/upload?userId=ann", ""}, // takes any type
		{"GET", "/files/x/y.txt", ""},
		{"GET", "/api/usertoken/GetToken?userId=ann&connectionName=x", ""},
		{"POST", "/api/usertoken/exchange?userId=ann&connectionName=x", `{"token":"x"}`},
		{"GET", "/api/botsignin/GetSignInUrl", ""},
		{"GET", "/api/botsignin/signin", ""},
		{"GET", "/playground/", ""},
		{"GET", "/playground/api/conversations", ""},
		{"GET", "/playground/api/exchanges", ""},
		{"GET", "/playground/api/events", ""},
		{"POST", "/playground/api/conversations", `{}`},
		{"POST", "/playground/api/token", `{}`},
		{"POST", "/playground/api/move", `{}`},
		{"PUT", "/playground/api/fault", `{"status":500}`},
		{"GET", "/", ""}, {"GET", "/chat/main.js", ""}, {"GET", "/healthz", ""}, {"GET", "/readyz", ""}, {"GET", "/nothing", ""},
	}
	attacks := []struct {
		name  string
		alter func(*http.Request)
		want  int
		body  bool // only where there is a body
	}{
		{"a foreign name", func(r *http.Request) { r.Host = "evil.test" }, 403, false},
		{"a foreign name with our port", func(r *http.Request) { r.Host = "evil.test:" + r.URL.Port() }, 403, false},
		{"a foreign page", func(r *http.Request) { r.Header.Set("Origin", "https://evil.test") }, 403, false},
		{"a page that hides its origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403, false},
		{"a page that only begins like a listed one", func(r *http.Request) { r.Header.Set("Origin", "https://listed.test.evil.test") }, 403, false},
		{"text", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, true},
		{"a form", func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }, 415, true},
		{"no type", func(r *http.Request) { r.Header.Del("Content-Type") }, 415, true},
	}
	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			for _, r := range routes {
				if attack.body && r.body == "" {
					continue
				}
				if status, said := request(t, r.method, base+r.path, r.body, attack.alter); status != attack.want {
					t.Errorf("%s %s is answered %d %s, want %d", r.method, r.path, status, said, attack.want)
				}
			}
		})
	}
	if called.Load() > 0 {
		t.Errorf("the agent answered %d times to elsewhere", called.Load())
	}
	if got := c.since("").texts(); !slices.Equal(got, []string{"Welcome Ann"}) {
		t.Errorf("the agent ran: it said %q", got)
	}
	if list := ask[struct{ Conversations []any }](t, "GET", base+"/connector/v3/conversations", ""); len(list.Conversations) != 1 {
		t.Errorf("there are %d conversations, want 1", len(list.Conversations))
	}

	// The same requests from here do work, else the above proves nothing.
	listed := func(r *http.Request) { r.Header.Set("Origin", "https://listed.test") }
	for _, path := range []string{"/v3/directline/conversations/" + c.id + "/activities", "/api/proactive", "/api/messages"} {
		body := map[string]string{"/api/proactive": `{"text":"x"}`}[path]
		if body == "" {
			body = message
		}
		if status, said := request(t, "POST", base+path, body, listed); status != 200 {
			t.Errorf("%s from a listed page is answered %d %s", path, status, said)
		}
	}
	if called.Load() != 1 {
		t.Errorf("the agent answered %d times to the spy, want once", called.Load())
	}
}
