package activity

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outspoken-go/outspoken/internal/wire"
)

// An Entity is a piece of metadata on an activity: JSON whose member "type"
// says what it is. Entities of unknown type, and even malformed ones, are kept
// as they arrived (A2105).
type Entity json.RawMessage

// NewEntity makes an entity of v, usually one of the entity types of this
// package. It fails when v is not an object with a type.
func NewEntity(v any) (Entity, error) {
	raw, err := wire.JSON(v)
	if err != nil {
		return nil, fmt.Errorf("activity: entity: %w", err)
	}
	if Entity(raw).Type() == "" {
		return nil, fmt.Errorf("activity: entity: %w: %T has no type", ErrInvalid, v)
	}
	return raw, nil
}

// Type is the entity's type, or "" when it has none.
func (e Entity) Type() string { return wire.Text(e, "type") }

// Is reports whether the entity has the type, ignoring case.
func (e Entity) Is(typ string) bool { return strings.EqualFold(e.Type(), typ) }

// Decode stores the entity in v, such as a *[Mention].
func (e Entity) Decode(v any) error {
	if err := json.Unmarshal(e, v); err != nil {
		return fmt.Errorf("activity: %w: %s entity: %w", ErrInvalid, e.Type(), err)
	}
	return nil
}

// MarshalJSON returns the entity as it is.
func (e Entity) MarshalJSON() ([]byte, error) {
	if len(e) == 0 {
		return []byte("null"), nil
	}
	return e, nil
}

// UnmarshalJSON keeps a copy of data.
func (e *Entity) UnmarshalJSON(data []byte) error {
	*e = Entity(jsontext.Value(data).Clone())
	return nil
}

// Types of entities. Channels make up others.
const (
	EntityMention           = "mention"
	EntityClientInfo        = "clientInfo"
	EntityStreamInfo        = "streaminfo"
	EntityAI                = "https://schema.org/Message"
	EntityProductInfo       = "ProductInfo"
	EntityActivityTreatment = "activityTreatment"
	EntityGeoCoordinates    = "GeoCoordinates"
	EntityPlace             = "Place"
	EntityThing             = "Thing"
)

// A Mention says that part of the text names an account.
type Mention struct {
	Type      string         `json:"type"` // [EntityMention]
	Mentioned ChannelAccount `json:"mentioned"`
	Text      string         `json:"text"` // the part, usually "<at>Name</at>"

	Extra
}

// StreamInfo marks an activity as a part of a streamed answer. An activity
// with more than one counts as having none (A9246).
type StreamInfo struct {
	Type           string `json:"type"` // [EntityStreamInfo]
	StreamID       string `json:"streamId"`
	StreamType     string `json:"streamType"`     // "informative", "streaming" (default), "final"
	StreamSequence int    `json:"streamSequence"` // from 1; absent on the final one
	StreamResult   string `json:"streamResult"`   // "success", "timeout", "error"

	Extra
}

// ProductInfo carries the sub-channel on the wire; see [Activity.Channel].
type ProductInfo struct {
	Type string `json:"type"` // [EntityProductInfo]
	ID   string `json:"id"`

	Extra
}
