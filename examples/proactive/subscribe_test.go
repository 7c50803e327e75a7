package main

import (
	"net/http"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/server"
)

// S1-017, S1-110: /subscribe is answered with the id under which the
// conversation is kept. S1-002: a notification.
func TestS1_017_Subscribe(t *testing.T) {
	w := start(t)
	agenttest.WantTexts(t, w.SendText("/subscribe"), "You are subscribed. Conversation id: conv-1")
	kept, err := w.book.Find(t.Context(), "conv-1")
	if err != nil || len(kept.Tags) != 1 {
		t.Fatalf("kept is %+v, %v", kept, err)
	}
	if err := notify(t.Context(), w.later, "conv-1", "Your report is ready!"); err != nil {
		t.Fatal(err)
	}
	agenttest.WantTexts(t, w.Wait(1), "Your report is ready!")
}

// Who removed the agent is left out, and who cannot be reached does not keep
// it from the others.
func TestAnnounce(t *testing.T) {
	w := start(t)
	for _, id := range []string{"a", "b", "c", "d"} {
		w.channel.Conversation(id).SendText("/subscribe")
	}
	w.channel.Conversation("a").Uninstall()
	w.channel.Connector().Fail(agenttest.Fault{ConversationID: "b", Times: -1, Err: &activity.Error{Status: http.StatusBadGateway, Unknown: true}})
	reached, err := announce(t.Context(), w.later, "We open at nine.")
	if reached != 2 || err != nil {
		t.Errorf("reached %d, %v, want 2", reached, err)
	}
	for id, want := range map[string][]string{"a": nil, "b": nil, "c": {"We open at nine."}, "d": {"We open at nine."}} {
		agenttest.WantTexts(t, w.channel.Conversation(id).Unread(), want...)
	}
}

// S1-002: an event elsewhere makes the agent speak, by one request.
func TestS1_002_Webhook(t *testing.T) {
	s := serve(t, server.Config{})
	s.says("/subscribe")
	s.wantText("conv-1", "You are subscribed. Conversation id: conv-1")
	s.want("/proactive/sendactivity/conv-1", `{"text":"Your job finished."}`, http.StatusOK, `{"id":"made-1"}`)
	s.wantText("conv-1", "Your job finished.")
	s.want("/proactive/continue/report/conv-1?id=42&title=Q1%20Summary", "", http.StatusOK, "")
	s.wantText("conv-1", `Report 42, "Q1 Summary", is ready.`)
	ctx, later, id := t.Context(), s.later, "conv-1"
	// region run
	err := later.Run(ctx, id, "report", report{ID: "43", Title: "Q2"})
	// endregion
	if err != nil {
		t.Fatal(err)
	}
	s.wantText("conv-1", `Report 43, "Q2", is ready.`)
}
