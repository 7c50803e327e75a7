package localchannel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

// A fakeAgent records what it gets. It answers 200 unless answer says otherwise.
type fakeAgent struct {
	*httptest.Server
	mu     sync.Mutex
	got    []*activity.Activity
	header []http.Header
	answer func(w http.ResponseWriter, r *http.Request, a *activity.Activity)
}

func newAgent(t testing.TB) *fakeAgent {
	f := new(fakeAgent)
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeAgent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a, err := activity.Decode(body)
	if err != nil {
		http.Error(w, "not an activity", http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	f.got = append(f.got, a)
	f.header = append(f.header, r.Header)
	answer := f.answer
	f.mu.Unlock()
	if answer != nil {
		answer(w, r, a)
	}
}

func (f *fakeAgent) setAnswer(answer func(http.ResponseWriter, *http.Request, *activity.Activity)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

// received returns what the agent got, once that is n activities.
func (f *fakeAgent) received(t testing.TB, n int) []*activity.Activity {
	t.Helper()
	var got []*activity.Activity
	eventually(t, "the agent gets its activities", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		got = append(got[:0], f.got...)
		return len(got) >= n
	})
	if len(got) != n {
		t.Fatalf("the agent got %d activities, want %d", len(got), n)
	}
	return got
}

// echo replies through the Connector service, as an agent in another process does.
func echo(w http.ResponseWriter, _ *http.Request, a *activity.Activity) {
	if !a.Is(activity.TypeMessage) {
		return
	}
	reply := activity.Activity{Type: activity.TypeMessage, Text: "You said: " + a.Text, From: a.Recipient, Recipient: a.From}
	body, _ := json.Marshal(reply)
	path := a.ServiceURL + "v3/conversations/" + a.Conversation.ID + "/activities/" + strings.ReplaceAll(a.ID, "|", "%7C")
	resp, err := http.Post(path, "application/json", bytes.NewReader(body))
	if err != nil || resp.StatusCode != http.StatusOK {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	resp.Body.Close()
}

// A fixture is a channel behind a server, in front of an agent.
type fixture struct {
	t       testing.TB
	agent   *fakeAgent
	channel *localchannel.Channel
	server  *httptest.Server
}

func serve(t testing.TB, change ...func(*localchannel.Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, agent: newAgent(t)}
	f.server = httptest.NewUnstartedServer(nil)
	cfg := localchannel.Config{
		Agent:   f.agent.URL,
		BaseURL: "http://" + f.server.Listener.Addr().String(),
		Logger:  slog.New(slog.DiscardHandler),
	}
	for _, fn := range change {
		fn(&cfg)
	}
	var err error
	if f.channel, err = localchannel.New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	f.server.Config.Handler = f.channel.Handler()
	f.server.Start()
	t.Cleanup(f.stop)
	return f
}

func (f *fixture) stop() {
	f.channel.Close()
	f.server.Close()
}

// do asks for a path, with headers as pairs, and decodes the answer into out.
func (f *fixture) do(method, path, body string, out any, header ...string) int {
	f.t.Helper()
	req, err := http.NewRequest(method, f.server.URL+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := f.server.Client().Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if len(answer) > 0 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		f.t.Fatalf("%s %s answers %d with %s, want JSON", method, path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			f.t.Fatalf("%s %s answers %d %q: %v", method, path, resp.StatusCode, answer, err)
		}
	}
	return resp.StatusCode
}

// want is do for an answer whose status is known.
func (f *fixture) want(status int, method, path, body string, out any, header ...string) {
	f.t.Helper()
	var raw json.RawMessage
	if got := f.do(method, path, body, &raw, header...); got != status {
		f.t.Fatalf("%s %s answers %d %s, want %d", method, path, got, raw, status)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			f.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

const (
	base     = "/v3/directline/conversations"
	service  = "/connector/v3/conversations"
	withAnna = `{"user":{"id":"anna","name":"Anna"}}`
)

func (f *fixture) start(body string) directline.Conversation {
	f.t.Helper()
	var conv directline.Conversation
	f.want(http.StatusCreated, "POST", base, body, &conv)
	return conv
}

func (f *fixture) post(conversation, text string) string {
	f.t.Helper()
	var response activity.ResourceResponse
	body, _ := json.Marshal(map[string]any{"type": "message", "text": text, "from": map[string]string{"id": "anna"}})
	f.want(http.StatusOK, "POST", base+"/"+conversation+"/activities", string(body), &response)
	return response.ID
}

func (f *fixture) history(conversation, watermark string) directline.ActivitySet {
	f.t.Helper()
	var set directline.ActivitySet
	f.want(http.StatusOK, "GET", base+"/"+conversation+"/activities?watermark="+watermark, "", &set)
	return set
}

func (f *fixture) send(conversation string, a activity.Activity) string {
	f.t.Helper()
	response, err := f.channel.Send(f.t.Context(), to(conversation), &a)
	if err != nil {
		f.t.Fatal(err)
	}
	return response.ID
}

func to(id string) activity.Conversation {
	return activity.Conversation{Reference: activity.ConversationReference{Conversation: activity.ConversationAccount{ID: id}}}
}

func message(text string) activity.Activity {
	return activity.Activity{Type: activity.TypeMessage, Text: text}
}

func texts(set directline.ActivitySet) []string {
	var list []string
	for _, a := range set.Activities {
		list = append(list, a.Text)
	}
	return list
}

// dial opens a stream.
func dial(t testing.TB, url string) *websocket.Conn {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		t.Fatalf("dial: %v (%d)", err, status)
	}
	conn.SetReadLimit(1 << 24)
	t.Cleanup(func() { conn.CloseNow() })
	return conn
}

// next reads the next frame that is not a keep-alive.
func next(t testing.TB, conn *websocket.Conn) directline.ActivitySet {
	t.Helper()
	var set directline.ActivitySet
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_, frame, err := conn.Read(ctx)
		cancel()
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if len(frame) == 0 {
			continue
		}
		if err := json.Unmarshal(frame, &set); err != nil {
			t.Fatalf("frame %q: %v", frame, err)
		}
		return set
	}
}

func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
