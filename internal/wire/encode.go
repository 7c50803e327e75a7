package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Append writes v, a pointer to a modelled struct, to the end of dst. It fails
// when an open value, such as a json.RawMessage, is not valid JSON.
func Append(dst []byte, v any) ([]byte, error) {
	rv := reflect.ValueOf(v).Elem()
	return appendObject(dst, tableOf(rv.Type()), rv)
}

// Marshal is Append to a new slice.
func Marshal(v any) ([]byte, error) { return Append(make([]byte, 0, 512), v) }

// JSON writes any v as encoding/json does, but leaves <, > and & as they are.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func appendObject(dst []byte, tab *table, rv reflect.Value) ([]byte, error) {
	extra := rv.Field(tab.extra).Interface().(Extra)
	dst = append(dst, '{')
	start := len(dst)
	var err error
	for i := range tab.fields {
		f := &tab.fields[i]
		fv := rv.Field(f.index)
		if empty(f, fv) && !extra.Kept(f.name) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		if name, ok := extra.name(f.name); ok {
			dst = append(appendQuoted(dst, name), ':')
		} else {
			dst = append(dst, f.quoted...)
		}
		if dst, err = appendField(dst, f, fv, extra); err != nil {
			return dst, err
		}
	}
	if extra.rest != nil {
		for _, m := range extra.rest.unknown {
			if len(dst) > start {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, m.name)
			dst = append(dst, ':')
			dst = appendLine(dst, m.value)
		}
	}
	return append(dst, '}'), nil
}

// empty reports whether a field is left out unless it is to be kept.
func empty(f *field, fv reflect.Value) bool {
	switch f.kind {
	case kindString, kindNumber, kindRaw, kindStrings, kindRaws, kindStructs, kindStringMap:
		return fv.Len() == 0
	}
	return fv.IsZero()
}

func appendField(dst []byte, f *field, fv reflect.Value, extra Extra) ([]byte, error) {
	switch f.kind {
	case kindString:
		return appendQuoted(dst, fv.String()), nil
	case kindBool:
		return strconv.AppendBool(dst, fv.Bool()), nil
	case kindBoolPtr:
		return strconv.AppendBool(dst, !fv.IsNil() && fv.Elem().Bool()), nil
	case kindInt, kindNumber:
		return appendNumber(dst, f, fv, extra)
	case kindRaw:
		return appendRaw(dst, f.name, fv.Bytes())
	case kindStringMap:
		return appendStringMap(dst, f, fv, extra), nil
	case kindStruct:
		return appendObject(dst, f.object, fv)
	case kindStructPtr:
		if fv.IsNil() {
			return append(dst, "{}"...), nil
		}
		return appendObject(dst, f.object, fv.Elem())
	}
	dst = append(dst, '[')
	for i := range fv.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		switch f.kind {
		case kindStrings:
			dst = appendQuoted(dst, fv.Index(i).String())
		case kindRaws:
			dst, err = appendRaw(dst, f.name, fv.Index(i).Bytes())
		default:
			dst, err = appendObject(dst, f.object, fv.Index(i))
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendNumber(dst []byte, f *field, fv reflect.Value, extra Extra) ([]byte, error) {
	text := ""
	if f.kind == kindInt {
		text = strconv.FormatInt(fv.Int(), 10)
	} else {
		text = fv.String()
	}
	if spelled, ok := extra.spelling(f.name); ok && sameNumber(spelled, text) {
		return append(dst, spelled...), nil
	}
	return appendRaw(dst, f.name, []byte(text))
}

// sameNumber reports whether a number that arrived as spelled is still text.
func sameNumber(spelled, text string) bool {
	spelled = strings.Trim(spelled, `"`)
	if spelled == text {
		return true
	}
	a, ok := parseInt(spelled)
	return ok && strconv.FormatInt(a, 10) == text
}

func appendStringMap(dst []byte, f *field, fv reflect.Value, extra Extra) []byte {
	m := fv.Convert(stringMapType).Interface().(map[string]string)
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, name), ':')
		spelled, ok := extra.spelling(f.name + "." + name)
		if ok && (m[name] == spelled || m[name] == "" && spelled == "null") {
			dst = appendLine(dst, []byte(spelled))
		} else {
			dst = appendQuoted(dst, m[name])
		}
	}
	return append(dst, '}')
}

func appendRaw(dst []byte, name string, raw []byte) ([]byte, error) {
	if len(raw) == 0 {
		return append(dst, "null"...), nil
	}
	if !Valid(raw) {
		return dst, fmt.Errorf("field %s is not valid JSON", name)
	}
	return appendLine(dst, raw), nil
}

// appendLine adds raw without line breaks, so that whatever is encoded is one
// line, as event streams and newline-delimited JSON need it.
func appendLine(dst, raw []byte) []byte {
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return append(dst, raw...)
	}
	v := jsontext.Value(bytes.Clone(raw))
	if v.Compact(options...) != nil {
		v = raw // cannot be: raw is JSON
	}
	return append(dst, v...)
}

// appendQuoted adds s as a JSON string; invalid UTF-8 becomes U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
