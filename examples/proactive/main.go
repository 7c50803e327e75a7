// Command proactive shows the five ways to speak first, a file each:
//
//	subscribe.go  keep a conversation, and write to it later
//	remind.go     continue it, with its state and the user's token
//	invite.go     create a conversation with somebody who never wrote
//	analyse.go    give work to a service elsewhere, which calls back
//	process.go    work on when the turn is over
//
// The HTTP triggers are at /proactive/. routes.go has routes of the agent's own,
// for callers that need another shape. docs/guide/proactive.md walks through it.
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/signin"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

func main() {
	if err := run(context.Background(), server.FromEnv()); err != nil {
		log.Fatal(err)
	}
}

// region run
func run(ctx context.Context, cfg server.Config) (err error) {
	store, err := sqlite.Open(ctx, filepath.Join("outspoken-data", "proactive.db"), sqlite.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	srv, err := newServer(cfg, store)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var reminders sync.WaitGroup
	reminders.Go(func() { remindDaily(ctx, srv.Messenger()) })
	defer reminders.Wait()
	defer stop()
	return srv.Run(ctx)
}

// endregion

// region server
func newServer(cfg server.Config, store storage.Store) (*server.Server, error) {
	cfg.Addr = cmp.Or(cfg.Addr, server.DefaultAddr)
	tokens, err := cfg.UserTokens() // of users; the service is at TOKEN_SERVICE_ENDPOINT
	if err != nil {
		return nil, err
	}
	cfg.Background = background.New(background.Config{Logger: cfg.Logger})
	cfg.Proactive.Path = cmp.Or(cfg.Proactive.Path, "/proactive") // serves the HTTP triggers
	home := "http://" + cfg.Addr                                  // where services elsewhere call back
	a := newAssistant(store, tokens, cfg.Background, analysts{
		url:      cmp.Or(os.Getenv("ANALYSTS_URL"), home+"/analysts"),
		callback: cmp.Or(os.Getenv("PUBLIC_URL"), home) + cfg.Proactive.Path + "/continue/analysis",
	})
	cfg.Proactive.SignIns = a.flows
	srv, err := server.New(a.app, cfg)
	if err != nil {
		return nil, err
	}
	anonymous, key := len(cfg.Connections.Connections) == 0, string(cfg.Proactive.Key)
	if anonymous { // then only this machine can call it
		srv.Handle("POST /analysts", standIn{a.work, key, 3 * time.Second})
	}
	if anonymous || key != "" {
		srv.Handle("/api/proactive/", ownRoutes(srv.Messenger(), key))
	}
	return srv, nil
}

// endregion

// region assistant
// An assistant is the agent, with what its handlers need.
type assistant struct {
	app      *agent.App
	book     *proactive.Conversations
	flows    *signin.Flows
	work     *background.Queue
	analysts analysts
}

func newAssistant(store storage.Store, tokens signin.Tokens, work *background.Queue, service analysts) *assistant {
	a := &assistant{
		app: agent.New(agent.Config{Storage: store}), book: proactive.NewConversations(store),
		flows: signin.New(signin.Config{
			Connections: []signin.Connection{{Name: "graph"}},
			Tokens:      tokens, Storage: store, Background: work,
		}),
		work: work, analysts: service,
	}
	a.app.Use(a.flows.Middleware)
	a.app.OnText("/subscribe", a.subscribe)
	a.app.OnText("sign in", a.flows.Require("graph")(signedIn))
	a.app.OnPattern(`(?i)^analyse (\S+)$`, a.analyse)
	a.app.OnText("process", a.process)
	a.app.OnMessage(hello)

	a.app.OnContinue("", a.remind, "graph") // runs for users who are signed in
	agent.OnContinue(a.app, "report", reportReady)
	agent.OnContinue(a.app, "analysis", analysed)
	return a
}

// endregion
