package agenttest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
)

func TestUpdateAndDeleteShow(t *testing.T) {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		first, err := t.Send(ctx, activity.Message("one"))
		if err != nil {
			return err
		}
		second, err := t.Send(ctx, activity.Message("two"))
		if err != nil {
			return err
		}
		better := activity.Message("ONE")
		better.ID = first
		return errors.Join(t.Update(ctx, better), t.Delete(ctx, second))
	})
	c := agenttest.Start(t, app)
	agenttest.WantTexts(t, c.SendText("go"), "one", "two")
	agenttest.WantTexts(t, c.Messages(), "go", "ONE")
	var ops []agent.Op
	for _, call := range c.Connector().Calls() {
		ops = append(ops, call.Op)
	}
	if len(ops) != 4 || ops[2] != agent.OpUpdate || ops[3] != agent.OpDelete {
		t.Errorf("calls = %q", ops)
	}
}

func TestFaults(t *testing.T) {
	boom := errors.New("boom")
	tests := []struct {
		name    string
		fault   agenttest.Fault
		errs    []error // of three sends
		arrived []string
		took    time.Duration
	}{
		{"none", agenttest.Fault{Op: agent.OpUpdate, Err: boom}, []error{nil, nil, nil}, []string{"0", "1", "2"}, 0},
		{"once", agenttest.Fault{Err: boom}, []error{boom, nil, nil}, []string{"1", "2"}, 0},
		{"elsewhere", agenttest.Fault{ConversationID: "other", Err: boom}, []error{nil, nil, nil}, []string{"0", "1", "2"}, 0},
		{"twice, throttled", agenttest.Fault{Op: agent.OpSend, Times: 2, Err: &activity.Error{Status: 429, RetryAfter: time.Second}},
			[]error{activity.ErrThrottled, activity.ErrThrottled, nil}, []string{"2"}, 0},
		{"always", agenttest.Fault{Times: -1, Err: boom}, []error{boom, boom, boom}, nil, 0},
		{"slow", agenttest.Fault{Times: 2, Delay: 2 * time.Second}, []error{nil, nil, nil}, []string{"0", "1", "2"}, 4 * time.Second},
		{"slow, then refused", agenttest.Fault{Delay: 2 * time.Second, Err: boom}, []error{boom, nil, nil}, []string{"1", "2"}, 2 * time.Second},
		{"lost after delivery", agenttest.Fault{Delivered: true}, []error{activity.ErrOutcomeUnknown, nil, nil}, []string{"0", "1", "2"}, 0},
		{"hangs", agenttest.Fault{Hang: true}, []error{context.DeadlineExceeded, nil, nil}, []string{"1", "2"}, 5 * time.Second},
		{"hangs after delivery", agenttest.Fault{Hang: true, Delivered: true}, []error{context.DeadlineExceeded, nil, nil}, []string{"0", "1", "2"}, 5 * time.Second},
		{"slower than the caller waits", agenttest.Fault{Delay: time.Hour}, []error{activity.ErrOutcomeUnknown, nil, nil}, []string{"1", "2"}, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := agenttest.Start(t, newEcho())
				c.Connector().Fail(tt.fault)
				start := time.Now()
				for i, want := range tt.errs {
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					_, err := c.Adapter().Send(ctx, c.Conversation(), activity.Message(string(rune('0'+i))))
					cancel()
					if !errors.Is(err, want) {
						t.Errorf("send %d: error = %v, want %v", i, err, want)
					}
					if got := c.Connector().Calls()[i].Err; !errors.Is(got, want) {
						t.Errorf("call %d: error = %v, want %v", i, got, want)
					}
				}
				agenttest.WantTexts(t, c.Unread(), tt.arrived...)
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

func TestHeal(t *testing.T) {
	c := agenttest.Start(t, newEcho())
	c.Connector().Fail(agenttest.Fault{Times: -1, Err: activity.ErrUnreachable})
	c.Connector().Heal()
	agenttest.WantTexts(t, c.SendText("hello"), "You said: hello")
}

// A handler that speaks to another conversation does not answer in its own.
func TestMessagesGoWhereTheyBelong(t *testing.T) {
	app := agent.New(agent.Config{})
	var ch *agenttest.Channel
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		_, err := t.Adapter().Send(ctx, ch.Conversation("boss").Conversation(), activity.Message("somebody wrote"))
		return err
	})
	ch = agenttest.NewChannel(t, app, agenttest.Config{})
	agenttest.WantTexts(t, ch.Conversation("user").SendText("hello"))
	agenttest.WantTexts(t, ch.Conversation("boss").Wait(1), "somebody wrote")
}

func TestCreateConversation(t *testing.T) {
	ch := agenttest.NewChannel(t, newEcho(), agenttest.Config{})
	made, err := ch.Adapter().Create(t.Context(), ch.Conversation("a").Conversation(), activity.ConversationParameters{
		Members:  []activity.ChannelAccount{{ID: "ann"}, {ID: "bob"}},
		Activity: activity.Message("Good morning."),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := ch.Conversation(made.Reference.Conversation.ID)
	agenttest.WantTexts(t, c.Messages(), "Good morning.")
	if m, err := c.Connector().Member(t.Context(), made, "bob"); err != nil || m.ID != "bob" {
		t.Errorf("Member = %q, %v", m.ID, err)
	}
}

func TestMembersComeInPages(t *testing.T) {
	c := agenttest.Start(t, newEcho())
	conn, to := c.Connector(), c.Conversation()
	conn.SetMembers("conversation", activity.ChannelAccount{ID: "a"}, activity.ChannelAccount{ID: "b"}, activity.ChannelAccount{ID: "c"})
	first, err := conn.Members(t.Context(), to, 2, "")
	if err != nil || len(first.Members) != 2 || first.ContinuationToken == "" {
		t.Fatalf("first page: %+v, %v; want two members and a token", first, err)
	}
	last, err := conn.Members(t.Context(), to, 2, first.ContinuationToken)
	if err != nil || len(last.Members) != 1 || last.Members[0].ID != "c" || last.ContinuationToken != "" {
		t.Errorf("last page: %+v, %v; want c and no token", last, err)
	}
	if _, err := conn.Members(t.Context(), to, 2, "x"); !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("a bad token: error = %v, want activity.ErrInvalid", err)
	}
}
