package wire

import (
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Valid reports whether data is one JSON value.
func Valid(data []byte) bool {
	return jsontext.Value(data).IsValid(options...)
}

// An Object is a JSON object of members that nothing models, in their order. It
// is a list since such objects are small: looking through a few names costs
// less than making a map.
type Object []Member

// A Member is one name and value of an [Object].
type Member struct {
	Name  string
	Value json.RawMessage // JSON
}

// ParseObject reads a JSON object. Its values are parts of data, which must not
// be changed afterwards. Of a name that stands twice the last value counts.
func ParseObject(data []byte) (Object, error) {
	d := open(data)
	defer d.close()
	if k := d.PeekKind(); k != '{' && k != 0 {
		return nil, &Error{Want: "an object", Got: kindName(k)}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	var o Object
	for d.PeekKind() == '"' {
		name, err := d.string('"')
		if err != nil {
			return nil, err
		}
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		o.Set(name, value)
	}
	if _, err := d.ReadToken(); err != nil { // the end, or why it is not there
		return nil, err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, errors.New("more follows after the JSON object")
	}
	return o, nil
}

// Get returns the value called name, nil if there is none.
func (o Object) Get(name string) json.RawMessage {
	for _, m := range o {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Set replaces or adds the value called name; a nil value removes it.
func (o *Object) Set(name string, value json.RawMessage) {
	i := slices.IndexFunc(*o, func(m Member) bool { return m.Name == name })
	switch {
	case i < 0 && value != nil:
		*o = append(*o, Member{name, value})
	case i >= 0 && value != nil:
		(*o)[i].Value = value
	case i >= 0:
		*o = slices.Delete(*o, i, i+1)
	}
}

// Append writes the object to the end of dst.
func (o Object) Append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, m.Name), ':')
		dst = append(dst, m.Value...)
	}
	return append(dst, '}')
}
