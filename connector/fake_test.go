package connector_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

// A seen is one request that the fake channel got.
type seen struct {
	Method, URI, Body string
	Header            http.Header
}

// A channel is a real HTTP server that remembers what it was asked and answers
// the same every time.
type channel struct {
	*httptest.Server
	Status int
	Body   string
	Header map[string]string

	mu   sync.Mutex
	seen []seen
}

func newChannel(t testing.TB, status int, body string) *channel {
	ch := &channel{Status: status, Body: body}
	ch.Server = httptest.NewServer(ch)
	t.Cleanup(ch.Close)
	return ch
}

func (ch *channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	ch.mu.Lock()
	ch.seen = append(ch.seen, seen{r.Method, r.RequestURI, string(body), r.Header})
	ch.mu.Unlock()
	for name, value := range ch.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(ch.Status)
	io.WriteString(w, ch.Body)
}

func (ch *channel) requests() []seen {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.seen
}

// one is the only request there was.
func (ch *channel) one(t *testing.T) seen {
	t.Helper()
	if got := ch.requests(); len(got) == 1 {
		return got[0]
	} else {
		t.Fatalf("the channel got %d requests, want 1", len(got))
		return seen{}
	}
}

// token is a TokenSource that always gives itself.
type token string

func (tok token) Token(context.Context, activity.Conversation) (string, error) {
	return string(tok), nil
}

// hosts is a HostChecker that trusts URLs by their start.
type hosts []string

func (h hosts) Check(serviceURL string) error {
	for _, prefix := range h {
		if strings.HasPrefix(serviceURL, prefix) {
			return nil
		}
	}
	return errors.New("not on the list of this test")
}

const secret = "s3cr3t-token"

func newClient(cfg connector.Config) *connector.Client {
	if cfg.Tokens == nil {
		cfg.Tokens = token(secret)
	}
	if cfg.Hosts == nil {
		cfg.Hosts = hosts{"http://127.0.0.1:", "https://channel.example"}
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	return connector.New(cfg)
}

// at is a conversation "19:c1" on a channel.
func at(serviceURL, channelID string) activity.Conversation {
	return activity.Conversation{Reference: activity.ConversationReference{
		ServiceURL: serviceURL, ChannelID: channelID,
		Conversation: activity.ConversationAccount{ID: "19:c1"},
		Agent:        activity.ChannelAccount{ID: "28:agent"}, User: activity.ChannelAccount{ID: "29:user"},
	}}
}

// message is addressed to a conversation, as an adapter does.
func message(to activity.Conversation, text string) *activity.Activity {
	a := activity.Message(text)
	to.Reference.Apply(a)
	return a
}
