// Command benchbot is the agent that bench/run.sh measures: an ordinary agent
// on this SDK, configured by the variables that the script sets.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/server"
)

var (
	inConversation = agent.ConversationKey[int]("count")
	byUser         = agent.UserKey[int]("count")
)

func main() {
	app := agent.New(agent.Config{})
	if os.Getenv("BENCH_SCENARIO") == "state" {
		app.OnMessage(count)
	} else {
		app.OnMessage(echo)
	}
	if err := server.Run(context.Background(), app, config()); err != nil {
		log.Fatal(err)
	}
}

func echo(ctx context.Context, t *agent.Turn) error {
	return t.SendText(ctx, "echo: "+t.Activity.Text)
}

func count(ctx context.Context, t *agent.Turn) error {
	more := func(n *int) error { *n++; return nil }
	c, err := inConversation.Update(ctx, t, more)
	if err != nil {
		return err
	}
	u, err := byUser.Update(ctx, t, more)
	if err != nil {
		return err
	}
	return t.SendText(ctx, fmt.Sprintf("c=%d u=%d echo: %s", c, u, t.Activity.Text))
}

// config turns the script's variables into the server's.
func config() server.Config {
	cfg := server.Config{
		Addr:   "127.0.0.1:" + os.Getenv("PORT"),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	cfg.Proactive.Path = "/proactive"
	if os.Getenv("BENCH_AUTH") != "jwt" {
		return cfg
	}
	cfg.Connections.Connections = []auth.Connection{{
		Name:         "ServiceConnection",
		ClientID:     os.Getenv("BENCH_CLIENT_ID"),
		ClientSecret: os.Getenv("BENCH_CLIENT_SECRET"),
		TenantID:     os.Getenv("BENCH_TENANT_ID"),
		Authority:    os.Getenv("BENCH_AUTHORITY"),
	}}
	cfg.Validation.OpenIDMetadataURL = os.Getenv("BENCH_OPENID")
	cfg.Validation.ValidIssuers = []string{os.Getenv("BENCH_ISSUER")}
	cfg.Hosts.AllowLoopback = true // the benchmark's channel
	return cfg
}
