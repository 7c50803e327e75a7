package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

func nop(context.Context, *agent.Turn) error { return nil }

// S1-022, S1-023, S1-024.
func TestContinuations(t *testing.T) {
	app := agent.New(agent.Config{})
	app.OnContinue("report", nop, "graph")
	app.OnContinue("", nop)
	agent.OnContinue(app, "a-b_C1", func(context.Context, *agent.Turn, int) error { return nil })
	var got []string
	for _, c := range app.Continuations() {
		got = append(got, fmt.Sprintf("%q %v %v", c.Key, c.SignIn, c.Handler != nil))
	}
	if diff := cmp.Diff([]string{`"" [] true`, `"a-b_C1" [] true`, `"report" [graph] true`}, got); diff != "" {
		t.Errorf("Continuations differ (-want +got):\n%s", diff)
	}
	if c, ok := app.Continuation("report"); !ok || c.SignIn[0] != "graph" {
		t.Errorf("Continuation = %+v, %v", c, ok)
	}
	if _, ok := app.Continuation("unknown"); ok {
		t.Error("an unknown key is found")
	}
	for name, register := range map[string]func(){
		"two continuations with key \"report\"": func() { app.OnContinue("report", nop) }, // case 16
		"two continuations with key \"\"":       func() { app.OnContinue("", nop) },
		"continuation key \"a/b\"":              func() { app.OnContinue("a/b", nop) },
		"nil handler for continuation \"x\"":    func() { app.OnContinue("x", nil) },
		"nil handler for continuation \"y\"":    func() { agent.OnContinue[int](app, "y", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, name) {
					t.Errorf("panic = %s", p)
				}
			}()
			register()
		})
	}
}

// S1-032, S1-113, case 52: the handler gets the payload, at the place of the
// conversation.
func TestContinueWith(t *testing.T) {
	type report struct{ Number int }
	run := func(t *testing.T, event *activity.Activity, h agent.Handler) error {
		b := newBot(agent.AdapterConfig{})
		return b.adapter.ContinueWith(t.Context(), address(), event, h)
	}
	t.Run("the event is the caller's, the place is the conversation's", func(t *testing.T) {
		event := &activity.Activity{Value: json.RawMessage(`{"Number":42}`), ValueType: "x/y", ServiceURL: "https://evil.example/", DeliveryMode: activity.DeliverExpectReplies}
		event.Conversation.ID, event.From.ID, event.ChannelID = "another", "mallory", "directline"
		err := run(t, event, func(_ context.Context, tn *agent.Turn) error {
			a, at := tn.Activity, address().Reference
			if !a.Is(activity.TypeEvent) || a.Name != activity.EventContinueConversation || string(a.Value) != `{"Number":42}` || a.ValueType != "x/y" || a.ID == "" {
				t.Errorf("the handler sees %s", asJSON(t, a))
			}
			if a.ServiceURL != at.ServiceURL || a.Conversation.ID != at.Conversation.ID || a.From.ID != at.User.ID || a.ChannelID != at.ChannelID ||
				a.RelatesTo == nil || a.RelatesTo.Conversation.ID != at.Conversation.ID || a.DeliveryMode != "" || !tn.Proactive() {
				t.Errorf("the turn is at %s", asJSON(t, a))
			}
			return nil
		})
		if err != nil || event.Name != "" {
			t.Errorf("ContinueWith = %v, the event became %s", err, asJSON(t, event))
		}
	})
	typed := func(h func(report)) agent.Handler {
		app := agent.New(agent.Config{})
		agent.OnContinue(app, "", func(_ context.Context, _ *agent.Turn, v report) error { h(v); return nil })
		c, _ := app.Continuation("")
		return c.Handler
	}
	for value, want := range map[string]int{`{"Number":42}`: 42, ``: 0} {
		t.Run("typed value "+value, func(t *testing.T) {
			got := -1
			err := run(t, &activity.Activity{Value: json.RawMessage(value)}, typed(func(v report) { got = v.Number }))
			if err != nil || got != want {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	t.Run("a value of another type is invalid and not quoted", func(t *testing.T) {
		err := run(t, &activity.Activity{Value: json.RawMessage(`{"Number":"secret"}`)}, typed(func(report) { t.Error("the handler ran") }))
		if !errors.Is(err, activity.ErrInvalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("ContinueWith = %v, want ErrInvalid without the value", err)
		}
	})
	t.Run("the first turn of a created conversation has no id", func(t *testing.T) {
		err := run(t, &activity.Activity{Name: activity.EventCreateConversation}, func(_ context.Context, tn *agent.Turn) error {
			if tn.Activity.ID != "" {
				t.Errorf("id %q", tn.Activity.ID)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// S1-096, case 49.
func TestNilArguments(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	_, errSend := b.adapter.Send(t.Context(), address(), nil)
	var errTurn error
	errRun := b.adapter.Continue(t.Context(), address(), func(ctx context.Context, tn *agent.Turn) error {
		_, errTurn = tn.Send(ctx, nil)
		return nil
	})
	for name, err := range map[string]error{
		"Send": errSend, "Turn.Send": errTurn, "Continue": b.adapter.Continue(t.Context(), address(), nil),
		"ContinueWith without event":   b.adapter.ContinueWith(t.Context(), address(), nil, nop),
		"ContinueWith without handler": b.adapter.ContinueWith(t.Context(), address(), &activity.Activity{}, nil),
	} {
		if _, panicked := errors.AsType[*agent.PanicError](err); !errors.Is(err, activity.ErrInvalid) || panicked {
			t.Errorf("%s = %v, want ErrInvalid", name, err)
		}
	}
	if errRun != nil || len(b.wire.all()) != 0 {
		t.Errorf("%v, %d calls", errRun, len(b.wire.all()))
	}
}

func TestRefusal(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	b.wire.refuse = func(call) error { return &activity.Error{Op: "send", Status: 403, Code: "MessageWritesBlocked"} }
	var during, after error
	err := b.adapter.Continue(t.Context(), address(), func(ctx context.Context, tn *agent.Turn) error {
		if tn.Refusal() != nil {
			t.Error("refused before anything was sent")
		}
		_ = tn.SendText(ctx, "x") // the handler takes no notice
		during = tn.Refusal()
		return tn.OnEnd(func(context.Context, error) { after = tn.Refusal() })
	})
	if err != nil || !errors.Is(during, activity.ErrForbidden) || after != during {
		t.Errorf("Continue = %v, Refusal = %v, then %v", err, during, after)
	}
}

// The root message of a Teams thread is kept, so that what follows goes there.
func TestCreateThread(t *testing.T) {
	at := address()
	at.Reference.ChannelID = activity.ChannelTeams
	for name, tt := range map[string]struct{ answer, data, wantID, wantRoot string }{
		"the id names the root":         {`19:x@thread.tacv2;messageid=7`, `{"channel":{"id":"19:x@thread.tacv2"}}`, `19:x@thread.tacv2;messageid=7`, "7"},
		"the id does not name the root": {`19:x@thread.tacv2`, `{"channel":{"id":"19:x@thread.tacv2"}}`, `19:x@thread.tacv2;messageid=7`, "7"},
		"a chat has no root":            {`a:1`, `{"tenant":{"id":"t"}}`, `a:1`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ad := agent.NewAdapter(agent.New(agent.Config{}), creator{id: tt.answer}, agent.AdapterConfig{})
			made, err := ad.Create(t.Context(), at, activity.ConversationParameters{ChannelData: json.RawMessage(tt.data)}, nil)
			if err != nil || made.Reference.Conversation.ID != tt.wantID || made.Reference.ActivityID != tt.wantRoot {
				t.Errorf("Create = %q, root %q, %v", made.Reference.Conversation.ID, made.Reference.ActivityID, err)
			}
		})
	}
}

// A creator makes conversations with one id, and root message 7.
type creator struct {
	agent.Connector
	id string
}

func (c creator) CreateConversation(context.Context, activity.Conversation, activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	return activity.ConversationResourceResponse{ID: c.id, ActivityID: "7"}, nil
}
