package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/signin"
)

// users keeps the token of one user, who signs in elsewhere.
type users struct {
	signin.Tokens
	mu    sync.Mutex
	token activity.TokenResponse
	outs  int
}

func (u *users) Token(context.Context, activity.Conversation, string, string) (activity.TokenResponse, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.token, nil
}

func (u *users) SignOut(context.Context, activity.Conversation, string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.token, u.outs = activity.TokenResponse{}, u.outs+1
	return nil
}

// case 101: the client side of the on-behalf-of exchange, from a handler to the
// token endpoint: it needs an exchangeable token, and a refusal signs the user
// out, which a passing failure does not.
func TestCase101_OnBehalfOfEndpoint(t *testing.T) {
	const usersToken = "eyJ1c2Vy.c2lnbmVk.token"
	var mu sync.Mutex
	var asked []string
	status, body := http.StatusOK, ""
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.PostFormValue("requested_token_use")+" "+r.PostFormValue("assertion")+" "+r.PostFormValue("scope"))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer login.Close()
	answer := func(s int, b string) {
		mu.Lock()
		defer mu.Unlock()
		status, body, asked = s, b, nil
	}
	connections, err := auth.NewConnections(auth.ConnectionsConfig{
		Connections: []auth.Connection{{Name: "Service", ClientID: "id", ClientSecret: "s3cr3t", Authority: login.URL}},
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	service := &users{token: activity.TokenResponse{Token: usersToken, Expiration: "2999-01-01T00:00:00Z"}}
	flows := signin.New(signin.Config{
		Connections: []signin.Connection{{Name: "graph", Scopes: []string{"User.Read"}}},
		Tokens:      service, OnBehalfOf: connections,
	})
	var got activity.TokenResponse
	app := agent.New(agent.Config{OnError: func(context.Context, *agent.Turn, error) {}})
	app.Use(flows.Middleware)
	app.OnMessage(func(ctx context.Context, tn *agent.Turn) (err error) {
		got, err = flows.Token(ctx, tn, "graph")
		return err
	})
	chat := agenttest.NewChannel(t, app, agenttest.Config{ChannelID: activity.ChannelWebChat}).Conversation("conversation")
	steps := []struct {
		name         string
		exchangeable bool
		userToken    string
		status       int
		body         string
		want         string
		is           error
		asked, outs  int
	}{
		{"not for the agent", false, usersToken, 500, "", "", signin.ErrNotExchangeable, 0, 0},
		{"down", true, usersToken, 503, "", "", activity.ErrUnreachable, 1, 0},
		{"exchanged", true, usersToken, 200, `{"access_token":"for Graph","token_type":"Bearer","expires_in":3600}`, "for Graph", nil, 1, 0},
		{"known already in the next turn", true, usersToken, 500, "", "for Graph", nil, 0, 0},
		{"refused", true, usersToken + "2", 400, `{"error":"invalid_grant","error_description":"AADSTS50013: ` + usersToken + `2"}`, "", activity.ErrUnauthorized, 1, 1},
		{"signed out", true, "", 500, "", "", signin.ErrNotSignedIn, 0, 1},
	}
	for _, step := range steps {
		if step.userToken != "" {
			service.token.Token, service.token.IsExchangeable = step.userToken, step.exchangeable
		}
		answer(step.status, step.body)
		got = activity.TokenResponse{}
		_, _, err := chat.Process(t.Context(), activity.Message("go"))
		if got.Token != step.want || !errors.Is(err, step.is) {
			t.Errorf("%s: got %q, %v, want %q, %v", step.name, got.Token, err, step.want, step.is)
		}
		if err != nil && (strings.Contains(err.Error(), usersToken) || strings.Contains(err.Error(), "s3cr3t")) {
			t.Errorf("%s: the error holds a secret: %v", step.name, err)
		}
		if want := "on_behalf_of " + step.userToken + " User.Read"; len(asked) != step.asked || step.asked > 0 && asked[0] != want || service.outs != step.outs {
			t.Errorf("%s: asked %q and signed out %d times; want %d of %q and %d", step.name, asked, service.outs, step.asked, want, step.outs)
		}
	}
}
