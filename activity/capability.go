package activity

import (
	"strings"
	"time"
)

// CapabilitiesVersion is the day on which the table behind [Capabilities] was
// last compared with the channels' documentation.
const CapabilitiesVersion = "2026-11-20"

// A Capability is what a channel can show and do. The zero value is a channel
// that takes messages of text and nothing else.
type Capability struct {
	// SuggestedActions is the number of suggested actions shown; 0 means none.
	SuggestedActions int

	// SuggestedActionsPersonal limits them to conversations with one person.
	SuggestedActionsPersonal bool

	// CardActions is the number of buttons shown on a card; 0 means none.
	CardActions int

	// StreamInterval is the time to leave between the parts of a streamed
	// answer; 0 means that the channel does not stream, so send one message.
	StreamInterval time.Duration

	// Typing, Updates and Deletes say whether the channel shows that the agent
	// is typing, and lets it change and remove what it sent.
	Typing, Updates, Deletes bool
}

// Streams reports whether the channel shows answers while they are written.
func (c Capability) Streams() bool { return c.StreamInterval > 0 }

// capabilities: counts from dialogs 7.3, streaming from proactive-hosting-auth
// 4.6, the rest from the Bot Framework channels reference and the channels'
// own documentation. Where they leave doubt, the answer is no.
var capabilities = map[string]Capability{
	ChannelTeams:            {SuggestedActions: 3, SuggestedActionsPersonal: true, CardActions: 50, StreamInterval: time.Second, Typing: true, Updates: true, Deletes: true},
	ChannelWebChat:          {SuggestedActions: 100, CardActions: 100, StreamInterval: 500 * time.Millisecond, Typing: true},
	ChannelDirectLine:       {SuggestedActions: 100, CardActions: 100, StreamInterval: 500 * time.Millisecond, Typing: true},
	ChannelEmulator:         {SuggestedActions: 100, CardActions: 100, StreamInterval: 500 * time.Millisecond, Typing: true, Updates: true, Deletes: true},
	ChannelDirectLineSpeech: {SuggestedActions: 100, CardActions: 100},
	ChannelTelegram:         {SuggestedActions: 100, CardActions: 100, Typing: true, Updates: true, Deletes: true},
	ChannelSlack:            {CardActions: 100, Updates: true, Deletes: true},
	ChannelFacebook:         {SuggestedActions: 10, CardActions: 3, Typing: true},
	ChannelSkype:            {SuggestedActions: 10, CardActions: 3, Typing: true},
	ChannelLine:             {SuggestedActions: 13, CardActions: 99},
	ChannelKik:              {SuggestedActions: 20, Typing: true},
	ChannelCortana:          {CardActions: 100},
}

// Capabilities tells what a channel can do, whatever its sub-channel. Of
// channels it does not know it expects text only.
func Capabilities(channel string) Capability {
	base, _ := SplitChannel(channel)
	return capabilities[strings.ToLower(base)]
}

// ShowsSuggestedActions reports whether the place a came from shows n
// suggested actions.
func (a *Activity) ShowsSuggestedActions(n int) bool {
	c := Capabilities(a.ChannelID)
	personal := strings.EqualFold(a.Conversation.ConversationType, "personal")
	return n <= c.SuggestedActions && (personal || !c.SuggestedActionsPersonal)
}
