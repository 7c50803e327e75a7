package middleware

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A TranscriptLogger keeps what was said. It gets a copy of each activity, in
// the order in which they happened, and may be called concurrently for
// different conversations. See [TranscriptDir].
type TranscriptLogger interface {
	Log(ctx context.Context, a *activity.Activity) error
}

// Transcript gives every activity that arrives, and everything that is sent,
// to to, at once, so that nothing is missing after a turn that failed. An edit
// is logged as messageUpdate, a deletion as messageDelete. What starts a
// proactive turn is not logged, since nobody said it, nor is what the channel
// refused. An error of the logger is logged and does not break the turn.
//
// Install it last, to log what other middlewares made of an activity. It
// panics if to is nil.
func Transcript(to TranscriptLogger) Pair {
	if to == nil {
		panic("middleware: Transcript needs a logger, such as a TranscriptDir")
	}
	return Pair{
		Turn: func(next agent.Handler) agent.Handler {
			return func(ctx context.Context, t *agent.Turn) error {
				if !t.Proactive() {
					a := t.Activity.Clone()
					if a.From.Role == "" {
						a.From.Role = activity.RoleUser
					}
					record(ctx, t, to, a)
				}
				return next(ctx, t)
			}
		},
		Send: func(next agent.SendHandler) agent.SendHandler {
			return func(ctx context.Context, t *agent.Turn, out *agent.Outgoing) error {
				if err := next(ctx, t, out); err != nil || out.Activity.Is(activity.TypeDelay) {
					return err
				}
				record(ctx, t, to, said(out))
				return nil
			}
		},
	}
}

// said is the activity to log for something that was sent.
func said(out *agent.Outgoing) *activity.Activity {
	a := out.Activity.Clone()
	switch out.Op {
	case agent.OpUpdate:
		a.Type = activity.TypeMessageUpdate
	case agent.OpDelete:
		a.Type = activity.TypeMessageDelete
	default:
		if a.ID = out.ID; a.ID == "" {
			a.ID = "g_" + uuid.NewString()
		}
	}
	return a
}

// record logs also when the turn has been cancelled.
func record(ctx context.Context, t *agent.Turn, to TranscriptLogger, a *activity.Activity) {
	if a.Timestamp == "" {
		a.Timestamp = activity.Now()
	}
	if err := to.Log(context.WithoutCancel(ctx), a); err != nil {
		t.Logger().LogAttrs(ctx, slog.LevelWarn, "an activity is missing in the transcript",
			slog.String("conversation", a.Conversation.ID), slog.String("channel", a.ChannelID),
			slog.String("activity", a.ID), slog.Any("err", err))
	}
}
