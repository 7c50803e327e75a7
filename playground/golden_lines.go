package playground

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// The lines of a golden, as package agenttest writes them.

// act is the line of what a user did.
func (g *golden) act(in *activity.Activity) string {
	a := g.bare(in)
	rest := *a
	rest.Type, rest.Text, rest.Name, rest.Value, rest.Action, rest.ReplyToID, rest.ReactionsAdded = "", "", "", nil, "", "", nil
	if empty(&rest) {
		switch {
		case a.Is(activity.TypeMessage) && a.Value == nil && a.Name == "":
			return "user: " + a.Text
		case a.Is(activity.TypeInstallationUpdate) && a.Action == "add":
			return "user installs"
		case a.Is(activity.TypeInstallationUpdate) && a.Action == "remove":
			return "user uninstalls"
		case a.Is(activity.TypeMessageReaction) && len(a.ReactionsAdded) == 1 && a.ReplyToID != "" && !strings.Contains(a.ReactionsAdded[0].Type, " "):
			return "user reacts " + a.ReactionsAdded[0].Type + " " + a.ReplyToID
		case a.Is(activity.TypeEvent) && named(a):
			return strings.TrimSpace("user event " + a.Name + " " + string(a.Value))
		case a.Is(activity.TypeInvoke) && named(a):
			return strings.TrimSpace("invoke " + a.Name + " " + string(a.Value))
		}
	}
	return "user activity " + spell(a)
}

func named(a *activity.Activity) bool {
	return a.Name != "" && !strings.ContainsAny(a.Name, " \n") && a.Text == ""
}

// bare is an activity without what a test fills in, and without what only
// channels and clients add.
func (g *golden) bare(in *activity.Activity) *activity.Activity {
	a := in.Clone()
	a.ID, a.Timestamp, a.LocalTimestamp, a.LocalTimezone = "", "", "", ""
	a.ServiceURL, a.ChannelID, a.Locale = "", "", ""
	a.Recipient, a.Conversation = activity.ChannelAccount{}, activity.ConversationAccount{}
	if a.TextFormat == "plain" {
		a.TextFormat = ""
	}
	if a.Is(activity.TypeMessage) {
		a.ReplyToID, a.InputHint = "", ""
	}
	if a.From.ID == g.user || a.From.ID == "" || a.Is(activity.TypeConversationUpdate) {
		a.From = activity.ChannelAccount{}
	}
	for i := range a.MembersAdded {
		g.rename(&a.MembersAdded[i])
	}
	for i := range a.MembersRemoved {
		g.rename(&a.MembersRemoved[i])
	}
	a.Entities = without(a.Entities, activity.EntityClientInfo, "ClientCapabilities")
	var data map[string]json.RawMessage
	if json.Unmarshal(a.ChannelData, &data) == nil {
		for _, name := range []string{"clientActivityID", "clientTimestamp", "tenant", "webChat"} {
			delete(data, name)
		}
		if len(data) == 0 {
			a.ChannelData = nil
		}
	}
	a.Extra = activity.Extra{}
	return a
}

func (g *golden) rename(m *activity.ChannelAccount) {
	name := m.Name
	switch m.ID {
	case g.user:
		*m = activity.ChannelAccount{ID: "user", Name: name}
	case g.agent:
		*m = activity.ChannelAccount{ID: "agent", Name: name}
	}
}

// told is what the agent did as lines; of what was refused they begin with why.
func told(rec Record) []string {
	a := decoded(rec)
	var lines []string
	switch rec.Op {
	case opSend:
		lines = answer(a)
	case opUpdate:
		lines = append(lines, "bot updates "+cmp.Or(rec.ActivityID, a.ID)+": "+a.Text)
		lines = append(lines, cards(a)...)
	case opDelete:
		lines = append(lines, "bot deletes "+cmp.Or(rec.ActivityID, a.ID))
	}
	if !rec.done() {
		for i, line := range lines {
			lines[i] = fmt.Sprintf("Refused with %d (%s): %s", rec.Status, rec.Error, line)
		}
	}
	return lines
}

// decoded is the activity of an exchange, an empty one if there is none.
func decoded(rec Record) *activity.Activity {
	a, err := activity.Decode(rec.Activity)
	if err != nil {
		return new(activity.Activity)
	}
	return a
}

// answer is an activity of the agent as lines: what agenttest does not tell
// apart is left out.
func answer(in *activity.Activity) []string {
	a := *in
	a.ID, a.Timestamp, a.LocalTimestamp, a.ServiceURL, a.ChannelID, a.ReplyToID, a.Locale = "", "", "", "", "", "", ""
	a.From, a.Recipient, a.Conversation = activity.ChannelAccount{}, activity.ChannelAccount{}, activity.ConversationAccount{}
	if _, streamed := a.StreamInfo(); streamed {
		a.ChannelData = unstreamed(a.ChannelData)
		a.Entities = without(a.Entities, activity.EntityStreamInfo)
	}
	rest := a
	rest.Type, rest.Text, rest.Name, rest.Value, rest.Attachments, rest.SuggestedActions = "", "", "", nil, nil, nil
	if empty(&rest) {
		switch {
		case a.Is(activity.TypeMessage):
			var lines []string
			if a.Text != "" || len(a.Attachments) == 0 {
				lines = append(lines, "bot: "+a.Text)
			}
			return append(lines, cards(&a)...)
		case a.Is(activity.TypeTyping) && a.Text == "":
			return []string{"bot typing"}
		case a.Is(activity.TypeEvent):
			return []string{strings.TrimSpace("bot event " + a.Name + " " + string(a.Value))}
		}
	}
	return []string{"bot activity " + spell(&a)}
}

// cards are the lines of attachments and suggested actions.
func cards(a *activity.Activity) []string {
	var lines []string
	for _, att := range a.Attachments {
		lines = append(lines, "bot card "+att.ContentType+": "+cmp.Or(string(att.Content), att.ContentURL))
	}
	if a.SuggestedActions != nil {
		var titles []string
		for _, action := range a.SuggestedActions.Actions {
			titles = append(titles, action.Title)
		}
		lines = append(lines, "bot suggests: "+strings.Join(titles, " | "))
	}
	return lines
}

// unstreamed is channel data without what the channel copies there for clients
// (directline 5).
func unstreamed(channelData json.RawMessage) json.RawMessage {
	var data map[string]json.RawMessage
	if json.Unmarshal(channelData, &data) != nil {
		return channelData
	}
	for _, name := range []string{"streamId", "streamType", "streamSequence"} {
		delete(data, name)
	}
	if len(data) == 0 {
		return nil
	}
	rest, _ := json.Marshal(data) // it just came from JSON
	return rest
}

// without are the entities that have none of the types.
func without(entities []activity.Entity, types ...string) []activity.Entity {
	var rest []activity.Entity
	for _, e := range entities {
		if !slices.ContainsFunc(types, e.Is) {
			rest = append(rest, e)
		}
	}
	return rest
}

func empty(a *activity.Activity) bool {
	s := spell(a)
	return s == "{}" || s == `{"type":""}`
}

func spell(a *activity.Activity) string {
	raw, err := a.Append(nil)
	if err != nil {
		return "{}" // it was decoded, so it can be encoded
	}
	return string(raw)
}
