package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
)

var ben = employee{TenantID: "contoso", UserID: "entra-ben"}

// S1-101, S1-135: a personal chat, whose first message comes before its first
// turn, and which is known by its id from then on.
func TestS1_101_Personal(t *testing.T) {
	s := serve(t, server.Config{})
	conv, err := invite(t.Context(), s.later, "agent-1", ben)
	if err != nil || conv.Reference.Conversation.ID != "made-1" {
		t.Fatalf("made %+v, %v", conv, err)
	}
	asked := s.next()
	var p activity.ConversationParameters
	if err := json.Unmarshal([]byte(asked.body), &p); err != nil {
		t.Fatal(err)
	}
	if asked.path != "/v3/conversations" || p.IsGroup != nil && *p.IsGroup || len(p.Members) != 1 || p.Members[0].ID != "entra-ben" ||
		p.TenantID != "contoso" || p.TopicName != "Welcome to Contoso" || p.Activity.Text != "Hi! I am here to help you get started." {
		t.Errorf("the channel was asked %s %s", asked.path, asked.body)
	}
	s.wantText("made-1", `Write "/subscribe" to hear from me.`)
	if err := notify(t.Context(), s.later, "made-1", "Still there?"); err != nil {
		t.Fatal(err)
	}
	s.wantText("made-1", "Still there?")
}

// A first turn that fails does not make the chat unmade.
func TestInviteOnlyOnce(t *testing.T) {
	s := serve(t, server.Config{})
	s.refuse = "/activities"
	conv, err := invite(t.Context(), s.later, "agent-1", ben)
	if err != nil || conv.Reference.Conversation.ID != "made-1" {
		t.Errorf("got %q, %v, want the conversation", conv.Reference.Conversation.ID, err)
	}
	s.refuse = "/conversations"
	conv, err = invite(t.Context(), s.later, "agent-1", ben)
	if !errors.Is(err, activity.ErrOutcomeUnknown) || conv.Reference.Conversation.ID != "" {
		t.Errorf("got %q, %v, want no conversation", conv.Reference.Conversation.ID, err)
	}
}

// S1-102, S1-136: a thread in a channel of a team. The word msteams, which
// belongs elsewhere, is refused with a hint before anybody is asked.
func TestS1_102_Channel(t *testing.T) {
	s := serve(t, server.Config{})
	if _, err := post(t.Context(), s.later, "agent-1", "19:abc@thread.tacv2", ben, "Here is today's digest."); err != nil {
		t.Fatal(err)
	}
	asked := s.next()
	var p activity.ConversationParameters
	var data struct{ Channel, Tenant struct{ ID string } }
	if err := errors.Join(json.Unmarshal([]byte(asked.body), &p), json.Unmarshal(p.ChannelData, &data)); err != nil {
		t.Fatal(err)
	}
	if p.IsGroup == nil || !*p.IsGroup || data.Channel.ID != "19:abc@thread.tacv2" || data.Tenant.ID != "contoso" ||
		p.Activity.Text != "Here is today's digest." || p.TopicName != "Daily digest" {
		t.Errorf("the channel was asked %s", asked.body)
	}
	_, err := post(t.Context(), s.later, "agent-1", activity.ChannelTeams, ben, "Here is today's digest.")
	invalid, ok := errors.AsType[*proactive.InvalidError](err)
	if !ok || invalid.Field != "teamsChannelId" || !strings.Contains(err.Error(), "19:") {
		t.Errorf("the id msteams: %v", err)
	}
	s.silent()
}

// The same over HTTP, as a trigger.
func TestCreateTrigger(t *testing.T) {
	s := serve(t, server.Config{})
	status, said := s.post("/proactive/create", `{"agentClientId":"agent-1","channelId":"msteams","tenantId":"contoso","user":{"id":"entra-ben"},"storeConversation":true}`)
	if status != http.StatusOK || !strings.Contains(said, `"made-1"`) {
		t.Errorf("answered %d %s", status, said)
	}
}
