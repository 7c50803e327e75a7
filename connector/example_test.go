package connector_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
)

// A message to a conversation that was met before. Tokens would be
// [auth.Connections]; Hosts need not be set for Microsoft's channels.
func ExampleClient_Send() {
	channel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path)
		io.WriteString(w, `{"id":"m1"}`)
	}))
	defer channel.Close()
	local, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		log.Fatal(err)
	}
	client := connector.New(connector.Config{Hosts: local})

	to := activity.Conversation{Reference: activity.ConversationReference{
		ServiceURL:   channel.URL,
		ChannelID:    "test",
		Conversation: activity.ConversationAccount{ID: "c1"},
	}}
	message := activity.Message("Your report is ready!")
	to.Reference.Apply(message) // address it

	sent, err := client.Send(context.Background(), to, message)
	fmt.Println(sent.ID, err)
	// Output:
	// POST /v3/conversations/c1/activities
	// m1 <nil>
}

// What to do about a failure depends on its reason.
func ExampleClient_Send_errors() {
	channel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"error":{"code":"MessageWritesBlocked","message":"The user blocked the agent."}}`)
	}))
	defer channel.Close()
	local, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		log.Fatal(err)
	}
	client := connector.New(connector.Config{Hosts: local})
	to := activity.Conversation{Reference: activity.ConversationReference{
		ServiceURL:   channel.URL,
		Conversation: activity.ConversationAccount{ID: "c1"},
	}}
	message := activity.Message("Are you there?")
	to.Reference.Apply(message)

	_, err = client.Send(context.Background(), to, message)
	switch {
	case activity.Retryable(err):
		fmt.Println("again in", activity.RetryAfter(err))
	case errors.Is(err, activity.ErrOutcomeUnknown):
		fmt.Println("perhaps delivered")
	case err != nil:
		fmt.Println(activity.Advice(err))
	}
	// Output:
	// the user may have blocked or removed the agent; stop sending until it is installed again
}

// A new thread in Microsoft 365 Copilot that opens with a message.
func ExampleCopilotThread() {
	p := connector.CopilotThread("tenant-id", "entra-user-id")
	p.Activity = activity.Message("Your weekly numbers are in.")
	body, err := p.MarshalJSON()
	fmt.Println(string(body), err)
	// Output:
	// {"members":[{"id":"entra-user-id"}],"tenantId":"tenant-id","activity":{"type":"message","text":"Your weekly numbers are in."},"channelData":{"productContext":"Copilot","conversation":{"conversationSubType":"AgentProactive"}}} <nil>
}
