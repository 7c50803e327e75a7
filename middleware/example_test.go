package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/middleware"
)

// t stands in for the *testing.T that an example does not have.
var t testing.TB = exampleTB{}

type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Context() context.Context          { return context.Background() }
func (exampleTB) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

var quiet = slog.New(slog.DiscardHandler)

func newEcho() *agent.App {
	app := agent.New(agent.Config{Logger: quiet})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "You said: "+t.Activity.Text)
	})
	return app
}

// A middleware of your own: work before and after the rest of the turn.
func Example() {
	app := newEcho()
	app.Use(middleware.Recover(), func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			fmt.Println("before")
			defer fmt.Println("after")
			return next(ctx, t)
		}
	})
	fmt.Println(agenttest.Start(t, app).SendText("hello").Texts())
	// Output:
	// before
	// after
	// [You said: hello]
}

func ExampleRecover() {
	app := agent.New(agent.Config{OnError: func(context.Context, *agent.Turn, error) {}})
	app.Use(func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			err := next(ctx, t)
			fmt.Println(err)
			return err
		}
	}, middleware.Recover())
	app.OnMessage(func(context.Context, *agent.Turn) error { panic("a bug") })
	agenttest.Start(t, app).Process(context.Background(), activity.Message("hello"))
	// Output: agent: panic in a turn: a bug
}

func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" {
				return slog.Attr{} // they differ each time
			}
			return a
		},
	}))
	app := newEcho()
	app.Use(middleware.Log(logger))
	agenttest.Start(t, app).SendText("my secret")
	// Output: level=INFO msg="turn ended" turn=message conversation=conversation channel=test activity=received-1
}

func ExampleMentions() {
	app := newEcho()
	app.Use(middleware.Mentions())
	a := activity.Message("can you help?")
	if err := a.AddMention(activity.ChannelAccount{ID: "agent", Name: "Agent"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(a.Text)
	fmt.Println(agenttest.Start(t, app).Send(a).Texts())
	// Output:
	// <at>Agent</at> can you help?
	// [You said: can you help?]
}

func ExampleTimeout() {
	app := agent.New(agent.Config{OnError: func(_ context.Context, _ *agent.Turn, err error) { fmt.Println(err) }})
	app.Use(middleware.Timeout(time.Millisecond))
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		<-ctx.Done() // as a slow database would
		return ctx.Err()
	})
	_, _, err := agenttest.Start(t, app).Process(context.Background(), activity.Message("hello"))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output:
	// middleware: the turn took longer than 1ms: context deadline exceeded
	// true
}

func ExampleDeduplicate() {
	app := newEcho()
	app.Use(middleware.Deduplicate(app.Storage(), 0))
	c := agenttest.Start(t, app)
	a := &activity.Activity{Type: activity.TypeMessage, ID: "1", Text: "hello"}
	fmt.Println(c.Send(a).Texts())
	fmt.Println(c.Send(a).Texts())
	// Output:
	// [You said: hello]
	// []
}

// Some channels tell that a user has come before the first message, some after
// it, some twice.
func ExampleWelcome() {
	app := newEcho()
	app.Use(middleware.Welcome(app.Storage(), func(ctx context.Context, t *agent.Turn, member activity.ChannelAccount) error {
		return t.SendText(ctx, "Welcome, "+member.Name+"!")
	}))
	c := agenttest.Start(t, app)
	fmt.Println(c.SendText("hello").Texts())
	fmt.Println(c.Join().Texts())
	// Output:
	// [Welcome, User! You said: hello]
	// []
}

func ExampleTyping() {
	app := agent.New(agent.Config{})
	middleware.Typing(time.Millisecond, time.Minute).Install(app)
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		<-time.After(100 * time.Millisecond) // think
		return t.SendText(ctx, "42")
	})
	for _, a := range agenttest.Start(t, app).SendText("the answer?") {
		fmt.Printf("%s %q\n", a.Type, a.Text)
	}
	// Output:
	// typing ""
	// message "42"
}

func ExampleTranscript() {
	home, err := os.MkdirTemp("", "transcripts")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(home)

	app := newEcho()
	dir := middleware.TranscriptDir(filepath.Join(home, "transcripts"))
	middleware.Transcript(dir).Install(app)
	agenttest.Start(t, app).SendText("hello")

	data, err := os.ReadFile(dir.File("test", "conversation"))
	fmt.Println(strings.Count(string(data), "\n"), "lines", err)
	// Output: 2 lines <nil>
}
