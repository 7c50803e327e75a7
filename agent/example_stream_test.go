package agent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// model is a language model that writes word by word until ctx ends.
func model(ctx context.Context, _ string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for word := range strings.SplitAfterSeq("Low water is at nine [doc1].", " ") {
			if ctx.Err() != nil || !yield(word) {
				return
			}
		}
	}
}

// The answer of a language model grows before the user's eyes where the channel
// can show that, and comes as one message elsewhere. A user who presses Stop
// stops the model.
func ExampleStream() {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		s := t.Stream(ctx)
		s.SetFinal(agent.Final{AI: true, Feedback: agent.FeedbackDefault, Citations: []activity.Citation{
			activity.NewCitation(1, "Tide tables 2026", "High and low water for every day of the year."),
		}})
		if err := s.Informative("Looking into the tables"); err != nil {
			return err
		}
		err := s.WriteSeq(model(s.Context(), t.Activity.Text))
		if errors.Is(err, agent.ErrStreamCancelled) {
			return nil // the user has read enough
		}
		return err // the end of the turn ends the stream
	})

	receive(agent.NewAdapter(app, printer{}, agent.AdapterConfig{}), says("When is low water?"))
	// Output: conv-1: Low water is at nine [1].
}

// A Stream is an io.Writer. End sends the answer at once and returns its id.
func ExampleStream_End() {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		s := t.Stream(ctx)
		for i := range 3 {
			if _, err := fmt.Fprintf(s, "%d.", i+1); err != nil {
				return err
			}
		}
		id, err := s.End()
		fmt.Println("sent as", id)
		return err
	})

	receive(agent.NewAdapter(app, printer{}, agent.AdapterConfig{}), says("count"))
	// Output:
	// conv-1: 1.2.3.
	// sent as 1
}
