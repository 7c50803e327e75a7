package proactive_test

import (
	"context"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A printer is a Connector for the example: it prints what is sent.
type printer struct{ agent.Connector }

func (printer) Send(_ context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	fmt.Printf("to %s: %s\n", to.Reference.User.ID, a.Text)
	return activity.ResourceResponse{ID: "1"}, nil
}

// An agent that remembers whom it met, and something else in the program that
// speaks to them later.
func Example() {
	ctx := context.Background()
	conversations := proactive.NewConversations(storage.NewMemory()) // storage/sqlite survives a restart

	app := agent.New(agent.Config{})
	app.Use(conversations.Capture)
	adapter := agent.NewAdapter(app, printer{}, agent.AdapterConfig{})
	if _, err := adapter.Process(ctx, message()); err != nil { // what an endpoint does
		fmt.Println(err)
	}

	conversation, err := conversations.Get(ctx, "conv-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := adapter.Send(ctx, conversation, activity.Message("Your report is ready!")); err != nil {
		fmt.Println(err)
	}
	// Output: to 29:ada: Your report is ready!
}
