package proactive_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A ledger is a token endpoint and a channel that write down, in one list, what
// they are asked for.
type ledger struct {
	mu     sync.Mutex
	lines  []string
	refuse bool // tokens
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.PostFormValue("grant_type") == "client_credentials":
		l.lines = append(l.lines, "token "+r.PostFormValue("scope"))
		if l.refuse {
			w.WriteHeader(401)
			io.WriteString(w, `{"error":"invalid_client"}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":"T-%s","token_type":"Bearer","expires_in":3600}`, r.PostFormValue("scope"))
	default:
		l.lines = append(l.lines, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		io.WriteString(w, `{"id":"a:new"}`)
	}
}

func (l *ledger) start(t *testing.T) (*proactive.Messenger, string) {
	srv := httptest.NewServer(l)
	t.Cleanup(srv.Close)
	tokens, err := auth.NewConnections(auth.ConnectionsConfig{Connections: []auth.Connection{
		{Name: "Service", ClientID: "bot-1", ClientSecret: "hush", Authority: srv.URL},
	}})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	app := agent.New(agent.Config{Logger: quiet})
	client := connector.New(connector.Config{Tokens: tokens, Hosts: hosts, Logger: quiet})
	book := proactive.NewConversations(storage.NewMemory())
	return proactive.New(agent.NewAdapter(app, client, agent.AdapterConfig{}), app, book, proactive.Config{}), srv.URL
}

const botFramework = "https://api.botframework.com/.default"

// S0-10, S0-21: token, then the new conversation, then the message in it.
func TestS0_21_TokenCreateSend(t *testing.T) {
	l := &ledger{}
	m, url := l.start(t)
	inGroup := known("19:g", func(c *activity.Conversation) { c.Reference.ServiceURL = url })
	if _, err := m.Create(t.Context(), proactive.CopilotThread(inGroup), say("Hello proactive world")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"token " + botFramework,
		"POST /v3/conversations Bearer T-" + botFramework,
		"POST /v3/conversations/a:new/activities Bearer T-" + botFramework,
	}
	if diff := cmp.Diff(want, l.lines); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

// S0-12, S0-14: without a token nothing reaches the channel, and the error
// tells why.
func TestS0_14_NoToken(t *testing.T) {
	l := &ledger{refuse: true}
	m, url := l.start(t)
	c := proactive.OneToOne(known("a:1", func(c *activity.Conversation) { c.Reference.ServiceURL = url }))
	made, err := m.Create(t.Context(), c, say("x"))
	refused, ok := errors.AsType[*auth.TokenError](err)
	if !ok || refused.Status != 401 || made.Reference.Conversation.ID != "" || !slices.Equal(l.lines, []string{"token " + botFramework}) {
		t.Errorf("Create = %v, asked for %v", err, l.lines)
	}
}

// For whom the token is, follows from the claims that were stored.
func TestTokenOfAContinuation(t *testing.T) {
	for name, tt := range map[string]struct {
		claims map[string]string
		want   string
	}{
		"case 61 another agent, version 1.0": {map[string]string{"aud": "bot-1", "ver": "1.0", "appid": "other"}, "other/.default"},
		"case 61 another agent, version 2.0": {map[string]string{"aud": "bot-1", "ver": "2.0", "azp": "other"}, "other/.default"},
		"case 62 without a version":          {map[string]string{"aud": "bot-1", "appid": "other"}, botFramework},
		"the channel":                        {map[string]string{"aud": "bot-1"}, botFramework},
	} {
		t.Run(name, func(t *testing.T) {
			l := &ledger{}
			m, url := l.start(t)
			to := known("a:1", func(c *activity.Conversation) { c.Reference.ServiceURL, c.Claims = url, tt.claims })
			if _, err := m.Conversations().Store(t.Context(), to); err != nil {
				t.Fatal(err)
			}
			if err := m.Continue(t.Context(), "a:1", say("x")); err != nil {
				t.Fatal(err)
			}
			if len(l.lines) != 2 || l.lines[0] != "token "+tt.want {
				t.Errorf("asked for %v, want a token for %s", l.lines, tt.want)
			}
		})
	}
}

// case 63: one adapter serves all channels; which one is part of the address.
func TestEveryChannel(t *testing.T) {
	r := newRig(t, proactive.Config{})
	for _, channel := range []string{"msteams", "msteams:COPILOT", "webchat", "never-heard-of"} {
		to := r.known(t, "on "+channel, func(c *activity.Conversation) { c.Reference.ChannelID = channel })
		err := r.ContinueIn(t.Context(), to, say(channel))
		if got := r.wire.all(); err != nil || got[len(got)-1].Body["text"] != channel {
			t.Errorf("%s: %v", channel, err)
		}
	}
	if err := r.ContinueIn(t.Context(), known("x", func(c *activity.Conversation) { c.Reference.ChannelID = "" }), say("x")); !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("no channel: %v", err)
	}
}
