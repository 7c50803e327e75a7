package middleware

import (
	"context"
	"log/slog"
	"time"

	"github.com/outspoken-go/outspoken/agent"
)

// Log writes one line for each turn when it has ended: which kind of turn it
// was, where, how long it took, and its error. It never writes what was said.
// A turn that failed is a warning here, since the error hook of the App reports
// the failure itself. A nil logger means that of the App.
func Log(logger *slog.Logger) agent.Middleware {
	return func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			start, kind := time.Now(), string(t.Activity.Type)
			if t.Activity.Name != "" {
				kind += " " + t.Activity.Name
			}
			err := t.OnEnd(func(ctx context.Context, err error) {
				to, level := logger, slog.LevelInfo
				if to == nil {
					to = t.Logger()
				}
				attrs := []slog.Attr{
					slog.String("turn", kind),
					slog.String("conversation", t.Activity.Conversation.ID),
					slog.String("channel", t.Channel()),
					slog.String("activity", t.Activity.ID),
					slog.Duration("duration", time.Since(start)),
				}
				if err != nil {
					level = slog.LevelWarn
					attrs = append(attrs, slog.Any("err", err))
				}
				to.LogAttrs(ctx, level, "turn ended", attrs...)
			})
			if err != nil {
				return err
			}
			return next(ctx, t)
		}
	}
}
