package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// during runs f as the handler of a, and expects the turn to succeed.
func during(t *testing.T, b *bot, a *activity.Activity, f agent.Handler) {
	t.Helper()
	b.OnFallback(f)
	b.run(t, a)
}

// S2-30
func TestSendAddressesTheReply(t *testing.T) {
	t.Run("S2-30 from, recipient, conversation, service URL, locale and replyToId are filled in", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		given := activity.Message("hello")
		given.ID, given.DeliveryMode = "mine", activity.DeliverExpectReplies
		a := says("hi")
		a.Locale, a.Conversation.TenantID = "de-DE", "tenant-1"
		during(t, b, a, func(ctx context.Context, tn *agent.Turn) error {
			id, err := tn.Send(ctx, given)
			if id != "sent-1" {
				t.Errorf("Send = %q, want the channel's id sent-1", id)
			}
			return err
		})
		got := b.wire.all()[0]
		want := activity.Activity{
			Type: activity.TypeMessage, Text: "hello", ChannelID: "test", ServiceURL: "https://channel.example/",
			From: a.Recipient, Recipient: a.From, Conversation: a.Conversation, ReplyToID: "in-1", Locale: "de-DE",
		}
		if diff := cmp.Diff(asJSON(t, &want), asJSON(t, &got.activity)); diff != "" {
			t.Errorf("sent activity differs (-want +got):\n%s", diff)
		}
		if given.ID != "mine" || given.ReplyToID != "" || given.From.ID != "" {
			t.Errorf("the caller's activity was changed: %s", asJSON(t, given))
		}
		if ref := got.to.Reference; ref.ServiceURL != "https://channel.example/" || ref.Conversation.ID != "conv-1" {
			t.Errorf("the connector was sent to %+v", ref)
		}
	})
	t.Run("S2-30 a reply target of its own stays", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
			_, err := tn.Send(ctx, &activity.Activity{Text: "no type", ReplyToID: "older"})
			return err
		})
		if a := b.wire.all()[0].activity; a.ReplyToID != "older" || a.Type != activity.TypeMessage {
			t.Errorf("sent %s, want a message in reply to older", asJSON(t, &a))
		}
	})
	t.Run("S2-30 an event for the channel itself goes out", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
			e, err := activity.Event("setMode", map[string]bool{"dark": true})
			if err != nil {
				return err
			}
			_, err = tn.Send(ctx, e)
			return err
		})
		if a := b.wire.all()[0].activity; a.Name != "setMode" || string(a.Value) != `{"dark":true}` || a.ReplyToID != "in-1" {
			t.Errorf("sent %s", asJSON(t, &a))
		}
	})
	t.Run("trap 12 a conversation update of directline is not replied to", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, inbound(activity.TypeConversationUpdate, on("directline")), func(ctx context.Context, tn *agent.Turn) error {
			return tn.SendText(ctx, "welcome")
		})
		if a := b.wire.all()[0].activity; a.ReplyToID != "" {
			t.Errorf("replyToId = %q, want none", a.ReplyToID)
		}
	})
	t.Run("the sub-channel travels as an entity", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		a := inbound(activity.TypeMessage, on("msteams"))
		a.SetChannel(activity.ChannelTeamsCopilot)
		during(t, b, a, func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "hello") })
		if got := b.wire.all()[0].activity; got.ChannelID != "msteams" || got.Channel() != "msteams:COPILOT" {
			t.Errorf("sent on %q, %q, want msteams and msteams:COPILOT", got.ChannelID, got.Channel())
		}
	})
}

func asJSON(t *testing.T, a *activity.Activity) string {
	t.Helper()
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// S2-31
func TestUpdateAndDelete(t *testing.T) {
	t.Run("S2-31 both name the id that Send returned", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
			id, err := tn.Send(ctx, activity.Message("one"))
			if err != nil {
				return err
			}
			if err := tn.Update(ctx, &activity.Activity{ID: id, Type: activity.TypeMessage, Text: "two"}); err != nil {
				return err
			}
			return tn.Delete(ctx, id)
		})
		calls := b.wire.all()
		if len(calls) != 3 || calls[1].op != "update" || calls[1].activity.ID != "sent-1" || calls[1].activity.Text != "two" ||
			calls[2].op != "delete" || calls[2].id != "sent-1" {
			t.Errorf("calls = %+v, want send, update and delete of sent-1", calls)
		}
	})
	t.Run("S2-31 without an id nothing is asked", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
			for what, err := range map[string]error{"Update": tn.Update(ctx, activity.Message("x")), "Delete": tn.Delete(ctx, "")} {
				if !errors.Is(err, activity.ErrInvalid) {
					t.Errorf("%s = %v, want ErrInvalid", what, err)
				}
			}
			return nil
		})
		if calls := b.wire.all(); len(calls) != 0 {
			t.Errorf("calls = %+v, want none", calls)
		}
	})
}

// S2-45
func TestOperationsEndWithTheirContext(t *testing.T) {
	ops := map[string]func(ctx context.Context, tn *agent.Turn) error{
		"send":   func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "x") },
		"typing": func(ctx context.Context, tn *agent.Turn) error { return tn.Typing(ctx) },
		"update": func(ctx context.Context, tn *agent.Turn) error {
			return tn.Update(ctx, &activity.Activity{ID: "a", Text: "x"})
		},
		"delete": func(ctx context.Context, tn *agent.Turn) error { return tn.Delete(ctx, "a") },
		"delay": func(ctx context.Context, tn *agent.Turn) error {
			_, err := tn.Send(ctx, &activity.Activity{Type: activity.TypeDelay, Value: json.RawMessage("60000")})
			return err
		},
	}
	for name, op := range ops {
		t.Run("S2-45 "+name+" can be cancelled and used from a goroutine", func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				done := make(chan error)
				go func() { done <- op(ctx, tn) }()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("%s = %v, want context.Canceled", name, err)
				}
				return nil
			})
		})
	}
}

func TestDelayWaits(t *testing.T) {
	for value, want := range map[string]time.Duration{"1500": 1500 * time.Millisecond, `"soon"`: time.Second, "": time.Second} {
		t.Run("a delay of "+value, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBot(agent.AdapterConfig{})
				during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
					start := time.Now()
					id, err := tn.Send(ctx, inbound(activity.TypeDelay, valued(value)))
					if got := time.Since(start); got != want || id != "" {
						t.Errorf("waited %s, id %q, want %s and no id", got, id, want)
					}
					return err
				})
				if calls := b.wire.all(); len(calls) != 0 {
					t.Errorf("calls = %+v, want none", calls)
				}
			})
		})
	}
}

// Traps 13 and 14.
func TestResponded(t *testing.T) {
	send := func(typ activity.Type) agent.Handler {
		return func(ctx context.Context, tn *agent.Turn) error {
			_, err := tn.Send(ctx, &activity.Activity{Type: typ, Name: "n"})
			return err
		}
	}
	tests := []struct {
		name    string
		channel string
		h       agent.Handler
		want    bool
		sent    int
	}{
		{"a message responds", "test", send(activity.TypeMessage), true, 1},
		{"trap 13 typing responds", "test", send(activity.TypeTyping), true, 1},
		{"trap 13 a trace on the emulator is sent and does not respond", "emulator", send(activity.TypeTrace), false, 1},
		{"trap 13 a trace elsewhere is not even sent", "test", send(activity.TypeTrace), false, 0},
		{"nothing said", "test", func(context.Context, *agent.Turn) error { return nil }, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			during(t, b, inbound(activity.TypeMessage, on(tt.channel)), func(ctx context.Context, tn *agent.Turn) error {
				if tn.Responded() {
					t.Error("Responded before anything was sent")
				}
				err := tt.h(ctx, tn)
				if got := tn.Responded(); got != tt.want {
					t.Errorf("Responded = %v, want %v", got, tt.want)
				}
				return err
			})
			if got := len(b.wire.all()); got != tt.sent {
				t.Errorf("%d activities were sent, want %d", got, tt.sent)
			}
		})
	}
	t.Run("trap 14 a swallowed activity does not respond and has no id", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.UseSend(func(agent.SendHandler) agent.SendHandler {
			return func(context.Context, *agent.Turn, *agent.Outgoing) error { return nil }
		})
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
			id, err := tn.Send(ctx, activity.Message("dropped"))
			if id != "" || err != nil || tn.Responded() {
				t.Errorf("Send = %q, %v, Responded %v, want nothing", id, err, tn.Responded())
			}
			return nil
		})
		if calls := b.wire.all(); len(calls) != 0 {
			t.Errorf("calls = %+v, want none", calls)
		}
	})
	t.Run("a failed send does not respond", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.wire.refuse = func(call) error { return &activity.Error{Status: 429} }
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
			if err := tn.SendText(ctx, "x"); !errors.Is(err, activity.ErrThrottled) || tn.Responded() {
				t.Errorf("SendText = %v, Responded %v, want ErrThrottled and false", err, tn.Responded())
			}
			return nil
		})
	})
}

// S2-37
func TestSendMiddleware(t *testing.T) {
	t.Run("S2-37 sees and changes what is sent, updated and deleted", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		var seen []string
		b.UseSend(func(next agent.SendHandler) agent.SendHandler {
			return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
				out.Activity.Text = strings.ToUpper(out.Activity.Text)
				err := next(ctx, tn, out)
				seen = append(seen, string(out.Op)+" "+out.Activity.ID+" -> "+out.ID)
				return err
			}
		})
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(tn.SendText(ctx, "one"), tn.Update(ctx, &activity.Activity{ID: "a", Text: "two"}), tn.Delete(ctx, "a"))
		})
		if diff := cmp.Diff([]string{"send  -> sent-1", "update a -> sent-2", "delete a -> "}, seen); diff != "" {
			t.Errorf("the middleware saw (-want +got):\n%s", diff)
		}
		calls := b.wire.all()
		if calls[0].activity.Text != "ONE" || calls[1].activity.Text != "TWO" {
			t.Errorf("sent %q and %q, want upper case", calls[0].activity.Text, calls[1].activity.Text)
		}
	})
	for _, op := range []agent.Op{agent.OpSend, agent.OpUpdate, agent.OpDelete} {
		t.Run("S2-37 can drop a "+string(op), func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			b.UseSend(func(next agent.SendHandler) agent.SendHandler {
				return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
					if out.Op == op {
						return nil
					}
					return next(ctx, tn, out)
				}
			})
			during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
				return errors.Join(tn.SendText(ctx, "one"), tn.Update(ctx, &activity.Activity{ID: "a"}), tn.Delete(ctx, "a"))
			})
			for _, c := range b.wire.all() {
				if c.op == string(op) {
					t.Errorf("a %s reached the channel", op)
				}
			}
			if got := len(b.wire.all()); got != 2 {
				t.Errorf("%d calls reached the channel, want the other 2", got)
			}
		})
	}
	t.Run("trap 18 the first one added is the outermost", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		var order []string
		hook := func(name string) agent.SendMiddleware {
			return func(next agent.SendHandler) agent.SendHandler {
				return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
					order = append(order, name+" in")
					defer func() { order = append(order, name+" out") }()
					return next(ctx, tn, out)
				}
			}
		}
		b.UseSend(hook("A"))
		b.UseSend(hook("B"))
		during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "x") })
		if diff := cmp.Diff([]string{"A in", "B in", "B out", "A out"}, order); diff != "" {
			t.Errorf("order differs (-want +got):\n%s", diff)
		}
	})
}

func TestMembersAreAskedOfTheChannel(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	during(t, b, says("hi"), func(ctx context.Context, tn *agent.Turn) error {
		m, err := tn.Member(ctx, "user-9")
		if err != nil || m.ID != "user-9" {
			t.Errorf("Member = %+v, %v", m, err)
		}
		page, err := tn.Members(ctx, 10, "")
		if err != nil || len(page.Members) != 1 {
			t.Errorf("Members = %+v, %v", page, err)
		}
		return nil
	})
	for _, c := range b.wire.all() {
		if c.to.Reference.Conversation.ID != "conv-1" {
			t.Errorf("%s asked about %q, want conv-1", c.op, c.to.Reference.Conversation.ID)
		}
	}
}
