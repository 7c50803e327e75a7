package agent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// What was taken from a turn speaks after it, and shows nothing but an error
// when somebody uses the turn or its context instead. (S1-051)
func TestDetached(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	var late *agent.Turn
	var lateCtx context.Context
	var later agent.Detached
	b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
		late, lateCtx, later = tn, ctx, tn.Detach()
		tn.Activity.Text, tn.Activity.From.Name = "changed later", "Eve"
		tn.Identity.Claims["aud"] = "changed"
		_, err := visits.Update(ctx, tn, func(n *int) error { *n = 7; return nil })
		return err
	})
	id := activity.Identity{Claims: map[string]string{"aud": "bot-1", "iss": "https://api.botframework.com"}}
	if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("report"), Identity: id}); err != nil {
		t.Fatal(err)
	}

	sent, err := later.Send(t.Context(), activity.Message("Here it is"))
	if err != nil || sent != "sent-1" {
		t.Fatalf("Send = %q, %v", sent, err)
	}
	if err := later.SendText(t.Context(), "Anything else?"); err != nil {
		t.Error(err)
	}
	var remembered int
	err = later.Continue(t.Context(), func(ctx context.Context, tn *agent.Turn) (err error) {
		remembered, err = visits.Get(ctx, tn)
		return errors.Join(err, tn.SendText(ctx, "By the way"))
	})
	if err != nil || remembered != 7 {
		t.Errorf("Continue = %v, with %d in the state, want 7", err, remembered)
	}
	if got, want := b.wire.texts(), []string{"Here it is", "Anything else?", "By the way"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	for _, c := range b.wire.all() {
		if c.activity.Conversation.ID != "conv-1" || c.activity.ReplyToID != "in-1" || c.to.Claims["aud"] != "bot-1" {
			t.Errorf("sent %s to %v", asJSON(t, &c.activity), c.to)
		}
	}
	if later.Activity.Text != "report" || later.Activity.From.Name != "Ada" || later.Identity.Claims["aud"] != "bot-1" {
		t.Errorf("it changed with the turn: %q from %q, %v", later.Activity.Text, later.Activity.From.Name, later.Identity.Claims)
	}
	if later.Logger() != quiet {
		t.Error("the logger is not the App's")
	}

	for name, use := range map[string]func() error{
		"the turn":                      func() error { return late.SendText(t.Context(), "x") },
		"its context":                   func() error { return later.SendText(lateCtx, "x") },
		"its context for another turn":  func() error { return later.Continue(lateCtx, nop) },
		"its context, for what it says": func() error { _, err := later.Send(lateCtx, activity.Message("x")); return err },
	} {
		if err := use(); !errors.Is(err, agent.ErrTurnEnded) {
			t.Errorf("using %s after the turn: %v, want ErrTurnEnded", name, err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := later.SendText(cancelled, "x"); !errors.Is(err, context.Canceled) || errors.Is(err, agent.ErrTurnEnded) {
		t.Errorf("with a context that was cancelled: %v, want that", err)
	}
	if err := later.SendText(context.WithoutCancel(lateCtx), "Still here"); err != nil {
		t.Errorf("with the turn's context made to outlive it: %v", err)
	}
}

// The turn ends before the work it started. Each task speaks in its own
// conversation, and the next message does not wait for it. (S1-053, S1-054)
func TestDetachedWorkDoesNotHoldUpTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
			later := tn.Detach()
			go func() {
				time.Sleep(10 * time.Second)
				if err := later.SendText(context.Background(), "done with "+later.Activity.Text); err != nil {
					t.Error(err)
				}
			}()
			return tn.SendText(ctx, "started "+tn.Activity.Text)
		})
		begun := time.Now()
		for i := range 3 {
			a := says(fmt.Sprint(i))
			a.Conversation.ID = fmt.Sprint("conv-", i%2)
			b.run(t, a)
		}
		if took := time.Since(begun); took > 0 {
			t.Errorf("the turns took %s", took)
		}
		if got := strings.Join(b.wire.texts(), ", "); got != "started 0, started 1, started 2" {
			t.Errorf("said %q before the work was done", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, c := range b.wire.all()[3:] {
			n := strings.TrimPrefix(c.activity.Text, "done with ")
			if want := map[string]string{"0": "conv-0", "1": "conv-1", "2": "conv-0"}[n]; c.activity.Conversation.ID != want {
				t.Errorf("%q came in %s, want %s", c.activity.Text, c.activity.Conversation.ID, want)
			}
		}
		if n := len(b.wire.all()); n != 6 {
			t.Errorf("%d messages were sent, want 6", n)
		}
	})
}

// A trace sees each turn begin and end, and those that do not run.
func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		b := newBot(agent.AdapterConfig{QueueWait: time.Second, Trace: agent.Trace{
			Start: func(tn *agent.Turn) { d.note("start %s", tn.Activity.Text) },
			End:   func(tn *agent.Turn, err error) { d.note("end %s %v", tn.Activity.Text, err) },
			Busy:  func(tn *agent.Turn) { d.note("busy %s", tn.Activity.Text) },
		}, Use: []agent.Middleware{
			func(next agent.Handler) agent.Handler {
				return func(ctx context.Context, tn *agent.Turn) error { d.note("outer"); return next(ctx, tn) }
			},
			func(next agent.Handler) agent.Handler {
				return func(ctx context.Context, tn *agent.Turn) error { d.note("inner"); return next(ctx, tn) }
			},
		}})
		b.Use(func(next agent.Handler) agent.Handler {
			return func(ctx context.Context, tn *agent.Turn) error { d.note("the app's"); return next(ctx, tn) }
		})
		b.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return work(ctx, 3*time.Second) })
		b.OnText("fail", func(context.Context, *agent.Turn) error { return errors.New("no paper") })
		go b.adapter.Process(t.Context(), activity.Inbound{Activity: says("slow")})
		synctest.Wait()
		if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("late")}); !errors.Is(err, agent.ErrBusy) {
			t.Errorf("Process = %v, want ErrBusy", err)
		}
		time.Sleep(10 * time.Second)
		if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("fail")}); err == nil {
			t.Error("a failed turn returned nil")
		}
		d.want(t, " 0s start slow", " 0s outer", " 0s inner", " 0s the app's", " 1s busy late", " 3s end slow <nil>",
			"11s start fail", "11s outer", "11s inner", "11s the app's", "11s end fail no paper")
	})
}
