package connector

import (
	"context"
	"fmt"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
)

// Send delivers a, as a reply when a.ReplyToID is set, and returns the id the
// channel gave it; "" when the channel gave none. It does not change a, which
// must be addressed ([activity.ConversationReference.Apply] does that) and
// should have no ID.
//
// A message that the channel may have taken is never sent again: such a
// failure matches [activity.ErrOutcomeUnknown].
func (c *Client) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	r := request{op: "send", method: http.MethodPost}
	switch {
	case a == nil:
		// outbound refuses it
	case to.Reference.Agent.HasRole(activity.RoleConnectorUser):
		// Copilot Studio takes messages at the service URL itself, without a
		// token. (proactive-hosting-auth 3.4)
	case a.ReplyToID != "":
		r.op = "reply"
		r.path = []string{"conversations", conversationSegment(&to, a), "activities", a.ReplyToID}
	default:
		r.path = []string{"conversations", conversationSegment(&to, a), "activities"}
	}
	return c.write(ctx, &to, a, &r)
}

// Update replaces the activity whose id is a.ID. The id in the answer is ""
// when the channel sends none.
func (c *Client) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	r := request{op: "update", method: http.MethodPut}
	if a != nil {
		r.path = []string{"conversations", to.Reference.Conversation.ID, "activities", a.ID}
	}
	return c.write(ctx, &to, a, &r)
}

// Delete removes an activity. Where an attempt's answer was lost, one that then
// finds nothing to delete counts as a success.
func (c *Client) Delete(ctx context.Context, to activity.Conversation, activityID string) error {
	return c.do(ctx, &to, &request{
		op: "delete", method: http.MethodDelete,
		path: []string{"conversations", to.Reference.Conversation.ID, "activities", activityID},
	})
}

func (c *Client) write(ctx context.Context, to *activity.Conversation, a *activity.Activity, r *request) (resp activity.ResourceResponse, err error) {
	if r.body, err = outbound(a); err == nil {
		r.query, err = targeted(to, a)
	}
	if err != nil {
		return resp, fmt.Errorf("connector: %s: %w", r.op, err)
	}
	r.read = optional(&resp)
	err = c.do(ctx, to, r)
	return resp, err
}

// outbound is the body of an activity that is fit to be sent.
func outbound(a *activity.Activity) ([]byte, error) {
	if a == nil {
		return nil, fmt.Errorf("%w: there is no activity", activity.ErrInvalid)
	}
	if err := a.ValidateOutbound(); err != nil {
		return nil, err
	}
	body, err := a.Append(make([]byte, 0, 1024))
	if err != nil {
		return nil, fmt.Errorf("%w activity: %w", activity.ErrInvalid, err)
	}
	return body, nil
}

// targeted is the query that shows a message in a Teams group to its recipient
// only. (proactive-hosting-auth 5.2)
func targeted(to *activity.Conversation, a *activity.Activity) (string, error) {
	if len(a.Entities) == 0 || !onChannel(to, activity.ChannelTeams) || !a.IsTargeted() {
		return "", nil
	}
	if !a.Conversation.IsGroup && !to.Reference.Conversation.IsGroup {
		return "", fmt.Errorf("%w: Teams takes targeted messages in groups only; send it without the entity", activity.ErrInvalid)
	}
	return "isTargetedActivity=true", nil
}

// An unmarshaler is a noun of package activity. It copies what it keeps.
type unmarshaler interface{ UnmarshalJSON([]byte) error }

// optional reads an answer that a channel may leave empty.
func optional(into unmarshaler) func([]byte) error {
	return func(body []byte) error {
		if len(body) == 0 {
			return nil
		}
		return into.UnmarshalJSON(body)
	}
}
