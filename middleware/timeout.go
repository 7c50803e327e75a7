package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outspoken-go/outspoken/agent"
)

// Timeout gives each turn at most d: then its context ends, and what the turn
// waits for fails. A handler that never looks at its context is not stopped.
// Timeout panics if d is not positive.
func Timeout(d time.Duration) agent.Middleware {
	if d <= 0 {
		panic("middleware: Timeout needs a positive duration, not " + d.String())
	}
	return func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			ctx, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			err := next(ctx, t)
			if ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("middleware: the turn took longer than %s: %w", d, err)
			}
			return err
		}
	}
}
