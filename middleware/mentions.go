package middleware

import (
	"context"

	"github.com/outspoken-go/outspoken/agent"
)

// Mentions takes the mention of the agent out of messages and leaves only the
// names of others, so that a handler reads "help" where the channel delivered
// "<at>Agent</at> help". See [activity.Activity.NormalizeMentions].
func Mentions() agent.Middleware {
	return func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			t.Activity.NormalizeMentions(true)
			return next(ctx, t)
		}
	}
}
