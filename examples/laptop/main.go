// Command laptop takes an order, confirms it at once, and tells when it is
// placed: an answer that comes long after the channel has stopped waiting.
//
// It does so in two ways, which look the same to the user. "order laptop"
// hands the work to the background queue and ends its turn; the conversation is
// free meanwhile. "order laptop now" stays in its turn until the order is
// placed; that is less to write, and what the user says next has to wait.
package main

import (
	"context"
	"log"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/server"
)

func main() {
	work := background.New(background.Config{})
	cfg := server.FromEnv()
	cfg.Background = work // the server ends it in order
	if err := server.Run(context.Background(), newShop(work), cfg); err != nil {
		log.Fatal(err)
	}
}

const confirmed = "Thank you for your order. I will tell you when it is placed."

func newShop(work *background.Queue) *agent.App {
	app := agent.New(agent.Config{})
	app.OnText("order laptop", func(ctx context.Context, t *agent.Turn) error {
		later := t.Detach() // before the turn ends; t itself ends with it
		if err := t.SendText(ctx, confirmed); err != nil {
			return err
		}
		return work.Go("order laptop", func(ctx context.Context) error {
			m, err := placeOrder(ctx)
			if err != nil {
				return err
			}
			_, err = later.Send(ctx, m)
			return err
		})
	})
	app.OnText("order laptop now", func(ctx context.Context, t *agent.Turn) error {
		if err := t.SendText(ctx, confirmed); err != nil {
			return err
		}
		m, err := placeOrder(ctx)
		if err != nil {
			return err
		}
		_, err = t.Send(ctx, m)
		return err
	})
	onDelivered(app)
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, `Write "order laptop".`)
	})
	return app
}

// placeOrder stands for a supplier who takes a while, and returns what to tell
// the user.
func placeOrder(ctx context.Context) (*activity.Activity, error) {
	select {
	case <-time.After(10 * time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	m := activity.Message("Your order 1292 is placed. I will tell you when it is delivered.")
	return m, m.AddCard(activity.AdaptiveCard(card))
}

const card = `{
  "type": "AdaptiveCard",
  "version": "1.5",
  "body": [
    {"type": "TextBlock", "text": "Laptop", "weight": "Bolder"},
    {"type": "FactSet", "facts": [{"title": "Delivery", "value": "in three days"}]}
  ]
}`
