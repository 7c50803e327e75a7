package agenttest

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
)

// A turn collects what the agent sends while it works on one activity of a
// [Client]. It travels in the context of the turn.
type turn struct {
	conversation string
	sent         Replies
	over         bool
}

type turnKey struct{}

// say shows an activity of the agent's and hands it to the turn it was sent
// in, or to the inbox of its conversation. The lock is held.
func (c *Connector) say(ctx context.Context, a *activity.Activity) {
	chat := c.chat(a.Conversation.ID)
	chat.said = append(chat.said, a)
	t, _ := ctx.Value(turnKey{}).(*turn)
	if t != nil && !t.over && t.conversation == a.Conversation.ID {
		t.sent = append(t.sent, a.Clone())
		return
	}
	chat.unread = append(chat.unread, a.Clone())
	close(chat.news)
	chat.news = make(chan struct{})
}

// answer takes an activity that is an answer in the HTTP response rather than
// a call of the channel; it gets no id.
func (c *Connector) answer(t *turn, a *activity.Activity) (activity.ResourceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat := c.chat(t.conversation)
	chat.said = append(chat.said, a.Clone())
	t.sent = append(t.sent, a.Clone())
	return activity.ResourceResponse{}, nil
}

// begin shows an activity of a user's and starts the turn it leads to.
func (c *Connector) begin(a *activity.Activity) *turn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.ID == "" {
		a.ID = c.id("received")
	}
	chat := c.chat(a.Conversation.ID)
	chat.said = append(chat.said, a.Clone())
	return &turn{conversation: a.Conversation.ID}
}

func (c *Connector) end(t *turn) Replies {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.over = true
	return t.sent
}

// Unread takes what the agent sent to a conversation outside of the turns of a
// [Client] and was not taken before. It does not wait.
func (c *Connector) Unread(conversationID string) Replies {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat := c.chat(conversationID)
	unread := chat.unread
	chat.unread = nil
	return unread
}

// Next waits until there is something unread in a conversation, and takes it.
func (c *Connector) Next(ctx context.Context, conversationID string) (*activity.Activity, error) {
	for {
		c.mu.Lock()
		chat := c.chat(conversationID)
		news := chat.news
		if len(chat.unread) > 0 {
			a := chat.unread[0]
			chat.unread = chat.unread[1:]
			c.mu.Unlock()
			return a, nil
		}
		c.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
