package agent_test

import (
	"context"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// deaf is a Connector that does nothing at all.
type deaf struct{ agent.Connector }

func (deaf) Send(context.Context, activity.Conversation, *activity.Activity) (activity.ResourceResponse, error) {
	return activity.ResourceResponse{ID: "sent"}, nil
}

// BenchmarkTurn runs whole turns in memory, from Process to the saved state.
func BenchmarkTurn(b *testing.B) {
	count := func(ctx context.Context, t *agent.Turn) error {
		if _, err := visits.Update(ctx, t, func(n *int) error { *n++; return nil }); err != nil {
			return err
		}
		return echo(ctx, t)
	}
	through := func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error { return next(ctx, t) }
	}
	for _, bm := range []struct {
		name string
		h    agent.Handler
		use  []agent.Middleware
	}{
		{"nothing", func(context.Context, *agent.Turn) error { return nil }, nil},
		{"echo", echo, nil},
		{"echo with 3 middlewares", echo, []agent.Middleware{through, through, through}},
		{"state", count, nil},
	} {
		b.Run(bm.name, func(b *testing.B) {
			app := agent.New(agent.Config{Logger: quiet})
			app.Use(bm.use...)
			app.OnMessage(bm.h)
			ad := agent.NewAdapter(app, deaf{}, agent.AdapterConfig{})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ad.Process(b.Context(), activity.Inbound{Activity: says("hello")}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
