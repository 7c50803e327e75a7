package agenttest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
)

// broken is a Connector that breaks one promise.
type broken struct {
	agent.Connector
	promise string
}

func (b broken) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	switch b.promise {
	case "arrives":
		return activity.ResourceResponse{ID: "x"}, nil
	case "not_changed":
		a.Text += "!"
	case "context":
		ctx = context.WithoutCancel(ctx)
	}
	r, err := b.Connector.Send(ctx, to, a)
	switch b.promise {
	case "ids":
		r.ID = "same"
	case "refused":
		err = nil
	}
	return r, err
}

func (b broken) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	if b.promise == "update" {
		return activity.ResourceResponse{ID: a.ID}, nil
	}
	return b.Connector.Update(ctx, to, a)
}

func (b broken) Delete(ctx context.Context, to activity.Conversation, id string) error {
	if b.promise == "deleted" {
		return nil
	}
	return b.Connector.Delete(ctx, to, id)
}

// Each broken promise is found by the part of TestConnector that is about it.
func TestConnectorFindsBrokenPromises(t *testing.T) {
	for _, promise := range []string{"arrives", "ids", "not_changed", "context", "refused", "update", "deleted"} {
		t.Run(promise, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBrokenConnector$")
			cmd.Env = append(os.Environ(), "AGENTTEST_BROKEN="+promise)
			out, err := cmd.CombinedOutput()
			found := false
			for line := range strings.Lines(string(out)) {
				found = found || strings.Contains(line, "--- FAIL: TestBrokenConnector/") && strings.Contains(line, promise)
			}
			if err == nil || !found {
				t.Errorf("not found (%v):\n%s", err, out)
			}
		})
	}
}

// TestBrokenConnector is the body of the processes that the test above starts.
func TestBrokenConnector(t *testing.T) {
	promise, ok := os.LookupEnv("AGENTTEST_BROKEN")
	if !ok {
		return
	}
	agenttest.TestConnector(t, func(t *testing.T) agenttest.Target {
		c := agenttest.Start(t, newEcho())
		return agenttest.Target{
			Connector:    broken{c.Connector(), promise},
			Conversation: c.Conversation(),
			Texts:        func() []string { return c.Messages().Texts() },
		}
	})
}
