package main

import (
	"net/http"
	"testing"

	"github.com/outspoken-go/outspoken/server"
)

const (
	notKnown = `{"error":"proactive: the conversation is not known; the user has to write to the agent once, or install it, or use Messenger.Create"}`
	badBody  = `{"error":"the body is not the JSON that belongs here"}`
)

func known(t *testing.T) *served {
	s := serve(t, server.Config{})
	s.says("hello")
	s.next()
	return s
}

// S1-126: the id of what was sent, or 500 with a reason.
func TestS1_126_Send(t *testing.T) {
	s := known(t)
	s.want("/api/proactive/send/conv-1", `{"type":"message","text":"ready"}`, http.StatusOK, `{"id":"made-1"}`)
	s.wantText("conv-1", "ready")
	s.want("/api/proactive/send/nobody", `{"text":"ready"}`, http.StatusInternalServerError, notKnown)
	s.want("/api/proactive/send/conv-1", `{"text":`, http.StatusInternalServerError, badBody)
	s.silent()
	s.refuse = "/activities"
	s.want("/api/proactive/send/conv-1", `{"text":"ready"}`, http.StatusInternalServerError,
		`{"error":"look into the conversation before sending again; the message may be there already"}`)
}

// S1-127
func TestS1_127_Continue(t *testing.T) {
	s := known(t)
	s.want("/api/proactive/continue/conv-1", `{"message":"tea is served"}`, http.StatusOK, "")
	s.wantText("conv-1", "Proactive: tea is served")
	s.want("/api/proactive/continue/nobody", `{}`, http.StatusInternalServerError, notKnown)
	s.want("/api/proactive/continue/conv-1", `[]`, http.StatusInternalServerError, badBody)
	s.silent()
}

// S1-128
func TestS1_128_ContinueInline(t *testing.T) {
	s := serve(t, server.Config{})
	at := func(serviceURL string) string {
		return `{"conversation":{"reference":{"channelId":"webchat","serviceUrl":"` + serviceURL + `","bot":{"id":"agent"},"user":{"id":"ann"},"conversation":{"id":"conv-9"}},"claims":{"aud":"agent"}}}`
	}
	s.want("/api/proactive/continue", at(s.channel), http.StatusOK, "")
	s.wantText("conv-9", "Inline proactive: hello")
	s.want("/api/proactive/continue", at("https://elsewhere.test/"), http.StatusInternalServerError,
		`{"error":"if this host is right, add it to OutboundHostValidator__Hosts__0"}`)
	s.want("/api/proactive/continue", `{}`, http.StatusInternalServerError, `{"error":"correct the activity or its address; sending it again will not help"}`)
	s.silent()
}

// S1-129
func TestS1_129_Create(t *testing.T) {
	s := serve(t, server.Config{})
	s.want("/api/proactive/create", `{"agentId":"agent-1","tenantId":"contoso","userId":"entra-ben"}`, http.StatusOK, `{"conversationId":"made-1"}`)
	if asked := s.next(); asked.path != "/v3/conversations" {
		t.Errorf("the channel was asked %s", asked.path)
	}
	s.wantText("made-1", `Write "/subscribe" to hear from me.`)
	s.want("/api/proactive/create", `{"agentId":"agent-1","tenantId":"contoso"}`, http.StatusInternalServerError,
		`{"error":"correct the activity or its address; sending it again will not help"}`)
	s.silent()
}

// S1-121: a callback of one's own shape, and both of its outcomes.
func TestS1_121_Callback(t *testing.T) {
	s := known(t)
	s.want("/api/proactive/analysis", `{"conversationId":"conv-1","summary":"all is well"}`, http.StatusOK, "")
	s.wantText("conv-1", "The analysis is complete: all is well")
	s.want("/api/proactive/analysis", `{"conversationId":"nobody","summary":"all is well"}`, http.StatusInternalServerError, notKnown)
	s.silent()
}

// With a key, nobody else is let in.
func TestRoutesNeedTheKey(t *testing.T) {
	s := serve(t, server.Config{Proactive: server.Proactive{Key: "0123456789abcdef"}})
	for header, want := range map[string]int{"": http.StatusUnauthorized, "Bearer wrong": http.StatusUnauthorized, "Bearer 0123456789abcdef": http.StatusInternalServerError} {
		if status, _ := s.post("/api/proactive/send/nobody", `{"text":"ready"}`, "Authorization", header); status != want {
			t.Errorf("Authorization %q is answered %d, want %d", header, status, want)
		}
	}
	s.silent()
}
