package localchannel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// An agent in front of which nobody sits gets an activity as if from Teams. Its
// replies are in its answer, since the activity asks for that.
func ExampleChannel_Deliver() {
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in, err := activity.Decode(body)
		if err == nil && in.Is(activity.TypeMessage) {
			fmt.Fprintf(w, `{"activities":[{"type":"message","text":"Hello %s on %s"}]}`, in.From.Name, in.ChannelID)
		}
	}))
	defer agent.Close()
	ctx := context.Background()
	channel, err := localchannel.New(ctx, localchannel.Config{Agent: agent.URL, BaseURL: "http://127.0.0.1:3979"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer channel.Close()

	conversation, err := channel.Start(ctx, localchannel.Start{ChannelID: "msteams", Members: []activity.ChannelAccount{{ID: "29:anna", Name: "Anna"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = channel.Deliver(ctx, conversation.ID, &activity.Activity{Type: activity.TypeMessage, Text: "hi", DeliveryMode: activity.DeliverExpectReplies})
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := channel.History(ctx, conversation.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, raw := range history {
		a, _ := activity.Decode(raw)
		fmt.Println(a.From.Role+":", a.Text)
	}
	// Output:
	// user: hi
	// bot: Hello Anna on msteams
}

// A user who has blocked the agent, and one call whose answer is lost.
func ExampleChannel_SetFault() {
	ctx := context.Background()
	channel, err := localchannel.New(ctx, localchannel.Config{Agent: "http://127.0.0.1:3978/api/messages", BaseURL: "http://127.0.0.1:3979"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer channel.Close()
	created, err := channel.CreateConversation(ctx, activity.Conversation{}, activity.ConversationParameters{Members: []activity.ChannelAccount{{ID: "anna"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	to := activity.Conversation{Reference: activity.ConversationReference{Conversation: activity.ConversationAccount{ID: created.ID}}}

	for _, fault := range []localchannel.Fault{{Status: 403}, {Drop: true, Times: 1}, {}} {
		if err := channel.SetFault(created.ID, fault); err != nil {
			fmt.Println(err)
		}
		_, err := channel.Send(ctx, to, activity.Message("Your report is ready"))
		fmt.Println(errors.Is(err, activity.ErrForbidden), errors.Is(err, activity.ErrOutcomeUnknown), err == nil)
	}
	// Output:
	// true false false
	// false true false
	// false false true
}
