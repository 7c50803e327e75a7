package wire

import (
	"encoding/json"
	"testing"
)

func TestObject(t *testing.T) {
	tests := []struct {
		name, data string
		change     func(*Object)
		want       string
	}{
		{"keeps order and spelling", `{ "b" : 1.0, "a":{"x": [ ]} }`, func(*Object) {}, `{"b":1.0,"a":{"x": [ ]}}`},
		{"reads an empty object", `{}`, func(*Object) {}, `{}`},
		{"takes the last of two", `{"a":1,"b":2,"a":3}`, func(*Object) {}, `{"a":3,"b":2}`},
		{"adds", `{"a":1}`, func(o *Object) { o.Set("b", json.RawMessage("2")) }, `{"a":1,"b":2}`},
		{"replaces", `{"a":1,"b":2}`, func(o *Object) { o.Set("a", json.RawMessage("3")) }, `{"a":3,"b":2}`},
		{"removes", `{"a":1,"b":2}`, func(o *Object) { o.Set("a", nil) }, `{"b":2}`},
		{"removes what is not there", `{"a":1}`, func(o *Object) { o.Set("b", nil) }, `{"a":1}`},
		{"quotes names", `{}`, func(o *Object) { o.Set("a\"\n", json.RawMessage("1")) }, `{"a\"\n":1}`},
		{"keeps a null", `{"a":null}`, func(*Object) {}, `{"a":null}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := ParseObject([]byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			tt.change(&o)
			if got := string(o.Append(nil)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	for _, data := range []string{``, `[]`, `null`, `"a"`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}{}`, `{"a":1} x`} {
		if o, err := ParseObject([]byte(data)); err == nil {
			t.Errorf("ParseObject(%q) = %v without an error", data, o)
		}
	}
}

func FuzzParseObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"b":{"c":[null]}}`, `{"a":1,"a":2}`, `[`, `{"\u0061":"x"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := ParseObject(data)
		if err != nil {
			return
		}
		out := o.Append(nil)
		again, err := ParseObject(out)
		if err != nil || string(again.Append(nil)) != string(out) {
			t.Fatalf("%q became %q, which reads as %v, %v", data, out, again, err)
		}
	})
}
