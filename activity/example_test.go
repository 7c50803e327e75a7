package activity_test

import (
	"encoding/json"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
)

func Example() {
	a := activity.Message("Your report is ready!")
	a.SuggestedActions = activity.Suggest("Show it", "Later")
	out, err := json.Marshal(a)
	fmt.Println(string(out), err)
	// Output: {"type":"message","text":"Your report is ready!","suggestedActions":{"actions":[{"type":"imBack","title":"Show it","value":"Show it"},{"type":"imBack","title":"Later","value":"Later"}]}} <nil>
}

// Unknown members of any object are kept, and can be read and set.
func Example_unknownFields() {
	a, err := activity.Decode([]byte(`{"type":"message","text":"","from":{"id":"29:ada","badge":7.0},"x-shift":"night"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	shift, _ := a.Get("x-shift")
	badge, _ := a.From.Get("badge")
	fmt.Println(string(shift), string(badge))

	if err := a.Set("x-shift", "day"); err != nil {
		fmt.Println(err)
	}
	out, err := a.Append(nil)
	fmt.Println(string(out), err)
	// Output:
	// "night" 7.0
	// {"type":"message","from":{"id":"29:ada","badge":7.0},"text":"","x-shift":"day"} <nil>
}

func ExampleEvent() {
	type invoice struct {
		Number int `json:"number"`
	}
	a, err := activity.Event("invoice.paid", invoice{42})
	if err != nil {
		fmt.Println(err)
		return
	}
	paid, err := activity.DecodeValue[invoice](a)
	fmt.Println(a.Name, paid.Number, err)
	// Output: invoice.paid 42 <nil>
}

// A reference taken from one activity addresses another, now or after it was
// stored and read again.
func ExampleConversationReference() {
	in, err := activity.Decode([]byte(`{"type":"message","id":"f:42","channelId":"msteams","serviceUrl":"https://smba.trafficmanager.net/emea/",
		"from":{"id":"29:ada"},"recipient":{"id":"28:agent"},"conversation":{"id":"19:pier"},"text":"Wake me at nine"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	ref := in.Reference()

	out := activity.Message("It is nine")
	ref.Apply(out)
	fmt.Println(out.From.ID, "to", out.Recipient.ID, "in", out.Conversation.ID, "on", out.Channel(), "answers", out.ReplyToID)

	start := ref.Continuation() // starts a turn at that place
	fmt.Println(start.Type, start.Name, "from", start.From.ID)
	// Output:
	// 28:agent to 29:ada in 19:pier on msteams answers f:42
	// event ContinueConversation from 29:ada
}

func ExampleActivity_RemoveRecipientMention() {
	a := activity.Message("help me")
	a.Recipient = activity.ChannelAccount{ID: "28:agent", Name: "Harbour"}
	if err := a.AddMention(a.Recipient); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Text)
	fmt.Println(a.IsRecipientMentioned(), a.RemoveRecipientMention())
	// Output:
	// <at>Harbour</at> help me
	// true help me
}

func ExampleActivity_AddCard() {
	a := activity.Message("")
	err := a.AddCard(activity.HeroCard{
		Title:   "Pier 4",
		Buttons: []activity.CardAction{activity.Button(activity.ActionOpenURL, "Map", "https://example.com/pier4")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Attachments[0].ContentType)
	fmt.Println(string(a.Attachments[0].Content))
	// Output:
	// application/vnd.microsoft.card.hero
	// {"title":"Pier 4","buttons":[{"type":"openUrl","title":"Map","value":"https://example.com/pier4"}]}
}

func ExampleNewAIMessage() {
	tides := activity.NewCitation(1, "Tide tables 2026", "High and low water for every day of the year.")
	text := activity.NormalizeCitations("Low water is at nine [doc1].")
	a := activity.Message(text)
	if err := a.AddEntity(activity.NewAIMessage(activity.UsedCitations(text, []activity.Citation{tides})...)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Text, len(a.Entities))
	// Output: Low water is at nine [1]. 1
}

func ExampleActivity_Validate() {
	a, err := activity.Decode([]byte(`{"type":"event","channelId":"msteams","from":{"id":"29:ada"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Validate())
	// Output: activity: invalid: conversation.id: is missing (A2080); name: is missing, and event activities need one (A5001)
}

func ExampleNewAdaptiveCard() {
	order := `two "large" coffees` // as the user wrote it
	card, err := activity.NewAdaptiveCard(map[string]any{
		"type": "AdaptiveCard", "version": "1.5",
		"body": []map[string]any{
			{"type": "TextBlock", "text": "You ordered " + order},
			{"type": "Input.Text", "id": "name", "label": "Your name"},
		},
		"actions": []map[string]any{{"type": "Action.Submit", "title": "Order"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := activity.Message("")
	if err := a.AddCard(card); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Attachments[0].ContentType)
	// Output: application/vnd.microsoft.card.adaptive
}

// A card that was filled in comes back as a message with a value and no text.
func ExampleDecodeValue() {
	a, err := activity.Decode([]byte(`{"type":"message","value":{"name":"Ada"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	form, err := activity.DecodeValue[struct{ Name string }](a)
	fmt.Println(form.Name, err)
	// Output: Ada <nil>
}
