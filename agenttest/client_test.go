package agenttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
)

func TestWantTextsFails(t *testing.T) {
	got := failures(t, func(t testing.TB) {
		agenttest.WantTexts(t, agenttest.Start(t, newEcho()).SendText("hello"), "Hello!", "Bye!")
	})
	want := "the agent said\n\t\"You said: hello\"\nwant\n\t\"Hello!\"\n\t\"Bye!\""
	if len(got) != 1 || got[0] != want {
		t.Errorf("failures = %q, want %q", got, want)
	}
	got = failures(t, func(t testing.TB) { agenttest.WantTexts(t, nil, "Hello!") })
	if len(got) != 1 || !strings.HasPrefix(got[0], "the agent said nothing") {
		t.Errorf("failures = %q, want one that says nothing was said", got)
	}
}

func TestFailingAgent(t *testing.T) {
	app := agent.New(agent.Config{Logger: quiet})
	app.OnMessage(func(context.Context, *agent.Turn) error { return errors.New("out of paper") })

	c := agenttest.Start(t, app)
	replies, _, err := c.Process(t.Context(), activity.Message("print"))
	agenttest.WantTexts(t, replies, "Sorry, something went wrong. Please try again.")
	if err == nil || err.Error() != "out of paper" {
		t.Errorf("error = %v, want that of the handler", err)
	}

	got := failures(t, func(t testing.TB) { agenttest.Start(t, app).SendText("print") })
	if len(got) != 1 || got[0] != "agenttest: the turn failed: out of paper" {
		t.Errorf("failures = %q, want that the turn failed", got)
	}
}

func TestInvalidActivity(t *testing.T) {
	_, _, err := agenttest.Start(t, newEcho()).Process(t.Context(), &activity.Activity{Type: activity.TypeEvent})
	if !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("an event without a name: error = %v, want activity.ErrInvalid", err)
	}
}

// One user in two conversations, and two users in one.
func TestConversationsAndUsers(t *testing.T) {
	app := agent.New(agent.Config{})
	perUser, perConversation := agent.UserKey[int]("n"), agent.ConversationKey[int]("n")
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		count := func(n *int) error { *n++; return nil }
		u, err := perUser.Update(ctx, t, count)
		if err != nil {
			return err
		}
		c, err := perConversation.Update(ctx, t, count)
		if err != nil {
			return err
		}
		raw, _ := json.Marshal([]int{u, c})
		return t.SendText(ctx, string(raw))
	})
	ch := agenttest.NewChannel(t, app, agenttest.Config{ChannelID: activity.ChannelTeams})
	a, b := ch.Conversation("a"), ch.Conversation("b")
	agenttest.WantTexts(t, a.SendText("hello"), "[1,1]")
	agenttest.WantTexts(t, b.SendText("hello"), "[2,1]")
	agenttest.WantTexts(t, b.As(activity.ChannelAccount{ID: "eve"}).SendText("hello"), "[1,2]")
	if to := ch.Connector().Calls()[0].To.Reference; to.ChannelID != "msteams" || to.Conversation.ID != "a" || to.User.ID != "user" {
		t.Errorf("the first answer went to %+v", to)
	}
}

func TestEverythingAUserCanDo(t *testing.T) {
	app := agent.New(agent.Config{})
	say := func(text string) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, text) }
	}
	members := func(text string) agent.MembersHandler {
		return func(ctx context.Context, t *agent.Turn, ms []activity.ChannelAccount) error {
			return t.SendText(ctx, text+ms[0].ID)
		}
	}
	app.OnMembersAdded(members("hello "))
	app.OnMembersRemoved(members("bye "))
	app.OnReactionsAdded(func(ctx context.Context, t *agent.Turn, rs []activity.MessageReaction) error {
		return t.SendText(ctx, rs[0].Type+" "+t.Activity.ReplyToID)
	})
	app.OnInstall(say("installed"))
	app.OnUninstall(say("uninstalled"))
	agent.OnEvent(app, "ping", func(ctx context.Context, t *agent.Turn, v string) error { return t.SendText(ctx, "pong "+v) })
	agent.OnInvoke(app, "double", func(ctx context.Context, t *agent.Turn, n int) (int, error) { return 2 * n, nil })

	c := agenttest.Start(t, app)
	agenttest.WantTexts(t, c.Join(), "hello user")
	agenttest.WantTexts(t, c.Join(activity.ChannelAccount{ID: "eve"}), "hello eve")
	if m, err := c.Connector().Member(t.Context(), c.Conversation(), "eve"); err != nil || m.ID != "eve" {
		t.Errorf("after Join: Member = %q, %v", m.ID, err)
	}
	agenttest.WantTexts(t, c.Leave(activity.ChannelAccount{ID: "eve"}), "bye eve")
	if _, err := c.Connector().Member(t.Context(), c.Conversation(), "eve"); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("after Leave: error = %v, want activity.ErrNotFound", err)
	}
	agenttest.WantTexts(t, c.React("like", "sent-1"), "like sent-1")
	agenttest.WantTexts(t, c.Install(), "installed")
	agenttest.WantTexts(t, c.Uninstall(), "uninstalled")
	agenttest.WantTexts(t, c.Event("ping", "x"), "pong x")
	if r, err := c.Invoke("double", 21); err != nil || string(r.Body) != "42" || r.Status != 200 {
		t.Errorf("Invoke = %v, %v", r, err)
	}
	if r, err := c.Invoke("unknown", nil); err != nil || r != nil {
		t.Errorf("Invoke of nothing = %v, %v; want neither", r, err)
	}
}

func TestExpectReplies(t *testing.T) {
	c := agenttest.Start(t, newEcho())
	a := activity.Message("hello")
	a.DeliveryMode = activity.DeliverExpectReplies
	agenttest.WantTexts(t, c.Send(a), "You said: hello")
	if calls := c.Connector().Calls(); len(calls) != 0 {
		t.Errorf("%d calls of the channel, want none", len(calls))
	}
	agenttest.WantTexts(t, c.Messages(), "hello", "You said: hello")
}

// The order takes 10 seconds of nobody's time.
func TestProactiveInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var orders sync.WaitGroup
		defer orders.Wait()
		app := agent.New(agent.Config{})
		app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
			ad, to := t.Adapter(), t.Conversation()
			background := context.WithoutCancel(ctx)
			orders.Go(func() {
				<-time.After(10 * time.Second)
				ad.Continue(background, to, func(ctx context.Context, t *agent.Turn) error {
					return t.SendText(ctx, "Your laptop is ready!")
				})
			})
			return t.SendText(ctx, "I will order one.")
		})

		c, start := agenttest.Start(t, app), time.Now()
		agenttest.WantTexts(t, c.SendText("a laptop, please"), "I will order one.")
		if early := c.Unread(); len(early) > 0 {
			t.Errorf("already there: %q", early.Texts())
		}
		agenttest.WantTexts(t, c.Wait(1), "Your laptop is ready!")
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %s, want 10s", took)
		}
	})
}

func TestProactiveInRealTime(t *testing.T) {
	c := agenttest.Start(t, newEcho())
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() { c.Adapter().Send(t.Context(), c.Conversation(), activity.Message("psst")) })
	if got := c.Next().Text; got != "psst" {
		t.Errorf("Next = %q, want psst", got)
	}
}

func TestNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := failures(t, func(t testing.TB) { agenttest.Start(t, newEcho()).Next() })
		if len(got) != 1 || !strings.HasPrefix(got[0], `agenttest: nothing arrived in conversation "conversation" within 1m0s`) {
			t.Errorf("failures = %q", got)
		}
	})
}
