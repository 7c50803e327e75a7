package agenttest

import (
	"context"
	"fmt"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A Client is one user in one conversation with the agent. Methods that speak
// run a whole turn and return what the agent sent to the conversation in it;
// when the turn fails they fail the test. [Client.Process] returns the error
// instead. A Client may be used concurrently.
type Client struct {
	ch   *Channel
	id   string // of the conversation
	user activity.ChannelAccount
}

// Start puts app on a fake channel and returns a client in its one
// conversation. See [NewChannel] for more conversations and for settings.
func Start(t testing.TB, app *agent.App) *Client {
	return NewChannel(t, app, Config{}).Conversation("conversation")
}

// As returns a client for another user in the same conversation.
func (c *Client) As(user activity.ChannelAccount) *Client {
	c.ch.connector.join(c.id, []activity.ChannelAccount{user})
	return &Client{ch: c.ch, id: c.id, user: user}
}

// Adapter is what runs the agent, for [agent.Adapter.Send] and
// [agent.Adapter.Continue].
func (c *Client) Adapter() *agent.Adapter { return c.ch.adapter }

// Connector is what carries the agent's words.
func (c *Client) Connector() *Connector { return c.ch.connector }

// Conversation is the address of the conversation, as an agent would have
// stored it.
func (c *Client) Conversation() activity.Conversation {
	cfg := &c.ch.cfg
	to := activity.Conversation{Claims: cfg.Identity.Claims, Reference: activity.ConversationReference{
		User: c.user, Agent: cfg.Agent, Conversation: activity.ConversationAccount{ID: c.id},
		ChannelID: cfg.ChannelID, ServiceURL: cfg.ServiceURL,
	}}
	if to.Claims == nil {
		to.Claims = map[string]string{"aud": cfg.Agent.ID}
	}
	return to
}

// Messages are the messages of the conversation as the user sees them now; see
// [Connector.Messages].
func (c *Client) Messages() Replies { return c.ch.connector.Messages(c.id) }

// Process runs the turn of one activity as the messaging endpoint would, and
// returns what was sent, the answer if it is an invoke, and the turn's error.
// What a does not say is filled in: message as its type, id, time, sender,
// receiver, conversation and channel. a itself is not changed.
func (c *Client) Process(ctx context.Context, a *activity.Activity) (Replies, *activity.InvokeResponse, error) {
	a = a.Clone()
	c.address(a)
	if err := a.Validate(); err != nil {
		return nil, nil, fmt.Errorf("agenttest: the endpoint would refuse this: %w", err)
	}
	connector := c.ch.connector
	turn := connector.begin(a)
	in := activity.Inbound{Activity: a, Identity: c.ch.cfg.Identity}
	if a.HasDeliveryMode(activity.DeliverExpectReplies) || a.HasDeliveryMode(activity.DeliverStream) {
		in.Reply = func(a *activity.Activity) (activity.ResourceResponse, error) { return connector.answer(turn, a) }
	}
	response, err := c.ch.adapter.Process(context.WithValue(ctx, turnKey{}, turn), in)
	return connector.end(turn), response, err
}

func (c *Client) address(a *activity.Activity) {
	to := c.Conversation().Reference
	if a.Type == "" {
		a.Type = activity.TypeMessage
	}
	if a.Timestamp == "" {
		a.Timestamp = activity.Now()
	}
	if a.From.ID == "" {
		a.From = to.User
	}
	if a.Recipient.ID == "" {
		a.Recipient = to.Agent
	}
	if a.Conversation.ID == "" {
		a.Conversation.ID = to.Conversation.ID
	}
	if a.ChannelID == "" {
		a.SetChannel(to.ChannelID)
	}
	if a.ServiceURL == "" {
		a.ServiceURL = to.ServiceURL
	}
}

// Next waits for the next activity that the agent sends to the conversation
// outside of a turn of a Client: a proactive message. When none comes it ends
// the test, so call it from the goroutine of the test.
func (c *Client) Next() *activity.Activity {
	c.ch.t.Helper()
	late := fmt.Errorf("agenttest: nothing arrived in conversation %q within %s; a longer Config.Timeout waits longer", c.id, c.ch.cfg.Timeout)
	ctx, cancel := context.WithTimeoutCause(c.ch.t.Context(), c.ch.cfg.Timeout, late)
	defer cancel()
	a, err := c.ch.connector.Next(ctx, c.id)
	if err != nil {
		c.ch.t.Fatal(err)
	}
	return a
}

// Wait waits for n activities, as n calls of [Client.Next] do.
func (c *Client) Wait(n int) Replies {
	c.ch.t.Helper()
	var got Replies
	for range n {
		got = append(got, c.Next())
	}
	return got
}

// Unread takes, without waiting, what [Client.Next] would return.
func (c *Client) Unread() Replies { return c.ch.connector.Unread(c.id) }
