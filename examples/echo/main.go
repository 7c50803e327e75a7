// Command echo is the smallest agent: it repeats what it hears.
package main

import (
	"context"
	"log"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

func main() {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "You said: "+t.Activity.Text)
	})
	if err := server.Run(context.Background(), app, server.FromEnv()); err != nil {
		log.Fatal(err)
	}
}
