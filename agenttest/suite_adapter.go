package agenttest

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// adapterTests run turns that speak through the connector.
var adapterTests = []connectorTest{
	{"a turn answers", func(t *testing.T, x Target) {
		ad := x.adapter(func(ctx context.Context, t *agent.Turn) error {
			return t.SendText(ctx, "You said: "+t.Activity.Text)
		})
		if _, err := ad.Process(t.Context(), x.inbound("hello")); err != nil {
			t.Fatal(err)
		}
		x.want(t, "You said: hello")
	}},
	{"a turn edits and deletes what it said", func(t *testing.T, x Target) {
		ad := x.adapter(func(ctx context.Context, t *agent.Turn) error {
			id, err := t.Send(ctx, activity.Message("Helo"))
			fixed := activity.Message("Hello")
			fixed.ID = id
			return errors.Join(err, t.Update(ctx, fixed), t.Delete(ctx, id))
		})
		if _, err := ad.Process(t.Context(), x.inbound("hello")); err != nil {
			t.Fatal(err)
		}
	}},
	{"the user hears of a turn that fails, and the next one works", func(t *testing.T, x Target) {
		ad := x.adapter(func(ctx context.Context, t *agent.Turn) error {
			if t.Activity.Text == "panic" {
				panic("a bug")
			}
			return t.SendText(ctx, "Fine.")
		})
		if _, err := ad.Process(t.Context(), x.inbound("panic")); err == nil {
			t.Error("the panic is no error of the turn")
		}
		if _, err := ad.Process(t.Context(), x.inbound("hello")); err != nil {
			t.Error(err)
		}
		x.want(t, "Sorry, something went wrong. Please try again.", "Fine.")
	}},
	{"the agent speaks first", func(t *testing.T, x Target) {
		ad := x.adapter(nil)
		if _, err := ad.Send(t.Context(), x.Conversation, activity.Message("Ready.")); err != nil {
			t.Fatal(err)
		}
		err := ad.Continue(t.Context(), x.Conversation, func(ctx context.Context, t *agent.Turn) error {
			return t.SendText(ctx, "Really.")
		})
		if err != nil {
			t.Fatal(err)
		}
		x.want(t, "Ready.", "Really.")
	}},
	{"expected replies do not touch the channel", func(t *testing.T, x Target) {
		ad := x.adapter(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "here") })
		var answered []string
		in := x.inbound("hello")
		in.Activity.DeliveryMode = activity.DeliverExpectReplies
		in.Reply = func(a *activity.Activity) (activity.ResourceResponse, error) {
			answered = append(answered, a.Text)
			return activity.ResourceResponse{}, nil
		}
		if _, err := ad.Process(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if len(answered) != 1 || answered[0] != "here" {
			t.Errorf("answered %q, want one reply", answered)
		}
		x.want(t)
	}},
	{"a created conversation begins with a turn", func(t *testing.T, x Target) {
		ref := x.Conversation.Reference
		ran := false
		made, err := x.adapter(nil).Create(t.Context(), x.Conversation, activity.ConversationParameters{
			Members: []activity.ChannelAccount{ref.User},
		}, func(ctx context.Context, t *agent.Turn) error {
			ran = true
			return t.SendText(ctx, "Welcome!")
		})
		if err != nil || !ran || made.Reference.Conversation.ID == "" {
			t.Errorf("Create: id %q, turn ran: %v, error %v", made.Reference.Conversation.ID, ran, err)
		}
	}},
}

// adapter runs h for messages.
func (x Target) adapter(h agent.Handler) *agent.Adapter {
	app := agent.New(agent.Config{Logger: slog.New(slog.DiscardHandler)})
	if h != nil {
		app.OnMessage(h)
	}
	return agent.NewAdapter(app, x.Connector, agent.AdapterConfig{})
}

func (x Target) inbound(text string) activity.Inbound {
	ref := &x.Conversation.Reference
	a := activity.Message(text)
	a.From, a.Recipient, a.Conversation = ref.User, ref.Agent, ref.Conversation
	a.ChannelID, a.ServiceURL = ref.ChannelID, ref.ServiceURL
	return activity.Inbound{Activity: a, Identity: x.Conversation.Identity()}
}
