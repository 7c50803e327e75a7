package activity

import "github.com/outspoken-go/outspoken/internal/wire"

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

// IsTargeted reports whether only the recipient is to see the activity; see
// [Activity.MakeTargeted].
func (a *Activity) IsTargeted() bool {
	for _, e := range a.Entities {
		var t ActivityTreatment
		if e.Is(EntityActivityTreatment) && e.Decode(&t) == nil && t.Treatment == TreatmentTargeted {
			return true
		}
	}
	return false
}

// TreatmentTargeted is the treatment of an activity for one person's eyes.
const TreatmentTargeted = "targeted"

// An ActivityTreatment asks for an activity to be shown in a special way.
type ActivityTreatment struct {
	Type      string `json:"type"` // [EntityActivityTreatment]
	Treatment string `json:"treatment"`

	Extra
}

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ActivityTreatment) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ActivityTreatment) UnmarshalJSON(data []byte) error { return decode(data, x) }
