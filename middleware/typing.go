package middleware

import (
	"context"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Typing shows the user that the agent is at work: first when a turn has run
// for delay, then every period, until the turn ends. Typing never overtakes
// what the turn sends, and rests for a period after it; a streamed answer that
// grows ends it. Good values are 500 ms and 2 s; in Copilot, 250 ms and 1 s.
// (proactive-hosting-auth 4.7)
//
// Only turns of messages show it, and not those of other agents or of callers
// that want all replies in one HTTP response. Typing that fails is ignored, and
// [agent.Turn.Responded] does not count it. Other send middlewares do see it,
// as of a turn of its own.
//
// Typing panics if delay is negative or period not positive.
func Typing(delay, period time.Duration) Pair {
	if delay < 0 || period <= 0 {
		panic("middleware: Typing needs a delay of at least 0 and a positive period, not " + delay.String() + " and " + period.String())
	}
	key := agent.NewTempKey[*indicator]("middleware.Typing")
	return Pair{
		Turn: func(next agent.Handler) agent.Handler {
			return func(ctx context.Context, t *agent.Turn) error {
				if !showsTyping(t) {
					return next(ctx, t)
				}
				y := &indicator{busy: 1, start: func(wait time.Duration) (stop func()) { return typing(ctx, t, wait, period) }}
				key.Set(t, y)
				y.resume(delay)
				defer y.pause()
				return next(ctx, t)
			}
		},
		Send: func(next agent.SendHandler) agent.SendHandler {
			return func(ctx context.Context, t *agent.Turn, out *agent.Outgoing) error {
				if y, ok := key.Get(t); ok {
					y.pause()
					if _, part := out.Activity.StreamInfo(); !part {
						defer y.resume(period)
					}
				}
				return next(ctx, t, out)
			}
		},
	}
}

func showsTyping(t *agent.Turn) bool {
	a := t.Activity
	return a.Is(activity.TypeMessage) && !t.Identity.IsAgent() &&
		!a.HasDeliveryMode(activity.DeliverExpectReplies) && !a.HasDeliveryMode(activity.DeliverStream)
}

// An indicator types while nobody else is busy sending.
type indicator struct {
	start func(wait time.Duration) (stop func())

	mu   sync.Mutex
	busy int
	stop func() // set while it types
}

func (y *indicator) pause() {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.busy++; y.busy == 1 {
		y.stop()
	}
}

func (y *indicator) resume(wait time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.busy--; y.busy == 0 {
		y.stop = y.start(wait)
	}
}

// typing sends typing activities, the first after wait, until stop is called,
// which ends the one under way and waits for it.
func typing(ctx context.Context, t *agent.Turn, wait, period time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ad, to, relates := t.Adapter(), t.Conversation(), t.Activity.RelatesTo
	var wg sync.WaitGroup
	wg.Go(func() {
		for ; ; wait = period {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
			a := activity.Typing()
			a.RelatesTo = relates
			ad.Send(ctx, to, a) // a nicety, so its failure does not matter
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}
