package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// S2-02
func TestOneAgentServesManyChannels(t *testing.T) {
	type slack struct {
		Message struct{ Team string }
		Unknown int `json:"x_unknown"`
	}
	for _, channel := range []string{"msteams", "slack", "facebook", "directline", "a-channel-of-tomorrow"} {
		t.Run("S2-02 "+channel, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			const data = `{"Message":{"Team":"T1"},"x_unknown":9007199254740993}`
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				if got := string(tn.Activity.ChannelData); got != data {
					t.Errorf("channel data = %s, want %s", got, data)
				}
				typed, err := activity.DecodeChannelData[slack](tn.Activity)
				if err != nil {
					return err
				}
				return tn.SendText(ctx, typed.Message.Team+" on "+tn.Channel())
			})
			a := says("hello")
			a.ChannelID, a.ChannelData = channel, json.RawMessage(data)
			b.run(t, a)
			if diff := cmp.Diff([]string{"T1 on " + channel}, b.wire.texts()); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
			if got := b.wire.all()[0].activity.ChannelID; got != channel {
				t.Errorf("the answer went to channel %q, want %q", got, channel)
			}
		})
	}
}

// S2-03, S2-04, S2-07: one update for the bot and one for the user, in any
// order and grouping, make one welcome, and a message is answered.
func TestWelcome(t *testing.T) {
	joins := func(ids ...string) *activity.Activity {
		a := inbound(activity.TypeConversationUpdate)
		for _, id := range ids {
			a.MembersAdded = append(a.MembersAdded, activity.ChannelAccount{ID: id})
		}
		return a
	}
	tests := []struct {
		name    string
		arrives []*activity.Activity
		want    []string
	}{
		{"S2-04 the bot first, then the user", []*activity.Activity{joins("28:bot-1"), joins("user-1"), says("hi")}, []string{"Welcome user-1", "You said: hi"}},
		{"S2-04 the user first, then the bot", []*activity.Activity{joins("user-1"), joins("28:bot-1"), says("hi")}, []string{"Welcome user-1", "You said: hi"}},
		{"S2-07 both in one update", []*activity.Activity{joins("28:bot-1", "user-1"), says("hi")}, []string{"Welcome user-1", "You said: hi"}},
		{"S2-03 the message before the update", []*activity.Activity{says("hi"), joins("28:bot-1", "user-1")}, []string{"You said: hi", "Welcome user-1"}},
		{"trap 11 only the bot", []*activity.Activity{joins("28:bot-1")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			b.OnMembersAdded(func(ctx context.Context, tn *agent.Turn, members []activity.ChannelAccount) error {
				for _, m := range members {
					if err := tn.SendText(ctx, "Welcome "+m.ID); err != nil {
						return err
					}
				}
				return nil
			})
			b.OnMessage(echo)
			for _, a := range tt.arrives {
				b.run(t, a)
			}
			if diff := cmp.Diff(tt.want, b.wire.texts()); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
		})
	}
}

func echo(ctx context.Context, t *agent.Turn) error {
	return t.SendText(ctx, "You said: "+t.Activity.Text)
}

// orderBot is a bot class with one method: it recognises, reasons, responds.
type orderBot struct{ stock map[string]int }

func (o orderBot) Turn(ctx context.Context, t *agent.Turn) error {
	thing := strings.TrimPrefix(t.Activity.Text, "order ")
	if o.stock[thing] == 0 {
		return t.SendText(ctx, "We have no "+thing+".")
	}
	return t.SendText(ctx, "One "+thing+" is on its way.")
}

// S2-14, S2-20
func TestMinimalBotIsOneMethod(t *testing.T) {
	t.Run("S2-14 S2-20 a method value is the whole bot", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnFallback(orderBot{map[string]int{"laptop": 1}}.Turn)
		b.run(t, says("order laptop"))
		b.run(t, says("order yacht"))
		want := []string{"One laptop is on its way.", "We have no yacht."}
		if diff := cmp.Diff(want, b.wire.texts()); diff != "" {
			t.Errorf("texts differ (-want +got):\n%s", diff)
		}
	})
}

// S2-15, S2-32, trap 24
func TestFailedTurn(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.7: password=hunter2")
	tests := []struct {
		name string
		fail agent.Handler
	}{
		{"S2-15 an error", func(context.Context, *agent.Turn) error { return secret }},
		{"S2-32 a panic with an error", func(context.Context, *agent.Turn) error { panic(secret) }},
		{"S2-32 a panic with a text", func(context.Context, *agent.Turn) error { panic(secret.Error()) }},
	}
	for _, tt := range tests {
		t.Run(tt.name+" reaches the hook once and the next turn is served", func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			b.OnText("fail", tt.fail)
			b.OnMessage(echo)
			_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("fail")})
			if errs := b.errs.all(); len(errs) != 1 || err == nil || errs[0] != err {
				t.Errorf("Process = %v and the hook got %v, want the same error once", err, errs)
			}
			if !strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error = %v, want the cause in it", err)
			}
			b.run(t, says("hello"))
			if diff := cmp.Diff([]string{"You said: hello"}, b.wire.texts()); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
		})
		t.Run(tt.name+" tells the user nothing internal and the log everything", func(t *testing.T) {
			var log bytes.Buffer
			w := &wire{}
			app := agent.New(agent.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			app.OnText("my card number", tt.fail)
			ad := agent.NewAdapter(app, w, agent.AdapterConfig{})
			_, _ = ad.Process(t.Context(), activity.Inbound{Activity: says("my card number")})
			texts := w.texts()
			if len(texts) != 1 || texts[0] == "" || strings.Contains(texts[0], "hunter2") {
				t.Errorf("the user was told %q, want one neutral sentence", texts)
			}
			if !strings.Contains(log.String(), "hunter2") || !strings.Contains(log.String(), "conversation=conv-1") {
				t.Errorf("log = %q, want the cause and the conversation", log.String())
			}
			if strings.Contains(log.String(), "my card number") {
				t.Errorf("log = %q, want no message text in it", log.String())
			}
		})
	}

	t.Run("a panic keeps its stack and its error", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnMessage(func(context.Context, *agent.Turn) error { panic(secret) })
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")})
		p, ok := errors.AsType[*agent.PanicError](err)
		if !ok || !errors.Is(err, secret) || !bytes.Contains(p.Stack, []byte("turn_test.go")) {
			t.Errorf("error = %#v, want a PanicError that wraps the value and has the stack", err)
		}
	})
	t.Run("nobody is told when no message was asked", func(t *testing.T) {
		w := &wire{}
		app := agent.New(agent.Config{Logger: quiet})
		app.OnEvent("tick", func(context.Context, *agent.Turn) error { return secret })
		_, err := agent.NewAdapter(app, w, agent.AdapterConfig{}).Process(t.Context(), activity.Inbound{Activity: event("tick", "")})
		if !errors.Is(err, secret) || len(w.texts()) != 0 {
			t.Errorf("Process = %v and the user was told %q, want only the error", err, w.texts())
		}
	})
	t.Run("a panic while a middleware is put together is caught", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.Use(func(agent.Handler) agent.Handler { panic(secret) })
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")})
		if !errors.Is(err, secret) || len(b.errs.all()) != 1 {
			t.Errorf("Process = %v, hook got %v", err, b.errs.all())
		}
	})
	t.Run("a panicking hook does not end the process", func(t *testing.T) {
		w := &wire{}
		app := agent.New(agent.Config{Logger: quiet, OnError: func(context.Context, *agent.Turn, error) { panic("again") }})
		app.OnMessage(func(context.Context, *agent.Turn) error { return secret })
		_, err := agent.NewAdapter(app, w, agent.AdapterConfig{}).Process(t.Context(), activity.Inbound{Activity: says("x")})
		if !errors.Is(err, secret) {
			t.Errorf("Process = %v, want the handler's error", err)
		}
	})
	t.Run("the hook can still speak when the caller is gone", func(t *testing.T) {
		w := &wire{}
		app := agent.New(agent.Config{Logger: quiet})
		ctx, hangUp := context.WithCancel(t.Context())
		app.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
			hangUp()
			return tn.SendText(ctx, "too late")
		})
		_, err := agent.NewAdapter(app, w, agent.AdapterConfig{}).Process(ctx, activity.Inbound{Activity: says("x")})
		if !errors.Is(err, context.Canceled) || len(w.texts()) != 1 {
			t.Errorf("Process = %v, texts %q, want context.Canceled and an apology", err, w.texts())
		}
	})
}

// S2-25, S2-27
func TestProcessDecodedBytes(t *testing.T) {
	t.Run("S2-25 S2-27 bytes and a verified identity make a turn", func(t *testing.T) {
		a, err := activity.Decode([]byte(`{"type":"message","id":"a7","channelId":"msteams","serviceUrl":"https://s.example/",
			"from":{"id":"29:ada","name":"Ada"},"recipient":{"id":"28:bot"},"conversation":{"id":"c7"},
			"text":"hello","channelData":{"tenant":{"id":"t1"}},"entities":[{"type":"ProductInfo","id":"COPILOT"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		b := newBot(agent.AdapterConfig{})
		ran := false
		b.OnMessage(func(_ context.Context, tn *agent.Turn) error {
			ran = true
			got := []string{tn.Activity.From.ID, tn.Activity.Recipient.ID, tn.Channel(), string(tn.Activity.ChannelData),
				tn.Conversation().Reference.Conversation.ID, tn.Identity.Audience()}
			want := []string{"29:ada", "28:bot", "msteams:COPILOT", `{"tenant":{"id":"t1"}}`, "c7", "bot"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the handler sees (-want +got):\n%s", diff)
			}
			return nil
		})
		id := activity.Identity{Claims: map[string]string{"aud": "bot"}}
		if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a, Identity: id}); err != nil || !ran {
			t.Errorf("Process = %v, handler ran = %v", err, ran)
		}
	})
}

// What arrives as callerId is not to be trusted; the token decides.
func TestCallerIDComesFromTheToken(t *testing.T) {
	tests := []struct {
		name   string
		claims map[string]string
		want   string
	}{
		{"an agent", map[string]string{"aud": "bot", "ver": "2.0", "azp": "other"}, "urn:botframework:aadappid:other"},
		{"Azure Bot Service", map[string]string{"aud": "bot", "iss": "https://api.botframework.com"}, "urn:botframework:azure"},
		{"its government cloud", map[string]string{"aud": "bot", "iss": "https://api.botframework.us"}, "urn:botframework:azureusgov"},
		{"nobody", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			got := "no turn"
			b.OnMessage(func(_ context.Context, tn *agent.Turn) error { got = tn.Activity.CallerID; return nil })
			a := says("x")
			a.CallerID = "urn:botframework:forged"
			_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a, Identity: activity.Identity{Claims: tt.claims}})
			if err != nil || got != tt.want {
				t.Errorf("callerId = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// S0-01, S0-03, S0-04, S0-06
func TestLongTasks(t *testing.T) {
	t.Run("S0-01 S0-04 S0-06 detached work answers long after its turn", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				conv, ad := tn.Conversation(), tn.Adapter()
				go func() {
					if err := work(context.Background(), time.Minute); err != nil {
						t.Error(err)
					}
					if _, err := ad.Send(context.Background(), conv, activity.Message("Done.")); err != nil {
						t.Error(err)
					}
				}()
				return tn.SendText(ctx, "On it.")
			})
			start := time.Now()
			ctx, hangUp := context.WithCancel(t.Context())
			if _, err := b.adapter.Process(ctx, activity.Inbound{Activity: says("report")}); err != nil {
				t.Fatal(err)
			}
			hangUp()
			if took := time.Since(start); took != 0 {
				t.Errorf("the turn took %s, want no waiting for the work", took)
			}
			<-time.After(2 * time.Minute)
			if diff := cmp.Diff([]string{"On it.", "Done."}, b.wire.texts()); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
			for _, c := range b.wire.all() {
				if c.to.Reference.Conversation.ID != "conv-1" {
					t.Errorf("%q went to %q, want conv-1", c.activity.Text, c.to.Reference.Conversation.ID)
				}
			}
		})
	})
	t.Run("S0-03 S0-04 a handler may also stay for 60 s", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				if err := tn.SendText(ctx, "On it."); err != nil {
					return err
				}
				if err := work(ctx, time.Minute); err != nil {
					return err
				}
				return tn.SendText(ctx, "Done.")
			})
			b.run(t, says("report"))
			if diff := cmp.Diff([]string{"On it.", "Done."}, b.wire.texts()); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
		})
	})
}
