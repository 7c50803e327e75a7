package localchannel

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
)

// introduce tells the agent, in the background, that it is in a new
// conversation. conv.mu is held.
func (c *Channel) introduce(op string, conv *conversation, locale string) error {
	r := &conv.record
	from := activity.ChannelAccount{ID: conv.id}
	if len(r.Members) > 0 {
		from = r.Members[0]
	}
	update := c.membership(conv, from)
	update.MembersAdded = []activity.ChannelAccount{c.agentAccount(conv)}
	if !r.teams() || r.Kind == kindPersonal { // Teams names the users of a group to who asks
		for _, m := range r.Members {
			update.MembersAdded = append(update.MembersAdded, conv.userAccount(m))
		}
	}
	update.Locale = locale
	if !r.teams() {
		return c.tell(op, conv, update)
	}
	install := c.membership(conv, from)
	install.Type, install.Action, install.Locale = activity.TypeInstallationUpdate, "add", update.Locale
	return c.tell(op, conv, update, install)
}

// membership is a conversationUpdate without the members it is about.
func (c *Channel) membership(conv *conversation, from activity.ChannelAccount) *activity.Activity {
	a := &activity.Activity{
		Type:      activity.TypeConversationUpdate,
		ID:        conv.transientID(),
		From:      conv.userAccount(from),
		Recipient: c.agentAccount(conv),
	}
	c.address(conv, a)
	return a
}

// tell delivers activities that no client sees, one after another, in the
// background but in the order of the conversation. conv.mu is held.
func (c *Channel) tell(op string, conv *conversation, activities ...*activity.Activity) error {
	for _, a := range activities {
		if err := c.dress(conv, a); err != nil {
			return badSyntax(op, "the activity cannot be written as JSON")
		}
	}
	if err := c.begin(op); err != nil {
		return err
	}
	turn := conv.queue()
	go func() {
		defer c.work.Done()
		defer turn.end()
		turn.wait(c.life, c.cfg.AgentTimeout)
		for _, a := range activities {
			ctx, cancel := context.WithTimeout(c.life, c.cfg.AgentTimeout)
			c.announce(ctx, op, conv, a)
			cancel()
		}
	}()
	return nil
}

// announce delivers an activity about members. If the agent does not take it,
// the conversation goes on all the same; deliver has logged it.
func (c *Channel) announce(ctx context.Context, op string, conv *conversation, a *activity.Activity) {
	if raw, err := encode(op, a); err == nil {
		_, _ = c.deliver(ctx, op, conv, a, raw)
	}
}
