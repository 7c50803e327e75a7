package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/server"
)

// S0-02, S0-10, S0-20, S0-21: without any request from a channel, the agent
// gets a token, opens a thread for the user of a conversation it knows, and
// speaks there and not in the conversation.
func TestS0_21_Delivered(t *testing.T) {
	var calls []string
	var bodies []map[string]any
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, r.URL.Path+" "+r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "application/json")
		if r.PostFormValue("grant_type") == "client_credentials" {
			io.WriteString(w, `{"access_token":"T","token_type":"Bearer","expires_in":3600}`)
			return
		}
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		bodies = append(bodies, body)
		io.WriteString(w, `{"id":"thread-1"}`)
	}))
	defer elsewhere.Close()
	app := agent.New(agent.Config{})
	onDelivered(app)
	srv, err := server.New(app, server.Config{
		Connections: auth.ConnectionsConfig{Connections: []auth.Connection{{Name: "A", ClientID: "agent-1", ClientSecret: "hush", Authority: elsewhere.URL + "/contoso"}}},
		Hosts:       auth.HostsConfig{Hosts: []string{elsewhere.URL}},
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ordered := activity.Conversation{
		Claims: map[string]string{"aud": "agent-1"},
		Reference: activity.ConversationReference{
			ChannelID: activity.ChannelTeams, ServiceURL: elsewhere.URL + "/teams/",
			Agent:        activity.ChannelAccount{ID: "28:agent-1"},
			User:         activity.ChannelAccount{ID: "29:ann", AADObjectID: "entra-ann"},
			Conversation: activity.ConversationAccount{ID: "a:ordered", TenantID: "contoso"},
		},
	}
	thread, err := delivered(t.Context(), srv.Messenger(), ordered, "1292")
	if err != nil || thread.Reference.Conversation.ID != "thread-1" {
		t.Fatalf("made %+v, %v", thread, err)
	}
	want := []string{"/contoso/oauth2/v2.0/token ", "/teams/v3/conversations Bearer T", "/teams/v3/conversations/thread-1/activities Bearer T"}
	if !slices.Equal(calls, want) {
		t.Errorf("asked was %q, want %q", calls, want)
	}
	members, _ := json.Marshal(bodies[0]["members"])
	data, _ := json.Marshal(bodies[0]["channelData"])
	if string(members) != `[{"id":"entra-ann"}]` || bodies[0]["tenantId"] != "contoso" ||
		string(data) != `{"conversation":{"conversationSubType":"AgentProactive"},"productContext":"Copilot"}` {
		t.Errorf("the thread was asked for with %v", bodies[0])
	}
	if got := bodies[1]["text"]; got != "Your order 1292 is delivered." {
		t.Errorf("it said %v", got)
	}
	if err := srv.Messenger().RunIn(t.Context(), ordered, "delivered", map[string]string{"number": "1293"}); err != nil {
		t.Fatal(err)
	}
	if got := bodies[3]["text"]; got != "Your order 1293 is delivered." || len(calls) != 5 { // with the token it has
		t.Errorf("it said %v, by %q", got, calls)
	}
}
