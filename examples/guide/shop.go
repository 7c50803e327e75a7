package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/middleware"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// region shop
// A shop is the agent, with what it does outside of turns.
type shop struct {
	app   *agent.App
	known *proactive.Conversations

	life context.Context // of work outside of turns
	end  context.CancelFunc
	work sync.WaitGroup
}

func newShop(store storage.Store) *shop {
	s := &shop{app: agent.New(agent.Config{Storage: store}), known: proactive.NewConversations(store)}
	s.life, s.end = context.WithCancel(context.Background())
	s.app.Use(middleware.Mentions(), s.known.Capture)
	s.app.OnMembersAdded(welcome)
	s.app.OnText("menu", menu)
	s.app.OnPattern(`(?i)^order (\w+)$`, s.order)
	s.app.OnMessage(count)
	return s
}

// close cancels what was promised and waits for what is under way.
func (s *shop) close() {
	s.end()
	s.work.Wait()
}

// endregion

// region welcome
func welcome(ctx context.Context, t *agent.Turn, members []activity.ChannelAccount) error {
	return t.SendText(ctx, "Welcome! Say menu to see what there is.")
}

// endregion

// region state
var messages = agent.ConversationKey[int]("messages")

func count(ctx context.Context, t *agent.Turn) error {
	n, err := messages.Update(ctx, t, func(n *int) error { *n++; return nil })
	if err != nil {
		return err
	}
	return t.SendText(ctx, fmt.Sprintf("Message %d: %s", n, t.Activity.Text))
}

// endregion

// region card
func menu(ctx context.Context, t *agent.Turn) error {
	m := activity.Message("")
	err := m.AddCard(activity.HeroCard{
		Title: "Coffee",
		Text:  "Freshly brewed.",
		Buttons: []activity.CardAction{
			activity.Button(activity.ActionIMBack, "Espresso", "order espresso"),
			activity.Button(activity.ActionIMBack, "Cappuccino", "order cappuccino"),
		},
	})
	if err != nil {
		return err
	}
	_, err = t.Send(ctx, m)
	return err
}

// endregion

const brewing = 30 * time.Second

// region order
// order answers at once and speaks first when the coffee is ready.
func (s *shop) order(ctx context.Context, t *agent.Turn) error {
	coffee := t.Match()[1]
	adapter, to := t.Adapter(), t.Conversation() // both outlive the turn
	s.work.Go(func() {
		select {
		case <-time.After(brewing):
		case <-s.life.Done():
			return
		}
		if _, err := adapter.Send(s.life, to, activity.Message("Your "+coffee+" is ready.")); err != nil {
			slog.Error("not told that the coffee is ready", "err", err, "advice", activity.Advice(err))
		}
	})
	return t.SendText(ctx, "One "+coffee+". I will tell you when it is ready.")
}

// endregion
