package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/outspoken-go/outspoken/agent"
)

// A trip is what is known so far. It is state, so the conversation may rest
// for a week, and go on in another process.
type trip struct {
	City   string `json:"city,omitempty"`
	Nights int    `json:"nights,omitempty"`
}

// Each user of a group plans a trip of their own.
var planned = agent.PrivateKey[*trip]("trip")

// question is what has to be asked next, "" when all is known.
func (p *trip) question() string {
	switch {
	case p.City == "":
		return "Where do you want to go?"
	case p.Nights == 0:
		return "How many nights?"
	}
	return ""
}

type travel struct{ prices *prices }

func (tr *travel) begin(ctx context.Context, t *agent.Turn) error {
	p := &trip{}
	if err := planned.Set(ctx, t, p); err != nil {
		return err
	}
	return t.SendText(ctx, p.question())
}

func (tr *travel) cancel(ctx context.Context, t *agent.Turn) error {
	p, err := planned.Get(ctx, t)
	if err != nil {
		return err
	}
	if p == nil {
		return t.SendText(ctx, "There is nothing to cancel.")
	}
	if err := planned.Delete(ctx, t); err != nil {
		return err
	}
	return t.SendText(ctx, "The trip is forgotten.")
}

// luggage is another subject. It may come in the middle of a trip.
func (tr *travel) luggage(ctx context.Context, t *agent.Turn) error {
	if err := t.SendText(ctx, "One suitcase of up to 20 kg."); err != nil {
		return err
	}
	return tr.askAgain(ctx, t)
}

func (tr *travel) help(ctx context.Context, t *agent.Turn) error {
	if err := t.SendText(ctx, "Say trip to plan one, luggage to hear what you may take, cancel to stop."); err != nil {
		return err
	}
	return tr.askAgain(ctx, t)
}

// askAgain goes back to the question that is open, if one is.
func (tr *travel) askAgain(ctx context.Context, t *agent.Turn) error {
	p, err := planned.Get(ctx, t)
	if err != nil || p == nil {
		return err
	}
	return t.SendText(ctx, "Back to your trip. "+p.question())
}

// answer takes whatever is no command as the answer to the open question.
func (tr *travel) answer(ctx context.Context, t *agent.Turn) error {
	p, err := planned.Get(ctx, t)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(t.Activity.Text)
	switch {
	case p == nil:
		return tr.help(ctx, t)
	case text == "":
		return t.SendText(ctx, p.question())
	case p.City == "":
		p.City = text
	default:
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 30 {
			return t.SendText(ctx, "A number from 1 to 30, please, or cancel. "+p.question())
		}
		p.Nights = n
	}
	if p.question() == "" {
		return tr.offer(ctx, t, p)
	}
	if err := planned.Set(ctx, t, p); err != nil {
		return err
	}
	return t.SendText(ctx, p.question())
}

// offer asks the service for the price. If that fails the trip stays as it was
// before this turn, so the same answer can simply be given again.
func (tr *travel) offer(ctx context.Context, t *agent.Turn, p *trip) error {
	price, err := tr.prices.of(ctx, p.City, p.Nights)
	switch {
	case errors.Is(err, errNoSuchCity):
		if err := planned.Set(ctx, t, &trip{}); err != nil {
			return err
		}
		return t.SendText(ctx, "Nobody offers trips to "+p.City+". Where else do you want to go?")
	case err != nil:
		t.Logger().WarnContext(ctx, "no price", "err", err)
		return t.SendText(ctx, "Sorry, "+inWords(err)+" Say again how many nights to try once more, or cancel.")
	}
	if err := planned.Delete(ctx, t); err != nil {
		return err
	}
	return t.SendText(ctx, fmt.Sprintf("%s for %d euros. Nights: %d. Have a good time!", p.City, price, p.Nights))
}
