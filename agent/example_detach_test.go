package agent_test

import (
	"context"
	"fmt"

	"github.com/outspoken-go/outspoken/agent"
)

// An agent that answers at once and works on. The turn is over when the work is
// done, so the work has what Detach gave it.
func ExampleTurn_Detach() {
	done := make(chan error)
	app := agent.New(agent.Config{})
	app.OnText("report", func(ctx context.Context, t *agent.Turn) error {
		later := t.Detach()
		go func() { // or a task of package background, which is bounded
			done <- later.SendText(context.Background(), "Your report is ready!")
		}()
		return t.SendText(ctx, "I am on it.")
	})

	receive(agent.NewAdapter(app, printer{}, agent.AdapterConfig{}), says("report"))
	if err := <-done; err != nil {
		fmt.Println(err)
	}
	// Unordered output:
	// conv-1: I am on it.
	// conv-1: Your report is ready!
}
