package localchannel

import (
	"context"
	"time"
)

// A turn is a place in the queue of what the agent is to hear.
type turn struct {
	before <-chan struct{}
	done   chan struct{}
}

// queue takes a place behind all others. conv.mu is held.
func (conv *conversation) queue() turn {
	t := turn{conv.delivery, make(chan struct{})}
	conv.delivery = t.done
	return t
}

func (t turn) end() { close(t.done) }

// wait waits for those before, but no longer than an agent may take to answer:
// order is kept for agents that keep their time, and no client hangs for the
// others.
func (t turn) wait(ctx context.Context, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-t.before:
	case <-timer.C:
	case <-ctx.Done():
	}
}
