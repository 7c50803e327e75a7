package activity

import (
	"bytes"
	"fmt"

	"github.com/outspoken-go/outspoken/internal/wire"
)

// Extra is embedded in every modelled object and keeps what the object carried
// beyond its fields, so that decoding and encoding lose nothing.
//
// Get and Set reach the members that no field models; Keep makes an empty
// field be written as empty rather than left out. Copying an object copies
// its Extra; changing the copy does not change the original.
type Extra = wire.Extra

// A DecodeError names the field that has the wrong type.
type DecodeError = wire.Error

// The methods below fit encoding/json to package wire.

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ChannelAccount) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ChannelAccount) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x MembershipSource) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *MembershipSource) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationAccount) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationAccount) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x MessageReaction) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *MessageReaction) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TextHighlight) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TextHighlight) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SemanticAction) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SemanticAction) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Activity) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Activity) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Attachment) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Attachment) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SuggestedActions) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SuggestedActions) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x CardAction) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *CardAction) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationReference) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationReference) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Conversation) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Conversation) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationParameters) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationParameters) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationResourceResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationResourceResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ResourceResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ResourceResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x PagedMembers) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *PagedMembers) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Mention) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Mention) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x StreamInfo) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *StreamInfo) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ProductInfo) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ProductInfo) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x InvokeResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *InvokeResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ExpectedReplies) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ExpectedReplies) UnmarshalJSON(data []byte) error { return decode(data, x) }

func decode(data []byte, v any) error {
	if string(data) == "null" {
		return nil // as encoding/json asks of an UnmarshalJSON
	}
	return wire.Unmarshal(bytes.Clone(data), v)
}

// Decode reads one activity from data, which it keeps parts of: do not change
// data afterwards. Of members that stand twice the last counts. A field of the
// wrong type is a [*DecodeError]. It checks syntax and types only; see
// [Activity.Validate].
func Decode(data []byte) (*Activity, error) {
	a := new(Activity)
	if err := wire.Unmarshal(data, a); err != nil {
		return nil, fmt.Errorf("activity: decode: %w", err)
	}
	return a, nil
}

// Append writes the activity as JSON to the end of dst. It fails when an open
// value, such as ChannelData, is not valid JSON.
func (a *Activity) Append(dst []byte) ([]byte, error) { return wire.Append(dst, a) }
