package localchannel

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// welcome tells the agent, in the background, that it is in a new conversation,
// together with the user if that one is known. (directline 4)
func (c *Channel) welcome(ctx context.Context, op string, conv *conversation, p directline.Parameters) error {
	if err := conv.lock(op); err != nil {
		return err
	}
	defer conv.mu.Unlock()
	added := []activity.ChannelAccount{c.agentAccount()}
	from := activity.ChannelAccount{ID: conv.id, Role: activity.RoleUser}
	if p.User.ID != "" {
		from = activity.ChannelAccount{ID: p.User.ID, Name: p.User.Name, Role: activity.RoleUser}
		before := conv.record.Members
		conv.join(from)
		if err := c.save(ctx, conv, conv.record, nil); err != nil {
			conv.record.Members = before
			return c.storeFailed(op, conv.id, err)
		}
		added = append(added, from)
	}
	if err := c.begin(op); err != nil {
		return err
	}
	a := c.joined(conv, from, added)
	a.Locale = p.Locale
	turn := conv.queue()
	go func() {
		defer c.work.Done()
		defer turn.end()
		turn.wait(c.life, c.cfg.AgentTimeout)
		ctx, cancel := context.WithTimeout(c.life, c.cfg.AgentTimeout)
		defer cancel()
		c.announce(ctx, op, conv, a)
	}()
	return nil
}

// receive takes what a client says: it is stored, echoed, and delivered to the
// agent in order.
func (c *Channel) receive(ctx context.Context, op string, conv *conversation, a *activity.Activity) error {
	if err := conv.lock(op); err != nil {
		return err
	}
	c.address(conv, a)
	a.From.Role, a.Recipient = activity.RoleUser, c.agentAccount()
	a.DeliveryMode = "" // replies come through the Connector service
	before := conv.record.Members
	var join *activity.Activity
	user := activity.ChannelAccount{ID: a.From.ID, Name: a.From.Name, Role: activity.RoleUser}
	if conv.join(user) {
		join = c.joined(conv, user, []activity.ChannelAccount{user})
		join.Locale = a.Locale
	}
	raw, err := c.add(ctx, op, conv, a)
	if err != nil {
		conv.record.Members = before
		conv.mu.Unlock()
		return err
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
	return c.deliver(ctx, op, conv.id, a.ID, raw)
}

func (c *Channel) agentAccount() activity.ChannelAccount {
	return activity.ChannelAccount{ID: c.cfg.AgentID, Name: c.cfg.AgentName, Role: activity.RoleBot}
}

// address writes on an activity what the channel knows of it, except its id.
func (c *Channel) address(conv *conversation, a *activity.Activity) {
	a.Timestamp = activity.Now()
	a.ChannelID = c.cfg.ChannelID
	a.ServiceURL = c.serviceURL
	a.Conversation = conv.account()
}

// joined is the conversationUpdate for new members.
func (c *Channel) joined(conv *conversation, from activity.ChannelAccount, added []activity.ChannelAccount) *activity.Activity {
	a := &activity.Activity{
		Type:         activity.TypeConversationUpdate,
		ID:           conv.transientID(),
		From:         from,
		Recipient:    c.agentAccount(),
		MembersAdded: added,
	}
	c.address(conv, a)
	return a
}
