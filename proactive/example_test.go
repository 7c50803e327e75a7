package proactive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A printer is a Connector for the examples: it prints what is sent.
type printer struct{ agent.Connector }

func (printer) Send(_ context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	fmt.Printf("to %s: %s\n", to.Reference.User.ID, a.Text)
	return activity.ResourceResponse{ID: "1"}, nil
}

func (printer) CreateConversation(_ context.Context, _ activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	fmt.Printf("a conversation with %s of %s\n", p.Members[0].ID, p.TenantID)
	return activity.ConversationResourceResponse{ID: "a:new"}, nil
}

// newMessenger is an agent that has met Ada, whose conversation is "conv-1".
func newMessenger(app *agent.App) *proactive.Messenger {
	book := proactive.NewConversations(storage.NewMemory()) // storage/sqlite survives a restart
	app.Use(book.Capture)
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return visits.Set(ctx, t, 1) })
	adapter := agent.NewAdapter(app, printer{}, agent.AdapterConfig{})
	if _, err := adapter.Process(context.Background(), message()); err != nil { // what an endpoint does
		fmt.Println(err)
	}
	return proactive.New(adapter, app, book, proactive.Config{})
}

// An agent that remembers whom it met, and something else in the program that
// speaks to them later.
func Example() {
	ctx := context.Background()
	book := proactive.NewConversations(storage.NewMemory()) // storage/sqlite survives a restart
	app := agent.New(agent.Config{})
	app.Use(book.Capture)
	adapter := agent.NewAdapter(app, printer{}, agent.AdapterConfig{})
	later := proactive.New(adapter, app, book, proactive.Config{})

	if _, err := adapter.Process(ctx, message()); err != nil { // what an endpoint does
		fmt.Println(err)
	}
	if _, err := later.Send(ctx, "conv-1", activity.Message("Your report is ready!")); err != nil {
		fmt.Println(err)
	}
	// Output: to 29:ada: Your report is ready!
}

func ExampleMessenger_Send() {
	later := newMessenger(agent.New(agent.Config{}))
	for _, id := range []string{"conv-1", "unknown"} {
		_, err := later.Send(context.Background(), id, activity.Message("Your report is ready!"))
		switch {
		case errors.Is(err, proactive.ErrConversationNotFound):
			fmt.Println("nobody known by that id")
		case errors.Is(err, proactive.ErrMarked):
			fmt.Println("the agent was removed or blocked")
		case err != nil:
			fmt.Println(err, activity.Advice(err))
		}
	}
	// Output:
	// to 29:ada: Your report is ready!
	// nobody known by that id
}

// A whole turn: it reads and changes the state that the user's own turns see.
func ExampleMessenger_Continue() {
	later := newMessenger(agent.New(agent.Config{}))
	err := later.Continue(context.Background(), "conv-1", func(ctx context.Context, t *agent.Turn) error {
		n, err := visits.Update(ctx, t, func(n *int) error { *n++; return nil })
		if err != nil {
			return err
		}
		return t.SendText(ctx, fmt.Sprintf("Visit %d is on us.", n))
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: to 29:ada: Visit 2 is on us.
}

// A handler that is registered once, and started from code or over HTTP with a
// payload of its own type.
func ExampleMessenger_Run() {
	type Report struct {
		Number int
		Title  string
	}
	app := agent.New(agent.Config{})
	agent.OnContinue(app, "report", func(ctx context.Context, t *agent.Turn, r Report) error {
		return t.SendText(ctx, fmt.Sprintf("Report %d %q is ready.", r.Number, r.Title))
	})
	later := newMessenger(app)
	if err := later.Run(context.Background(), "conv-1", "report", Report{42, "Q1 Summary"}); err != nil {
		fmt.Println(err)
	}
	// Output: to 29:ada: Report 42 "Q1 Summary" is ready.
}

// A chat in Teams with somebody who never wrote to the agent.
func ExampleMessenger_Create() {
	later := newMessenger(agent.New(agent.Config{}))
	conv, err := later.Create(context.Background(), proactive.CreateConversation{
		AgentClientID: "your-client-id",
		ChannelID:     activity.ChannelTeams,
		TenantID:      "contoso",
		User:          activity.ChannelAccount{ID: "entra-object-id"},
		Store:         true,
	}, func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "Welcome!")
	})
	switch {
	case conv.Reference.Conversation.ID == "":
		fmt.Println("there is no conversation:", err)
	case err != nil:
		fmt.Println("there is one, but the handler failed:", err)
	default:
		fmt.Println("made", conv.Reference.Conversation.ID)
	}
	// Output:
	// a conversation with entra-object-id of contoso
	// to entra-object-id: Welcome!
	// made a:new
}

// A message in a private chat for somebody who spoke in a group.
func ExampleOneToOne() {
	later := newMessenger(agent.New(agent.Config{}))
	group := activity.Conversation{
		Claims: map[string]string{"aud": "your-client-id"},
		Reference: activity.ConversationReference{
			ChannelID: activity.ChannelTeams, ServiceURL: proactive.TeamsPublic,
			User:         activity.ChannelAccount{ID: "29:bob"},
			Conversation: activity.ConversationAccount{ID: "19:group", IsGroup: true, TenantID: "contoso"},
		},
	}
	_, err := later.Create(context.Background(), proactive.OneToOne(group), func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "Between us: it is done.")
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// a conversation with 29:bob of contoso
	// to 29:bob: Between us: it is done.
}

// Everybody with a tag, or all of a user.
func ExampleConversations_ByTag() {
	ctx := context.Background()
	later := newMessenger(agent.New(agent.Config{}))
	book := later.Conversations()
	if err := book.Tag(ctx, "conv-1", "news"); err != nil {
		fmt.Println(err)
	}
	for e, err := range book.ByTag(ctx, "news") {
		if err != nil {
			fmt.Println(err)
			return
		}
		if e.Mark.Status == proactive.StatusActive {
			_, err = later.SendTo(ctx, e.Conversation, activity.Message("We open at nine."))
			fmt.Println(e.ID, err)
		}
	}
	for e, err := range book.ByUser(ctx, activity.ChannelTeams, "29:ada") {
		fmt.Println("of Ada:", e.Conversation.Reference.Conversation.ID, err)
	}
	// Output:
	// to 29:ada: We open at nine.
	// msteams|bot-1|conv-1 <nil>
	// of Ada: conv-1 <nil>
}

// References that an agent of Bot Framework v4 kept.
func ExampleConversations_Import() {
	book := proactive.NewConversations(storage.NewMemory())
	references := func(yield func(json.RawMessage, error) bool) {
		yield(json.RawMessage(`{"user":{"id":"29:ada"},"bot":{"id":"28:app"},"conversation":{"id":"a:1"},
			"channelId":"msteams","serviceUrl":"https://smba.trafficmanager.net/emea/"}`), nil)
	}
	done, err := book.Import(context.Background(), references, "")
	fmt.Println(done.Stored, done.Known, done.Refused, err)
	// Output: 1 0 0 <nil>
}

// An address made by hand.
func ExampleComplete() {
	to := proactive.Complete(activity.Conversation{
		Claims: map[string]string{"aud": "your-client-id"},
		Reference: activity.ConversationReference{
			ChannelID:    activity.ChannelTeams,
			User:         activity.ChannelAccount{ID: "29:ada"},
			Conversation: activity.ConversationAccount{ID: "a:1"},
		},
	})
	fmt.Println(to.Reference.Agent.ID, to.Reference.ServiceURL, proactive.Validate(to))
	fmt.Println(proactive.Validate(activity.Conversation{}))
	// Output:
	// 28:your-client-id https://smba.trafficmanager.net/teams/ <nil>
	// proactive: reference.channelId is missing
}
