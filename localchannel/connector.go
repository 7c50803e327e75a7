package localchannel

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// Operations that would be doubled by doing them twice.
const (
	opSend   = "send"
	opUpdate = "update"
	opCreate = "create conversation"
)

// The exported methods of this file and of members.go are the Connector service
// for an agent in the same process. They fail with an [*activity.Error] where
// the service answers with an error. Of the address they take, the
// conversation's id counts, and that its service URL is not one that the service
// has moved away from.

// Send adds an activity of the agent to the conversation. The client sees it
// at once; unless it is a typing indicator it also stays in the history.
func (c *Channel) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	return inProcess(ctx, c, opSend, &to, a, func(x *Exchange) (activity.ResourceResponse, error) {
		return c.send(ctx, x, a)
	})
}

// came notes an activity as it came from an agent in the process.
func (c *Channel) came(x *Exchange, a *activity.Activity) {
	if c.cfg.Watch == nil {
		return
	}
	if raw, err := a.Append(nil); err == nil && json.Valid(raw) {
		x.saw(a.ID, raw)
	}
}

func (c *Channel) send(ctx context.Context, x *Exchange, a *activity.Activity) (activity.ResourceResponse, error) {
	conv, done, err := c.enter(ctx, x.Op, x.Conversation)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	defer done()
	out, err := c.fromAgent(x.Op, conv, a)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	raw, err := c.add(ctx, x.Op, conv, out)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	x.saw(out.ID, raw)
	return activity.ResourceResponse{ID: out.ID}, nil
}

// Update replaces the activity of the agent with the id a.ID.
func (c *Channel) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	return inProcess(ctx, c, opUpdate, &to, a, func(x *Exchange) (activity.ResourceResponse, error) {
		return c.update(ctx, x, a)
	})
}

func (c *Channel) update(ctx context.Context, x *Exchange, a *activity.Activity) (activity.ResourceResponse, error) {
	conv, done, err := c.enter(ctx, x.Op, x.Conversation)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	defer done()
	key, old, err := c.ofAgent(ctx, x.Op, conv, a.ID)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	out, err := c.fromAgent(x.Op, conv, a)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	if reachOf(out) != kept {
		return activity.ResourceResponse{}, fault(x.Op, http.StatusBadRequest, directline.CodeBadArgument, "what clients have cannot become something that they never keep; delete it instead")
	}
	out.Timestamp = old.Timestamp // clients sort by it
	if out.ReplyToID == "" {
		out.ReplyToID = old.ReplyToID
	}
	showStream(out)
	raw, err := encode(x.Op, out)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	if err := c.rewrite(ctx, x.Op, conv, key, raw, raw); err != nil {
		return activity.ResourceResponse{}, err
	}
	x.saw(out.ID, raw)
	return activity.ResourceResponse{ID: out.ID}, nil
}

// Delete removes an activity of the agent. Its place in the history stays
// taken, so that no watermark changes its meaning.
func (c *Channel) Delete(ctx context.Context, to activity.Conversation, activityID string) error {
	_, err := inProcess(ctx, c, "delete", &to, nil, func(x *Exchange) (nothing, error) {
		return nothing{}, c.delete(ctx, x, activityID)
	})
	return err
}

// nothing is the answer of what has none.
type nothing struct{}

func (c *Channel) delete(ctx context.Context, x *Exchange, activityID string) error {
	x.ActivityID = activityID
	conv, done, err := c.enter(ctx, x.Op, x.Conversation)
	if err != nil {
		return err
	}
	defer done()
	key, old, err := c.ofAgent(ctx, x.Op, conv, activityID)
	if err != nil {
		return err
	}
	gone := &activity.Activity{Type: activity.TypeMessageDelete, ID: activityID, From: old.From}
	c.address(conv, gone)
	raw, err := encode(x.Op, gone)
	if err != nil {
		return err
	}
	return c.rewrite(ctx, x.Op, conv, key, json.RawMessage("null"), raw)
}

// enter finds and locks a conversation until done is called.
func (c *Channel) enter(ctx context.Context, op, id string) (conv *conversation, done func(), err error) {
	if err := c.begin(op); err != nil {
		return nil, nil, err
	}
	if conv, err = c.find(ctx, op, id); err == nil {
		err = conv.lock(op)
	}
	if err != nil {
		c.work.Done()
		return nil, nil, err
	}
	return conv, func() { conv.mu.Unlock(); c.work.Done() }, nil
}

// fromAgent is a copy of a as the client gets it. (directline 3 and 5)
func (c *Channel) fromAgent(op string, conv *conversation, a *activity.Activity) (*activity.Activity, error) {
	if a.Type == "" {
		return nil, missingProperty(op, "type")
	}
	out := *a
	c.address(conv, &out)
	if out.From.ID == "" {
		out.From = c.agentAccount(conv)
	}
	out.From.Role = activity.RoleBot
	if !conv.teamsIDs() && !strings.HasPrefix(out.ReplyToID, conv.id+"|") {
		// SDKs make up an id that a proactive message answers. Web Chat would wait
		// 5 seconds for that activity to come.
		out.ReplyToID = ""
	}
	return &out, nil
}

// ofAgent returns the stored activity with the id, which must be the agent's
// own, and its key.
func (c *Channel) ofAgent(ctx context.Context, op string, conv *conversation, id string) (string, *activity.Activity, error) {
	notFound := fault(op, http.StatusNotFound, codeActivityNotFound, "there is no such activity in this conversation")
	seq, ok := conv.number(id)
	if !ok {
		return "", nil, notFound
	}
	key := activityKey(conv.id, seq)
	items, err := c.cfg.Store.Read(ctx, key)
	if err != nil {
		return "", nil, c.storeFailed(op, conv.id, err)
	}
	a, err := activity.Decode(items[key].Value)
	if err != nil { // deleted
		return "", nil, notFound
	}
	if a.From.HasRole(activity.RoleUser) {
		return "", nil, fault(op, http.StatusForbidden, directline.CodeForbidden, "an agent can change only its own activities")
	}
	return key, a, nil
}
