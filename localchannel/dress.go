package localchannel

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// dress adds to an activity for the agent what the conversation's channel adds.
// What is there already stays.
func (c *Channel) dress(conv *conversation, a *activity.Activity) error {
	r := &conv.record
	a.Locale = cmp.Or(a.Locale, r.Locale)
	if !r.teams() {
		return nil
	}
	a.From = conv.fullAccount(a.From)
	a.Locale = cmp.Or(a.Locale, "en-US")
	if a.Is(activity.TypeMessage) {
		a.TextFormat = cmp.Or(a.TextFormat, "plain")
		if mention := activity.NewMention(c.agentAccount(conv)); strings.Contains(a.Text, mention.Text) && !a.IsMentioned(mention.Mentioned.ID) {
			if err := a.AddEntity(mention); err != nil {
				return err
			}
		}
	}
	if !hasEntity(a, activity.EntityClientInfo) {
		_, country, _ := strings.Cut(a.Locale, "-")
		if err := a.AddEntity(activity.ClientInfo{Type: activity.EntityClientInfo, Locale: a.Locale, Country: country, Platform: "Web", Timezone: "UTC"}); err != nil {
			return err
		}
	}
	facts := []fact{{"tenant", idObject(r.Tenant)}}
	if r.Kind == kindChannel {
		facts = append(facts, fact{"team", idObject(r.Team)}, fact{"channel", idObject(r.thread())})
		if event := teamEvent(a); event != nil {
			facts = append(facts, fact{"eventType", event})
		}
	}
	a.ChannelData = withFacts(a.ChannelData, facts...)
	return nil
}

// fullAccount is the sender of an activity with what Teams knows of it.
func (conv *conversation) fullAccount(from activity.ChannelAccount) activity.ChannelAccount {
	if member, ok := conv.member(from.ID); ok {
		from.Name, from.AADObjectID = cmp.Or(from.Name, member.Name), cmp.Or(from.AADObjectID, entraID(member))
	}
	from.AADObjectID = cmp.Or(from.AADObjectID, entraID(from))
	return from
}

// teamEvent is what Teams calls a conversationUpdate about members of a team.
func teamEvent(a *activity.Activity) json.RawMessage {
	switch {
	case len(a.MembersAdded) > 0:
		return json.RawMessage(`"teamMemberAdded"`)
	case len(a.MembersRemoved) > 0:
		return json.RawMessage(`"teamMemberRemoved"`)
	}
	return nil
}

// capabilities is the entity that Web Chat puts on messages.
var capabilities = activity.Entity(`{"requiresBotState":true,"supportsListening":true,"supportsTts":true,"type":"ClientCapabilities"}`)

// dressAsClient adds to an activity what Web Chat would, had somebody written
// the activity there.
func dressAsClient(conv *conversation, a *activity.Activity) {
	switch conv.record.Channel {
	case activity.ChannelWebChat, activity.ChannelDirectLine, activity.ChannelEmulator:
		if a.Is(activity.TypeMessage) && !hasEntity(a, "ClientCapabilities") {
			a.Entities = append(slices.Clip(a.Entities), slices.Clone(capabilities))
		}
	}
}

func hasEntity(a *activity.Activity, typ string) bool {
	return slices.ContainsFunc(a.Entities, func(e activity.Entity) bool { return e.Is(typ) })
}

func idObject(id string) json.RawMessage {
	value, err := json.Marshal(struct {
		ID string `json:"id"`
	}{id})
	if err != nil {
		panic("localchannel: " + err.Error()) // a string
	}
	return value
}
