package localchannel

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// The methods of this file are the Connector service for an agent in the same
// process. They fail with an [*activity.Error] where the service answers with
// an error. Of the address they take, only the conversation's id counts.

// Send adds an activity of the agent to the conversation. The client sees it
// at once; unless it is a typing indicator it also stays in the history.
func (c *Channel) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	const op = "send"
	conv, done, err := c.enter(ctx, op, to)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	defer done()
	out, err := c.fromAgent(op, conv, a)
	if err == nil {
		_, err = c.add(ctx, op, conv, out)
	}
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	return activity.ResourceResponse{ID: out.ID}, nil
}

// Update replaces the activity of the agent with the id a.ID.
func (c *Channel) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	const op = "update"
	conv, done, err := c.enter(ctx, op, to)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	defer done()
	key, old, err := c.ofAgent(ctx, op, conv, a.ID)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	out, err := c.fromAgent(op, conv, a)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	out.Timestamp = old.Timestamp // clients sort by it
	if out.ReplyToID == "" {
		out.ReplyToID = old.ReplyToID
	}
	raw, err := encode(op, out)
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	if err := c.rewrite(ctx, op, conv, key, raw, raw); err != nil {
		return activity.ResourceResponse{}, err
	}
	return activity.ResourceResponse{ID: out.ID}, nil
}

// Delete removes an activity of the agent. Its place in the history stays
// taken, so that no watermark changes its meaning.
func (c *Channel) Delete(ctx context.Context, to activity.Conversation, activityID string) error {
	const op = "delete"
	conv, done, err := c.enter(ctx, op, to)
	if err != nil {
		return err
	}
	defer done()
	key, old, err := c.ofAgent(ctx, op, conv, activityID)
	if err != nil {
		return err
	}
	gone := &activity.Activity{Type: activity.TypeMessageDelete, ID: activityID, From: old.From}
	c.address(conv, gone)
	raw, err := encode(op, gone)
	if err != nil {
		return err
	}
	return c.rewrite(ctx, op, conv, key, json.RawMessage("null"), raw)
}

// CreateConversation makes a conversation with the members of p, in which its
// activity, if there is one, is the first. The agent, who asked for it, is not
// told by a conversationUpdate.
func (c *Channel) CreateConversation(ctx context.Context, _ activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	const op = "create conversation"
	var created activity.ConversationResourceResponse
	if err := c.begin(op); err != nil {
		return created, err
	}
	defer c.work.Done()
	if len(p.Members) > maxMembers {
		return created, fault(op, http.StatusBadRequest, directline.CodeBadArgument, "a conversation has at most "+strconv.Itoa(maxMembers)+" members")
	}
	for _, m := range p.Members {
		if m.ID == "" {
			return created, missingProperty(op, "members.id")
		}
	}
	if p.Activity != nil && p.Activity.Type == "" {
		return created, missingProperty(op, "activity.type")
	}
	conv, _, err := c.create(ctx, op, record{ID: newID(), Members: p.Members, Topic: p.TopicName, IsGroup: p.IsGroup != nil && *p.IsGroup})
	if err != nil {
		return created, err
	}
	created.ID, created.ServiceURL = conv.id, c.serviceURL
	if p.Activity != nil {
		first, err := c.Send(ctx, at(conv.id), p.Activity)
		if err != nil {
			return created, err
		}
		created.ActivityID = first.ID
	}
	return created, nil
}

// at is the address of a conversation of this channel.
func at(id string) activity.Conversation {
	return activity.Conversation{Reference: activity.ConversationReference{Conversation: activity.ConversationAccount{ID: id}}}
}

// enter finds and locks a conversation until done is called.
func (c *Channel) enter(ctx context.Context, op string, to activity.Conversation) (conv *conversation, done func(), err error) {
	if err := c.begin(op); err != nil {
		return nil, nil, err
	}
	if conv, err = c.find(ctx, op, to.Reference.Conversation.ID); err == nil {
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
		out.From = c.agentAccount()
	}
	out.From.Role = activity.RoleBot
	return &out, showStream(&out)
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
