package wire

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type part struct {
	ID   string `json:"id"`
	Rank int    `json:"rank"`

	Extra
}

type label string

type rawLike json.RawMessage

type whole struct {
	Name   string            `json:"name"`
	Label  label             `json:"label"`
	On     bool              `json:"on"`
	Maybe  *bool             `json:"maybe"`
	Count  int               `json:"count"`
	Size   json.Number       `json:"size"`
	Open   json.RawMessage   `json:"open"`
	Part   part              `json:"part" alias:"piece"`
	Ptr    *part             `json:"ptr"`
	Parts  []part            `json:"parts"`
	Words  []string          `json:"words"`
	Raws   []rawLike         `json:"raws"`
	Labels map[string]string `json:"labels"`
	Self   *whole            `json:"self"`

	Extra
}

// roundTrip decodes in and encodes it again.
func roundTrip(t *testing.T, in string) string {
	t.Helper()
	var w whole
	if err := Unmarshal([]byte(in), &w); err != nil {
		t.Fatalf("Unmarshal(%s): %v", in, err)
	}
	out, err := Marshal(&w)
	if err != nil {
		t.Fatalf("Marshal of %s: %v", in, err)
	}
	return string(out)
}

func TestRoundTripKeeps(t *testing.T) {
	tests := []struct{ name, in string }{
		{"nothing", `{}`},
		{"every kind of field", `{"name":"n","label":"l","on":true,"maybe":false,"count":-3,"size":0.1000,"open":[1.0],"part":{"id":"p","rank":1},"ptr":{"id":"q"},"parts":[{"id":"r"},{}],"words":["a","b"],"raws":[{"x":1},null,3],"labels":{"a":"1","b":""},"self":{"self":{"name":"deep"}}}`},
		{"empty values", `{"name":"","label":"","on":false,"count":0,"part":{},"ptr":{},"parts":[],"words":[],"raws":[],"labels":{}}`},
		{"empty values inside", `{"part":{"id":"","rank":0},"ptr":{"id":""},"parts":[{"id":""}]}`},
		{"unknown members in order, at every depth", `{"part":{"id":"p","z":1,"a":{"B":[]}},"z":null,"a":12345678901234567890,"Ünbekannt":"\u00e9"}`},
		{"spellings of whole numbers", `{"count":1.0,"part":{"rank":"7"},"ptr":{"rank":1e1}}`},
		{"numbers as strings", `{"count":"12","size":"0.50"}`},
		{"big whole numbers", `{"count":9007199254740993}`},
		{"another casing", `{"NAME":"n","Part":{"Id":"p"}}`},
		{"an alias", `{"piece":{"id":"p"}}`},
		{"another casing beside the exact name", `{"name":"n","Name":"m"}`},
		{"an alias beside the name", `{"part":{"id":"p"},"piece":{"id":"q"}}`},
		{"other values in a map of strings", `{"labels":{"a":["x","y"],"b":1.50,"c":null,"d":"s"}}`},
		{"names that need escapes", `{"a\"b":1,"\u0001":2}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := roundTrip(t, tt.in); got != tt.in {
				t.Errorf("got  %s\nwant %s", got, tt.in)
			}
		})
	}
}

func TestRoundTripChanges(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"null of a field is left out", `{"name":null,"maybe":null,"part":null,"ptr":null,"parts":null,"open":null,"count":null,"labels":null}`, `{}`},
		{"null in a list reads as empty", `{"parts":[null],"words":[null]}`, `{"parts":[{}],"words":[""]}`},
		{"the last of two counts", `{"name":"a","name":"b","part":{"id":"a","x":1},"part":{"rank":2},"parts":[{"id":"a"}],"parts":[{}]}`, `{"name":"b","part":{"rank":2},"parts":[{}]}`},
		{"a value then a null reads as absent", `{"name":"a","name":null,"ptr":{},"ptr":null}`, `{}`},
		{"fields come first, in their order", `{"x":1,"count":2,"name":"n"}`, `{"name":"n","count":2,"x":1}`},
		{"an escaped name is the name", `{"\u006eame":"n"}`, `{"name":"n"}`},
		{"white space goes", "\xef\xbb\xbf {\n\"open\" : {\n \"a\": 1 }, \"x\":\r\n[ 1 ,\n2 ] }\n", `{"open":{"a":1},"x":[1,2]}`},
		{"bad Unicode in a field", "{\"name\":\"a\xffb\\ud800\"}", `{"name":"a` + "\ufffd" + `b` + "\ufffd" + `"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := roundTrip(t, tt.in); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestUnmarshalErrors(t *testing.T) {
	tests := []struct {
		name, in, field string // field "" when it is not an *Error
	}{
		{"a number for a string", `{"name":1}`, "name"},
		{"an object for a string", `{"name":{}}`, "name"},
		{"a string for a boolean", `{"on":"true"}`, "on"},
		{"a string for an optional boolean", `{"maybe":"true"}`, "maybe"},
		{"a fraction for a whole number", `{"count":1.5}`, "count"},
		{"a huge whole number", `{"count":1e300}`, "count"},
		{"infinity for a whole number", `{"count":"inf"}`, "count"},
		{"a word for a number", `{"size":"NaN"}`, "size"},
		{"nothing for a number", `{"size":""}`, "size"},
		{"a list for a number", `{"count":[]}`, "count"},
		{"a list for an object", `{"part":[]}`, "part"},
		{"a string for a list", `{"words":"a"}`, "words"},
		{"a number in a list of strings", `{"words":["a",2]}`, "words[1]"},
		{"a number in a list of objects", `{"parts":[{},3]}`, "parts[1]"},
		{"deep inside", `{"self":{"parts":[{},{"id":true}]}}`, "self.parts[1].id"},
		{"another casing", `{"NAME":1}`, "name"},
		{"an alias", `{"piece":{"id":1}}`, "part.id"},
		{"a list for a map", `{"labels":[]}`, "labels"},
		{"not JSON", `{"name":`, ""},
		{"not JSON in an unknown member", `{"x":[1,}`, ""},
		{"not JSON in a map", `{"labels":{"a"}}`, ""},
		{"an unfinished list", `{"words":["a"`, ""},
		{"a missing comma", `{"name":"a" "count":1}`, ""},
		{"more after the object", `{} {}`, ""},
		{"nothing", ``, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Unmarshal([]byte(tt.in), new(whole))
			e, ok := errors.AsType[*Error](err)
			if err == nil || ok != (tt.field != "") || ok && e.Field != tt.field {
				t.Errorf("Unmarshal(%s) = %v, want an error for field %q", tt.in, err, tt.field)
			}
		})
	}
	for in, want := range map[string]string{
		`{"count":1.5}`:              "field count is a fraction or too large where a whole number belongs",
		`{"count":"many"}`:           "field count is a string where a whole number belongs",
		`{"parts":[{},{"id":true}]}`: "field parts[1].id is a boolean where a string belongs",
		`[]`:                         "the JSON is a list where an object belongs",
	} {
		if err := Unmarshal([]byte(in), new(whole)); err == nil || err.Error() != want {
			t.Errorf("Unmarshal(%s) = %v, want %s", in, err, want)
		}
	}
	for _, in := range []string{`null`, `[]`, `"x"`, `3`} {
		if e, ok := errors.AsType[*Error](Unmarshal([]byte(in), new(whole))); !ok || e.Want != "an object" {
			t.Errorf("Unmarshal(%s) = %v, want an *Error that asks for an object", in, e)
		}
	}
	if err := Unmarshal([]byte(`{"a":{`), new(whole)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("of half an object: %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

func TestUnmarshalDropsFormerContent(t *testing.T) {
	w := whole{Name: "old", Words: []string{"old"}}
	w.Keep("label")
	if err := Unmarshal([]byte(`{"count":1}`), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole{Count: 1}, w); diff != "" {
		t.Error(diff)
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	deep := `{"x":` + strings.Repeat("[", 1e6) + strings.Repeat("]", 1e6) + `}`
	if err := Unmarshal([]byte(deep), new(whole)); err == nil {
		t.Error("a million lists in one another were accepted")
	}
	self := strings.Repeat(`{"self":`, 1e5) + `{}` + strings.Repeat(`}`, 1e5)
	if err := Unmarshal([]byte(self), new(whole)); err == nil {
		t.Error("a hundred thousand objects in one another were accepted")
	}
}

func TestMarshalErrors(t *testing.T) {
	for name, w := range map[string]whole{
		"open":  {Open: json.RawMessage(`{`)},
		"raws":  {Raws: []rawLike{rawLike(`x`)}},
		"size":  {Size: "abc"},
		"inner": {Self: &whole{Open: json.RawMessage(`1 2`)}},
	} {
		if out, err := Marshal(&w); err == nil {
			t.Errorf("%s: Marshal = %s, want an error", name, out)
		}
	}
}

func TestChangedNumbersLoseTheirSpelling(t *testing.T) {
	var w whole
	if err := Unmarshal([]byte(`{"count":1.0,"size":"2.50"}`), &w); err != nil {
		t.Fatal(err)
	}
	w.Count, w.Size = 2, "2.5"
	out, err := Marshal(&w)
	if want := `{"count":2,"size":2.5}`; err != nil || string(out) != want {
		t.Errorf("Marshal = %s, %v, want %s", out, err, want)
	}
}

func TestChangedMapLosesItsSpelling(t *testing.T) {
	var w whole
	if err := Unmarshal([]byte(`{"labels":{"a":[1],"b":null}}`), &w); err != nil {
		t.Fatal(err)
	}
	w.Labels["a"], w.Labels["b"] = "x", "y"
	out, err := Marshal(&w)
	if want := `{"labels":{"a":"x","b":"y"}}`; err != nil || string(out) != want {
		t.Errorf("Marshal = %s, %v, want %s", out, err, want)
	}
}

func TestText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"there", `{"a":{"type":"no"},"type":"yes","b":[`, "yes"},
		{"another casing", `{"Type":"yes"}`, "yes"},
		{"exact before another casing", `{"Type":"no","type":"yes"}`, "yes"},
		{"escaped", `{"t\u0079pe":"y\u0065s"}`, "yes"},
		{"absent", `{"a":1}`, ""},
		{"not a string", `{"type":{"a":1}}`, ""},
		{"not a string, then a string", `{"Type":3,"TYPE":"yes"}`, "yes"},
		{"not an object", `["type"]`, ""},
		{"null", `null`, ""},
		{"not JSON", `{"a`, ""},
		{"nothing", ``, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text([]byte(tt.in), "type"); got != tt.want {
				t.Errorf("Text(%s) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	got, err := JSON(map[string]string{"a": "<at>&"})
	if want := `{"a":"<at>&"}`; err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v, want %s", got, err, want)
	}
	if _, err := JSON(func() {}); err == nil {
		t.Error("JSON of a func gave no error")
	}
}

func TestTablesRefuse(t *testing.T) {
	for name, v := range map[string]any{
		"no Extra": &struct {
			A string `json:"a"`
		}{},
		"no tag": &struct {
			A string
			Extra
		}{},
		"an unknown type": &struct {
			A float64 `json:"a"`
			Extra
		}{},
		"pointer to a map": &struct {
			A *map[string]string `json:"a"`
			Extra
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_ = Unmarshal([]byte(`{}`), v)
		})
	}
}
