package proactive

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A Call says more about one continuation.
type Call struct {
	// Activity is the event that the handler sees, for a payload in its Value
	// and ValueType. The address in it does not count. Default: an event
	// without a value.
	Activity *activity.Activity

	// SignIn names the sign-ins that the user needs, in place of those that
	// the continuation was registered with. Empty but not nil asks for none.
	SignIn []string
}

// Continue runs h as a turn of a stored conversation: with the state of that
// conversation and its user, middlewares and streaming. What it says is sent
// as it says it; its state is saved only if it succeeds. Continue returns when
// the turn is over. It waits for other turns of the conversation; see
// [agent.Adapter.Continue]. At most one call may be given.
//
// It fails with [ErrConversationNotFound], [ErrAmbiguous], [ErrMarked],
// [ErrUserNotSignedIn], or as the turn does.
func (m *Messenger) Continue(ctx context.Context, id string, h agent.Handler, call ...Call) error {
	if h == nil {
		return missing("handler")
	}
	e, err := m.find(ctx, id)
	if err != nil {
		return err
	}
	return m.ContinueIn(ctx, e.Conversation, h, call...)
}

// ContinueIn is [Messenger.Continue] for an address that need not be stored. A
// mark is not looked at.
func (m *Messenger) ContinueIn(ctx context.Context, in activity.Conversation, h agent.Handler, call ...Call) error {
	c, err := one(call)
	if err != nil {
		return err
	}
	if c.Activity == nil {
		c.Activity = &activity.Activity{}
	}
	return m.run(ctx, in, h, c)
}

// Run runs the continuation that was registered with agent.OnContinue under
// key, "" for the default one, as [Messenger.Continue] runs a handler. value
// is encoded as JSON for it; nil stands for none.
func (m *Messenger) Run(ctx context.Context, id, key string, value any, call ...Call) error {
	h, c, err := m.registered(key, value, call)
	if err != nil {
		return err
	}
	return m.Continue(ctx, id, h, c)
}

// RunIn is [Messenger.Run] for an address that need not be stored. A mark is
// not looked at.
func (m *Messenger) RunIn(ctx context.Context, in activity.Conversation, key string, value any, call ...Call) error {
	h, c, err := m.registered(key, value, call)
	if err != nil {
		return err
	}
	return m.ContinueIn(ctx, in, h, c)
}

func (m *Messenger) registered(key string, value any, call []Call) (agent.Handler, Call, error) {
	c, err := one(call)
	if err != nil {
		return nil, c, err
	}
	if m.app == nil {
		return nil, c, missing("app")
	}
	registered, ok := m.app.Continuation(key)
	if !ok {
		return nil, c, &InvalidError{"key", fmt.Sprintf("%q is not registered; register it with agent.OnContinue", key)}
	}
	if c.SignIn == nil {
		c.SignIn = registered.SignIn
	}
	if c.Activity, err = event(c.Activity, value); err != nil {
		return nil, c, err
	}
	return registered.Handler, c, nil
}

// event is a, or a fresh event, with value in it.
func event(a *activity.Activity, value any) (*activity.Activity, error) {
	if a == nil {
		a = &activity.Activity{}
	}
	if raw, ok := value.(json.RawMessage); value == nil || ok && len(raw) == 0 {
		return a, nil
	}
	a = a.Clone()
	if err := a.SetValue(value); err != nil {
		return nil, &InvalidError{"value", "cannot be written as JSON: " + err.Error()}
	}
	if a.ValueType == "" {
		a.ValueType = activity.ValueTypeContinueConversation
	}
	return a, nil
}

func one(call []Call) (Call, error) {
	switch len(call) {
	case 0:
		return Call{}, nil
	case 1:
		return call[0], nil
	}
	return Call{}, &InvalidError{"call", "is given more than once"}
}

// run runs h as a turn that c starts, and learns from what the channel says.
func (m *Messenger) run(ctx context.Context, in activity.Conversation, h agent.Handler, c Call) error {
	if h == nil {
		return missing("handler")
	}
	if err := m.check(in); err != nil {
		return err
	}
	var refusal error
	err := m.adapter.ContinueWith(ctx, in, c.Activity, func(ctx context.Context, t *agent.Turn) error {
		if err := t.OnEnd(func(context.Context, error) { refusal = t.Refusal() }); err != nil {
			return err
		}
		if err := m.signedIn(ctx, t, c.SignIn); err != nil {
			return err
		}
		return h(ctx, t)
	})
	m.learn(ctx, &in, refusal)
	return err
}

func (m *Messenger) signedIn(ctx context.Context, t *agent.Turn, names []string) error {
	if len(names) == 0 || m.cfg.SignIns == nil {
		return nil
	}
	lacks, err := m.cfg.SignIns.Missing(ctx, t, names)
	if err != nil {
		return err
	}
	if len(lacks) > 0 && !m.cfg.KeepUnsignedIn {
		return &UserNotSignedInError{lacks}
	}
	return nil
}
