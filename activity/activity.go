package activity

import "encoding/json"

// An Activity is one thing that happened in a conversation, or one thing the
// agent wants to happen there. Which fields mean something depends on Type;
// see the Activity schema for each. The zero value of a field is an absent
// one; a field that arrived empty (`"text":""`, `"attachments":[]`) is written
// empty again, and [Extra.Keep] asks for the same on a new activity.
//
// An Activity is plain data. Changing one that several goroutines see needs a
// [Activity.Clone] each.
type Activity struct {
	// Type says what happened: "message", "typing", … (A2010). It is the
	// only field every activity has.
	Type Type `json:"type"`

	// ID names the activity in its conversation. Channels assign it; agents
	// leave it empty (A2031), except to update an activity.
	ID string `json:"id"`

	// Timestamp is when the channel got the activity, in UTC (A2040, A2043).
	Timestamp Time `json:"timestamp"`

	// LocalTimestamp is the sender's clock with its offset (A2050).
	LocalTimestamp Time `json:"localTimestamp"`

	// LocalTimezone is the sender's IANA zone name (A2057).
	LocalTimezone string `json:"localTimezone"`

	// CallerID is set by the adapter from the verified token. What arrives in
	// it is not to be trusted (A2251).
	CallerID string `json:"callerId"`

	// ServiceURL is the base address for calls back into the channel (A2300).
	ServiceURL string `json:"serviceUrl"`

	// ChannelID is the channel as it stands on the wire, such as "msteams".
	// [Activity.Channel] adds the sub-channel.
	ChannelID string `json:"channelId"`

	From         ChannelAccount      `json:"from"`         // who sent it (A2060)
	Conversation ConversationAccount `json:"conversation"` // where (A2080)
	Recipient    ChannelAccount      `json:"recipient"`    // to whom (A2070)

	TextFormat       string                 `json:"textFormat"`       // "plain" (default), "markdown", "xml"
	AttachmentLayout string                 `json:"attachmentLayout"` // "list" (default), "carousel"
	MembersAdded     []ChannelAccount       `json:"membersAdded"`     // conversationUpdate
	MembersRemoved   []ChannelAccount       `json:"membersRemoved"`   // conversationUpdate
	ReactionsAdded   []MessageReaction      `json:"reactionsAdded"`   // messageReaction
	ReactionsRemoved []MessageReaction      `json:"reactionsRemoved"` // messageReaction
	TopicName        string                 `json:"topicName"`        // conversationUpdate
	HistoryDisclosed bool                   `json:"historyDisclosed"` // conversationUpdate, legacy
	Locale           string                 `json:"locale"`           // BCP 47, any value is tolerated (A3021)
	Text             string                 `json:"text"`             // may be empty (A3000)
	Speak            string                 `json:"speak"`            // SSML or text; empty is silence, absent reads Text (A3035)
	InputHint        string                 `json:"inputHint"`        // "acceptingInput", "expectingInput", "ignoringInput"
	Summary          string                 `json:"summary"`          // stands in for attachments a channel cannot show
	SuggestedActions *SuggestedActions      `json:"suggestedActions"`
	Attachments      []Attachment           `json:"attachments"` // in order (A3053)
	Entities         []Entity               `json:"entities"`    // order means nothing; unknown types are kept
	ChannelData      json.RawMessage        `json:"channelData"` // any JSON; what the channel adds of its own (A2200)
	Action           string                 `json:"action"`      // contactRelationUpdate, installationUpdate: "add", "remove", …
	ReplyToID        string                 `json:"replyToId"`   // the activity this one answers, in the same conversation
	Label            string                 `json:"label"`       // trace
	ValueType        string                 `json:"valueType"`   // what shape Value has
	Value            json.RawMessage        `json:"value"`       // any JSON; for event, invoke, trace, …
	Name             string                 `json:"name"`        // event, invoke, command, trace
	RelatesTo        *ConversationReference `json:"relatesTo"`
	Code             string                 `json:"code"`         // endOfConversation
	Expiration       Time                   `json:"expiration"`   // message; UTC
	Importance       string                 `json:"importance"`   // "low", "normal" (default), "high"; Teams also "urgent"
	DeliveryMode     string                 `json:"deliveryMode"` // "normal" (default), "expectReplies", "stream"
	ListenFor        []string               `json:"listenFor"`    // phrases a speech recogniser should expect
	TextHighlights   []TextHighlight        `json:"textHighlights"`
	SemanticAction   *SemanticAction        `json:"semanticAction"`

	Extra
}
