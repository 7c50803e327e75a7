package localchannel

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
)

// maxReplyCount is how many replies one answer may hold.
const maxReplyCount = 100

// parseReplies reads the answer to an activity with delivery mode expectReplies:
// an object with activities and, if it answers an invoke, a body. Nothing means
// that there are none.
func parseReplies(body []byte) (replies []activity.Activity, invoke json.RawMessage, err error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, nil, nil
	}
	if len(body) > maxReplies {
		return nil, nil, agentError("answered with more than 1 MB of replies")
	}
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	var expected activity.ExpectedReplies
	if expected.UnmarshalJSON(body) != nil {
		return nil, nil, agentError("answered without the JSON object with activities that expectReplies asks for")
	}
	if len(expected.Activities) > maxReplyCount {
		return nil, nil, agentError("answered with more than 100 activities")
	}
	for _, a := range expected.Activities {
		if a.Type == "" {
			return nil, nil, agentError("answered with an activity that has no type")
		}
	}
	return expected.Activities, expected.Body, nil
}

// addReplies makes the replies in an answer activities of the agent, in order.
func (c *Channel) addReplies(ctx context.Context, op string, conv *conversation, to *activity.Activity, replies []activity.Activity) error {
	if len(replies) == 0 {
		return nil
	}
	if err := conv.lock(op); err != nil {
		return err
	}
	defer conv.mu.Unlock()
	for i := range replies {
		if replies[i].Is(activity.TypeInvokeResponse) {
			continue // for the caller, not for the conversation
		}
		out, err := c.fromAgent(op, conv, &replies[i])
		if err != nil {
			return unfit(err)
		}
		out.DeliveryMode = ""
		out.ReplyToID = cmp.Or(out.ReplyToID, to.ID)
		if _, err := c.add(ctx, op, conv, out); err != nil {
			return unfit(err)
		}
	}
	return nil
}

// unfit makes of an error about a reply one about the agent: the client, to whom
// a 4xx would say that it did something wrong, has nothing to do with it.
func unfit(err error) error {
	if e, ok := errors.AsType[*activity.Error](err); ok && e.Status < http.StatusInternalServerError {
		return agentError("answered with an activity that is refused: " + e.Message)
	}
	return err
}
