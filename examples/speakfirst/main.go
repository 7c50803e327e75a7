// Command speakfirst is an agent that answers at once and speaks again when a
// report is ready, long after its turn.
package main

import (
	"context"
	"log"
	"log/slog"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

func main() {
	var work sync.WaitGroup
	defer work.Wait()
	if err := server.Run(context.Background(), newAgent(&work), server.FromEnv()); err != nil {
		log.Print(err)
	}
}

// newAgent returns the agent. What it does outside of turns counts in work.
func newAgent(work *sync.WaitGroup) *agent.App {
	app := agent.New(agent.Config{})
	// region speak-first
	app.OnText("report", func(ctx context.Context, t *agent.Turn) error {
		adapter, to := t.Adapter(), t.Conversation()
		work.Go(func() {
			report := writeReport()
			if _, err := adapter.Send(context.Background(), to, activity.Message(report)); err != nil {
				slog.Error("report not sent", "err", err, "advice", activity.Advice(err))
			}
		})
		return t.SendText(ctx, "I will tell you when it is ready.")
	})
	// endregion
	return app
}

func writeReport() string {
	time.Sleep(10 * time.Second) // a report takes its time
	return "Your report is ready."
}
