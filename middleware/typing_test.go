package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/middleware"
)

// case 80
func TestTyping(t *testing.T) {
	message := func(mode string) *activity.Activity {
		return &activity.Activity{Type: activity.TypeMessage, Text: "hi", DeliveryMode: mode}
	}
	otherAgent := activity.Identity{Claims: map[string]string{"ver": "2.0", "aud": "me", "azp": "another"}}
	work := func(d time.Duration) { <-time.After(d) }
	tests := []struct {
		name     string
		in       *activity.Activity
		identity activity.Identity
		fault    agenttest.Fault
		handler  func(ctx context.Context, t *agent.Turn) error
		want     string // what the channel got, and when
	}{
		{"a quick turn shows none", message(""), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "done") },
			"message 0s"},
		{"a slow turn shows it after the delay and every period", message(""), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error { work(5 * time.Second); return t.SendText(ctx, "done") },
			"typing 500ms, typing 2.5s, typing 4.5s, message 5s"},
		{"it rests after something was sent", message(""), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error {
				work(time.Second)
				t.SendText(ctx, "wait")
				work(3 * time.Second)
				return t.SendText(ctx, "done")
			},
			"typing 500ms, message 1s, typing 3s, message 4s"},
		{"it stops when the turn fails", message(""), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error { work(time.Second); return errors.New("broken") },
			"typing 500ms, message 1s"},
		{"it stops when the turn panics", message(""), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error { work(time.Second); panic("broken") },
			"typing 500ms, message 1s"},
		{"its failure is ignored", message(""), activity.Identity{}, agenttest.Fault{Err: errors.New("no")},
			func(ctx context.Context, t *agent.Turn) error { work(3 * time.Second); return t.SendText(ctx, "done") },
			"typing 500ms, typing 2.5s, message 3s"},
		{"a message does not wait for typing that hangs", message(""), activity.Identity{}, agenttest.Fault{Hang: true},
			func(ctx context.Context, t *agent.Turn) error { work(3 * time.Second); return t.SendText(ctx, "done") },
			"typing 500ms, message 3s"},
		{"a streamed answer ends it", message(""), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error {
				work(3 * time.Second)
				_, err := t.Stream(ctx).WriteString("a")
				work(10 * time.Second)
				return err
			},
			"typing 500ms, typing 2.5s, typing 3.25s, message 13s"},
		{"not for other agents", message(""), otherAgent, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error { work(3 * time.Second); return t.SendText(ctx, "done") },
			"message 3s"},
		{"not for events", &activity.Activity{Type: activity.TypeEvent, Name: "ping"}, activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error { work(3 * time.Second); return t.SendText(ctx, "done") },
			"message 3s"},
		{"not among expected replies", message(activity.DeliverExpectReplies), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error { work(3 * time.Second); return t.SendText(ctx, "done") },
			""},
		{"it is no response", message(""), activity.Identity{}, agenttest.Fault{},
			func(ctx context.Context, t *agent.Turn) error {
				if work(time.Second); t.Responded() {
					return errors.New("typing counts as a response")
				}
				return nil
			},
			"typing 500ms"},
	}
	for _, tt := range tests {
		t.Run("case 80 "+tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := agent.New(agent.Config{Logger: quiet})
				app.OnFallback(tt.handler)
				middleware.Typing(500*time.Millisecond, 2*time.Second).Install(app)
				c := agenttest.NewChannel(t, app, agenttest.Config{ChannelID: activity.ChannelWebChat, Identity: tt.identity}).Conversation("a")
				if tt.fault != (agenttest.Fault{}) {
					c.Connector().Fail(tt.fault)
				}
				start := time.Now()
				c.Process(t.Context(), tt.in)
				<-time.After(time.Hour) // whatever still ran would show itself
				var got []string
				for _, call := range c.Connector().Calls() {
					got = append(got, fmt.Sprint(call.Activity.Type, " ", call.At.Sub(start)))
				}
				if got := strings.Join(got, ", "); got != tt.want {
					t.Errorf("the channel got %s\nwant %s", got, tt.want)
				}
			})
		})
	}
}

// A send middleware that sends must not lock Typing up.
func TestTypingWithNestedSends(t *testing.T) {
	app := newEcho()
	middleware.Typing(0, time.Millisecond).Install(app)
	app.UseSend(func(next agent.SendHandler) agent.SendHandler {
		return func(ctx context.Context, t *agent.Turn, out *agent.Outgoing) error {
			if strings.HasPrefix(out.Activity.Text, "You") {
				if err := t.SendText(ctx, "first"); err != nil {
					return err
				}
			}
			return next(ctx, t, out)
		}
	})
	agenttest.WantTexts(t, agenttest.Start(t, app).SendText("hello"), "first", "You said: hello")
}

func TestMistakesPanic(t *testing.T) {
	for name, mistake := range map[string]func(){
		"Typing with a negative delay":     func() { middleware.Typing(-1, time.Second) },
		"Typing without a period":          func() { middleware.Typing(0, 0) },
		"Timeout of nothing":               func() { middleware.Timeout(0) },
		"Deduplicate in a negative window": func() { middleware.Deduplicate(nil, -1) },
		"Transcript without a logger":      func() { middleware.Transcript(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			mistake()
		})
	}
}
