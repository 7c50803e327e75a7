package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// kind is how a field is decoded and encoded.
type kind uint8

const (
	kindString kind = iota
	kindBool
	kindBoolPtr
	kindInt
	kindNumber // json.Number
	kindRaw
	kindStrings
	kindStringMap
	kindStruct
	kindStructPtr
	kindStructs
	kindRaws
)

type field struct {
	name   string // on the wire
	quoted string // `"name":`
	index  int
	kind   kind
	object *table        // of a modelled struct
	none   reflect.Value // the empty slice of its type
}

// table describes one modelled struct.
type table struct {
	name   string
	fields []field
	exact  map[string]int // wire name to position in fields
	folded map[string]int // lower-case name or alias to position in fields
	extra  int            // index of the embedded Extra
}

var (
	extraType  = reflect.TypeFor[Extra]()
	numberType = reflect.TypeFor[json.Number]()

	stringMapType = reflect.TypeFor[map[string]string]()

	tablesMu sync.Mutex
	tables   sync.Map // reflect.Type to *table
)

func tableOf(t reflect.Type) *table {
	if tab, ok := tables.Load(t); ok {
		return tab.(*table)
	}
	tablesMu.Lock()
	defer tablesMu.Unlock()
	building := map[reflect.Type]*table{}
	tab := build(t, building)
	for t, tab := range building {
		tables.LoadOrStore(t, tab)
	}
	return tab
}

// build makes the table of t. Types may contain each other, so a table is
// entered in building before its fields are known.
func build(t reflect.Type, building map[reflect.Type]*table) *table {
	if tab, ok := tables.Load(t); ok {
		return tab.(*table)
	}
	if tab, ok := building[t]; ok {
		return tab
	}
	tab := &table{name: t.Name(), exact: map[string]int{}, folded: map[string]int{}, extra: -1}
	building[t] = tab
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Type == extraType && sf.Anonymous {
			tab.extra = i
			continue
		}
		name := sf.Tag.Get("json")
		if name == "" {
			panic(fmt.Sprintf("wire: %s.%s has no json tag", t, sf.Name))
		}
		f := field{name: name, quoted: `"` + name + `":`, index: i}
		f.kind, f.object = kindOf(sf.Type, building)
		if sf.Type.Kind() == reflect.Slice {
			f.none = reflect.MakeSlice(sf.Type, 0, 0)
		}
		at := len(tab.fields)
		tab.exact[name] = at
		tab.folded[strings.ToLower(name)] = at
		if alias := sf.Tag.Get("alias"); alias != "" {
			tab.folded[strings.ToLower(alias)] = at
		}
		tab.fields = append(tab.fields, f)
	}
	if len(tab.fields) > 64 {
		panic(fmt.Sprintf("wire: %s has more than 64 fields", t))
	}
	if tab.extra < 0 {
		panic(fmt.Sprintf("wire: %s does not embed Extra", t))
	}
	return tab
}

func kindOf(t reflect.Type, building map[reflect.Type]*table) (kind, *table) {
	switch {
	case t == numberType:
		return kindNumber, nil
	case t.Kind() == reflect.String:
		return kindString, nil
	case t.Kind() == reflect.Bool:
		return kindBool, nil
	case t.Kind() == reflect.Int:
		return kindInt, nil
	case isRaw(t):
		return kindRaw, nil
	case t.Kind() == reflect.Struct:
		return kindStruct, build(t, building)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.String:
		return kindStringMap, nil
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Bool:
		return kindBoolPtr, nil
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		return kindStructPtr, build(t.Elem(), building)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return kindStrings, nil
	case t.Kind() == reflect.Slice && isRaw(t.Elem()):
		return kindRaws, nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return kindStructs, build(t.Elem(), building)
	}
	panic("wire: no rule for fields of type " + t.String())
}

func isRaw(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
