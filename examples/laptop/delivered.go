package main

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// onDelivered lets the supplier say that an order was delivered, with
// POST /proactive/continue/delivered/CONVERSATION_ID?number=1292 if the setting
// Proactive__Path is /proactive.
func onDelivered(app *agent.App) {
	type order struct{ Number string }
	agent.OnContinue(app, "delivered", func(ctx context.Context, t *agent.Turn, o order) error {
		later := proactive.New(t.Adapter(), app, proactive.NewConversations(app.Storage()), proactive.Config{})
		_, err := delivered(ctx, later, t.Conversation(), o.Number)
		return err
	})
}

// region delivered
// delivered tells a customer in a new thread of theirs in Microsoft 365 Copilot,
// which the agent opens. The conversation in which they ordered says who they
// are; it may be long asleep.
func delivered(ctx context.Context, later *proactive.Messenger, ordered activity.Conversation, number string) (activity.Conversation, error) {
	return later.Create(ctx, proactive.CopilotThread(ordered), func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "Your order "+number+" is delivered.")
	})
}

// endregion
