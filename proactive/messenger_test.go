package proactive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

func TestSend(t *testing.T) {
	t.Run("S1-006 S1-019 S1-111 case 47 49 one activity reaches the channel and nothing else happens", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.app.OnFallback(func(context.Context, *agent.Turn) error { t.Error("a route ran"); return nil })
		seen := ""
		r.app.UseSend(func(next agent.SendHandler) agent.SendHandler {
			return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
				seen = string(out.Activity.Type)
				return next(ctx, tn, out)
			}
		})
		r.known(t, "a:1", func(c *activity.Conversation) { c.Reference.ActivityID = "A" })
		bare := &activity.Activity{Text: "ready"}
		id, err := r.Send(t.Context(), "a:1", bare)
		if err != nil || id != "made-1" || seen != "message" || bare.Type != "" {
			t.Fatalf("Send = %q, %v; the middleware saw %q; the activity became %q", id, err, seen, bare.Type)
		}
		got := r.wire.all()
		if len(got) != 1 || got[0].Path != "POST /teams/v3/conversations/a:1/activities/A" || got[0].Token != "Bearer for-bot-1-" {
			t.Fatalf("asked %+v", got)
		}
		b := got[0].Body
		if b["type"] != "message" || b["text"] != "ready" || b["replyToId"] != "A" || b["deliveryMode"] != nil {
			t.Errorf("body %v", b)
		}
		if keys := r.stateKeys(t); len(keys) != 0 {
			t.Errorf("state was written: %v", keys)
		}
	})
	t.Run("case 48 without an activity it answers a fresh id", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		if _, err := r.SendTo(t.Context(), r.known(t, "a:1"), activity.Message("x")); err != nil {
			t.Fatal(err)
		}
		path := r.wire.all()[0].Path
		if _, err := uuid.Parse(path[strings.LastIndex(path, "/")+1:]); err != nil {
			t.Errorf("asked %s, want a UUID at its end", path)
		}
	})
	t.Run("S1-005 S1-106 an address that nobody stored", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		to := proactive.Complete(activity.Conversation{
			Claims: map[string]string{"aud": "client"},
			Reference: activity.ConversationReference{
				ChannelID: "msteams", ServiceURL: r.wire.url,
				User: activity.ChannelAccount{ID: "29:ada"}, Conversation: activity.ConversationAccount{ID: "a:new"},
			},
		})
		if _, err := r.SendTo(t.Context(), to, activity.Message("x")); err != nil {
			t.Fatal(err)
		}
		if from, _ := r.wire.all()[0].Body["from"].(map[string]any); from["id"] != "28:client" {
			t.Errorf("from %v", from)
		}
	})
	t.Run("case 60 a stale delivery mode loses nothing", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.known(t, "a:1", func(c *activity.Conversation) {
			c.Reference.DeliveryMode, c.Reference.RequestID = "expectReplies", "old"
		})
		if _, err := r.Send(t.Context(), "a:1", activity.Message("x")); err != nil || len(r.wire.all()) != 1 {
			t.Errorf("Send = %v, %d requests", err, len(r.wire.all()))
		}
	})
	t.Run("case 2 the channel gives no id", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.wire.answers(200, "")
		r.known(t, "a:1")
		if id, err := r.Send(t.Context(), "a:1", activity.Message("x")); err != nil || id != "" {
			t.Errorf("Send = %q, %v", id, err)
		}
	})
	t.Run("S1-094 case 3 S3-02 who is not known is an error that says how to be known", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		_, err := r.Send(t.Context(), "a:unknown", activity.Message("x"))
		if !errors.Is(err, proactive.ErrConversationNotFound) || !strings.Contains(err.Error(), "a:unknown") || !strings.Contains(err.Error(), "has to write") {
			t.Errorf("Send = %v", err)
		}
	})
	t.Run("case 21 50 what the channel says is returned", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.known(t, "a:1")
		r.wire.answers(403, `{"error":{"code":"SomethingElse","message":"no"}}`)
		_, err := r.Send(t.Context(), "a:1", activity.Message("x"))
		if e, ok := errors.AsType[*activity.Error](err); !ok || e.Status != 403 || e.Code != "SomethingElse" {
			t.Errorf("Send = %v", err)
		}
	})
	t.Run("an ambiguous id", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.known(t, "1")
		r.known(t, "1", func(c *activity.Conversation) { c.Claims = map[string]string{"aud": "bot-2"} })
		if _, err := r.Send(t.Context(), "1", activity.Message("x")); !errors.Is(err, proactive.ErrAmbiguous) {
			t.Errorf("Send = %v", err)
		}
		if _, err := r.Send(t.Context(), "msteams|bot-2|1", activity.Message("x")); err != nil || r.wire.all()[0].Token != "Bearer for-bot-2-" {
			t.Errorf("Send = %v, asked %+v", err, r.wire.all())
		}
	})
}

// What the channel says about a conversation is remembered.
func TestTerminalErrorsMark(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
		want       proactive.Status
	}{
		{"the user blocked the agent", `{"error":{"code":"MessageWritesBlocked"}}`, 403, proactive.StatusBlocked},
		{"the agent is not in the roster", `{"error":{"code":"BotNotInConversationRoster"}}`, 403, proactive.StatusUninstalled},
		{"the conversation is gone", `{"error":{"code":"ConversationNotFound"}}`, 404, proactive.StatusGone},
		{"an activity is gone", `{"error":{"code":"ActivityNotFoundInConversation"}}`, 404, ""},
		{"a gateway that knows no path", ``, 404, ""},
		{"not authorised", `{"error":{"code":"MessageWritesBlocked"}}`, 401, ""},
		{"the channel is down", `{"error":{"code":"ConversationNotFound"}}`, 500, ""},
	}
	for _, tt := range tests {
		for how, speak := range map[string]func(r *rig) error{
			"Send":     func(r *rig) error { _, err := r.Send(context.Background(), "a:1", activity.Message("x")); return err },
			"Continue": func(r *rig) error { return r.Continue(context.Background(), "a:1", say("x")) },
		} {
			t.Run(tt.name+", found by "+how, func(t *testing.T) {
				r := newRig(t, proactive.Config{})
				r.known(t, "a:1")
				r.wire.answers(tt.status, tt.body)
				if err := speak(r); err == nil {
					t.Fatal("no error")
				}
				e, err := r.book.Find(t.Context(), "a:1")
				if err != nil || e.Mark.Status != tt.want {
					t.Fatalf("mark %+v, %v, want %q", e.Mark, err, tt.want)
				}
				if tt.want == "" {
					return
				}
				n := len(r.wire.all())
				err = speak(r)
				marked, ok := errors.AsType[*proactive.MarkedError](err)
				if ok && !strings.Contains(err.Error(), string(tt.want)) {
					t.Errorf("the error does not say why: %v", err)
				}
				if !ok || !errors.Is(err, proactive.ErrMarked) || marked.Mark.Status != tt.want || len(r.wire.all()) != n {
					t.Errorf("again: %v, %d requests, want a MarkedError and no request", err, len(r.wire.all())-n)
				}
				r.wire.answers(200, `{"id":"1"}`)
				if _, err := r.SendTo(t.Context(), e.Conversation, activity.Message("all the same")); err != nil {
					t.Errorf("SendTo = %v", err)
				}
			})
		}
	}
}

// The mark is set although nobody waits for the turn any more.
func TestMarkOfATurnThatWasCancelled(t *testing.T) {
	r := newRig(t, proactive.Config{})
	r.known(t, "a:1")
	r.wire.answers(403, `{"error":{"code":"MessageWritesBlocked"}}`)
	ctx, cancel := context.WithCancel(t.Context())
	err := r.Continue(ctx, "a:1", func(ctx context.Context, tn *agent.Turn) error {
		defer cancel()
		_ = tn.SendText(ctx, "x") // the handler takes no notice
		return nil
	})
	if e, errFind := r.book.Find(t.Context(), "a:1"); err != nil || errFind != nil || e.Mark.Status != proactive.StatusBlocked {
		t.Errorf("Continue = %v, mark %+v, %v", err, e.Mark, errFind)
	}
}

// What a channel says at another address, or before it takes a message after
// all, is no reason to stop writing.
func TestRefusalsThatDoNotMark(t *testing.T) {
	gone := `{"error":{"code":"ConversationNotFound"}}`
	for name, speak := range map[string]func(r *rig) error{
		"at another address": func(r *rig) error {
			r.wire.answers(404, gone)
			_, err := r.SendTo(context.Background(), known("a:1", func(c *activity.Conversation) { c.Reference.ServiceURL = r.wire.url + "x/" }), activity.Message("x"))
			if !errors.Is(err, activity.ErrNotFound) {
				return fmt.Errorf("SendTo = %w", err)
			}
			return nil
		},
		"in a turn that then succeeds": func(r *rig) error {
			return r.Continue(context.Background(), "a:1", func(ctx context.Context, tn *agent.Turn) error {
				r.wire.answers(404, gone)
				if err := tn.SendText(ctx, "x"); !errors.Is(err, activity.ErrNotFound) {
					return fmt.Errorf("SendText = %w", err)
				}
				r.wire.answers(200, `{"id":"1"}`)
				return tn.SendText(ctx, "x")
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, proactive.Config{})
			r.known(t, "a:1")
			err := speak(r)
			if e, errFind := r.book.Find(t.Context(), "a:1"); err != nil || errFind != nil || e.Mark.Status != "" {
				t.Errorf("%v, mark %q, %v", err, e.Mark.Status, errFind)
			}
		})
	}
}

func say(text string) agent.Handler {
	return func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, text) }
}

var (
	visits = agent.UserKey[int]("visits")
	topics = agent.ConversationKey[string]("topic")
)

func more(n *int) error { *n++; return nil }

func TestContinue(t *testing.T) {
	t.Run("S1-007 S1-021 S1-026 S1-028 S1-055 S1-057 S1-112 S1-123 case 51 state, middlewares, stream", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		layers := 0
		r.app.Use(func(next agent.Handler) agent.Handler {
			return func(ctx context.Context, tn *agent.Turn) error { layers++; return next(ctx, tn) }
		})
		r.app.OnMessage(func(ctx context.Context, tn *agent.Turn) error { // a turn that comes in
			_, err := visits.Update(ctx, tn, more)
			return errors.Join(err, topics.Set(ctx, tn, "coffee"))
		})
		in := message(func(a *activity.Activity) { a.ServiceURL = r.wire.url })
		if _, err := r.Adapter().Process(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		err := r.Continue(t.Context(), "conv-1", func(ctx context.Context, tn *agent.Turn) error {
			n, err := visits.Update(ctx, tn, more)
			topic, err2 := topics.Get(ctx, tn)
			if n != 2 || topic != "coffee" || tn.Activity.Name != activity.EventContinueConversation {
				t.Errorf("visits %d, topic %q, event %q", n, topic, tn.Activity.Name)
			}
			_, err3 := tn.Stream(ctx).WriteString("streamed") // and left open
			return errors.Join(err, err2, err3)
		})
		if err != nil || layers != 2 {
			t.Errorf("Continue = %v, middlewares ran %d times", err, layers)
		}
		var kinds []string
		for _, a := range r.wire.all() {
			kinds = append(kinds, fmt.Sprint(a.Body["type"], " ", a.Body["text"]))
		}
		if len(kinds) == 0 || kinds[len(kinds)-1] != "message streamed" {
			t.Errorf("case 55: sent %v, want the stream ended", kinds)
		}
		if err := r.Continue(t.Context(), "conv-1", func(ctx context.Context, tn *agent.Turn) error {
			if n, err := visits.Get(ctx, tn); n != 2 || err != nil {
				t.Errorf("visits = %d, %v, want what was saved", n, err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	t.Run("S1-133 case 51 a handler's error is returned as it is, and its state not saved", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.known(t, "a:1")
		boom := errors.New("boom")
		for name, run := range map[string]func(agent.Handler) error{
			"Continue":    func(h agent.Handler) error { return r.Continue(t.Context(), "a:1", h) },
			"ContinueIn":  func(h agent.Handler) error { return r.ContinueIn(t.Context(), r.known(t, "a:1"), h) },
			"the adapter": func(h agent.Handler) error { return r.Adapter().Continue(t.Context(), r.known(t, "a:1"), h) },
		} {
			err := run(func(ctx context.Context, tn *agent.Turn) error { return errors.Join(visits.Set(ctx, tn, 1), boom) })
			if !errors.Is(err, boom) || len(r.stateKeys(t)) != 0 {
				t.Errorf("%s = %v, state %v", name, err, r.stateKeys(t))
			}
		}
	})
	t.Run("S1-032 S1-033 S1-113 a payload without a registered handler", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.known(t, "a:1")
		event := &activity.Activity{Value: json.RawMessage(`{"reportId":42}`), ValueType: "report"}
		err := r.Continue(t.Context(), "a:1", func(_ context.Context, tn *agent.Turn) error {
			if a := tn.Activity; string(a.Value) != `{"reportId":42}` || a.ValueType != "report" || a.Conversation.ID != "a:1" {
				t.Errorf("value %s, type %q, conversation %q", a.Value, a.ValueType, a.Conversation.ID)
			}
			return nil
		}, proactive.Call{Activity: event})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("case 59 inside an expectReplies turn the words are in its response", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.app.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return r.Continue(ctx, "conv-1", say("inside")) })
		in := message(func(a *activity.Activity) { a.ServiceURL, a.DeliveryMode = r.wire.url, activity.DeliverExpectReplies })
		var replies []string
		in.Reply = func(a *activity.Activity) (activity.ResourceResponse, error) {
			replies = append(replies, a.Text)
			return activity.ResourceResponse{}, nil
		}
		if _, err := r.Adapter().Process(t.Context(), in); err != nil || !slices.Equal(replies, []string{"inside"}) || len(r.wire.all()) != 0 {
			t.Errorf("Process = %v, replies %v, %d requests", err, replies, len(r.wire.all()))
		}
	})
}

func TestRun(t *testing.T) {
	type report struct{ Number int }
	r := newRig(t, proactive.Config{})
	var ran []string
	agent.OnContinue(r.app, "report", func(_ context.Context, tn *agent.Turn, v report) error {
		ran = append(ran, fmt.Sprintf("report %d %s", v.Number, tn.Activity.ValueType))
		return nil
	})
	r.app.OnContinue("", func(_ context.Context, tn *agent.Turn) error {
		ran = append(ran, fmt.Sprintf("default %s%s", tn.Activity.Value, tn.Activity.ValueType))
		return nil
	})
	conv := r.known(t, "a:1")
	err := errors.Join( // S1-025, S1-060, S1-124, case 14
		r.Run(t.Context(), "a:1", "report", report{42}),
		r.RunIn(t.Context(), conv, "report", json.RawMessage(`{"number":43}`)),
		r.Run(t.Context(), "a:1", "", nil), // case 11
		r.Run(t.Context(), "a:1", "", map[string]string{"a": "1"}),
		r.Run(t.Context(), "a:1", "", "x", proactive.Call{Activity: &activity.Activity{ValueType: "mine"}}),
	)
	want := []string{
		"report 42 application/vnd.microsoft.activity.continueconversation+json", // case 10, S1-067
		"report 43 application/vnd.microsoft.activity.continueconversation+json",
		"default ",
		`default {"a":"1"}application/vnd.microsoft.activity.continueconversation+json`,
		`default "x"mine`,
	}
	if diff := cmp.Diff(want, ran); err != nil || diff != "" {
		t.Errorf("%v; ran (-want +got):\n%s", err, diff)
	}
	ran = nil
	for name, err := range map[string]error{
		"a value of another type": r.Run(t.Context(), "a:1", "report", "text"),
		"an unknown key":          r.Run(t.Context(), "a:1", "unknown", nil),
		"no JSON":                 r.Run(t.Context(), "a:1", "report", func() {}),
		"two calls":               r.Run(t.Context(), "a:1", "", nil, proactive.Call{}, proactive.Call{}),
	} {
		if !errors.Is(err, activity.ErrInvalid) || len(ran) != 0 {
			t.Errorf("%s: %v, ran %v", name, err, ran)
		}
	}
}

// accounts says who is signed in to what, and what was asked.
type accounts struct {
	has map[string][]string // by user
	err error

	mu    sync.Mutex
	asked [][]string
}

func (a *accounts) Missing(_ context.Context, t *agent.Turn, names []string) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, names)
	has := a.has[t.Activity.From.ID]
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(has, n) }), a.err
}

func TestSignIns(t *testing.T) {
	start := func(t *testing.T, has []string, keep bool) (r *rig, a *accounts, ran *int) {
		a, ran = &accounts{has: map[string][]string{"29:ada": has}}, new(int)
		r = newRig(t, proactive.Config{SignIns: a, KeepUnsignedIn: keep})
		r.app.OnContinue("", func(context.Context, *agent.Turn) error { *ran++; return nil }, "graph")
		r.known(t, "a:1")
		return r, a, ran
	}
	t.Run("S1-024 S1-030 S1-090 the list of the registered handler is checked first", func(t *testing.T) {
		r, a, ran := start(t, []string{"graph"}, false)
		if err := r.Run(t.Context(), "a:1", "", nil); err != nil || *ran != 1 || len(a.asked) != 1 {
			t.Errorf("Run = %v, ran %d times, asked %v", err, *ran, a.asked)
		}
	})
	t.Run("S1-091 S1-056 S1-130 case 19 a missing sign-in fails before the handler", func(t *testing.T) {
		r, _, ran := start(t, nil, false)
		err := r.Run(t.Context(), "a:1", "", nil)
		e, ok := errors.AsType[*proactive.UserNotSignedInError](err)
		if !errors.Is(err, proactive.ErrUserNotSignedIn) || !ok || !slices.Equal(e.Missing, []string{"graph"}) || !strings.Contains(err.Error(), "graph") || *ran != 0 {
			t.Errorf("Run = %v, ran %d times", err, *ran)
		}
	})
	t.Run("S1-093 S1-131 the gap is handled by a nudge", func(t *testing.T) {
		r, _, _ := start(t, nil, false)
		if errors.Is(r.Run(t.Context(), "a:1", "", nil), proactive.ErrUserNotSignedIn) {
			if _, err := r.Send(t.Context(), "a:1", activity.Message("Sign in so I can send you daily summaries.")); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.wire.all(); len(got) != 1 || got[0].Body["text"] != "Sign in so I can send you daily summaries." {
			t.Errorf("asked %v", got)
		}
	})
	t.Run("S1-092 S1-130 case 53 it may run all the same", func(t *testing.T) {
		r, _, ran := start(t, nil, true)
		if err := r.Run(t.Context(), "a:1", "", nil); err != nil || *ran != 1 {
			t.Errorf("Run = %v, ran %d times", err, *ran)
		}
	})
	t.Run("S1-031 the list of the call counts", func(t *testing.T) {
		r, a, ran := start(t, []string{"graph"}, false)
		err := r.Run(t.Context(), "a:1", "", nil, proactive.Call{SignIn: []string{"graph", "sharepoint"}})
		if !errors.Is(err, proactive.ErrUserNotSignedIn) || *ran != 0 || !slices.Equal(a.asked[0], []string{"graph", "sharepoint"}) {
			t.Errorf("Run = %v, ran %d times, asked %v", err, *ran, a.asked)
		}
		if err := r.Continue(t.Context(), "a:1", say("x"), proactive.Call{SignIn: []string{"sharepoint"}}); !errors.Is(err, proactive.ErrUserNotSignedIn) {
			t.Errorf("Continue = %v", err)
		}
	})
	t.Run("S1-114 without a list nothing is asked", func(t *testing.T) {
		r, a, _ := start(t, nil, false)
		err := errors.Join(r.Run(t.Context(), "a:1", "", nil, proactive.Call{SignIn: []string{}}), r.Continue(t.Context(), "a:1", say("x")))
		if err != nil || len(a.asked) != 0 {
			t.Errorf("%v, asked %v", err, a.asked)
		}
	})
	t.Run("a check that fails is not taken for a missing sign-in", func(t *testing.T) {
		r, a, ran := start(t, nil, true)
		a.err = errors.New("token service down")
		if err := r.Run(t.Context(), "a:1", "", nil); !errors.Is(err, a.err) || errors.Is(err, proactive.ErrUserNotSignedIn) || *ran != 0 {
			t.Errorf("Run = %v, ran %d times", err, *ran)
		}
	})
	t.Run("case 54 without sign-ins nothing is checked", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		ran := false
		r.app.OnContinue("", func(context.Context, *agent.Turn) error { ran = true; return nil }, "graph")
		r.known(t, "a:1")
		if err := r.Run(t.Context(), "a:1", "", nil); err != nil || !ran {
			t.Errorf("Run = %v, ran %v", err, ran)
		}
	})
}

// S1-096, S1-132, case 49: what is missing is named, and nothing panics.
func TestMissingArguments(t *testing.T) {
	r := newRig(t, proactive.Config{})
	conv := r.known(t, "a:1")
	empty := proactive.New(nil, nil, nil, proactive.Config{})
	sendTo := func(conv activity.Conversation) error {
		_, err := r.SendTo(t.Context(), conv, activity.Message("x"))
		return err
	}
	without := func(edit func(*activity.Conversation)) error { return sendTo(known("a:1", edit)) }
	second := func(_ string, err error) error { return err }
	created := func(_ activity.Conversation, err error) error { return err }
	for _, tt := range []struct {
		field string
		err   error
	}{
		{"activity", second(r.Send(t.Context(), "a:1", nil))},
		{"activity", second(r.SendTo(t.Context(), conv, nil))},
		{"handler", r.Continue(t.Context(), "a:1", nil)},
		{"handler", r.ContinueIn(t.Context(), conv, nil)},
		{"reference.channelId", sendTo(activity.Conversation{})},
		{"reference.channelId", r.ContinueIn(t.Context(), activity.Conversation{}, say("x"))},
		{"reference.bot.id", without(func(c *activity.Conversation) { c.Reference.Agent.ID = "" })},
		{"reference.user.id", without(func(c *activity.Conversation) { c.Reference.User.ID = "" })}, // case 9
		{"reference.serviceUrl", without(func(c *activity.Conversation) { c.Reference.ServiceURL = "" })},
		{"reference.conversation.id", without(func(c *activity.Conversation) { c.Reference.Conversation.ID = "" })},
		{"claims.aud", without(func(c *activity.Conversation) { c.Claims = nil })}, // case 8
		{"book", second(empty.Send(t.Context(), "a:1", activity.Message("x")))},
		{"adapter", second(empty.SendTo(t.Context(), conv, activity.Message("x")))},
		{"adapter", empty.ContinueIn(t.Context(), conv, say("x"))},
		{"app", empty.Run(t.Context(), "a:1", "", nil)},
		{"adapter", created(empty.Create(t.Context(), proactive.CreateConversation{}, nil))},
	} {
		e, ok := errors.AsType[*proactive.InvalidError](tt.err)
		if !ok || e.Field != tt.field || !errors.Is(tt.err, activity.ErrInvalid) {
			t.Errorf("error %v, want an InvalidError of %s", tt.err, tt.field)
		}
	}
	if n := len(r.wire.all()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// S3-05: a message of its own leaves the conversation's state alone.
func TestS3_05_SendLeavesTheDialogAlone(t *testing.T) {
	r := newRig(t, proactive.Config{})
	asking := agent.ConversationKey[string]("asking")
	r.app.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
		if q, err := asking.Get(ctx, tn); err != nil || q == "toppings" {
			return errors.Join(err, tn.SendText(ctx, "Noted: "+tn.Activity.Text))
		}
		return errors.Join(asking.Set(ctx, tn, "toppings"), tn.SendText(ctx, "Which toppings?"))
	})
	user := func(text string) {
		if _, err := r.Adapter().Process(t.Context(), message(func(a *activity.Activity) { a.ServiceURL, a.Text = r.wire.url, text })); err != nil {
			t.Fatal(err)
		}
	}
	user("pizza")
	if _, err := r.Send(t.Context(), "conv-1", activity.Message("The oven is on sale")); err != nil {
		t.Fatal(err)
	}
	user("olives")
	var said []any
	for _, a := range r.wire.all() {
		said = append(said, a.Body["text"])
	}
	if diff := cmp.Diff([]any{"Which toppings?", "The oven is on sale", "Noted: olives"}, said); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}
