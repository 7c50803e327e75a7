package localchannel

import (
	"cmp"
	"context"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// Deliver gives an activity to the agent as the conversation's channel would,
// and returns what the agent answered. It comes from a.From, or else from the
// first member; it gets its own id, time and address, and a is not changed.
// Messages, events and all else that clients may see are also stored and shown.
//
// If a asks for the delivery mode expectReplies, the replies in the answer
// become part of the conversation; no other mode is passed on.
//
// An agent that is down, too slow or answers with an error is an
// [*activity.Error] with status 502 or 504, beside an Answer that has the
// activity's id and the agent's status. The answer to an invoke is never an
// error whatever its status, so that it can be looked at.
func (c *Channel) Deliver(ctx context.Context, id string, a *activity.Activity) (Answer, error) {
	const op = "deliver"
	if err := c.begin(op); err != nil {
		return Answer{}, err
	}
	defer c.work.Done()
	if a == nil || a.Type == "" {
		return Answer{}, missingProperty(op, "type")
	}
	conv, done, err := c.enter(ctx, op, id)
	if err != nil {
		return Answer{}, err
	}
	in := a.Clone()
	if members := conv.record.Members; in.From.ID == "" && len(members) > 0 {
		in.From.ID = members[0].ID
	}
	if m, ok := conv.member(in.From.ID); ok {
		in.From.ID, in.From.Name = m.ID, cmp.Or(in.From.Name, m.Name)
	}
	dressAsClient(conv, in)
	done()
	if in.From.ID == "" {
		return Answer{}, fault(op, http.StatusBadRequest, directline.CodeMissingProperty, "the property from.id is required, as the conversation has no member yet")
	}
	answer, err := c.receive(ctx, op, conv, in)
	if failed := answer.Status != 0 && (answer.Status < 200 || answer.Status > 299); failed && in.Is(activity.TypeInvoke) {
		err = nil
	}
	return answer, err
}
