package activity

import "encoding/json"

// A ConversationReference is a place in a channel that an activity came from,
// and that others can be sent to.
type ConversationReference struct {
	// ActivityID is the activity that a message sent there answers.
	ActivityID string `json:"activityId"`

	User ChannelAccount `json:"user"`

	// Agent is the agent's own account. Its name on the wire is "bot"; the
	// "agent" that the JavaScript SDK stores is read as well, and kept.
	Agent ChannelAccount `json:"bot" alias:"agent"`

	Conversation ConversationAccount `json:"conversation"`

	// ChannelID includes the sub-channel, as in "msteams:COPILOT".
	ChannelID    string `json:"channelId"`
	ServiceURL   string `json:"serviceUrl"`
	Locale       string `json:"locale"`
	RequestID    string `json:"requestId"`
	DeliveryMode string `json:"deliveryMode"`

	Extra
}

// A Conversation is an address that outlives the turn it was taken from: where
// to send, and as whom. It is plain data, holds no token and marshals to the
// JSON that the other SDKs read and write. (proactive-hosting-auth 2.1)
type Conversation struct {
	Reference ConversationReference `json:"reference"`

	// Claims tell which agent (aud) the conversation belongs to and who the
	// caller was; see [Identity].
	Claims map[string]string `json:"claims"`

	// ActivityContext links the trace of the turn that stored the
	// conversation; other SDKs write it.
	ActivityContext json.RawMessage `json:"activityContext"`

	Extra
}

// Identity is the identity that the conversation was met with.
func (c *Conversation) Identity() Identity { return Identity{Claims: c.Claims} }

// ConversationParameters ask a channel for a new conversation.
type ConversationParameters struct {
	IsGroup     *bool            `json:"isGroup"` // nil lets the channel decide
	Agent       ChannelAccount   `json:"bot" alias:"agent"`
	Members     []ChannelAccount `json:"members"`
	TopicName   string           `json:"topicName"`
	TenantID    string           `json:"tenantId"`
	Activity    *Activity        `json:"activity"` // the first message, sent by the channel
	ChannelData json.RawMessage  `json:"channelData"`

	Extra
}

// A ConversationResourceResponse is a channel's answer to [ConversationParameters].
type ConversationResourceResponse struct {
	ID         string `json:"id"`
	ActivityID string `json:"activityId"` // of the first message, if one was given
	ServiceURL string `json:"serviceUrl"`

	Extra
}

// A ResourceResponse names what a channel made, usually an activity.
type ResourceResponse struct {
	ID string `json:"id"`

	Extra
}

// PagedMembers is one page of the members of a conversation.
type PagedMembers struct {
	Members           []ChannelAccount `json:"members"`
	ContinuationToken string           `json:"continuationToken"` // "" on the last page

	Extra
}
