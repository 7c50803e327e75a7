package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/storage"
)

// S1-002, S1-122: the answer comes at once, the result when the turn is over.
// What goes wrong with it is logged.
func TestS1_122_Background(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		work := background.New(background.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		a := newAssistant(storage.NewMemory(), new(users), work, analysts{})
		c := agenttest.Start(t, a.app)
		begun := time.Now()
		const answer = "Working on it. I will tell you when it is done."
		agenttest.WantTexts(t, c.SendText("process"), answer)
		if took := time.Since(begun); took != 0 {
			t.Errorf("the answer took %s", took)
		}
		agenttest.WantTexts(t, c.Wait(1), "Processing complete!")

		agenttest.WantTexts(t, c.SendText("process"), answer)
		c.Connector().Fail(agenttest.Fault{Err: &activity.Error{Op: "send", Status: 403, Code: "MessageWritesBlocked"}})
		time.Sleep(time.Minute)
		synctest.Wait()
		agenttest.WantTexts(t, c.Unread())
		if err := work.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), "MessageWritesBlocked") || !strings.Contains(log.String(), "process") {
			t.Errorf("the log is %q", &log)
		}
	})
}
