package wire

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// number accepts numbers that are spelled as strings, as the .NET SDK does.
func (d *decoder) number(f *field, fv reflect.Value, k jsontext.Kind, keep *collector) error {
	if k != '0' && k != '"' {
		return &Error{Want: "a number", Got: kindName(k)}
	}
	raw, err := d.value()
	if err != nil {
		return err
	}
	text := strings.Trim(string(raw), `"`)
	canonical := text
	if f.kind == kindInt {
		n, ok := parseInt(text)
		if !ok {
			got := "a fraction or too large"
			if k == '"' {
				got = "a string"
			}
			return &Error{Want: "a whole number", Got: got}
		}
		fv.SetInt(n)
		canonical = strconv.FormatInt(n, 10)
	} else {
		if v := jsontext.Value(text); v.Kind() != '0' || !v.IsValid() {
			return &Error{Want: "a number", Got: kindName(k)}
		}
		fv.SetString(text)
	}
	if canonical != string(raw) {
		keep.spell(f.name, raw)
	}
	return nil
}

// parseInt reads whole numbers in any spelling, such as 12, 12.0 and 1.2e1.
func parseInt(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, strconv.IntSize); err == nil {
		return n, true
	}
	x, err := strconv.ParseFloat(text, 64)
	const exact = 1 << 53 // every whole number up to here is a float64
	if err != nil || x != math.Trunc(x) || x < -exact || x > exact {
		return 0, false
	}
	return int64(x), true
}

func (d *decoder) list(f *field, fv reflect.Value, k jsontext.Kind) error {
	if k != '[' {
		return &Error{Want: "a list", Got: kindName(k)}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	fv.Set(f.none)
	for n := 0; ; n++ {
		k := d.PeekKind()
		if k == ']' || k == 0 {
			break // at the end, or where reading says why it is not JSON
		}
		fv.Grow(1)
		fv.SetLen(n + 1)
		if err := d.element(f, fv.Index(n), k); err != nil {
			if e, ok := errors.AsType[*Error](err); ok {
				return e.in(fmt.Sprintf("[%d]", n))
			}
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (d *decoder) element(f *field, at reflect.Value, k jsontext.Kind) error {
	switch {
	case f.kind == kindRaws:
		raw, err := d.value()
		at.SetBytes(raw)
		return err
	case k == 'n':
		return d.SkipValue()
	case f.kind == kindStrings:
		s, err := d.string(k)
		at.SetString(s)
		return err
	case k != '{':
		return &Error{Want: "an object", Got: kindName(k)}
	}
	return d.object(f.object, at)
}

// stringMap reads an object of strings. Values of other types are kept as the
// text of their JSON.
func (d *decoder) stringMap(f *field, fv reflect.Value, k jsontext.Kind, keep *collector) error {
	if k != '{' {
		return &Error{Want: "an object", Got: kindName(k)}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	m := map[string]string{}
	for d.PeekKind() == '"' {
		name, err := d.string('"')
		if err != nil {
			return err
		}
		raw, err := d.value()
		if err != nil {
			return err
		}
		if raw[0] == '"' {
			if m[name], err = unquote(raw); err != nil {
				return err
			}
			continue
		}
		if raw[0] != 'n' {
			m[name] = string(raw)
		} else {
			m[name] = ""
		}
		keep.spell(f.name+"."+name, raw)
	}
	fv.Set(reflect.ValueOf(m).Convert(fv.Type()))
	_, err := d.ReadToken()
	return err
}
