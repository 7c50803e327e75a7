package agenttest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A Fault is something that goes wrong in calls of a [Connector]. Which calls
// is said by the first three fields, what happens by the others, in this
// order: the call is delivered if Delivered is set, then it is held up by Delay
// or Hang, then it fails with Err. A Fault that only delays fails nothing.
type Fault struct {
	Op             agent.Op // "" means every operation
	ConversationID string   // "" means every conversation
	Times          int      // how many calls; 0 means one, -1 all

	// Delivered carries the call out although it then fails, as when the
	// answer of a channel is lost. Err is then [activity.ErrOutcomeUnknown]
	// by default.
	Delivered bool

	// Delay holds the call up.
	Delay time.Duration

	// Hang holds the call up until its context ends.
	Hang bool

	// Err is what the call returns, such as &activity.Error{Status: 429}.
	Err error
}

// Fail scripts a fault. Several faults act in the order in which they were
// given; a call meets at most one.
func (c *Connector) Fail(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, &f)
}

// Heal forgets all faults that have not happened yet.
func (c *Connector) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = nil
}

// faultFor takes the fault that a call meets, or a harmless one. The lock is held.
func (c *Connector) faultFor(call *Call) Fault {
	i := slices.IndexFunc(c.faults, func(f *Fault) bool {
		return (f.Op == "" || f.Op == call.Op) &&
			(f.ConversationID == "" || f.ConversationID == call.To.Reference.Conversation.ID)
	})
	if i < 0 {
		return Fault{}
	}
	f := *c.faults[i]
	if c.faults[i].Times--; c.faults[i].Times == 0 {
		c.faults = slices.Delete(c.faults, i, i+1)
	}
	return f
}

// apply carries out a call by do, as far as the fault lets it.
func (f Fault) apply(ctx context.Context, do func() error) error {
	if f.Delivered {
		if err := do(); err != nil {
			return err
		}
		if f.Err == nil {
			f.Err = activity.ErrOutcomeUnknown
		}
	}
	if err := f.hold(ctx); err != nil {
		return err
	}
	if f.Err != nil {
		return f.Err
	}
	return do()
}

func (f Fault) hold(ctx context.Context) error {
	var after <-chan time.Time // never, unless the fault delays
	switch {
	case f.Delay > 0:
		after = time.After(f.Delay)
	case !f.Hang:
		return nil
	}
	select {
	case <-after:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", activity.ErrOutcomeUnknown, ctx.Err())
	}
}
