package proactive_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A wire is the REST service of a channel, as it looks from outside: it
// records what it is asked for and answers as it is told.
type wire struct {
	url string

	mu     sync.Mutex
	asked  []asked
	answer func(asked) (status int, body string) // nil: 200 and an id
}

// asked is one request.
type asked struct {
	Path  string // with the method before it
	Body  map[string]any
	Token string // the Authorization header
}

func newWire(t *testing.T) *wire {
	w := &wire{}
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	w.url = srv.URL + "/teams/"
	return w
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	one := asked{Path: r.Method + " " + r.URL.EscapedPath(), Token: r.Header.Get("Authorization")}
	_ = json.Unmarshal(raw, &one.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, one)
	status, body := 200, fmt.Sprintf(`{"id":"made-%d"}`, len(w.asked))
	if w.answer != nil {
		status, body = w.answer(one)
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	io.WriteString(rw, body)
}

func (w *wire) all() []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

func (w *wire) answers(status int, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = func(asked) (int, string) { return status, body }
}

// audience gives tokens that say for whom they are.
type audience struct{}

func (audience) Token(_ context.Context, to activity.Conversation) (string, error) {
	return "for-" + to.Claims["aud"] + "-" + to.Identity().Caller(), nil
}

// A rig is an agent with a Messenger in front of a wire.
type rig struct {
	*proactive.Messenger
	app   *agent.App
	state *storage.Memory
	store *storage.Memory // of the book
	book  *proactive.Conversations
	wire  *wire

	client *connector.Client
}

func newRig(t *testing.T, cfg proactive.Config) *rig {
	r := &rig{state: storage.NewMemory(), store: storage.NewMemory(), wire: newWire(t)}
	quiet := slog.New(slog.DiscardHandler)
	hosts, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	r.app = agent.New(agent.Config{Storage: r.state, Logger: quiet})
	r.client = connector.New(connector.Config{Tokens: audience{}, Hosts: hosts, Logger: quiet})
	r.book = proactive.NewConversations(r.store)
	r.app.Use(r.book.Capture)
	if cfg.TeamsServiceURL == "" {
		cfg.TeamsServiceURL = r.wire.url
	}
	r.Messenger = proactive.New(agent.NewAdapter(r.app, r.client, agent.AdapterConfig{}), r.app, r.book, cfg)
	return r
}

// known is an address at the rig's wire, which is stored.
func (r *rig) known(t *testing.T, id string, edits ...func(*activity.Conversation)) activity.Conversation {
	t.Helper()
	edits = append([]func(*activity.Conversation){func(c *activity.Conversation) { c.Reference.ServiceURL = r.wire.url }}, edits...)
	conv := known(id, edits...)
	mustStore(t, r.book, conv)
	return conv
}

// stateKeys are the keys of the agent's state.
func (r *rig) stateKeys(t *testing.T) (keys []string) {
	t.Helper()
	for e, err := range storage.All(t.Context(), r.state, "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, e.Key)
	}
	return keys
}
