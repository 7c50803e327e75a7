package agent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// S2-21, S2-11, traps 8 and 11: with every hook registered, exactly the right
// ones fire.
func TestEveryTypeAndSubtypeHasItsHook(t *testing.T) {
	type edit = func(*activity.Activity)
	members := func(ids ...string) []activity.ChannelAccount {
		var list []activity.ChannelAccount
		for _, id := range ids {
			list = append(list, activity.ChannelAccount{ID: id})
		}
		return list
	}
	added := func(ids ...string) edit { return func(a *activity.Activity) { a.MembersAdded = members(ids...) } }
	removed := func(ids ...string) edit { return func(a *activity.Activity) { a.MembersRemoved = members(ids...) } }
	action := func(s string) edit { return func(a *activity.Activity) { a.Action = s } }
	text := func(s string) edit { return func(a *activity.Activity) { a.Text = s } }
	liked := func(a *activity.Activity) { a.ReactionsAdded = []activity.MessageReaction{{Type: "like"}} }
	unliked := func(a *activity.Activity) { a.ReactionsRemoved = []activity.MessageReaction{{Type: "sad"}} }

	tests := []struct {
		name  string
		typ   activity.Type
		edits []edit
		want  []string
	}{
		{"message", "message", []edit{text("hello there")}, []string{"type message"}},
		{"message without text", "message", nil, []string{"type message"}},
		{"message by its text", "message", []edit{text("  HELP ")}, []string{"text help"}},
		{"message by pattern", "message", []edit{text("order 12")}, []string{"pattern order 12 12"}},
		{"messageUpdate", "messageUpdate", nil, []string{"type messageUpdate"}},
		{"messageDelete", "messageDelete", nil, []string{"type messageDelete"}},
		{"S2-11 reactions added", "messageReaction", []edit{liked}, []string{"reactionsAdded like"}},
		{"S2-11 reactions removed", "messageReaction", []edit{unliked}, []string{"reactionsRemoved sad"}},
		{"S2-11 reactions added and removed", "messageReaction", []edit{unliked, liked}, []string{"reactionsAdded like", "reactionsRemoved sad"}},
		{"messageReaction without any", "messageReaction", nil, []string{"type messageReaction"}},
		{"members added", "conversationUpdate", []edit{added("28:bot-1", "user-1", "user-2")}, []string{"membersAdded user-1 user-2"}},
		{"members removed", "conversationUpdate", []edit{removed("user-1", "28:bot-1")}, []string{"membersRemoved user-1"}},
		{"trap 11 only the bot added", "conversationUpdate", []edit{added("28:bot-1")}, []string{"type conversationUpdate"}},
		{"trap 11 only the bot removed", "conversationUpdate", []edit{removed("28:bot-1")}, []string{"type conversationUpdate"}},
		{"conversationUpdate with a topic", "conversationUpdate", nil, []string{"type conversationUpdate"}},
		{"S2-11 event by name", "event", []edit{named("invoice.PAID")}, []string{"event invoice.paid"}},
		{"event tokens/response", "event", []edit{named("tokens/response")}, []string{"event tokens/response"}},
		{"another event", "event", []edit{named("other")}, []string{"type event"}},
		{"invoke by name", "invoke", []edit{named("adaptiveCard/action")}, []string{"invoke adaptiveCard/action"}},
		{"trap 8 Invoke with a capital", "Invoke", []edit{named("AdaptiveCard/Action")}, []string{"invoke adaptiveCard/action"}},
		{"another invoke", "invoke", []edit{named("other")}, []string{"type invoke"}},
		{"command by name", "command", []edit{named("application/vnd.x.go")}, []string{"command application/vnd.x.go"}},
		{"another command", "command", []edit{named("other")}, []string{"type command"}},
		{"commandResult", "commandResult", []edit{named("application/vnd.x.go")}, []string{"type commandResult"}},
		{"install", "installationUpdate", []edit{action("add")}, []string{"install"}},
		{"install by upgrade", "installationUpdate", []edit{action("add-upgrade")}, []string{"install"}},
		{"uninstall", "installationUpdate", []edit{action("remove")}, []string{"uninstall"}},
		{"uninstall by upgrade", "installationUpdate", []edit{action("remove-upgrade")}, []string{"uninstall"}},
		{"another installation update", "installationUpdate", []edit{action("dance")}, []string{"type installationUpdate"}},
		{"typing", "typing", nil, []string{"type typing"}},
		{"endOfConversation", "endOfConversation", nil, []string{"type endOfConversation"}},
		{"contactRelationUpdate", "contactRelationUpdate", []edit{action("add")}, []string{"type contactRelationUpdate"}},
		{"deleteUserData", "deleteUserData", nil, []string{"type deleteUserData"}},
		{"trace", "trace", nil, []string{"type trace"}},
		{"handoff", "handoff", nil, []string{"type handoff"}},
		{"suggestion", "suggestion", nil, []string{"type suggestion"}},
		{"a type nobody registered", "vendor/custom", []edit{named("invoice.paid")}, []string{"fallback vendor/custom"}},
		{"a predicate over any type", "typing", []edit{text("matched")}, []string{"match"}},
	}

	b := newBot(agent.AdapterConfig{})
	var fired []string
	fire := func(format string, args ...any) error {
		fired = append(fired, fmt.Sprintf(format, args...))
		return nil
	}
	hook := func(name string) agent.Handler {
		return func(context.Context, *agent.Turn) error { return fire("%s", name) }
	}
	ids := func(list []activity.ChannelAccount) (s string) {
		for _, m := range list {
			s += " " + m.ID
		}
		return s
	}
	b.OnFallback(func(_ context.Context, tn *agent.Turn) error { return fire("fallback %s", tn.Activity.Type) })
	for _, typ := range []activity.Type{
		"message", "messageUpdate", "messageDelete", "messageReaction", "conversationUpdate", "event", "invoke", "command", "commandResult",
		"installationUpdate", "typing", "endOfConversation", "contactRelationUpdate", "deleteUserData", "trace", "handoff", "suggestion",
	} {
		b.OnActivity(typ, hook("type "+string(typ)))
	}
	b.OnMatch(func(tn *agent.Turn) bool { return tn.Activity.Text == "matched" }, hook("match"))
	b.OnPattern(`^order (\d+)$`, func(_ context.Context, tn *agent.Turn) error {
		return fire("pattern %s %s", tn.Match()[0], tn.Match()[1])
	})
	b.OnText("help", hook("text help"))
	for _, name := range []string{"invoice.paid", "tokens/response"} {
		b.OnEvent(name, hook("event "+name))
	}
	b.OnInvoke("adaptiveCard/action", hook("invoke adaptiveCard/action"))
	b.OnCommand("application/vnd.x.go", hook("command application/vnd.x.go"))
	b.OnMembersAdded(func(_ context.Context, _ *agent.Turn, m []activity.ChannelAccount) error {
		return fire("membersAdded%s", ids(m))
	})
	b.OnMembersRemoved(func(_ context.Context, _ *agent.Turn, m []activity.ChannelAccount) error {
		return fire("membersRemoved%s", ids(m))
	})
	b.OnReactionsAdded(func(_ context.Context, _ *agent.Turn, r []activity.MessageReaction) error {
		return fire("reactionsAdded %s", r[0].Type)
	})
	b.OnReactionsRemoved(func(_ context.Context, _ *agent.Turn, r []activity.MessageReaction) error {
		return fire("reactionsRemoved %s", r[0].Type)
	})
	b.OnInstall(hook("install"))
	b.OnUninstall(hook("uninstall"))

	for _, tt := range tests {
		t.Run("S2-21 "+tt.name, func(t *testing.T) {
			fired = nil
			b.run(t, inbound(tt.typ, tt.edits...))
			if diff := cmp.Diff(tt.want, fired); diff != "" {
				t.Errorf("fired hooks differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExactBeatsPatternBeatsType(t *testing.T) {
	routes := map[string]func(app *agent.App, h agent.Handler){
		"exact":    func(app *agent.App, h agent.Handler) { app.OnText("order 1", h) },
		"pattern":  func(app *agent.App, h agent.Handler) { app.OnPattern("order", h) },
		"type":     func(app *agent.App, h agent.Handler) { app.OnMessage(h) },
		"fallback": func(app *agent.App, h agent.Handler) { app.OnFallback(h) },
	}
	tests := []struct {
		registered []string
		want       string
	}{
		{[]string{"fallback", "type", "pattern", "exact"}, "exact"},
		{[]string{"exact", "pattern", "type", "fallback"}, "exact"},
		{[]string{"fallback", "type", "pattern"}, "pattern"},
		{[]string{"type", "fallback"}, "type"},
		{[]string{"fallback"}, "fallback"},
		{nil, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.registered), func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			got := ""
			for _, name := range tt.registered {
				routes[name](b.App, func(context.Context, *agent.Turn) error { got = name; return nil })
			}
			b.run(t, says("order 1"))
			if got != tt.want {
				t.Errorf("the %q route ran, want %q", got, tt.want)
			}
		})
	}
	t.Run("the first of two patterns wins", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnPattern(`nothing (.*)`, func(context.Context, *agent.Turn) error { t.Error("the wrong pattern ran"); return nil })
		b.OnPattern(`order (?P<n>\d+) of (.*)`, func(ctx context.Context, tn *agent.Turn) error {
			if diff := cmp.Diff([]string{"order 7 of nine", "7", "nine"}, tn.Match()); diff != "" {
				t.Errorf("Match differs (-want +got):\n%s", diff)
			}
			return tn.SendText(ctx, "first")
		})
		b.OnPattern(`order`, func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "second") })
		b.run(t, says("order 7 of nine"))
		if diff := cmp.Diff([]string{"first"}, b.wire.texts()); diff != "" {
			t.Errorf("texts differ (-want +got):\n%s", diff)
		}
	})
	t.Run("a pattern looks at messages only", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnPattern(``, func(context.Context, *agent.Turn) error { t.Error("the pattern ran"); return nil })
		b.run(t, inbound(activity.TypeTyping))
	})
	t.Run("without a pattern there is no match", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnPattern(`^a(b)$`, func(context.Context, *agent.Turn) error { return nil })
		b.OnMessage(func(_ context.Context, tn *agent.Turn) error {
			if m := tn.Match(); m != nil {
				t.Errorf("Match = %q, want nil", m)
			}
			return nil
		})
		b.run(t, says("x"))
	})
}

func TestMistakesInRoutesPanicAtStart(t *testing.T) {
	h := func(context.Context, *agent.Turn) error { return nil }
	mistakes := map[string]func(app *agent.App){
		"the same text twice, other case":  func(app *agent.App) { app.OnText("help", h); app.OnText(" HELP ", h) },
		"the same event twice, other case": func(app *agent.App) { app.OnEvent("paid", h); app.OnEvent("Paid", h) },
		"the same invoke twice":            func(app *agent.App) { app.OnInvoke("x", h); app.OnInvoke("x", h) },
		"the same command twice":           func(app *agent.App) { app.OnCommand("x", h); app.OnCommand("x", h) },
		"the same type twice":              func(app *agent.App) { app.OnMessage(h); app.OnActivity("Message", h) },
		"two fallbacks":                    func(app *agent.App) { app.OnFallback(h); app.OnFallback(h) },
		"two install hooks":                func(app *agent.App) { app.OnInstall(h); app.OnInstall(h) },
		"a pattern that does not compile":  func(app *agent.App) { app.OnPattern("(", h) },
		"a text without a handler":         func(app *agent.App) { app.OnText("x", nil) },
		"a message without a handler":      func(app *agent.App) { app.OnMessage(nil) },
		"a pattern without a handler":      func(app *agent.App) { app.OnPattern("x", nil) },
		"a fallback without a handler":     func(app *agent.App) { app.OnFallback(nil) },
	}
	for name, register := range mistakes {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("registering did not panic")
				}
			}()
			register(agent.New(agent.Config{}))
		})
	}
	t.Run("an event and an invoke may share a name", func(t *testing.T) {
		app := agent.New(agent.Config{})
		app.OnEvent("x", h)
		app.OnInvoke("x", h)
		app.OnCommand("x", h)
	})
}

type invoice struct {
	ID    string  `json:"id"`
	Total float64 `json:"total"`
}

func TestTypedEvent(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	var got []invoice
	agent.OnEvent(b.App, "paid", func(_ context.Context, _ *agent.Turn, v invoice) error {
		got = append(got, v)
		return nil
	})
	b.run(t, event("paid", `{"id":"42","total":9.5,"unknown":1}`))
	b.run(t, event("paid", ""))
	if diff := cmp.Diff([]invoice{{"42", 9.5}, {}}, got); diff != "" {
		t.Errorf("values differ (-want +got):\n%s", diff)
	}
	t.Run("a value of another type is an error of the turn", func(t *testing.T) {
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: event("paid", `"42"`)})
		if err == nil || len(b.errs.all()) != 1 || len(got) != 2 {
			t.Errorf("Process = %v, hook got %v, handler ran %d times", err, b.errs.all(), len(got))
		}
	})
}

// Trap 15 and S2-30: answers of invokes.
func TestInvokeAnswers(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	agent.OnInvoke(b.App, "price", func(_ context.Context, _ *agent.Turn, v invoice) (map[string]float64, error) {
		if v.ID == "broken" {
			return nil, errors.New("no price list")
		}
		return map[string]float64{"price": v.Total * 2}, nil
	})
	b.OnInvoke("own", func(_ context.Context, tn *agent.Turn) error {
		_ = tn.Respond(http.StatusOK, "first")
		return tn.Respond(http.StatusConflict, map[string]string{"why": "sold out"})
	})
	b.OnInvoke("empty", func(_ context.Context, tn *agent.Turn) error { return tn.Respond(http.StatusAccepted, nil) })
	b.OnInvoke("silent", func(context.Context, *agent.Turn) error { return nil })
	b.OnInvoke("sent", func(ctx context.Context, tn *agent.Turn) error {
		_, err := tn.Send(ctx, inbound(activity.TypeInvokeResponse, valued(`{"status":418,"body":{"tea":true}}`)))
		return err
	})
	tests := []struct {
		name   string
		invoke *activity.Activity
		status int // 0: no answer
		body   string
	}{
		{"a typed answer is 200", invoke("price", `{"id":"1","total":2}`), 200, `{"price":4}`},
		{"a value of another type is 400", invoke("price", `[1]`), 400, ""},
		{"its own status and body, the last one counts", invoke("own", ""), 409, `{"why":"sold out"}`},
		{"a status without a body", invoke("empty", ""), 202, ""},
		{"S2-30 an invokeResponse that is sent", invoke("sent", ""), 418, `{"tea":true}`},
		{"trap 15 a handler without an answer", invoke("silent", ""), 0, ""},
		{"trap 15 no handler", invoke("unknown", ""), 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := b.run(t, tt.invoke)
			switch {
			case r == nil:
				if tt.status != 0 {
					t.Errorf("no answer, want %d", tt.status)
				}
			case r.Status != tt.status || string(r.Body) != tt.body:
				t.Errorf("answer = %d %s, want %d %s", r.Status, r.Body, tt.status, tt.body)
			}
		})
	}
	t.Run("an error of the handler is an error of the turn", func(t *testing.T) {
		r, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: invoke("price", `{"id":"broken"}`)})
		if r != nil || err == nil || len(b.errs.all()) != 1 {
			t.Errorf("Process = %v, %v, hook got %v", r, err, b.errs.all())
		}
	})
	t.Run("only an invoke can be answered", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, says("x"), func(_ context.Context, tn *agent.Turn) error {
			if err := tn.Respond(200, nil); !errors.Is(err, agent.ErrNoInvoke) {
				t.Errorf("Respond = %v, want ErrNoInvoke", err)
			}
			return nil
		})
	})
	if len(b.wire.all()) != 0 {
		t.Errorf("the channel was called: %+v, want the answers in the HTTP response only", b.wire.all())
	}
}
