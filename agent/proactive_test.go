package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

func TestSendOutsideOfATurn(t *testing.T) {
	send := func(t *testing.T, to activity.Conversation) activity.Activity {
		t.Helper()
		b := newBot(agent.AdapterConfig{})
		b.Use(func(agent.Handler) agent.Handler {
			return func(context.Context, *agent.Turn) error { t.Error("a middleware ran"); return nil }
		})
		b.OnFallback(func(context.Context, *agent.Turn) error { t.Error("a route ran"); return nil })
		id, err := b.adapter.Send(t.Context(), to, &activity.Activity{Text: "ready"})
		if err != nil || id != "sent-1" {
			t.Fatalf("Send = %q, %v, want sent-1", id, err)
		}
		got := b.wire.all()[0]
		if diff := cmp.Diff(to.Claims, got.to.Claims); diff != "" {
			t.Errorf("claims differ (-want +got):\n%s", diff)
		}
		return got.activity
	}
	t.Run("case 47 it answers the stored activity", func(t *testing.T) {
		to := address()
		to.Reference.ActivityID, to.Reference.Locale = "in-7", "de-DE"
		got := send(t, to)
		want := activity.Activity{
			Type: activity.TypeMessage, Text: "ready", ChannelID: "test", ServiceURL: "https://channel.example/", Locale: "de-DE",
			From: to.Reference.Agent, Recipient: to.Reference.User, Conversation: to.Reference.Conversation, ReplyToID: "in-7",
		}
		if diff := cmp.Diff(asJSON(t, &want), asJSON(t, &got)); diff != "" {
			t.Errorf("sent activity differs (-want +got):\n%s", diff)
		}
	})
	t.Run("case 48 without one it names a fresh id", func(t *testing.T) {
		got := send(t, address())
		if _, err := uuid.Parse(got.ReplyToID); err != nil {
			t.Errorf("replyToId = %q, want a UUID", got.ReplyToID)
		}
		if again := send(t, address()); again.ReplyToID == got.ReplyToID {
			t.Errorf("replyToId %q came twice", again.ReplyToID)
		}
	})
	t.Run("case 50 a failure is returned and the hook is not called", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.wire.refuse = func(call) error { return &activity.Error{Op: "send", Status: 403} }
		_, err := b.adapter.Send(t.Context(), address(), activity.Message("x"))
		if e, ok := errors.AsType[*activity.Error](err); !ok || e.Status != 403 || len(b.errs.all()) != 0 {
			t.Errorf("Send = %v, hook got %v", err, b.errs.all())
		}
	})
	t.Run("send middlewares see it", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.UseSend(func(next agent.SendHandler) agent.SendHandler {
			return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
				out.Activity.Text += "!"
				return next(ctx, tn, out)
			}
		})
		if _, err := b.adapter.Send(t.Context(), address(), activity.Message("ready")); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"ready!"}, b.wire.texts()); diff != "" {
			t.Errorf("texts differ (-want +got):\n%s", diff)
		}
	})
	t.Run("case 60 an address taken in an expectReplies turn goes to the channel afterwards", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		var conv activity.Conversation
		b.OnMessage(func(_ context.Context, tn *agent.Turn) error { conv = tn.Conversation(); return nil })
		a := says("hi")
		a.DeliveryMode = activity.DeliverExpectReplies
		in := activity.Inbound{Activity: a, Reply: func(*activity.Activity) (activity.ResourceResponse, error) {
			t.Error("the response was written to after its turn")
			return activity.ResourceResponse{}, nil
		}}
		if _, err := b.adapter.Process(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if _, err := b.adapter.Send(t.Context(), conv, activity.Message("later")); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"later"}, b.wire.texts()); diff != "" {
			t.Errorf("texts differ (-want +got):\n%s", diff)
		}
	})
}

func TestIncompleteAddresses(t *testing.T) {
	parts := map[string]func(*activity.Conversation){
		"conversation.id": func(c *activity.Conversation) { c.Reference.Conversation.ID = "" },
		"serviceUrl":      func(c *activity.Conversation) { c.Reference.ServiceURL = "" },
		"channelId":       func(c *activity.Conversation) { c.Reference.ChannelID = "" },
	}
	for name, remove := range parts {
		t.Run("without "+name+" nothing runs", func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			to := address()
			remove(&to)
			_, err := b.adapter.Send(t.Context(), to, activity.Message("x"))
			errContinue := b.adapter.Continue(t.Context(), to, func(context.Context, *agent.Turn) error {
				t.Error("the handler ran")
				return nil
			})
			if !errors.Is(err, activity.ErrInvalid) || !errors.Is(errContinue, activity.ErrInvalid) {
				t.Errorf("Send = %v, Continue = %v, want ErrInvalid", err, errContinue)
			}
			if len(b.wire.all()) != 0 {
				t.Error("the channel was called")
			}
		})
	}
}

func TestContinue(t *testing.T) {
	t.Run("case 51 state is loaded before and saved after, and middlewares run", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		put(t, b.Storage(), "test/users/user-1", `{"likes":4}`)
		layers := 0
		b.Use(func(next agent.Handler) agent.Handler {
			return func(ctx context.Context, tn *agent.Turn) error { layers++; return next(ctx, tn) }
		})
		err := b.adapter.Continue(t.Context(), address(), func(ctx context.Context, tn *agent.Turn) error {
			n, err := likes.Update(ctx, tn, func(n *int) error { *n++; return nil })
			if n != 5 || tn.Activity.Name != activity.EventContinueConversation || tn.Identity.Audience() != "bot-1" {
				t.Errorf("likes = %d, event %q, audience %q", n, tn.Activity.Name, tn.Identity.Audience())
			}
			return errors.Join(err, tn.SendText(ctx, "hello again"))
		})
		if got := document(t, b.Storage(), "test/users/user-1"); err != nil || got != `{"likes":5}` || layers != 1 {
			t.Errorf("Continue = %v, stored %s, %d middlewares ran", err, got, layers)
		}
		if a := b.wire.all()[0].activity; a.From.ID != "28:bot-1" || a.Recipient.ID != "user-1" {
			t.Errorf("sent from %q to %q, want from the bot to the user", a.From.ID, a.Recipient.ID)
		}
	})
	t.Run("case 51 a failing handler saves nothing and its error is returned", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		boom := errors.New("boom")
		err := b.adapter.Continue(t.Context(), address(), func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(likes.Set(ctx, tn, 1), boom)
		})
		if !errors.Is(err, boom) || len(b.errs.all()) != 1 || document(t, b.Storage(), "test/users/user-1") != "" {
			t.Errorf("Continue = %v, hook got %v", err, b.errs.all())
		}
	})
	t.Run("case 59 inside an expectReplies turn the words land in its response", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
			return tn.Adapter().Continue(ctx, tn.Conversation(), func(ctx context.Context, tn *agent.Turn) error {
				return tn.SendText(ctx, "from inside")
			})
		})
		a := says("hi")
		a.DeliveryMode = activity.DeliverExpectReplies
		var replies []string
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a, Reply: func(a *activity.Activity) (activity.ResourceResponse, error) {
			replies = append(replies, a.Text)
			return activity.ResourceResponse{}, nil
		}})
		if diff := cmp.Diff([]string{"from inside"}, replies); err != nil || diff != "" || len(b.wire.all()) != 0 {
			t.Errorf("%v, %d calls of the channel, replies differ (-want +got):\n%s", err, len(b.wire.all()), diff)
		}
	})
}

func TestCreate(t *testing.T) {
	group := true
	params := activity.ConversationParameters{
		IsGroup: &group, TenantID: "tenant-1", ChannelData: json.RawMessage(`{"channel":{"id":"19:x"}}`),
		Members: []activity.ChannelAccount{{ID: "29:ada"}, {ID: "29:bob"}},
	}
	at := address()
	at.Reference.Conversation.ID = "ignored"

	t.Run("case 56 the channel makes it, then the handler runs as its first turn", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		made, err := b.adapter.Create(t.Context(), at, params, func(ctx context.Context, tn *agent.Turn) error {
			a := tn.Activity
			got := []string{a.Name, a.Conversation.ID, a.From.ID, a.Recipient.ID, a.ChannelID, string(a.ChannelData), tn.Identity.Audience()}
			want := []string{activity.EventCreateConversation, "made-1", "29:ada", "28:bot-1", "test", `{"channel":{"id":"19:x"}}`, "bot-1"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the handler sees (-want +got):\n%s", diff)
			}
			return errors.Join(visits.Set(ctx, tn, 1), tn.SendText(ctx, "welcome"))
		})
		if err != nil {
			t.Fatal(err)
		}
		calls := b.wire.all()
		if len(calls) != 2 || calls[0].op != "create" || calls[0].params.Agent.ID != "28:bot-1" || calls[0].to.Reference.ServiceURL != "https://channel.example/" {
			t.Fatalf("calls = %+v, want create as 28:bot-1, then send", calls)
		}
		sent := calls[1].activity
		if sent.Conversation.ID != "made-1" || sent.Recipient.ID != "29:ada" || sent.ServiceURL != "https://channel.example/" {
			t.Errorf("sent %s, want it addressed to made-1 and 29:ada", asJSON(t, &sent))
		}
		if sent.ReplyToID != "" {
			t.Errorf("case 57: replyToId = %q, want none", sent.ReplyToID)
		}
		ref := made.Reference
		if ref.Conversation.ID != "made-1" || ref.Conversation.TenantID != "tenant-1" || !ref.Conversation.IsGroup || ref.User.ID != "29:ada" ||
			ref.Agent.ID != "28:bot-1" || ref.ServiceURL != "https://channel.example/" || made.Claims["aud"] != "bot-1" {
			t.Errorf("Create = %+v", made)
		}
		if got := document(t, b.Storage(), "test/conversations/made-1"); got != `{"visits":1}` {
			t.Errorf("state of the new conversation = %s", got)
		}
	})
	t.Run("case 58 when the handler fails the conversation is returned with the error", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		boom := errors.New("boom")
		made, err := b.adapter.Create(t.Context(), at, params, func(context.Context, *agent.Turn) error { return boom })
		if !errors.Is(err, boom) || made.Reference.Conversation.ID != "made-1" || len(b.errs.all()) != 1 {
			t.Errorf("Create = %q, %v, hook got %v", made.Reference.Conversation.ID, err, b.errs.all())
		}
	})
	t.Run("case 44 without a handler it is only made, and an agent and a user of its own count", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		made, err := b.adapter.Create(t.Context(), at, activity.ConversationParameters{Agent: activity.ChannelAccount{ID: "28:other"}}, nil)
		if err != nil || made.Reference.Agent.ID != "28:other" || made.Reference.User.ID != "28:other" || len(b.wire.all()) != 1 {
			t.Errorf("Create = %+v, %v, calls %d", made.Reference, err, len(b.wire.all()))
		}
	})
	t.Run("when the channel refuses nothing runs", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.wire.refuse = func(call) error { return &activity.Error{Status: 403} }
		made, err := b.adapter.Create(t.Context(), at, params, func(context.Context, *agent.Turn) error {
			t.Error("the handler ran")
			return nil
		})
		if !errors.Is(err, activity.ErrForbidden) || made.Reference.Conversation.ID != "" {
			t.Errorf("Create = %+v, %v, want ErrForbidden", made, err)
		}
	})
	t.Run("service URL and channel are needed", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		for _, at := range []activity.Conversation{
			{Reference: activity.ConversationReference{ChannelID: "test"}}, {Reference: activity.ConversationReference{ServiceURL: "https://s.example/"}},
		} {
			if _, err := b.adapter.Create(t.Context(), at, params, nil); !errors.Is(err, activity.ErrInvalid) {
				t.Errorf("Create = %v, want ErrInvalid", err)
			}
		}
	})
}

// Stored conversations can always be sent to: they name the agent.
func TestStoredClaims(t *testing.T) {
	tests := []struct {
		name      string
		agentID   string
		recipient string
		claims    map[string]string
		want      map[string]string
	}{
		{"case 33 only what identifies agent and caller is kept", "", "28:bot-1",
			map[string]string{"aud": "app", "appid": "a", "azp": "z", "ver": "2.0", "iss": "i", "tid": "t", "idtyp": "app",
				"oid": "o", "name": "Ada", "exp": "1", "serviceurl": "https://s.example/"},
			map[string]string{"aud": "app", "appid": "a", "azp": "z", "ver": "2.0", "iss": "i", "tid": "t", "idtyp": "app"}},
		{"the token beats the configured id", "configured", "28:bot-1", map[string]string{"aud": "app"}, map[string]string{"aud": "app"}},
		{"anonymous takes the configured id", "configured", "28:bot-1", nil, map[string]string{"aud": "configured"}},
		{"anonymous takes the recipient without its prefix", "", "28:bot-1", nil, map[string]string{"aud": "bot-1"}},
		{"anonymous takes the recipient as it is", "", "bot-1", nil, map[string]string{"aud": "bot-1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{AgentID: tt.agentID})
			var got activity.Conversation
			b.OnMessage(func(_ context.Context, tn *agent.Turn) error { got = tn.Conversation(); return nil })
			a := says("x")
			a.Recipient.ID = tt.recipient
			if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a, Identity: activity.Identity{Claims: tt.claims}}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Claims); diff != "" {
				t.Errorf("claims differ (-want +got):\n%s", diff)
			}
		})
	}
}
