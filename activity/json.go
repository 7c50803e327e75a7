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

// Append writes the activity as one line of JSON to the end of dst. It fails
// when an open value, such as ChannelData, is not valid JSON.
func (a *Activity) Append(dst []byte) ([]byte, error) { return wire.Append(dst, a) }
