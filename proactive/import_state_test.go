package proactive_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// State that other SDKs wrote is what the agent's turns see.
func TestImportState(t *testing.T) {
	store := storage.NewMemory()
	documents := func(yield func(storage.Entry, error) bool) {
		for _, d := range [][2]string{
			{"msteams/conversations/conv-1", `{"$type":"Microsoft.Bot.Builder.BotState","topic":"net","eTag":"*"}`},
			{"msteams/28:bot-1/users/29:ada/", `{"visits":41,"eTag":"7"}`},
			{"msteams/conversations/conv-2/users/29:ada", `{"x":1}`},
			{"msteams/conversations/conv-1/", `{"topic":"too late"}`},
			{"msteams/conversations/", `{}`}, {"transcripts/x", `{}`}, {"proactive/conversations/x", `{}`}, {"msteams/users/x", `[]`}, {"msteams/users/y", `null`},
		} {
			if !yield(storage.Entry{Key: d[0], Item: storage.Item{Value: json.RawMessage(d[1])}}, nil) {
				return
			}
		}
	}
	got, err := proactive.ImportState(t.Context(), store, documents)
	if err != nil || got != (proactive.Imported{Stored: 3, Known: 1, Refused: 5}) {
		t.Fatalf("ImportState = %+v, %v", got, err)
	}
	app := agent.New(agent.Config{Storage: store})
	app.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
		n, err := visits.Update(ctx, tn, more)
		topic, err2 := topics.Get(ctx, tn)
		if n != 42 || topic != "net" {
			t.Errorf("visits %d, topic %q", n, topic)
		}
		return errors.Join(err, err2)
	})
	process(t, agent.NewAdapter(app, deaf{}, agent.AdapterConfig{}), message(func(a *activity.Activity) { a.Conversation.ID = "conv-1" }))

	broken := errors.New("broken")
	if _, err := proactive.ImportState(t.Context(), store, func(yield func(storage.Entry, error) bool) { yield(storage.Entry{}, broken) }); !errors.Is(err, broken) {
		t.Errorf("ImportState = %v", err)
	}
}
