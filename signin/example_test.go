package signin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
	"github.com/outspoken-go/outspoken/signin"
)

// exampleTB stands in for the *testing.T that an example does not have.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Context() context.Context          { return context.Background() }
func (exampleTB) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// An agent that says who the user is, to users who have signed in.
func Example() {
	service := newService() // in a real agent, see the example of New
	app := agent.New(agent.Config{})
	flows := signin.New(signin.Config{
		Connections: []signin.Connection{{Name: "graph", OAuthConnection: "graph-aad"}},
		Tokens:      service,
		Storage:     app.Storage(),
	})
	app.Use(flows.Middleware)
	app.OnText("me", flows.Require("graph")(func(ctx context.Context, t *agent.Turn) error {
		token, err := flows.Token(ctx, t, "graph")
		if err != nil {
			return err
		}
		return t.SendText(ctx, "Your name has "+fmt.Sprint(len(token.Token))+" letters.") // it would call Graph
	}))
	app.OnText("sign out", func(ctx context.Context, t *agent.Turn) error {
		if err := flows.SignOut(ctx, t, "graph"); err != nil {
			return err
		}
		return t.SendText(ctx, "You are signed out.")
	})

	chat := agenttest.Start(exampleTB{}, app)
	say := func(text string) {
		fmt.Println("user:", text)
		for _, a := range chat.SendText(text) {
			for _, card := range a.Attachments {
				fmt.Println("bot shows", card.ContentType)
			}
			if a.Text != "" {
				fmt.Println("bot:", a.Text)
			}
		}
	}
	say("me")
	service.codes["user/graph-aad"] = "123456" // the user signs in on the page, which shows this code
	say("123456")
	say("sign out")
	// Output:
	// user: me
	// bot shows application/vnd.microsoft.card.oauth
	// user: 123456
	// bot: Your name has 27 letters.
	// user: sign out
	// bot: You are signed out.
}

// The user-token service of Microsoft's public cloud, called with the agent's
// own credentials.
func ExampleNew() {
	connections, err := auth.NewConnections(auth.ConnectionsConfig{Connections: []auth.Connection{{
		Name: "ServiceConnection", ClientID: "client-id", ClientSecret: "secret", TenantID: "tenant-id",
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := connector.NewUserTokens(connector.Config{Tokens: connections}, connector.TokenServicePublic)
	if err != nil {
		fmt.Println(err)
		return
	}
	app := agent.New(agent.Config{})
	flows := signin.New(signin.Config{
		Connections: []signin.Connection{
			{Name: "graph", OAuthConnection: "graph-aad", SSO: true},
			{Name: "github", Title: "Sign in to GitHub"},
		},
		Tokens:  tokens,
		Storage: app.Storage(),
	})
	app.Use(flows.Middleware)
}

// A proactive turn uses the token of a user who signed in before; nobody is
// asked.
func ExampleFlows_Token() {
	service := newService()
	service.signIn("user", "graph")
	app := agent.New(agent.Config{})
	flows := signin.New(signin.Config{Connections: []signin.Connection{{Name: "graph"}}, Tokens: service})
	app.Use(flows.Middleware)
	chat := agenttest.Start(exampleTB{}, app)
	err := chat.Adapter().Continue(context.Background(), chat.Conversation(), func(ctx context.Context, t *agent.Turn) error {
		token, err := flows.Token(ctx, t, "graph")
		if err != nil {
			return err
		}
		fmt.Println(token) // does not show the token
		return t.SendText(ctx, "Your report is ready.")
	})
	fmt.Println(err)
	// Output:
	// token for connection "graph" until "2999-01-01T00:00:00Z"
	// <nil>
}

// A failure can be told in other words.
func ExampleConfig() {
	flows := signin.New(signin.Config{
		Connections: []signin.Connection{{Name: "graph", Title: "Anmelden", Text: "Bitte melden Sie sich an."}},
		Tokens:      newService(),
		CancelWords: []string{"abbrechen"},
		Texts:       signin.Texts{WrongCode: "Das war nicht der richtige Code."},
		OnFailure: func(ctx context.Context, t *agent.Turn, connections []string, err error) error {
			return t.SendText(ctx, "Die Anmeldung bei "+strings.Join(connections, ", ")+" ging schief.")
		},
	})
	app := agent.New(agent.Config{})
	app.Use(flows.Middleware)
	app.OnMessage(flows.Require("graph")(func(context.Context, *agent.Turn) error { return nil }))
	chat := agenttest.Start(exampleTB{}, app)
	for _, text := range []string{"hallo", "000000", "111111"} {
		for _, a := range chat.SendText(text) {
			if a.Is(activity.TypeMessage) && a.Text != "" {
				fmt.Println(a.Text)
			}
		}
	}
	// Output:
	// Das war nicht der richtige Code.
	// Die Anmeldung bei graph ging schief.
}
