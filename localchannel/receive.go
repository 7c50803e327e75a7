package localchannel

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
)

// welcome tells the agent, in the background, that it is in a new conversation,
// together with the user if that one is known. (directline 4)
func (c *Channel) welcome(op string, conv *conversation, locale string) error {
	if err := conv.lock(op); err != nil {
		return err
	}
	defer conv.mu.Unlock()
	return c.introduce(op, conv, locale)
}

// receive takes what a client says: it is stored, echoed, and delivered to the
// agent in order. Afterwards a is what the agent got. An invoke that the agent
// answered with an error is an error, but its Answer is returned as well.
func (c *Channel) receive(ctx context.Context, op string, conv *conversation, a *activity.Activity) (Answer, error) {
	if err := conv.lock(op); err != nil {
		return Answer{}, err
	}
	before := conv.record.Members
	joined := reachOf(a) != hidden && conv.join(activity.ChannelAccount{ID: a.From.ID, Name: a.From.Name, Role: activity.RoleUser})
	raw, err := c.take(ctx, op, conv, a)
	if err != nil {
		conv.record.Members = before
		conv.mu.Unlock()
		return Answer{}, err
	}
	var join *activity.Activity
	if joined {
		c.index(conv)
		join = c.membership(conv, a.From)
		join.MembersAdded = []activity.ChannelAccount{conv.userAccount(a.From)}
		join.Locale = a.Locale
	}
	if a.Is(activity.TypeInvoke) { // the agent's turn may wait for it, so it overtakes
		conv.mu.Unlock()
	} else {
		turn := conv.queue()
		conv.mu.Unlock()
		defer turn.end()
		turn.wait(c.life, c.cfg.AgentTimeout)
	}
	// From here on the client may hang up: what is stored is delivered.
	ctx, cancel := context.WithTimeout(c.life, c.cfg.AgentTimeout)
	defer cancel()
	if join != nil {
		c.announce(ctx, op, conv, join)
	}
	return c.deliver(ctx, op, conv, a, raw)
}

// take addresses what a user says and adds it to the conversation. conv.mu is
// held.
func (c *Channel) take(ctx context.Context, op string, conv *conversation, a *activity.Activity) ([]byte, error) {
	c.address(conv, a)
	a.From.Role, a.Recipient = activity.RoleUser, c.agentAccount(conv)
	if !a.HasDeliveryMode(activity.DeliverExpectReplies) {
		a.DeliveryMode = "" // replies come through the Connector service
	}
	if err := c.dress(conv, a); err != nil {
		return nil, badSyntax(op, "the activity cannot be written as JSON")
	}
	return c.add(ctx, op, conv, a)
}

// address writes on an activity what the channel knows of it, except its id.
func (c *Channel) address(conv *conversation, a *activity.Activity) {
	a.Timestamp = activity.Now()
	a.ChannelID = conv.record.Channel
	a.ServiceURL = c.serviceURL(conv.record.Channel)
	a.Conversation = conv.account()
}
