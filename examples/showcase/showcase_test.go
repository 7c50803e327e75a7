package showcase_test

import (
	"log/slog"
	"testing"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/examples/showcase"
	"github.com/outspoken-go/outspoken/storage"
)

var quiet = slog.New(slog.DiscardHandler)

// All that the showcase understands, as conversations to read.
func TestTranscripts(t *testing.T) {
	agenttest.RunTranscripts(t, "testdata/*.txtar", func(t *testing.T) *agent.App {
		s := showcase.New(storage.NewMemory(), quiet)
		t.Cleanup(s.Close)
		return s.App
	})
}
