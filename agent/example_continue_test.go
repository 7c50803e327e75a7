package agent_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A handler that code, a webhook or a timer starts by its key, with a payload
// of its own type.
func ExampleOnContinue() {
	type Report struct{ Number int }

	app := agent.New(agent.Config{})
	agent.OnContinue(app, "report", func(ctx context.Context, t *agent.Turn, r Report) error {
		fmt.Printf("report %d for %s\n", r.Number, t.Activity.From.ID)
		return nil
	}, "graph")

	for _, c := range app.Continuations() {
		fmt.Println(c.Key, "needs", c.SignIn)
	}

	// Package proactive finds and runs it; this is what happens inside.
	adapter := agent.NewAdapter(app, nil, agent.AdapterConfig{})
	report, _ := app.Continuation("report")
	event := &activity.Activity{Value: json.RawMessage(`{"Number":42}`)}
	if err := adapter.ContinueWith(context.Background(), address(), event, report.Handler); err != nil {
		fmt.Println(err)
	}
	// Output:
	// report needs [graph]
	// report 42 for user-1
}
