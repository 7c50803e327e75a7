package agent_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// S2-28, S2-29, S2-35
func TestMiddlewareIsAnOnion(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	var order []string
	layer := func(name string) agent.Middleware {
		return func(next agent.Handler) agent.Handler {
			return func(ctx context.Context, tn *agent.Turn) error {
				order = append(order, name+"-in")
				defer func() { order = append(order, name+"-out") }()
				return next(ctx, tn)
			}
		}
	}
	b.Use(layer("A"), layer("B"))
	b.Use(layer("C"))
	b.OnMessage(func(context.Context, *agent.Turn) error { order = append(order, "handler"); return nil })
	want := []string{"A-in", "B-in", "C-in", "handler", "C-out", "B-out", "A-out"}

	t.Run("S2-28 S2-29 S2-35 around an inbound turn", func(t *testing.T) {
		b.run(t, says("hi"))
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("order differs (-want +got):\n%s", diff)
		}
	})
	t.Run("S2-28 around a continued turn as well", func(t *testing.T) {
		order = nil
		err := b.adapter.Continue(t.Context(), address(), func(context.Context, *agent.Turn) error {
			order = append(order, "handler")
			return nil
		})
		if diff := cmp.Diff(want, order); diff != "" || err != nil {
			t.Errorf("%v, order differs (-want +got):\n%s", err, diff)
		}
	})
}

// S2-36
func TestMiddlewareMayStopATurn(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	b.Use(func(agent.Handler) agent.Handler {
		return func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "closed") }
	})
	b.OnMessage(echo)
	b.OnInvoke("ask", func(_ context.Context, tn *agent.Turn) error { return tn.Respond(200, nil) })
	t.Run("S2-36 the handler does not run and the turn ends well", func(t *testing.T) {
		b.run(t, says("hi"))
		if diff := cmp.Diff([]string{"closed"}, b.wire.texts()); diff != "" {
			t.Errorf("texts differ (-want +got):\n%s", diff)
		}
	})
	t.Run("trap 15 an invoke that is stopped has no answer", func(t *testing.T) {
		if r := b.run(t, invoke("ask", "")); r != nil {
			t.Errorf("answer = %+v, want none", r)
		}
	})
}

// S2-33, S2-34
func TestMiddlewareAndHandlerShareATurn(t *testing.T) {
	tenant := agent.NewTempKey[string]("tenant")
	b := newBot(agent.AdapterConfig{})
	b.Use(func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, tn *agent.Turn) error {
			if tn.Activity.Text == "first" {
				tenant.Set(tn, "contoso")
			}
			if err := tn.SendText(ctx, "before"); err != nil {
				return err
			}
			return next(ctx, tn)
		}
	})
	var got []string
	b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
		v, ok := tenant.Get(tn)
		if ok != (v != "") {
			t.Errorf("Get = %q, %v", v, ok)
		}
		got = append(got, v)
		return tn.SendText(ctx, "handled")
	})
	b.run(t, says("first"))
	b.run(t, says("second"))
	t.Run("S2-33 a value lives for its turn", func(t *testing.T) {
		if diff := cmp.Diff([]string{"contoso", ""}, got); diff != "" {
			t.Errorf("the handler saw (-want +got):\n%s", diff)
		}
	})
	t.Run("S2-34 both send", func(t *testing.T) {
		if diff := cmp.Diff([]string{"before", "handled", "before", "handled"}, b.wire.texts()); diff != "" {
			t.Errorf("texts differ (-want +got):\n%s", diff)
		}
	})
	t.Run("S2-33 a value of another type is not there", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, says("x"), func(_ context.Context, tn *agent.Turn) error {
			tenant.Set(tn, "contoso")
			if v, ok := agent.NewTempKey[int]("tenant").Get(tn); ok || v != 0 {
				t.Errorf("Get = %v, %v, want none", v, ok)
			}
			return nil
		})
	})
}

func TestOneAppBehindTwoAdapters(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	b.OnMessage(echo)
	second := &wire{}
	other := agent.NewAdapter(b.App, second, agent.AdapterConfig{})
	b.run(t, says("one"))
	if _, err := other.Process(t.Context(), activity.Inbound{Activity: says("two")}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"You said: one"}, {"You said: two"}}, [][]string{b.wire.texts(), second.texts()}); diff != "" {
		t.Errorf("texts differ (-want +got):\n%s", diff)
	}
}
