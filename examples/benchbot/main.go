// Command benchbot is the agent that bench/run.sh measures: an ordinary agent
// on this SDK, configured by the variables that the script sets.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
)

var (
	inConversation = agent.ConversationKey[int]("count")
	byUser         = agent.UserKey[int]("count")
)

func main() {
	app := agent.New(agent.Config{})
	known := proactive.NewConversations(app.Storage())
	switch os.Getenv("BENCH_SCENARIO") {
	case "state":
		app.OnMessage(count)
	case "proactive":
		app.Use(known.Capture)
		app.OnMessage(echo)
	default:
		app.OnMessage(echo)
	}
	srv, err := server.New(app, config())
	if err != nil {
		log.Fatal(err)
	}
	srv.Handle("POST /proactive/sendactivity/{id}", push(srv.Adapter(), known))
	if err := srv.Run(context.Background()); err != nil {
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

// push sends the posted activity to a known conversation.
func push(adapter *agent.Adapter, known *proactive.Conversations) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conv, err := known.Get(r.Context(), r.PathValue("id"))
		if errors.Is(err, proactive.ErrConversationNotFound) {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		var a *activity.Activity
		body, readErr := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err = errors.Join(err, readErr); err == nil {
			a, err = activity.Decode(body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		id, err := adapter.Send(r.Context(), conv, a)
		if err != nil {
			log.Print(err)
			http.Error(w, "not sent", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(activity.ResourceResponse{ID: id})
	}
}
