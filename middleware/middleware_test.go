package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/middleware"
)

// Trap 24: an error or a panic of the handler reaches every middleware and the
// error hook once, and the state is not saved. (S2-28, S2-29, S2-35)
func TestFailedTurnSeenByAll(t *testing.T) {
	var log bytes.Buffer
	hooks, visits := 0, agent.ConversationKey[int]("visits")
	app := agent.New(agent.Config{OnError: func(context.Context, *agent.Turn, error) { hooks++ }})
	app.Use(middleware.Log(slog.New(slog.NewTextHandler(&log, nil))), middleware.Recover())
	app.OnText("how many", func(ctx context.Context, tn *agent.Turn) error {
		if n, err := visits.Get(ctx, tn); n != 0 || err != nil {
			t.Errorf("visits = %d, %v; want none saved", n, err)
		}
		return nil
	})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		if err := visits.Set(ctx, t, 1); err != nil {
			return err
		}
		if t.Activity.Text == "panic" {
			panic("a bug")
		}
		return errors.New("broken")
	})
	c := agenttest.Start(t, app)
	for _, text := range []string{"panic", "fail"} {
		if _, _, err := c.Process(t.Context(), activity.Message(text)); err == nil {
			t.Errorf("%s: the turn succeeded", text)
		}
	}
	c.SendText("how many")
	if hooks != 2 {
		t.Errorf("the error hook ran %d times in two failed turns", hooks)
	}
	for _, want := range []string{`level=WARN`, `err="agent: panic in a turn: a bug"`, `err=broken`, `turn=message`, `level=INFO`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
}

func TestLogNamesTheKindOfTurn(t *testing.T) {
	var log bytes.Buffer
	app := agent.New(agent.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	app.OnEvent("ping", func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "secret") })
	app.Use(middleware.Log(nil)) // the logger of the App
	agenttest.Start(t, app).Event("ping", "secret")
	if got := log.String(); !strings.Contains(got, `turn="event ping"`) || strings.Contains(got, "secret") {
		t.Errorf("log: %s\nwant the event's name and nothing that was said", got)
	}
}

func TestTimeoutLeavesOtherErrorsAlone(t *testing.T) {
	broken := errors.New("broken")
	app := agent.New(agent.Config{Logger: quiet})
	app.Use(middleware.Timeout(1e9))
	app.OnMessage(func(context.Context, *agent.Turn) error { return broken })
	if _, _, err := agenttest.Start(t, app).Process(t.Context(), activity.Message("x")); err != broken {
		t.Errorf("error = %v, want that of the handler", err)
	}
}
