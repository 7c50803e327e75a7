package playground

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// warned adds to a record what the channel of its conversation cannot show, and
// activity types that look misspelt.
func (p *Playground) warned(ctx context.Context, rec Record) Record {
	if a, err := activity.Decode(rec.Activity); err == nil && unknown(a) {
		rec.Warnings = append(rec.Warnings, fmt.Sprintf("The protocol has no activity type %q. Unless it is one of your own, it is misspelt.", a.Type))
	}
	for _, a := range said(rec) {
		channel, kind := a.ChannelID, a.Conversation.ConversationType
		if info, err := p.channel.Info(ctx, rec.Conversation); err == nil {
			channel, kind = info.ChannelID, info.Kind
		}
		op := rec.Op
		if rec.ToAgent {
			op = opSend
		}
		if channel != "" {
			rec.Warnings = append(rec.Warnings, warnings(op, a, channel, kind)...)
		}
	}
	return rec
}

// types are those of the protocol.
var types = []activity.Type{
	activity.TypeMessage, activity.TypeMessageUpdate, activity.TypeMessageDelete, activity.TypeMessageReaction,
	activity.TypeConversationUpdate, activity.TypeContactRelationUpdate, activity.TypeEndOfConversation,
	activity.TypeEvent, activity.TypeInvoke, activity.TypeInvokeResponse, activity.TypeInstallationUpdate,
	activity.TypeTyping, activity.TypeTrace, activity.TypeHandoff, activity.TypeSuggestion,
	activity.TypeCommand, activity.TypeCommandResult, activity.TypeDeleteUserData, activity.TypeDelay,
}

// unknown reports whether an activity has a type that the protocol does not
// know. Such are legal (A2012), and mostly a mistake.
func unknown(a *activity.Activity) bool { return a.Type != "" && !slices.ContainsFunc(types, a.Is) }

// said are the activities of the agent in an exchange: the one that it sent, an
// empty one for a deletion, or its expected replies.
func said(rec Record) []*activity.Activity {
	a, err := activity.Decode(rec.Activity)
	switch {
	case !rec.ToAgent && err != nil:
		return []*activity.Activity{{}}
	case !rec.ToAgent:
		return []*activity.Activity{a}
	case err != nil || !a.HasDeliveryMode(activity.DeliverExpectReplies):
		return nil
	}
	var replies activity.ExpectedReplies
	if json.Unmarshal(rec.Answer, &replies) != nil {
		return nil
	}
	var list []*activity.Activity
	for i := range replies.Activities {
		list = append(list, &replies.Activities[i])
	}
	return list
}

// warnings compares what an agent does with what [activity.Capabilities] knows
// of the channel.
func warnings(op string, a *activity.Activity, channel, kind string) []string {
	can := activity.Capabilities(channel)
	var list []string
	warn := func(unless bool, format string, args ...any) {
		if !unless {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	switch op {
	case "update":
		warn(can.Updates, "%s does not change what was sent: people go on seeing the old message.", channel)
	case "delete":
		warn(can.Deletes, "%s does not take back what was sent: people go on seeing it.", channel)
	}
	if a.SuggestedActions != nil {
		n := len(a.SuggestedActions.Actions)
		personal := kind == "" || strings.EqualFold(kind, "personal")
		switch {
		case n == 0:
		case can.SuggestedActions == 0:
			warn(false, "%s shows no suggested actions.", channel)
		case can.SuggestedActionsPersonal && !personal:
			warn(false, "%s shows suggested actions in personal conversations only.", channel)
		default:
			warn(n <= can.SuggestedActions, "%s shows %d suggested actions, and this has %d.", channel, can.SuggestedActions, n)
		}
	}
	for _, att := range a.Attachments {
		n := buttons(att)
		if can.CardActions == 0 {
			warn(n == 0, "%s shows no buttons on cards.", channel)
		} else {
			warn(n <= can.CardActions, "%s shows %d buttons on a card, and this has %d.", channel, can.CardActions, n)
		}
	}
	_, streamed := a.StreamInfo()
	warn(!streamed || can.Streams(), "%s does not show answers while they are written; send one message.", channel)
	warn(streamed || !a.Is(activity.TypeTyping) || can.Typing, "%s does not show that the agent is typing.", channel)
	warn(!a.Is(activity.TypeTrace) || strings.EqualFold(channel, activity.ChannelEmulator), "%s drops traces; they reach the emulator only.", channel)
	return list
}

// buttons counts those of a card: buttons in the older cards, actions in
// Adaptive Cards.
func buttons(att activity.Attachment) int {
	var card struct {
		Buttons []json.RawMessage `json:"buttons"`
		Actions []json.RawMessage `json:"actions"`
	}
	if json.Unmarshal(att.Content, &card) != nil {
		return 0 // no card, or its own mistake
	}
	return cmp.Or(len(card.Buttons), len(card.Actions))
}
