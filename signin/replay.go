package signin

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A replay is a message that comes again, in a turn of its own: after a
// sign-in, what comes after the middleware handles it.
type replay struct {
	flows   *Flows
	next    agent.Handler
	message *activity.Activity
	tokens  *turnTokens // of the turn that ended the sign-in, whose user is the same
	taken   atomic.Bool // by its turn; turns within that are others
}

type replayKey struct{}

func takeReplay(ctx context.Context, f *Flows) *replay {
	r, ok := ctx.Value(replayKey{}).(*replay)
	if !ok || r.flows != f || r.taken.Swap(true) {
		return nil
	}
	return r
}

// replay handles a message that waited. Its turn is proactive, so that
// middleware does not take it for a duplicate, and reports its own failure.
func (s *step) replay(ctx context.Context, message *activity.Activity) {
	message.DeliveryMode = "" // belonged to the request that it came with
	message.ServiceURL = s.to.Reference.ServiceURL
	to, adapter, log := s.to, s.t.Adapter(), s.t.Logger()
	run := func(ctx context.Context) error {
		r := &replay{flows: s.Flows, next: s.next, message: message, tokens: s.kept(s.t)}
		err := adapter.ContinueWith(context.WithValue(ctx, replayKey{}, r), to, message, unreached)
		if err != nil && !r.taken.Load() {
			log.ErrorContext(ctx, "the message that waited for a sign-in was not handled",
				"conversation", to.Reference.Conversation.ID, "channel", to.Reference.ChannelID, "activity", message.ID, "err", err)
		}
		return err
	}
	if s.t.Activity.Is(activity.TypeInvoke) && s.cfg.Background != nil && s.cfg.Background.Go("message after sign-in", run) == nil {
		return
	}
	_ = run(ctx) // a failure was reported by the turn, or above
}

func unreached(context.Context, *agent.Turn) error {
	return errors.New("signin: a middleware outside of Flows.Middleware changed the context of its turn")
}
