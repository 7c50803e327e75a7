package signin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/signin"
	"github.com/outspoken-go/outspoken/storage"
)

// service is a user-token service in memory.
type service struct {
	mu       sync.Mutex
	tokens   map[string]activity.TokenResponse // by user and connection
	codes    map[string]string                 // the code of a user and connection
	cards    int
	calls    []string
	err      map[string]error // by operation
	exchange func(ctx context.Context, token string) (string, error)
	offer    func(*activity.SignInResource)
}

func newService() *service {
	return &service{tokens: map[string]activity.TokenResponse{}, codes: map[string]string{}, err: map[string]error{}}
}

func at(to activity.Conversation, connection string) string {
	return to.Reference.User.ID + "/" + connection
}

// begin counts a call. The lock is held.
func (s *service) begin(op, key string) error {
	s.calls = append(s.calls, op+" "+key)
	return s.err[op]
}

func (s *service) signIn(user, connection string) {
	s.put(user+"/"+connection, "token of "+user+" for "+connection)
}

func (s *service) put(key, token string) {
	_, connection, _ := strings.Cut(key, "/")
	s.tokens[key] = activity.TokenResponse{ConnectionName: connection, Token: token, Expiration: "2999-01-01T00:00:00Z"}
}

func (s *service) Token(_ context.Context, to activity.Conversation, connection, code string) (activity.TokenResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := at(to, connection)
	if err := s.begin("token", key); err != nil {
		return activity.TokenResponse{}, err
	}
	if code != "" && s.codes[key] == code {
		delete(s.codes, key)
		s.signIn(to.Reference.User.ID, connection)
	}
	return s.tokens[key], nil
}

func (s *service) TokenOrSignIn(_ context.Context, to activity.Conversation, connection string, _ *activity.ConversationReference) (activity.TokenResponse, activity.SignInResource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := at(to, connection)
	if err := s.begin("offer", key); err != nil || s.tokens[key].Token != "" {
		return s.tokens[key], activity.SignInResource{}, err
	}
	s.cards++
	resource := activity.SignInResource{
		SignInLink:            "https://login.test/" + connection,
		TokenExchangeResource: &activity.TokenExchangeResource{ID: fmt.Sprintf("card-%d", s.cards), URI: "api://" + connection},
		TokenPostResource:     &activity.TokenPostResource{SASURL: "https://login.test/post"},
	}
	if s.offer != nil {
		s.offer(&resource)
	}
	return activity.TokenResponse{}, resource, nil
}

func (s *service) ExchangeToken(ctx context.Context, to activity.Conversation, connection, token string) (activity.TokenResponse, error) {
	s.mu.Lock()
	key, exchange := at(to, connection), s.exchange
	err := s.begin("exchange", key)
	s.mu.Unlock()
	if err == nil && exchange != nil {
		token, err = exchange(ctx, token)
	} else {
		token = "exchanged " + token
	}
	if err != nil {
		return activity.TokenResponse{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(key, token)
	return s.tokens[key], nil
}

func (s *service) SignOut(_ context.Context, to activity.Conversation, connection string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, at(to, connection))
	return s.begin("sign out", at(to, connection))
}

// count is how often an operation was called.
func (s *service) count(op string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		if strings.HasPrefix(call, op+" ") {
			n++
		}
	}
	return n
}

// A world is an agent with sign-ins "graph" (OAuth connection graph-aad, SSO)
// and "mail", on a fake channel.
type world struct {
	t        *testing.T
	service  *service
	flows    *signin.Flows
	app      *agent.App
	log      *buffer
	failures *[]error
	channel  *agenttest.Channel
	*agenttest.Client
}

type buffer struct {
	mu sync.Mutex
	strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Builder.Write(p)
}

func start(t *testing.T, channel string, change func(*signin.Config)) *world {
	t.Helper()
	wd := &world{t: t, service: newService(), log: &buffer{}, failures: new([]error)}
	wd.app = agent.New(agent.Config{Logger: slog.New(slog.NewTextHandler(wd.log, nil)), OnError: func(ctx context.Context, tn *agent.Turn, err error) {
		tn.Logger().Error("failed", "err", err)
	}})
	cfg := signin.Config{
		Connections: []signin.Connection{{Name: "graph", OAuthConnection: "graph-aad", SSO: true}, {Name: "mail"}},
		Tokens:      wd.service, Storage: wd.app.Storage(),
		Texts: signin.Texts{InProgress: "in progress", WrongCode: "wrong code", Failed: "failed"},
	}
	if change != nil {
		change(&cfg)
	}
	if cfg.OnFailure == nil {
		cfg.OnFailure = func(ctx context.Context, tn *agent.Turn, connections []string, err error) error {
			*wd.failures = append(*wd.failures, err)
			return tn.SendText(ctx, fmt.Sprint("failed: ", connections))
		}
	}
	wd.flows = signin.New(cfg)
	routes(wd.app, wd.flows)
	if channel == "" {
		channel = activity.ChannelWebChat
	}
	wd.channel = agenttest.NewChannel(t, wd.app, agenttest.Config{ChannelID: channel})
	wd.Client = wd.channel.Conversation("conversation")
	return wd
}

// routes is what the agent does.
func routes(app *agent.App, flows *signin.Flows) {
	app.Use(flows.Middleware)
	say := func(names ...string) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			var said []string
			for _, name := range names {
				token, err := flows.Token(ctx, t, name)
				if err != nil {
					return err
				}
				said = append(said, token.Token)
			}
			return t.SendText(ctx, strings.Join(said, " and "))
		}
	}
	app.OnText("me", flows.Require("graph")(say("graph")))
	app.OnText("both", flows.Require("graph", "mail")(say("graph", "mail")))
	app.OnText("token", say("graph"))
	app.OnText("sign out", func(ctx context.Context, t *agent.Turn) error {
		if err := flows.SignOut(ctx, t, "graph"); err != nil {
			return err
		}
		return t.SendText(ctx, "signed out")
	})
	app.OnInvoke("ask", flows.Require("graph")(func(ctx context.Context, t *agent.Turn) error { return t.Respond(200, "fine") }))
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "echo: "+t.Activity.Text) })
}

// code makes the service take this code of the user once.
func (wd *world) code(user, connection, code string) {
	wd.service.mu.Lock()
	defer wd.service.mu.Unlock()
	wd.service.codes[user+"/"+connection] = code
}

// card says "me" and returns the card.
func (wd *world) card(text string) activity.OAuthCard {
	wd.t.Helper()
	return cardIn(wd.t, wd.SendText(text))
}

func cardIn(t *testing.T, replies agenttest.Replies) (card activity.OAuthCard) {
	t.Helper()
	if len(replies) != 1 || len(replies[0].Attachments) != 1 || replies[0].Attachments[0].ContentType != activity.ContentOAuthCard {
		t.Fatalf("got %v, want an OAuth card", replies.Texts())
	}
	if err := replies[0].Attachments[0].Decode(&card); err != nil {
		t.Fatal(err)
	}
	return card
}

// invoke returns status, body and what the agent said meanwhile.
func (wd *world) invoke(name, value string) (int, string, []string) {
	wd.t.Helper()
	before := len(wd.Messages())
	r, err := wd.Invoke(name, json.RawMessage(value))
	if err != nil {
		return 500, err.Error(), nil
	}
	if r == nil {
		return 501, "", nil
	}
	return r.Status, string(r.Body), wd.Messages()[before:].Texts()
}

// active reports whether a sign-in is under way.
func (wd *world) active() bool {
	wd.t.Helper()
	items, err := wd.app.Storage().(storage.Lister).List(wd.t.Context(), "signin/flow/", "", 0)
	if err != nil {
		wd.t.Fatal(err)
	}
	return slices.ContainsFunc(items, func(e storage.Entry) bool {
		var fl struct{ Connections []string }
		return json.Unmarshal(e.Value, &fl) == nil && len(fl.Connections) > 0
	})
}

// keys are the keys of the agent's storage.
func keys(t *testing.T, wd *world) (all []string) {
	entries, err := wd.app.Storage().(storage.Lister).List(t.Context(), "", "", 1000)
	if err != nil {
		t.Error(err)
	}
	for _, e := range entries {
		all = append(all, e.Key)
	}
	return all
}
