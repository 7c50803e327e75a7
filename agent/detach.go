package agent

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/outspoken-go/outspoken/activity"
)

// A Detached is what remains of a [Turn] for work that goes on after it: where
// the turn was, what it was about, and a way to speak there. It shares nothing
// with the turn, holds no token, and may be used concurrently. What it is
// called with needs a context of its own: that of the turn ends with the turn.
//
// It lives as long as the process. What has to survive a restart stores
// Conversation, and speaks by [Adapter.Send] or package proactive.
type Detached struct {
	// Conversation is where the turn was.
	Conversation activity.Conversation

	// Activity is a copy of what the turn was about.
	Activity *activity.Activity

	// Identity is who sent it.
	Identity activity.Identity

	adapter *Adapter
}

// Detach returns what work that outlives the turn may use. Take it before the
// handler returns, in the handler's goroutine.
func (t *Turn) Detach() Detached {
	identity := t.Identity
	identity.Claims, identity.Endorsements = maps.Clone(identity.Claims), slices.Clone(identity.Endorsements)
	return Detached{Conversation: t.Conversation(), Activity: t.Activity.Clone(), Identity: identity, adapter: t.adapter}
}

// Send sends an activity to the conversation, as [Adapter.Send] does.
func (d Detached) Send(ctx context.Context, a *activity.Activity) (string, error) {
	if err := outlived(ctx); err != nil {
		return "", err
	}
	return d.adapter.Send(ctx, d.Conversation, a)
}

// SendText sends a message to the conversation.
func (d Detached) SendText(ctx context.Context, text string) error {
	_, err := d.Send(ctx, activity.Message(text))
	return err
}

// Continue runs h as a new turn of the conversation, with its state and the
// middlewares, as [Adapter.Continue] does.
func (d Detached) Continue(ctx context.Context, h Handler) error {
	if err := outlived(ctx); err != nil {
		return err
	}
	return d.adapter.Continue(ctx, d.Conversation, h)
}

// Logger is the logger of the App.
func (d Detached) Logger() *slog.Logger { return d.adapter.app.cfg.Logger }

// outlived tells a context that ended with its turn from one that was
// cancelled for another reason.
func outlived(ctx context.Context) error {
	if t, ok := ctx.Value(turnKey{}).(*Turn); ok && ctx.Err() != nil && t.ended.Load() {
		return fmt.Errorf("%w; this context ended with the turn, so the work needs one of its own", ErrTurnEnded)
	}
	return nil
}
