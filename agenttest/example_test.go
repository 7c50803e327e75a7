package agenttest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
)

func newEcho() *agent.App {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "You said: "+t.Activity.Text)
	})
	return app
}

func TestEcho(t *testing.T) {
	c := agenttest.Start(t, newEcho())
	agenttest.WantTexts(t, c.SendText("hello"), "You said: hello")
}

// In a test, t is its *testing.T; an example has none.
func Example() {
	var t testing.TB = exampleTB{}
	c := agenttest.Start(t, newEcho())
	fmt.Println(c.SendText("hello").Texts())
	// Output: [You said: hello]
}

// The channel refuses the first message with status 429.
func ExampleConnector_Fail() {
	var t testing.TB = exampleTB{}
	c := agenttest.Start(t, newEcho())
	c.Connector().Fail(agenttest.Fault{Op: agent.OpSend, Err: &activity.Error{Status: 429}})
	_, err := c.Adapter().Send(t.Context(), c.Conversation(), activity.Message("Ready."))
	fmt.Println(errors.Is(err, activity.ErrThrottled), c.Unread().Texts())
	_, err = c.Adapter().Send(t.Context(), c.Conversation(), activity.Message("Ready."))
	fmt.Println(err, c.Unread().Texts())
	// Output:
	// true []
	// <nil> [Ready.]
}

// exampleTB is as much of a testing.TB as the examples need.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Context() context.Context          { return context.Background() }
func (exampleTB) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
