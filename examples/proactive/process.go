package main

import (
	"context"
	"time"

	"github.com/outspoken-go/outspoken/agent"
)

// region process
// process answers at once and works on in the background. An error of the work
// is logged by the queue.
func (a *assistant) process(ctx context.Context, t *agent.Turn) error {
	later := t.Detach() // now: t ends with its turn, and later does not
	err := a.work.Go("process", func(ctx context.Context) error {
		if err := crunch(ctx); err != nil {
			return err
		}
		return later.SendText(ctx, "Processing complete!")
	})
	if err != nil {
		return err // the queue is full
	}
	return t.SendText(ctx, "Working on it. I will tell you when it is done.")
}

// endregion

// crunch stands for work in this process.
func crunch(ctx context.Context) error {
	select {
	case <-time.After(5 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
