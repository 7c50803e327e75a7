package main

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
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage"
)

// users is a token service that knows who is signed in, and a code.
type users struct {
	mu   sync.Mutex
	in   bool
	code string
}

func (u *users) Token(_ context.Context, _ activity.Conversation, connection, code string) (activity.TokenResponse, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.in = u.in || code != "" && code == u.code
	if !u.in {
		return activity.TokenResponse{}, nil
	}
	return activity.TokenResponse{ConnectionName: connection, Token: "head.eyJuYW1lIjoiQW5uIn0.sign"}, nil // {"name":"Ann"}
}

func (u *users) TokenOrSignIn(ctx context.Context, to activity.Conversation, connection string, _ *activity.ConversationReference) (activity.TokenResponse, activity.SignInResource, error) {
	token, err := u.Token(ctx, to, connection, "")
	return token, activity.SignInResource{SignInLink: "https://sign.in.test/"}, err
}

func (u *users) ExchangeToken(context.Context, activity.Conversation, string, string) (activity.TokenResponse, error) {
	return activity.TokenResponse{}, nil
}

func (u *users) SignOut(context.Context, activity.Conversation, string) error { return nil }

// An inMemory world: the agent on a fake channel, without a socket.
type inMemory struct {
	*agenttest.Client
	*assistant
	channel *agenttest.Channel
	later   *proactive.Messenger
	users   *users
}

func start(t *testing.T) *inMemory {
	u := &users{code: "123456"}
	work := background.New(background.Config{})
	t.Cleanup(func() {
		if err := work.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	a := newAssistant(storage.NewMemory(), u, work, analysts{})
	a.app.Use(a.book.Capture) // as package server does
	ch := agenttest.NewChannel(t, a.app, agenttest.Config{})
	return &inMemory{ch.Conversation("conv-1"), a, ch, proactive.New(ch.Adapter(), a.app, a.book, proactive.Config{SignIns: a.flows}), u}
}

// A call is a request that the channel got.
type call struct {
	path     string
	body     string
	activity activity.Activity
}

// A served world: the agent behind HTTP, and a channel behind HTTP.
type served struct {
	t       *testing.T
	url     string // of the agent
	channel string // of the channel
	later   *proactive.Messenger

	mu     sync.Mutex
	calls  []call
	refuse string // a part of the paths that the channel answers 500
	came   chan struct{}
}

func serve(t *testing.T, cfg server.Config) *served {
	s := &served{t: t, came: make(chan struct{}, 100)}
	channel := httptest.NewServer(http.HandlerFunc(s.asked))
	var handler http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	s.url, s.channel = front.URL, channel.URL+"/"
	t.Setenv("PUBLIC_URL", s.url)
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.TokenService = s.channel // has no token for anybody
	cfg.Proactive.TeamsServiceURL = s.channel
	srv, err := newServer(cfg, storage.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	handler, s.later = srv.Handler(), srv.Messenger()
	t.Cleanup(func() {
		if err := srv.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		front.Close()
		channel.Close()
	})
	return s
}

func (s *served) asked(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/usertoken/") {
		http.NotFound(w, r)
		return
	}
	raw, err := io.ReadAll(r.Body)
	c := call{path: r.URL.EscapedPath(), body: string(raw)}
	if err != nil || len(raw) > 0 && json.Unmarshal(raw, &c.activity) != nil {
		s.t.Errorf("%s: %s", c.path, raw)
	}
	s.mu.Lock()
	refused := s.refuse != "" && strings.Contains(c.path, s.refuse)
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	defer func() { s.came <- struct{}{} }()
	w.Header().Set("Content-Type", "application/json")
	if refused {
		w.WriteHeader(http.StatusInternalServerError)
	}
	io.WriteString(w, `{"id":"made-1"}`)
}

// next is what the channel got next.
func (s *served) next() call {
	s.t.Helper()
	select {
	case <-s.came:
	case <-time.After(20 * time.Second):
		s.t.Fatal("the agent says nothing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[0]
	s.calls = s.calls[1:]
	return c
}

func (s *served) wantText(conversation, text string) {
	s.t.Helper()
	if got := s.next(); got.activity.Text != text || !strings.HasPrefix(got.path, "/v3/conversations/"+conversation+"/activities") {
		s.t.Errorf("the channel got %q at %s, want %q in %s", got.activity.Text, got.path, text, conversation)
	}
}

func (s *served) silent() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		s.t.Errorf("the channel got %s at %s", c.body, c.path)
	}
}

// post makes a request and returns its status and answer.
func (s *served) post(path, body string, header ...string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if len(header) == 2 {
		req.Header.Set(header[0], header[1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(answer))
}

func (s *served) want(path, body string, status int, answer string) {
	s.t.Helper()
	if got, said := s.post(path, body); got != status || said != answer {
		s.t.Errorf("%s is answered %d %s, want %d %s", path, got, said, status, answer)
	}
}

// says makes the user write in the conversation "conv-1".
func (s *served) says(text string) {
	s.t.Helper()
	raw, err := json.Marshal(map[string]any{
		"type": "message", "id": "in-1", "text": text, "channelId": activity.ChannelTeams, "serviceUrl": s.channel,
		"from": map[string]string{"id": "29:ann"}, "recipient": map[string]string{"id": "28:agent"},
		"conversation": map[string]string{"id": "conv-1", "tenantId": "contoso"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if status, said := s.post("/api/messages", string(raw)); status/100 != 2 {
		s.t.Fatalf("the agent answers %d %s", status, said)
	}
}
