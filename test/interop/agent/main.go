// Command agent is the showcase as an agent of its own, without a local
// channel, for the channels of others. OUTSPOKEN_ADDR says where it listens.
package main

import (
	"context"
	"log"
	"log/slog"

	"github.com/outspoken-go/outspoken/examples/showcase"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage"
)

func main() {
	agent := showcase.New(storage.NewMemory(), slog.Default())
	defer agent.Close()
	srv, err := server.New(agent.App, server.FromEnv())
	if err != nil {
		log.Fatal(err)
	}
	srv.Handle("/api/proactive", showcase.Trigger(srv.Adapter(), srv.Conversations(), slog.Default()))
	if err := srv.Run(context.Background()); err != nil {
		log.Print(err)
	}
}
