package wire

import "strings"

// Text returns the member of the JSON object data that is called name, another
// casing if there is no exact one; "" when there is none or it is not a string.
// It reads no further than it must.
func Text(data []byte, name string) string {
	d := open(data)
	defer d.close()
	if d.PeekKind() != '{' {
		return ""
	}
	_, _ = d.ReadToken()
	folded := ""
	for d.PeekKind() == '"' {
		got, err := d.string('"')
		if err != nil {
			return ""
		}
		if !strings.EqualFold(got, name) {
			if d.SkipValue() != nil {
				return ""
			}
			continue
		}
		s, err := d.string(d.PeekKind())
		if got == name {
			return s // "" if there was an error
		}
		if _, wrong := err.(*Error); wrong {
			err = d.SkipValue()
		}
		if err != nil {
			return ""
		}
		folded = s
	}
	return folded
}
