package showcase

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

const kitCard = `{
  "type": "AdaptiveCard",
  "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
  "version": "1.5",
  "body": [
    {"type": "TextBlock", "text": "Kit card title", "size": "Medium", "weight": "Bolder", "wrap": true},
    {"type": "Input.Text", "id": "note", "label": "Note", "placeholder": "Say something"}
  ],
  "actions": [
    {"type": "Action.Submit", "title": "Kit submit", "data": {"kit": "submit"}}
  ]
}`

func card(ctx context.Context, t *agent.Turn) error {
	m := activity.Message("")
	if err := m.AddCard(activity.AdaptiveCard(kitCard)); err != nil {
		return err
	}
	_, err := t.Send(ctx, m)
	return err
}

func suggest(ctx context.Context, t *agent.Turn) error {
	m := activity.Message("Pick a colour")
	m.SuggestedActions = activity.Suggest("Red", "Blue")
	_, err := t.Send(ctx, m)
	return err
}
