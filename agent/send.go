package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// An Op is what an [Outgoing] asks of the channel.
type Op string

// The operations of a turn that send middleware sees.
const (
	OpSend   Op = "send"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
)

// An Outgoing is one thing a turn asks of the channel, on its way through the
// send middlewares.
type Outgoing struct {
	Op Op

	// Activity is what is sent, or replaces the one with its ID. Of a delete
	// only ID and address are set. Middleware may change it.
	Activity *activity.Activity

	// ID is the id that the channel gave; set once the innermost handler ran.
	ID string
}

// A SendHandler carries out an [Outgoing].
type SendHandler func(ctx context.Context, t *Turn, out *Outgoing) error

// A SendMiddleware wraps a [SendHandler]. Not calling next drops the outgoing
// activity: the caller sees success and an empty id.
type SendMiddleware func(next SendHandler) SendHandler

// Send sends an activity to the turn's conversation and returns the id that
// the channel gave it, which may be empty. It fills in where the activity goes
// and what it answers; a itself is not changed. A trace goes only to the
// emulator, a delay only waits, and an invokeResponse becomes the answer of
// the invoke.
func (t *Turn) Send(ctx context.Context, a *activity.Activity) (string, error) {
	if t.ended.Load() {
		return "", ErrTurnEnded
	}
	if a == nil {
		return "", fmt.Errorf("agent: send: %w", errNoActivity)
	}
	out := t.copyOf(a)
	out.ID = ""
	if out.Type == "" {
		out.Type = activity.TypeMessage
	}
	t.ref.Apply(out)
	return t.carry(ctx, OpSend, out)
}

// SendText sends a message.
func (t *Turn) SendText(ctx context.Context, text string) error {
	return t.say(ctx, activity.Message(text))
}

// say sends an activity that nobody else has.
func (t *Turn) say(ctx context.Context, a *activity.Activity) error {
	if t.ended.Load() {
		return ErrTurnEnded
	}
	t.ref.Apply(a)
	_, err := t.carry(ctx, OpSend, a)
	return err
}

// Typing shows the user that the agent is at work. Channels clear it after a
// few seconds or at the next message.
func (t *Turn) Typing(ctx context.Context) error {
	return t.say(ctx, activity.Typing())
}

// Update replaces the activity whose id is a.ID with a.
func (t *Turn) Update(ctx context.Context, a *activity.Activity) error {
	if t.ended.Load() {
		return ErrTurnEnded
	}
	if a.ID == "" {
		return fmt.Errorf("agent: update: %w: the activity has no ID; use the one that Send returned", activity.ErrInvalid)
	}
	out := t.copyOf(a)
	t.ref.Apply(out)
	_, err := t.carry(ctx, OpUpdate, out)
	return err
}

// copyOf is a copy of what the caller gave: a deep one where others may change
// or keep it.
func (t *Turn) copyOf(a *activity.Activity) *activity.Activity {
	if len(t.adapter.app.send) > 0 || t.reply != nil {
		return a.Clone()
	}
	out := *a
	return &out
}

// Delete removes an activity that the agent sent.
func (t *Turn) Delete(ctx context.Context, id string) error {
	if t.ended.Load() {
		return ErrTurnEnded
	}
	if id == "" {
		return fmt.Errorf("agent: delete: %w: no activity id", activity.ErrInvalid)
	}
	out := activity.Activity{Type: activity.TypeMessageDelete, ID: id}
	t.ref.Apply(&out)
	_, err := t.carry(ctx, OpDelete, &out)
	return err
}

// carry takes one activity through the send middlewares to the channel.
func (t *Turn) carry(ctx context.Context, op Op, a *activity.Activity) (string, error) {
	out := &Outgoing{Op: op, Activity: a}
	h := SendHandler(deliver)
	use := t.adapter.app.send
	for i := len(use) - 1; i >= 0; i-- {
		h = use[i](h)
	}
	if err := h(ctx, t, out); err != nil {
		return "", err
	}
	return out.ID, nil
}

// deliver is the innermost [SendHandler].
func deliver(ctx context.Context, t *Turn, out *Outgoing) error {
	a, conn, err := out.Activity, t.adapter.connector, error(nil)
	var r activity.ResourceResponse
	switch {
	case out.Op == OpUpdate:
		r, err = conn.Update(ctx, t.to(), a)
	case out.Op == OpDelete:
		return conn.Delete(ctx, t.to(), a.ID)
	case a.Type == activity.TypeDelay:
		return delay(ctx, a)
	case a.Type == activity.TypeTrace && t.Activity.ChannelID != activity.ChannelEmulator:
		return nil
	case a.Type == activity.TypeInvokeResponse:
		err = t.respondWith(a)
	case t.reply != nil:
		r, err = t.intoResponse(a)
	default:
		r, err = conn.Send(ctx, t.to(), a)
		switch {
		case err == nil:
			t.refusal.Store(nil)
		case !isStreamCode(err):
			refusal := err // a copy, so that err itself need not escape
			t.refusal.Store(&refusal)
		}
	}
	if err != nil {
		return err
	}
	out.ID = r.ID
	if out.Op == OpSend && a.Type != activity.TypeTrace {
		t.responded.Store(true)
	}
	return nil
}

// intoResponse hands a to the request that waits for the turn. When the turn
// has ended, so has the request.
func (t *Turn) intoResponse(a *activity.Activity) (activity.ResourceResponse, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended.Load() {
		return activity.ResourceResponse{}, ErrTurnEnded
	}
	return t.reply(a)
}

func (t *Turn) respondWith(a *activity.Activity) error {
	if !t.Activity.Is(activity.TypeInvoke) {
		return ErrNoInvoke
	}
	var r activity.InvokeResponse
	if err := json.Unmarshal(a.Value, &r); err != nil {
		return fmt.Errorf("agent: invokeResponse: %w", err)
	}
	return t.setResponse(&r)
}

// delay waits as many milliseconds as the activity's value says, or a second.
func delay(ctx context.Context, a *activity.Activity) error {
	ms := 1000
	if json.Unmarshal(a.Value, &ms) != nil {
		ms = 1000
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
