package showcase_test

import (
	"log/slog"
	"testing"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/examples/showcase"
	"github.com/outspoken-go/outspoken/storage"
)

// All that the showcase understands, as conversations to read.
func TestTranscripts(t *testing.T) {
	agenttest.RunTranscripts(t, "testdata/*.txtar", func(t *testing.T) *agent.App {
		s := showcase.New(storage.NewMemory(), slog.New(slog.DiscardHandler))
		t.Cleanup(s.Close)
		return s.App
	})
}
