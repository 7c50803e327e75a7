package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/proactive"
)

// S1-002: a reminder is a turn with the state of the user's own turns and the
// token that the user got there, and its own state is kept.
func TestS1_002_Reminder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		w.SendText("hello")
		if got := w.SendText("sign in"); len(got) != 1 || len(got[0].Attachments) != 1 {
			t.Fatalf("the agent sent %+v, want a card", got)
		}
		agenttest.WantTexts(t, w.SendText("123456"), "You are signed in. I may remind you now.")
		if err := w.later.Run(t.Context(), "conv-1", "", nil); err != nil {
			t.Fatal(err)
		}
		agenttest.WantTexts(t, w.Unread(), "Daily reminder, Ann. You last visited on "+time.Now().Format("2 January")+".")
		err := w.later.Continue(t.Context(), "conv-1", func(ctx context.Context, tn *agent.Turn) error {
			at, err := lastReminder.Get(ctx, tn)
			if !at.Equal(time.Now()) {
				t.Errorf("the last reminder was at %v", at)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// S1-093, S1-131: a user who is not signed in is asked to.
func TestS1_093_Nudge(t *testing.T) {
	w := start(t)
	w.SendText("hello")
	if err := w.later.Run(t.Context(), "conv-1", "", nil); !errors.Is(err, proactive.ErrUserNotSignedIn) {
		t.Errorf("a reminder without a token: %v", err)
	}
	if err := remindOrNudge(t.Context(), w.later, "conv-1"); err != nil {
		t.Fatal(err)
	}
	agenttest.WantTexts(t, w.Unread(), `Write "sign in", so that I can remind you.`)
}

func TestRemindDaily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		w.users.in = true
		w.SendText("/subscribe")
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { remindDaily(ctx, w.later); close(done) }()
		time.Sleep(23 * time.Hour)
		synctest.Wait()
		agenttest.WantTexts(t, w.Unread())
		time.Sleep(26 * time.Hour)
		synctest.Wait()
		agenttest.WantTexts(t, w.Unread(), "Daily reminder, Ann. You last visited never.", "Daily reminder, Ann. You last visited never.")
		stop()
		<-done
	})
}
