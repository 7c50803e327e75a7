package server_test

import (
	"context"
	"fmt"
	"log"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/signin"
)

// An agent that speaks first, by the id of a conversation that it has met.
func ExampleServer_Messenger() {
	app := agent.New(agent.Config{}) // Storage would keep addresses over a restart
	srv, err := server.New(app, server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = srv.Messenger().Send(context.Background(), "a conversation", activity.Message("Your report is ready!"))
	fmt.Println(err)
	// Output: proactive: the conversation is not known; the user has to write to the agent once, or install it, or use Messenger.Create: "a conversation"
}

// A handler that works on after its turn, in a queue that the server ends in
// order.
func ExampleServer_Background() {
	work := background.New(background.Config{})
	app := agent.New(agent.Config{})
	app.OnText("report", func(ctx context.Context, t *agent.Turn) error {
		later := t.Detach()
		if err := work.Go("report", func(ctx context.Context) error {
			return later.SendText(ctx, "Your report is ready!")
		}); err != nil {
			return err
		}
		return t.SendText(ctx, "I am on it.")
	})
	srv, err := server.New(app, server.Config{Background: work})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(srv.Background() == work, srv.Shutdown(context.Background()))
	// Output: true <nil>
}

// An agent whose users sign in once, and which then calls Microsoft Graph in
// their name. The OAuth connection of the registration gives tokens for the agent
// itself, such as api://CLIENT-ID/access_as_user; each is exchanged for one that
// Graph takes.
func ExampleConfig_OnBehalfOf() {
	cfg := server.FromEnv()
	tokens, err := cfg.UserTokens()
	if err != nil {
		log.Fatal(err)
	}
	exchange, err := cfg.OnBehalfOf()
	if err != nil {
		log.Fatal(err)
	}
	app := agent.New(agent.Config{})
	flows := signin.New(signin.Config{
		Connections: []signin.Connection{{
			Name: "graph", OAuthConnection: "graph-aad", SSO: true,
			Scopes: []string{"https://graph.microsoft.com/User.Read"},
		}},
		Tokens:     tokens,
		OnBehalfOf: exchange,
		Storage:    app.Storage(),
	})
	app.Use(flows.Middleware)
	app.OnText("me", flows.Require("graph")(func(ctx context.Context, t *agent.Turn) error {
		token, err := flows.Token(ctx, t, "graph") // for Graph
		if err != nil {
			return err
		}
		return t.SendText(ctx, fmt.Sprintf("I have a %v.", token)) // does not show it
	}))
	_, err = server.New(app, cfg)
	fmt.Println(err)
	// Output: <nil>
}
