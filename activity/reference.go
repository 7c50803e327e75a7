package activity

import (
	"cmp"

	"github.com/google/uuid"
)

// Reference is the place the activity came from, seen from its receiver: user
// is the sender, agent the recipient. It carries no delivery mode, since
// messages sent later do not belong to the request this one came with.
func (a *Activity) Reference() ConversationReference {
	return ConversationReference{
		ActivityID:   a.replyTarget(),
		User:         a.From,
		Agent:        a.Recipient,
		Conversation: a.Conversation,
		ChannelID:    a.Channel(),
		ServiceURL:   a.ServiceURL,
		Locale:       a.Locale,
	}
}

// replyTarget is the id that an answer names: none for a conversation update
// of Direct Line, which cannot be answered. (activity-and-turns 7, rule R)
func (a *Activity) replyTarget() string {
	if a.Is(TypeConversationUpdate) && (a.OnChannel(ChannelDirectLine) || a.OnChannel(ChannelWebChat)) {
		return ""
	}
	return a.ID
}

// IsContinuation reports whether the activity starts a proactive turn, as made
// by [ConversationReference.Continuation] or CreateContinuation.
func (a *Activity) IsContinuation() bool {
	return a.Is(TypeEvent) && (a.Name == EventContinueConversation || a.Name == EventCreateConversation)
}

// Apply addresses an activity of the agent's to this place: channel,
// conversation, sender and receiver, what it replies to unless it says so
// itself, and the locale unless it has one. A targeted activity keeps its own
// recipient. The delivery mode is cleared; the id is left to the caller.
// (activity-and-turns 7)
func (r *ConversationReference) Apply(a *Activity) {
	a.SetChannel(r.ChannelID)
	a.ServiceURL = r.ServiceURL
	a.Conversation = r.Conversation
	a.From = r.Agent
	if a.Recipient.ID == "" || !a.IsTargeted() {
		a.Recipient = r.User
	}
	a.ReplyToID = cmp.Or(a.ReplyToID, r.ActivityID)
	a.Locale = cmp.Or(a.Locale, r.Locale)
	a.DeliveryMode = ""
}

// Continuation is the event that starts a proactive turn at this place, as if
// the user had sent it. It gets the id of the referenced activity, or a new one.
func (r *ConversationReference) Continuation() *Activity {
	a := r.event(EventContinueConversation)
	a.ID = cmp.Or(r.ActivityID, uuid.NewString())
	return a
}

// CreateContinuation is the event that starts the first turn of a conversation
// that the agent created. It has no id.
func (r *ConversationReference) CreateContinuation() *Activity {
	a := r.event(EventCreateConversation)
	if a.From.ID == "" {
		a.From = r.Agent
	}
	return a
}

func (r *ConversationReference) event(name string) *Activity {
	ref := *r
	a := &Activity{
		Type: TypeEvent, Name: name, ServiceURL: r.ServiceURL, Locale: r.Locale,
		From: r.User, Recipient: r.Agent, Conversation: r.Conversation, RelatesTo: &ref,
	}
	a.SetChannel(r.ChannelID)
	return a
}
