package activity

import (
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/outspoken-go/outspoken/internal/wire"
)

// Message is a message that says text. Set further fields as needed; where it
// goes is filled in when it is sent.
func Message(text string) *Activity { return &Activity{Type: TypeMessage, Text: text} }

// Typing shows the user that an answer is being prepared.
func Typing() *Activity { return &Activity{Type: TypeTyping} }

// Event is a named notification for a program rather than a person. A nil
// value is left out; otherwise it fails when value cannot be written as JSON.
func Event(name string, value any) (*Activity, error) {
	a := &Activity{Type: TypeEvent, Name: name}
	if value == nil {
		return a, nil
	}
	return a, a.SetValue(value)
}

// Clone copies the activity so that the copy shares nothing with it that
// either may change.
func (a *Activity) Clone() *Activity { return wire.Clone(a) }

// SetValue stores v as JSON in Value. It fails when v cannot be written as JSON.
func (a *Activity) SetValue(v any) error {
	raw, err := wire.JSON(v)
	if err != nil {
		return fmt.Errorf("activity: value: %w", err)
	}
	a.Value = raw
	return nil
}

// SetChannelData stores v as JSON in ChannelData. It fails when v cannot be
// written as JSON.
func (a *Activity) SetChannelData(v any) error {
	raw, err := wire.JSON(v)
	if err != nil {
		return fmt.Errorf("activity: channel data: %w", err)
	}
	a.ChannelData = raw
	return nil
}

// DecodeValue reads Value as a T. It fails when there is no value or when it
// does not fit. A value that is a string holding JSON is not looked into; see
// [Unpack].
func DecodeValue[T any](a *Activity) (T, error) { return decodeOpen[T]("value", a.Value) }

// DecodeChannelData reads ChannelData as a T. It fails when there is none or
// when it does not fit.
func DecodeChannelData[T any](a *Activity) (T, error) {
	return decodeOpen[T]("channelData", a.ChannelData)
}

func decodeOpen[T any](field string, raw json.RawMessage) (T, error) {
	var v T
	if len(raw) == 0 {
		return v, fmt.Errorf("activity: %w: there is no %s", ErrInvalid, field)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("activity: %w: %s: %w", ErrInvalid, field, err)
	}
	return v, nil
}

// Unpack returns the JSON inside raw if raw is a string that holds a JSON
// object or list, as some senders wrap what belongs in Value or ChannelData;
// anything else it returns as it is. Decoding never does this on its own.
func Unpack(raw json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return raw
	}
	inner := json.RawMessage(s)
	if k := jsontext.Value(inner).Kind(); (k == '{' || k == '[') && json.Valid(inner) {
		return inner
	}
	return raw
}
