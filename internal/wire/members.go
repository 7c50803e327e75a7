package wire

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Valid reports whether data is one JSON value.
func Valid(data []byte) bool {
	return jsontext.Value(data).IsValid(options...)
}

// Members returns the members of the JSON object data by name. They are parts
// of data, which must not be changed afterwards.
func Members(data []byte) (map[string]json.RawMessage, error) {
	d := open(data)
	defer d.close()
	if k := d.PeekKind(); k != '{' && k != 0 {
		return nil, &Error{Want: "an object", Got: kindName(k)}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	for d.PeekKind() == '"' {
		name, err := d.string('"')
		if err != nil {
			return nil, err
		}
		if members[name], err = d.value(); err != nil {
			return nil, err
		}
	}
	if _, err := d.ReadToken(); err != nil { // the end, or why it is not there
		return nil, err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, errors.New("more follows after the JSON object")
	}
	return members, nil
}

// AppendMembers writes a JSON object with these members, sorted by name, to the
// end of dst. The values must be JSON.
func AppendMembers(dst []byte, members map[string]json.RawMessage) []byte {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, name), ':')
		dst = append(dst, members[name]...)
	}
	return append(dst, '}')
}
