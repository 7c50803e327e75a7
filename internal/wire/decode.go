package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

var bom = []byte("\xef\xbb\xbf")

// Unmarshal decodes data, one JSON object, into v, a pointer to a modelled
// struct whose former content is dropped. It keeps parts of data, which must
// not be changed afterwards. A field of the wrong type is an [*Error].
func Unmarshal(data []byte, v any) error {
	d := open(bytes.TrimPrefix(data, bom))
	defer d.close()
	rv := reflect.ValueOf(v).Elem()
	rv.SetZero()
	if k := d.PeekKind(); k != '{' && k != 0 {
		return &Error{Want: "an object", Got: kindName(k)}
	}
	if err := d.object(tableOf(rv.Type()), rv); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return errors.New("more follows after the JSON object")
	}
	return nil
}

type decoder struct {
	jsontext.Decoder
	data []byte
	buf  bytes.Buffer
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// options let pass what RFC 8259 frowns upon: what arrives is kept.
var options = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

func open(data []byte) *decoder {
	d := decoders.Get().(*decoder)
	d.data, d.buf = data, *bytes.NewBuffer(data)
	d.Reset(&d.buf, options...)
	return d
}

func (d *decoder) close() {
	d.data, d.buf = nil, bytes.Buffer{}
	decoders.Put(d)
}

// value reads the next value as it stands in the input.
func (d *decoder) value() ([]byte, error) {
	v, err := d.ReadValue()
	if err != nil {
		return nil, err
	}
	end := d.InputOffset()
	return d.data[end-int64(len(v)) : end : end], nil
}

// object decodes the object that comes next.
func (d *decoder) object(tab *table, rv reflect.Value) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	var keep collector
	var seen uint64 // fields filled under their exact name
	var other []member
	for d.PeekKind() != '}' {
		quoted, err := d.value()
		if err != nil {
			return err
		}
		at, ok := tab.exact[string(quoted[1:len(quoted)-1])]
		if !ok {
			name, err := unquote(quoted)
			if err != nil {
				return err
			}
			if at, ok = tab.exact[name]; !ok {
				raw, err := d.value()
				if err != nil {
					return err
				}
				other = append(other, member{name, raw})
				continue
			}
		}
		seen |= 1 << at
		if err := d.field(&tab.fields[at], rv, &keep); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if err := fold(tab, rv, other, seen, &keep); err != nil {
		return err
	}
	if keep.r != nil {
		*rv.Field(tab.extra).Addr().Interface().(*Extra) = Extra{keep.r}
	}
	return nil
}

// fold fills fields that no member named exactly from members with an alias or
// another casing, and keeps the other members.
func fold(tab *table, rv reflect.Value, other []member, seen uint64, keep *collector) error {
	unknown := other[:0]
	for _, m := range other {
		at, ok := tab.folded[strings.ToLower(m.name)]
		if !ok || seen&(1<<at) != 0 || string(m.value) == "null" {
			unknown = append(unknown, m)
			continue
		}
		seen |= 1 << at
		keep.rename(tab.fields[at].name, m.name)
		d := open(m.value)
		err := d.field(&tab.fields[at], rv, keep)
		d.close()
		if err != nil {
			return err
		}
	}
	if len(unknown) > 0 {
		keep.rest().unknown = unknown
	}
	return nil
}

// collector makes the rest of an object when there is something to keep.
type collector struct{ r *rest }

func (c *collector) rest() *rest {
	if c.r == nil {
		c.r = new(rest)
	}
	return c.r
}

// rename notes the name that a field arrived under, where it is not its own.
func (c *collector) rename(field, name string) {
	r := c.rest()
	if r.names == nil {
		r.names = map[string]string{}
	}
	r.names[field] = name
}

// spell notes how a value stood in the input, where encoding would differ.
func (c *collector) spell(name string, raw []byte) {
	r := c.rest()
	if r.spelled == nil {
		r.spelled = map[string]string{}
	}
	r.spelled[name] = string(raw)
}

// field decodes the value that comes next into one field of rv.
func (d *decoder) field(f *field, rv reflect.Value, keep *collector) error {
	fv := rv.Field(f.index)
	k := d.PeekKind()
	switch k {
	case 0: // not JSON; reading says why
		_, err := d.ReadToken()
		return err
	case 'n':
		fv.SetZero()
		return d.SkipValue()
	}
	err := d.fill(f, fv, k, keep)
	if e, ok := errors.AsType[*Error](err); ok {
		return e.in(f.name)
	}
	if err == nil && empty(f, fv) {
		r := keep.rest()
		r.empty = append(r.empty, f.name)
	}
	return err
}

func (d *decoder) fill(f *field, fv reflect.Value, k jsontext.Kind, keep *collector) error {
	switch f.kind {
	case kindString:
		s, err := d.string(k)
		fv.SetString(s)
		return err
	case kindBool, kindBoolPtr:
		if k != 't' && k != 'f' {
			return &Error{Want: "a boolean", Got: kindName(k)}
		}
		if f.kind == kindBool {
			fv.SetBool(k == 't')
		} else {
			b := k == 't'
			fv.Set(reflect.ValueOf(&b))
		}
		return d.SkipValue()
	case kindInt, kindNumber:
		return d.number(f, fv, k, keep)
	case kindRaw:
		raw, err := d.value()
		fv.SetBytes(raw)
		return err
	case kindStrings, kindRaws, kindStructs:
		return d.list(f, fv, k)
	case kindStringMap:
		return d.stringMap(f, fv, k, keep)
	}
	if k != '{' {
		return &Error{Want: "an object", Got: kindName(k)}
	}
	if f.kind == kindStructPtr {
		fv.Set(reflect.New(fv.Type().Elem()))
		fv = fv.Elem()
	} else {
		fv.SetZero()
	}
	return d.object(f.object, fv)
}

func (d *decoder) string(k jsontext.Kind) (string, error) {
	if k != '"' {
		return "", &Error{Want: "a string", Got: kindName(k)}
	}
	quoted, err := d.value()
	if err != nil {
		return "", err
	}
	return unquote(quoted)
}

func unquote(quoted []byte) (string, error) {
	if plain := quoted[1 : len(quoted)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return string(plain), nil
	}
	b, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil && b == nil {
		return "", err
	}
	return string(b), nil // an invalid code point became U+FFFD
}
