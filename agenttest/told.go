package agenttest

import (
	"fmt"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// told writes an activity of the agent's as lines of a transcript.
func told(a *activity.Activity) []string {
	plain := *a
	plain.ID, plain.Timestamp, plain.ServiceURL, plain.ChannelID = "", "", "", ""
	plain.From, plain.Recipient, plain.Conversation = activity.ChannelAccount{}, activity.ChannelAccount{}, activity.ConversationAccount{}
	plain.ReplyToID, plain.Locale = "", ""
	known := plain
	known.Type, known.Text, known.Name, known.Value, known.Attachments, known.SuggestedActions = "", "", "", nil, nil, nil
	switch rest := encode(&known); {
	case rest != `{"type":""}` && rest != "{}":
	case a.Is(activity.TypeMessage):
		var lines []string
		if a.Text != "" || len(a.Attachments) == 0 {
			lines = append(lines, "bot: "+a.Text)
		}
		return append(lines, cards(a)...)
	case a.Is(activity.TypeTyping) && a.Text == "":
		return []string{"bot typing"}
	case a.Is(activity.TypeEvent):
		return []string{strings.TrimSpace(fmt.Sprintf("bot event %s %s", a.Name, a.Value))}
	}
	return []string{"bot activity " + encode(&plain)}
}

func encode(a *activity.Activity) string {
	raw, err := a.Append(nil)
	if err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	return string(raw)
}

// cards writes the attachments and the suggested actions of a message.
func cards(a *activity.Activity) []string {
	var lines []string
	for _, card := range a.Attachments {
		content := string(card.Content)
		if content == "" {
			content = card.ContentURL
		}
		lines = append(lines, fmt.Sprintf("bot card %s: %s", card.ContentType, content))
	}
	if s := a.SuggestedActions; s != nil {
		var titles []string
		for _, action := range s.Actions {
			titles = append(titles, action.Title)
		}
		lines = append(lines, "bot suggests: "+strings.Join(titles, " | "))
	}
	return lines
}
