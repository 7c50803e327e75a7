package endpoint_test

import (
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

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/endpoint"
)

// A receiver is a Receiver that is one function.
type receiver func(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error)

func (f receiver) Process(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
	return f(ctx, in)
}

// nothing is a turn that does nothing.
func nothing(context.Context, activity.Inbound) (*activity.InvokeResponse, error) { return nil, nil }

// never fails the test when a turn runs.
func never(t *testing.T) receiver {
	return func(context.Context, activity.Inbound) (*activity.InvokeResponse, error) {
		t.Error("a turn ran")
		return nil, nil
	}
}

// A gate is a Verifier that lets everybody in, unless told otherwise.
type gate struct {
	verify func(authorization []string) (activity.Identity, error)
	bind   func(id activity.Identity, a *activity.Activity) error
}

func (g gate) Verify(_ context.Context, authorization []string) (activity.Identity, error) {
	if g.verify == nil {
		return activity.Identity{}, nil
	}
	return g.verify(authorization)
}

func (g gate) Bind(id activity.Identity, a *activity.Activity) error {
	if g.bind == nil {
		return nil
	}
	return g.bind(id, a)
}

var quiet = slog.New(slog.DiscardHandler)

// open is an endpoint that everybody may use.
func open(r endpoint.Receiver) *endpoint.Handler {
	return endpoint.New(r, gate{}, anyHost{}, endpoint.Config{Logger: quiet})
}

// body is an activity as it comes over the wire; members are added to it.
func body(members string) string {
	const base = `{"type":"message","id":"in-1","channelId":"test","serviceUrl":"https://channel.example/",` +
		`"from":{"id":"user-1"},"recipient":{"id":"28:bot-1"},"conversation":{"id":"conv-1"}`
	if members == "" {
		return base + "}"
	}
	return base + "," + members + "}" // of members that stand twice the last counts
}

const (
	invokes       = `"type":"invoke","name":"ask"`
	expectReplies = `"deliveryMode":"expectReplies"`
	streams       = `"deliveryMode":"stream"`
)

func request(ctx context.Context, body string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/messages", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// post sends one activity and returns the answer.
func post(t *testing.T, h http.Handler, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(t.Context(), body))
	return w
}

// shutdown waits for the turns that run.
func shutdown(t *testing.T, h *endpoint.Handler) {
	t.Helper()
	if err := h.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("Shutdown = %v", err)
	}
}

// wantError checks an answer with an error object.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var got struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != status || got.Error.Code != code || got.Error.Message == "" {
		t.Errorf("answer = %d %s, want %d with code %s and a message", w.Code, w.Body, status, code)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("Content-Type = %q", ct)
	}
}

// wantEmpty checks an answer without a body.
func wantEmpty(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status || w.Body.Len() != 0 {
		t.Errorf("answer = %d %q, want %d and no body", w.Code, w.Body, status)
	}
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// work takes d, unless ctx ends.
func work(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A wire is a Connector that keeps the texts it is asked to send. Sending
// takes as long as delay says.
type wire struct {
	agent.Connector // what else there is, nobody calls
	delay           time.Duration

	mu   sync.Mutex
	sent []string
}

func (w *wire) Send(ctx context.Context, _ activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	if w.delay > 0 {
		if err := work(ctx, w.delay); err != nil {
			return activity.ResourceResponse{}, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, a.Text)
	return activity.ResourceResponse{ID: "sent"}, nil
}

// deaf is a Connector that does nothing at all.
type deaf struct{ agent.Connector }

func (deaf) Send(context.Context, activity.Conversation, *activity.Activity) (activity.ResourceResponse, error) {
	return activity.ResourceResponse{ID: "sent"}, nil
}

func (w *wire) texts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.sent...)
}

// newBot is an App behind an Adapter that speaks into a wire.
func newBot(cfg agent.AdapterConfig) (*agent.App, *agent.Adapter, *wire) {
	app, w := agent.New(agent.Config{Logger: quiet}), &wire{}
	return app, agent.NewAdapter(app, w, cfg), w
}

// anyHost trusts every service URL.
type anyHost struct{}

func (anyHost) Check(string) error { return nil }

// hostFunc trusts what it returns nil for.
type hostFunc func(serviceURL string) error

func (f hostFunc) Check(serviceURL string) error { return f(serviceURL) }
