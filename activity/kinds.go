package activity

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Reply is a message that answers a, addressed to the place a came from.
func (a *Activity) Reply(text string) *Activity {
	reply := Message(text)
	ref := a.Reference()
	ref.Apply(reply)
	return reply
}

// Trace is a note for developers; only the emulator shows it. ValueType is the
// Go type of value until you set it.
func Trace(name string, value any) (*Activity, error) {
	a := &Activity{Type: TypeTrace, Name: name}
	if value == nil {
		return a, nil
	}
	a.ValueType = fmt.Sprintf("%T", value)
	return a, a.SetValue(value)
}

// Codes of [EndOfConversation]. Channels define others.
const (
	EndUnknown             = "unknown"
	EndCompleted           = "completedSuccessfully"
	EndUserCancelled       = "userCancelled"
	EndAgentTimedOut       = "botTimedOut"
	EndAgentInvalidMessage = "botIssuedInvalidMessage"
	EndChannelFailed       = "channelFailed"
	EndError               = "error"
)

// EndOfConversation says that the agent is done with the conversation, or with
// its part of it, and why.
func EndOfConversation(code string) *Activity {
	return &Activity{Type: TypeEndOfConversation, Code: code}
}

// Delay is a pause between two sends of one turn. It is never sent itself.
func Delay(d time.Duration) *Activity {
	return &Activity{Type: TypeDelay, Value: fmt.Appendf(nil, "%d", d.Milliseconds())}
}

// Names of handing-off events, and states of a [HandoffStatus].
const (
	EventHandoffInitiate = "handoff.initiate"
	EventHandoffStatus   = "handoff.status"

	HandoffAccepted  = "accepted"
	HandoffFailed    = "failed"
	HandoffCompleted = "completed"
)

// HandoffInitiation asks the channel of a to hand its conversation to a
// person. Context is what the channel needs to choose one, in the channel's
// own words; transcript is what was said so far, or nil. (activity-and-turns 7)
func (a *Activity) HandoffInitiation(context any, transcript *Transcript) (*Activity, error) {
	ref := a.Reference()
	event, err := Event(EventHandoffInitiate, context)
	if err != nil {
		return nil, err
	}
	event.ID = uuid.NewString()
	event.RelatesTo = &ref
	ref.Apply(event)
	if transcript != nil {
		raw, err := transcript.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("activity: transcript: %w", err)
		}
		event.Attachments = []Attachment{{ContentType: "application/json", Content: raw, Name: "Transcript"}}
	}
	return event, nil
}

// Event is the event that says how a hand-off is going.
func (s HandoffStatus) Event() (*Activity, error) { return Event(EventHandoffStatus, s) }

// Activity is the form in which a response stands in a list of activities.
func (r InvokeResponse) Activity() (*Activity, error) {
	a := &Activity{Type: TypeInvokeResponse}
	return a, a.SetValue(r)
}
