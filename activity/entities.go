package activity

import (
	"encoding/json"
	"fmt"
)

// AddEntity appends v, usually one of the entity types of this package. It
// fails when v is not an object with a type.
func (a *Activity) AddEntity(v any) error {
	e, err := NewEntity(v)
	if err != nil {
		return err
	}
	a.Entities = append(a.Entities[:len(a.Entities):len(a.Entities)], e)
	return nil
}

// StreamInfo is the activity's place in a streamed answer, if it has exactly
// one such entity (A9246).
func (a *Activity) StreamInfo() (StreamInfo, bool) {
	var info StreamInfo
	found := 0
	for _, e := range a.Entities {
		if e.Is(EntityStreamInfo) {
			if found++; e.Decode(&info) != nil {
				return StreamInfo{}, false
			}
		}
	}
	if found != 1 {
		return StreamInfo{}, false
	}
	return info, true
}

// Types and results of a part of a streamed answer, for [StreamInfo].
const (
	StreamInformative = "informative" // what the agent is doing; not part of the answer
	StreamStreaming   = "streaming"   // all of the answer so far
	StreamFinal       = "final"       // the answer

	StreamSuccess = "success"
	StreamTimeout = "timeout"
	StreamError   = "error"
)

// TreatmentTargeted is the treatment of an activity for one person's eyes.
const TreatmentTargeted = "targeted"

// IsTargeted reports whether only the recipient is to see the activity.
func (a *Activity) IsTargeted() bool {
	for _, e := range a.Entities {
		var t ActivityTreatment
		if e.Is(EntityActivityTreatment) && e.Decode(&t) == nil && t.Treatment == TreatmentTargeted {
			return true
		}
	}
	return false
}

// MakeTargeted has only one member of a group see the activity: to, or the
// present recipient if to has no id. It fails when neither has.
func (a *Activity) MakeTargeted(to ChannelAccount) error {
	if to.ID != "" {
		a.Recipient = to
	}
	if a.Recipient.ID == "" {
		return fmt.Errorf("activity: make targeted: %w: name the account that is to see it", ErrInvalid)
	}
	if a.IsTargeted() {
		return nil
	}
	return a.AddEntity(ActivityTreatment{Type: EntityActivityTreatment, Treatment: TreatmentTargeted})
}

// An ActivityTreatment asks for an activity to be shown in a special way; see
// [Activity.MakeTargeted].
type ActivityTreatment struct {
	Type      string `json:"type"` // [EntityActivityTreatment]
	Treatment string `json:"treatment"`

	Extra
}

// ClientInfo tells about the program the user writes with.
type ClientInfo struct {
	Type     string `json:"type"`   // [EntityClientInfo]
	Locale   string `json:"locale"` // older place of the activity's locale
	Country  string `json:"country"`
	Platform string `json:"platform"` // such as "Windows" or "iOS"
	Timezone string `json:"timezone"` // IANA name

	Extra
}

// GeoCoordinates are a point on earth.
type GeoCoordinates struct {
	Type      string      `json:"type"`      // [EntityGeoCoordinates]
	Elevation json.Number `json:"elevation"` // metres
	Latitude  json.Number `json:"latitude"`  // degrees, WGS 84
	Longitude json.Number `json:"longitude"` // degrees, WGS 84
	Name      string      `json:"name"`

	Extra
}

// A Place is a place with a name.
type Place struct {
	Type    string          `json:"type"`    // [EntityPlace]
	Address json.RawMessage `json:"address"` // text or object
	Geo     json.RawMessage `json:"geo"`     // [GeoCoordinates] or other
	HasMap  json.RawMessage `json:"hasMap"`  // address of a map, or object
	Name    string          `json:"name"`

	Extra
}

// A Thing is anything with a name.
type Thing struct {
	Type string `json:"type"` // [EntityThing]
	Name string `json:"name"`

	Extra
}
