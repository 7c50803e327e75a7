package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Extra keeps what an object carried beyond its fields. The zero Extra is
// empty. It is copied with the object it is embedded in; a change to the copy
// leaves the original as it was.
type Extra struct{ rest *rest }

// rest is never changed once an Extra points to it.
type rest struct {
	unknown []member
	empty   []string          // fields to write although they are empty
	spelled map[string]string // values not spelled as we would, by field
	names   map[string]string // fields that arrived under another name
}

type member struct {
	name  string
	value json.RawMessage
}

// Get returns the member called name that no field models. Do not change it.
func (e Extra) Get(name string) (json.RawMessage, bool) {
	if e.rest != nil {
		for _, m := range slices.Backward(e.rest.unknown) {
			if m.name == name {
				return m.value, true
			}
		}
	}
	return nil, false
}

// Names lists the members that no field models, in order of arrival.
func (e Extra) Names() []string {
	var names []string
	if e.rest != nil {
		for _, m := range e.rest.unknown {
			names = append(names, m.name)
		}
	}
	return names
}

// Set adds or replaces the member called name, which must not be the name of a
// field. A nil v removes it; for a null, set json.RawMessage("null"). It fails
// when v cannot be written as JSON.
func (e *Extra) Set(name string, v any) error {
	r := e.copy()
	r.unknown = slices.DeleteFunc(r.unknown, func(m member) bool { return m.name == name })
	if v != nil {
		raw, err := JSON(v)
		if err != nil {
			return fmt.Errorf("set %q: %w", name, err)
		}
		r.unknown = append(r.unknown, member{name, raw})
	}
	e.rest = r
	return nil
}

// Keep asks for the fields with these wire names to be written even when they
// are empty: an empty Speak, for instance, means silence.
func (e *Extra) Keep(fields ...string) {
	r := e.copy()
	r.empty = append(r.empty, fields...)
	e.rest = r
}

// Kept reports whether the field with this wire name arrived empty, or was
// given to Keep.
func (e Extra) Kept(field string) bool { return e.rest != nil && slices.Contains(e.rest.empty, field) }

func (e *Extra) copy() *rest {
	if e.rest == nil {
		return new(rest)
	}
	r := *e.rest
	r.unknown, r.empty = slices.Clone(r.unknown), slices.Clone(r.empty)
	return &r
}

// Equal reports whether both keep the same. It lets go-cmp compare objects.
func (e Extra) Equal(other Extra) bool {
	if e.rest == other.rest {
		return true
	}
	a, b := cmp.Or(e.rest, new(rest)), cmp.Or(other.rest, new(rest))
	return slices.EqualFunc(a.unknown, b.unknown, func(a, b member) bool {
		return a.name == b.name && bytes.Equal(a.value, b.value)
	}) && slices.Equal(a.empty, b.empty) && maps.Equal(a.spelled, b.spelled) && maps.Equal(a.names, b.names)
}

func (e Extra) spelling(field string) (string, bool) {
	if e.rest == nil {
		return "", false
	}
	s, ok := e.rest.spelled[field]
	return s, ok
}

func (e Extra) name(field string) (string, bool) {
	if e.rest == nil {
		return "", false
	}
	s, ok := e.rest.names[field]
	return s, ok
}

// An Error reports a field whose value has the wrong type.
type Error struct {
	Field string // path from the object that was decoded, such as "from.role" or "attachments[1].name"; "" is the object itself
	Want  string // what belongs there
	Got   string // what kind of value was there
}

func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("the JSON is %s where %s belongs", e.Got, e.Want)
	}
	return fmt.Sprintf("field %s is %s where %s belongs", e.Field, e.Got, e.Want)
}

// in adds the field that e happened in.
func (e *Error) in(field string) *Error {
	path := field
	switch {
	case e.Field == "":
	case e.Field[0] == '[':
		path += e.Field
	default:
		path += "." + e.Field
	}
	return &Error{path, e.Want, e.Got}
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "nothing"
}
