package activity

import "strings"

// A Type is the kind of an [Activity]. Compare with [Activity.Is], which
// ignores case, since some channels write "Invoke".
type Type string

// The activity types of the protocol. Custom types are legal (A2012).
const (
	TypeMessage               Type = "message"
	TypeMessageUpdate         Type = "messageUpdate"
	TypeMessageDelete         Type = "messageDelete"
	TypeMessageReaction       Type = "messageReaction"
	TypeConversationUpdate    Type = "conversationUpdate"
	TypeContactRelationUpdate Type = "contactRelationUpdate"
	TypeEndOfConversation     Type = "endOfConversation"
	TypeEvent                 Type = "event"
	TypeInvoke                Type = "invoke"
	TypeInvokeResponse        Type = "invokeResponse" // never sent to a channel; see [InvokeResponse]
	TypeInstallationUpdate    Type = "installationUpdate"
	TypeTyping                Type = "typing"
	TypeTrace                 Type = "trace"
	TypeHandoff               Type = "handoff"
	TypeSuggestion            Type = "suggestion"
	TypeCommand               Type = "command"
	TypeCommandResult         Type = "commandResult"
	TypeDeleteUserData        Type = "deleteUserData"
	TypeDelay                 Type = "delay" // a pause between sends; handled by the adapter, never sent
)

// Delivery modes: how the sender of an activity wants the replies.
const (
	DeliverNormal        = "normal"        // as calls to the channel
	DeliverExpectReplies = "expectReplies" // all together in the HTTP response
	DeliverStream        = "stream"        // one by one in the HTTP response
)

// Names of events that SDKs send to themselves to start a proactive turn.
const (
	EventContinueConversation = "ContinueConversation"
	EventCreateConversation   = "CreateConversation"
)

// ValueTypeContinueConversation is the ValueType of a value that a proactive
// turn was started with. (proactive-hosting-auth 1.5)
const ValueTypeContinueConversation = "application/vnd.microsoft.activity.continueconversation+json"

// Is reports whether the activity has type t, ignoring case.
func (a *Activity) Is(t Type) bool {
	return a.Type == t || strings.EqualFold(string(a.Type), string(t))
}

// HasDeliveryMode reports whether the activity asks for mode, ignoring case.
func (a *Activity) HasDeliveryMode(mode string) bool { return strings.EqualFold(a.DeliveryMode, mode) }
