package main

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/background"
)

// The conversation is free in one way and waits in the other.
func TestTranscripts(t *testing.T) {
	agenttest.RunTranscripts(t, "testdata/*.txtar", func(t *testing.T) *agent.App {
		work := background.New(background.Config{})
		t.Cleanup(func() {
			if err := work.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		return newShop(work)
	})
}

// Both ways look the same to the channel: a text at once, and not before 10
// seconds later a text with an Adaptive Card. (S0-01, S0-06, S0-07, S0-08)
func TestBothWaysLookTheSame(t *testing.T) {
	type sent struct {
		text, card, replyTo string
		after               time.Duration
	}
	trace := func(text string) (calls []sent) {
		synctest.Test(t, func(t *testing.T) {
			work := background.New(background.Config{})
			c := agenttest.Start(t, newShop(work))
			begun := time.Now()
			c.SendText(text)
			time.Sleep(time.Minute)
			for _, call := range c.Connector().Calls() {
				s := sent{text: call.Activity.Text, replyTo: call.Activity.ReplyToID, after: call.At.Sub(begun)}
				for _, a := range call.Activity.Attachments {
					if !json.Valid(a.Content) {
						t.Errorf("the card is not JSON: %s", a.Content)
					}
					s.card += a.ContentType
				}
				calls = append(calls, s)
			}
			if err := work.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
		return calls
	}
	detached, blocking := trace("order laptop"), trace("order laptop now")
	if !slices.Equal(detached, blocking) {
		t.Errorf("detached: %+v\nblocking: %+v", detached, blocking)
	}
	if len(detached) != 2 {
		t.Fatalf("the agent sent %+v, want two messages", detached)
	}
	first, second := detached[0], detached[1]
	if first.text != confirmed || first.card != "" || first.after > 0 {
		t.Errorf("first came %+v", first)
	}
	if second.text == "" || second.card != "application/vnd.microsoft.card.adaptive" || second.after < 10*time.Second {
		t.Errorf("second came %+v", second)
	}
	if first.replyTo == "" || first.replyTo != second.replyTo {
		t.Errorf("they answer %q and %q, want the user's message", first.replyTo, second.replyTo)
	}
}
