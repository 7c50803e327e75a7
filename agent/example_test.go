package agent_test

import (
	"context"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A printer is a Connector for the examples: it prints what is sent. A program
// has connector.Client in its place.
type printer struct{ agent.Connector }

func (printer) Send(_ context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	fmt.Printf("%s: %s\n", to.Reference.Conversation.ID, a.Text)
	return activity.ResourceResponse{ID: "1"}, nil
}

// receive is what an endpoint does with a message.
func receive(ad *agent.Adapter, a *activity.Activity) {
	if _, err := ad.Process(context.Background(), activity.Inbound{Activity: a}); err != nil {
		fmt.Println(err)
	}
}

// An agent that repeats what it is told.
func Example() {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "You said: "+t.Activity.Text)
	})

	receive(agent.NewAdapter(app, printer{}, agent.AdapterConfig{}), says("hello"))
	// Output: conv-1: You said: hello
}

// An agent that counts, across turns and, with a durable store, across
// restarts.
func Example_state() {
	visits := agent.ConversationKey[int]("visits")

	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		n, err := visits.Update(ctx, t, func(n *int) error { *n++; return nil })
		if err != nil {
			return err
		}
		return t.SendText(ctx, fmt.Sprintf("This is message %d.", n))
	})

	ad := agent.NewAdapter(app, printer{}, agent.AdapterConfig{})
	receive(ad, says("hello"))
	receive(ad, says("hello again"))
	// Output:
	// conv-1: This is message 1.
	// conv-1: This is message 2.
}

// An agent that answers at once, works on, and speaks first when it is done.
// The turn is over by then, so the goroutine takes plain data with it.
func Example_speakingFirst() {
	done := make(chan struct{})
	app := agent.New(agent.Config{})
	app.OnText("report", func(ctx context.Context, t *agent.Turn) error {
		if err := t.SendText(ctx, "I am on it."); err != nil {
			return err
		}
		conversation, adapter := t.Conversation(), t.Adapter()
		go func() {
			defer close(done)
			if _, err := adapter.Send(context.Background(), conversation, activity.Message("Your report is ready!")); err != nil {
				fmt.Println(err)
			}
		}()
		return nil
	})

	receive(agent.NewAdapter(app, printer{}, agent.AdapterConfig{}), says("report"))
	<-done
	// Output:
	// conv-1: I am on it.
	// conv-1: Your report is ready!
}

// An agent that gets a typed event from its web page.
func ExampleOnEvent() {
	type Invoice struct {
		ID    string  `json:"id"`
		Total float64 `json:"total"`
	}

	app := agent.New(agent.Config{})
	agent.OnEvent(app, "invoice.paid", func(ctx context.Context, t *agent.Turn, inv Invoice) error {
		return t.SendText(ctx, fmt.Sprintf("Invoice %s over %.2f is paid.", inv.ID, inv.Total))
	})

	receive(agent.NewAdapter(app, printer{}, agent.AdapterConfig{}), event("invoice.paid", `{"id":"42","total":99.5}`))
	// Output: conv-1: Invoice 42 over 99.50 is paid.
}
