package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/server"
)

// S1-045, S1-046, S1-047, S1-048, S1-120: asked, handed to a service elsewhere
// with the conversation as JSON, called back, told.
func TestS1_045_ExternalTask(t *testing.T) {
	jobs := make(chan map[string]json.RawMessage, 1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var j map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&j); err != nil {
			t.Error(err)
		}
		jobs <- j
	}))
	defer service.Close()
	t.Setenv("ANALYSTS_URL", service.URL)
	s := serve(t, server.Config{})
	s.says("analyse budget.pdf")
	s.wantText("conv-1", "The analysis has started. I will tell you when it is done.")
	j := <-jobs
	if string(j["document"]) != `"budget.pdf"` || string(j["callbackUrl"]) != `"`+s.url+`/proactive/continue/analysis"` {
		t.Errorf("the service got %s", j)
	}
	conversation := string(j["conversation"])
	s.want("/proactive/continue/analysis", `{"conversation":`+conversation+`,"value":{"summary":"all is well"}}`, http.StatusOK, "")
	s.wantText("conv-1", "The analysis is complete: all is well")
	s.want("/proactive/continue/analysis?summary=or+not", conversation, http.StatusOK, "")
	s.wantText("conv-1", "The analysis is complete: or not")
	s.want("/proactive/sendactivity", `{"conversation":`+conversation+`,"activity":{"text":"The bill follows."}}`, http.StatusOK, `{"id":"made-1"}`)
	s.wantText("conv-1", "The bill follows.")
}

// The service that comes with the example does its part.
func TestStandIn(t *testing.T) {
	const key = "0123456789abcdef"
	s := serve(t, server.Config{Proactive: server.Proactive{Key: key}})
	work := background.New(background.Config{})
	service := httptest.NewServer(standIn{work, key, time.Millisecond})
	defer service.Close()
	j := job{Document: "x.pdf", CallbackURL: s.url + "/proactive/continue/analysis"}
	err := json.Unmarshal([]byte(`{"reference":{"channelId":"webchat","serviceUrl":"`+s.channel+`","bot":{"id":"agent"},"user":{"id":"ann"},
		"conversation":{"id":"conv-2"}},"claims":{"aud":"agent"}}`), &j.Conversation)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t.Context(), service.URL, "", j); err != nil {
		t.Fatal(err)
	}
	s.wantText("conv-2", "The analysis is complete: x.pdf has three pages")
	if err := work.Shutdown(t.Context()); err != nil {
		t.Log(err) // it was about to read the answer
	}
	if err := send(t.Context(), service.URL, "", "no job"); err == nil {
		t.Error("what is no job is accepted")
	}
	if err := send(t.Context(), service.URL, "", j); err == nil {
		t.Error("a job is accepted that nobody can do")
	}
}
