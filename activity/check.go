package activity

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Check lists all that is wrong with an activity from a channel: what
// [Activity.Validate] refuses, and advice on what is legal but odd. It takes
// its time and is meant for tests, tools and logs.
func (a *Activity) Check() Findings {
	fs, _ := a.Validate().(Findings)
	advise := func(rule, path, message string) {
		fs = append(fs, Finding{rule, path, message, SeverityAdvice})
	}
	if a.Recipient.ID == "" {
		advise("A2070", "recipient.id", "is missing")
	}
	if a.Is(TypeInvoke) && a.Name == "" && a.OnChannel(ChannelTeams) {
		advise("A5401", "name", "is missing; Teams leaves it out when a card is pressed")
	}
	if a.HasDeliveryMode(DeliverExpectReplies) && a.From.HasRole(RoleAgent) {
		advise("A3116", "deliveryMode", "is expectReplies, which agents should not ask of channels")
	}
	for i, att := range a.Attachments {
		if len(att.Content) > 0 && att.ContentURL != "" {
			advise("A7100", fmt.Sprintf("attachments[%d]", i), "has both content and contentUrl")
		}
	}
	members := map[string]bool{}
	for _, list := range [][]ChannelAccount{a.MembersAdded, a.MembersRemoved} {
		for _, m := range list {
			if members[m.ID] {
				advise("A4101", "membersAdded, membersRemoved", "name one account twice")
			}
			members[m.ID] = true
		}
	}
	streams := 0
	entities := map[string]bool{}
	for i, e := range a.Entities {
		canonical := jsontext.Value(bytes.Clone(e))
		if canonical.Format(jsontext.ReorderRawObjects(true)) == nil && entities[string(canonical)] {
			advise("A2102", fmt.Sprintf("entities[%d]", i), "repeats another entity")
		}
		entities[string(canonical)] = true
		if e.Is(EntityStreamInfo) {
			streams++
		}
	}
	if streams > 1 {
		advise("A9246", "entities", "hold more than one streaminfo, so all are ignored")
	}
	return fs
}
