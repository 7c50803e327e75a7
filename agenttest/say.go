package agenttest

import (
	"github.com/outspoken-go/outspoken/activity"
)

// Send sends any activity; what it does not say is filled in as by
// [Client.Process].
func (c *Client) Send(a *activity.Activity) Replies {
	c.ch.t.Helper()
	replies, _, err := c.Process(c.ch.t.Context(), a)
	if err != nil {
		c.ch.t.Errorf("agenttest: the turn failed: %v", err)
	}
	return replies
}

// SendText sends a message.
func (c *Client) SendText(text string) Replies {
	c.ch.t.Helper()
	return c.Send(activity.Message(text))
}

// Event sends an event. A nil value is left out.
func (c *Client) Event(name string, value any) Replies {
	c.ch.t.Helper()
	a, err := activity.Event(name, value)
	if err != nil {
		c.ch.t.Fatalf("agenttest: event %q: %v", name, err)
	}
	return c.Send(a)
}

// Invoke sends an invoke and returns its answer, nil when the agent gave none:
// an endpoint then answers 501. What the agent sent beside the answer shows in
// [Client.Messages].
func (c *Client) Invoke(name string, value any) (*activity.InvokeResponse, error) {
	a, err := activity.Event(name, value)
	if err != nil {
		return nil, err
	}
	a.Type = activity.TypeInvoke
	_, response, err := c.Process(c.ch.t.Context(), a)
	return response, err
}

// Join adds members to the conversation, by default the client's user, and
// tells the agent.
func (c *Client) Join(members ...activity.ChannelAccount) Replies {
	c.ch.t.Helper()
	if len(members) == 0 {
		members = []activity.ChannelAccount{c.user}
	}
	c.ch.connector.join(c.id, members)
	return c.Send(&activity.Activity{Type: activity.TypeConversationUpdate, MembersAdded: members})
}

// Leave removes members from the conversation, by default the client's user,
// and tells the agent.
func (c *Client) Leave(members ...activity.ChannelAccount) Replies {
	c.ch.t.Helper()
	if len(members) == 0 {
		members = []activity.ChannelAccount{c.user}
	}
	c.ch.connector.leave(c.id, members)
	return c.Send(&activity.Activity{Type: activity.TypeConversationUpdate, MembersRemoved: members})
}

// React adds a reaction, such as "like", to the message with this id.
func (c *Client) React(reaction, messageID string) Replies {
	c.ch.t.Helper()
	return c.Send(&activity.Activity{
		Type: activity.TypeMessageReaction, ReplyToID: messageID,
		ReactionsAdded: []activity.MessageReaction{{Type: reaction}},
	})
}

// Install tells the agent that it was installed.
func (c *Client) Install() Replies {
	c.ch.t.Helper()
	return c.Send(&activity.Activity{Type: activity.TypeInstallationUpdate, Action: "add"})
}

// Uninstall tells the agent that it was removed.
func (c *Client) Uninstall() Replies {
	c.ch.t.Helper()
	return c.Send(&activity.Activity{Type: activity.TypeInstallationUpdate, Action: "remove"})
}
