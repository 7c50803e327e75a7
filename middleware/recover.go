package middleware

import (
	"context"
	"runtime/debug"

	"github.com/outspoken-go/outspoken/agent"
)

// Recover turns a panic of what it wraps into an [agent.PanicError], so that
// the middlewares around it, such as [Log], see an error and clean up as after
// any other. Without it the adapter does the same, but outside of all
// middlewares.
func Recover() agent.Middleware {
	return func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) (err error) {
			defer func() {
				if v := recover(); v != nil {
					err = &agent.PanicError{Value: v, Stack: debug.Stack()}
				}
			}()
			return next(ctx, t)
		}
	}
}
