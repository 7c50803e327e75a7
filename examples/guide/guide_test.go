package main

import (
	"testing"
	"testing/synctest"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/storage"
)

// region start
func start(t *testing.T) *agenttest.Client {
	shop := newShop(storage.NewMemory())
	t.Cleanup(shop.close)
	return agenttest.Start(t, shop.app)
}

func TestCount(t *testing.T) {
	c := start(t)
	agenttest.WantTexts(t, c.SendText("hello"), "Message 1: hello")
	agenttest.WantTexts(t, c.SendText("again"), "Message 2: again")
}

// endregion

func TestMenu(t *testing.T) {
	got := start(t).SendText("Menu")
	var card activity.HeroCard
	if len(got) != 1 || len(got[0].Attachments) != 1 {
		t.Fatalf("got %d activities, want one with a card", len(got))
	}
	if err := got[0].Attachments[0].Decode(&card); err != nil || len(card.Buttons) != 2 {
		t.Errorf("got %+v, %v, want a card with two buttons", card, err)
	}
}

// The three steps of asynchronous work (S0-09): confirm, work in the
// background, follow up.

func TestOrderIsConfirmed(t *testing.T) {
	agenttest.WantTexts(t, start(t).SendText("order espresso"), "One espresso. I will tell you when it is ready.")
}

func TestOrderDoesNotHoldUpTheConversation(t *testing.T) {
	c := start(t)
	c.SendText("order espresso")
	agenttest.WantTexts(t, c.SendText("still there?"), "Message 1: still there?")
}

// region follow-up
func TestOrderIsFollowedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t)
		c.SendText("order espresso")
		if got := c.Next(); got.Text != "Your espresso is ready." {
			t.Errorf("the agent said %q", got.Text)
		}
	})
}

// endregion

// region transcripts
func TestTranscripts(t *testing.T) {
	agenttest.RunTranscripts(t, "testdata/*.txtar", func(t *testing.T) *agent.App {
		shop := newShop(storage.NewMemory())
		t.Cleanup(shop.close)
		return shop.app
	})
}

// endregion
