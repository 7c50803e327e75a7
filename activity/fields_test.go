package activity

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/outspoken-go/outspoken/internal/wire"
)

// TestEveryField (acceptance S2-12) fills every field of every type, adds an
// unknown member to every object, and expects all of it back.
func TestEveryField(t *testing.T) {
	for _, v := range modelled {
		typ := reflect.TypeOf(v)
		t.Run(typ.Name(), func(t *testing.T) {
			in, err := json.Marshal(sample(typ, 0))
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(typ)
			if err := json.Unmarshal(in, got.Interface()); err != nil {
				t.Fatalf("%v in %s", err, in)
			}
			for i := range typ.NumField() {
				if got.Elem().Field(i).IsZero() {
					t.Errorf("field %s is not filled", typ.Field(i).Name)
				}
			}
			out, err := json.Marshal(got.Interface())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range compare("", tree(t, in), tree(t, out), typ) {
				t.Error(d)
			}
			if direct, err := wire.Marshal(got.Interface()); err != nil {
				t.Error(err)
			} else if d := compare("", tree(t, in), tree(t, direct), typ); d != nil {
				t.Error(d)
			}
			// The zero value and null decode and encode.
			if err := json.Unmarshal([]byte(`null`), got.Interface()); err != nil {
				t.Errorf("null: %v", err)
			}
			if out, err := json.Marshal(v); err != nil || out[0] != '{' {
				t.Errorf("the zero value is encoded as %s, %v", out, err)
			}
		})
	}
}

// sample makes JSON that fills typ, down to a depth where types that contain
// themselves end.
func sample(typ reflect.Type, depth int) any {
	switch {
	case typ == reflect.TypeFor[json.Number]():
		return json.RawMessage("50.0870")
	case typ.Kind() == reflect.String:
		return "text"
	case typ.Kind() == reflect.Int:
		return 7
	case typ.Kind() == reflect.Bool:
		return true
	case typ.Kind() == reflect.Pointer:
		return sample(typ.Elem(), depth)
	case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Uint8:
		return json.RawMessage(`{"open":[1.0,null]}`)
	case typ.Kind() == reflect.Slice:
		return []any{sample(typ.Elem(), depth), sample(typ.Elem(), depth)}
	case typ.Kind() == reflect.Map:
		return map[string]string{"key": "text"}
	}
	m := map[string]any{"x-unknown": depth}
	if depth == 3 {
		return m
	}
	for i := range typ.NumField() {
		if f := typ.Field(i); !f.Anonymous {
			m[f.Tag.Get("json")] = sample(f.Type, depth+1)
		}
	}
	return m
}

// TestModelledIsComplete keeps the list of types above in step with the code.
func TestModelledIsComplete(t *testing.T) {
	known := map[reflect.Type]bool{}
	for _, v := range modelled {
		known[reflect.TypeOf(v)] = true
	}
	var visit func(typ reflect.Type)
	visited := map[reflect.Type]bool{}
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[Extra]() || visited[typ] {
			return
		}
		visited[typ] = true
		if !known[typ] {
			t.Errorf("%s is missing in the list of modelled types", typ)
		}
		for i := range typ.NumField() {
			visit(typ.Field(i).Type)
		}
	}
	for _, v := range modelled {
		visit(reflect.TypeOf(v))
	}
}

// TestAsPartOfAnotherStruct embeds activities in what a program might store.
func TestAsPartOfAnotherStruct(t *testing.T) {
	type stored struct {
		A    Activity            `json:"a"`
		P    *Activity           `json:"p"`
		List []Activity          `json:"list"`
		Map  map[string]Activity `json:"map"`
		None Activity            `json:"none"`
	}
	const one = `{"type":"message","text":"","x":1.0}`
	const in = `{"a":` + one + `,"p":` + one + `,"list":[` + one + `],"map":{"k":` + one + `},"none":null}`
	var s stored
	if err := json.Unmarshal([]byte(in), &s); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := in[:len(in)-len("null}")] + "{}}"; string(out) != want {
		t.Errorf("got  %s\nwant %s", out, want)
	}
}

// TestDecodedActivityDoesNotShareWithInput applies to encoding/json, whose
// callers may reuse their buffers.
func TestDecodedActivityDoesNotShareWithInput(t *testing.T) {
	in := []byte(`{"type":"event","value":{"a":1},"x":"y"}`)
	var a Activity
	if err := json.Unmarshal(in, &a); err != nil {
		t.Fatal(err)
	}
	clear(in)
	if out, _ := json.Marshal(a); string(out) != `{"type":"event","value":{"a":1},"x":"y"}` {
		t.Errorf("after the input changed: %s", out)
	}
}
