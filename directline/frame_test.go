package directline

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func TestParseSet(t *testing.T) {
	tests := []struct {
		name, frame string
		ok          bool
		count       int
		mark        string
	}{
		{"a set", `{"activities":[{"type":"message"}],"watermark":"7"}`, true, 1, "7"},
		{"an empty set", `{"activities":[],"watermark":"0"}`, true, 0, "0"},
		{"a mark that is not a number", `{"activities":[],"watermark":"a\u0022b"}`, true, 0, `a"b`},
		{"a number for a mark", `{"activities":[],"watermark":12}`, true, 0, "12"},
		{"no mark", `{"activities":[{}]}`, true, 1, ""},
		{"null for a mark", `{"activities":[],"watermark":null}`, true, 0, ""},
		{"nonsense for a mark", `{"activities":[],"watermark":{"a":1}}`, true, 0, ""},
		{"another frame", `{"watermark":"7"}`, false, 0, ""},
		{"null for activities", `{"activities":null,"watermark":"7"}`, false, 0, ""},
		{"an empty frame", ``, false, 0, ""},
		{"half a frame", `{"activities":[`, false, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, ok := parseSet([]byte(tt.frame))
			if ok != tt.ok || len(set.activities) != tt.count || set.watermark != tt.mark {
				t.Errorf("got %+v, %t", set, ok)
			}
		})
	}
}

// What is remembered is bounded, and forgotten in order.
func TestReplays(t *testing.T) {
	var r replays
	for i := range 3 * remembered {
		if !r.add(fmt.Append(nil, i)) || r.add(fmt.Append(nil, i)) {
			t.Fatalf("number %d is not new once", i)
		}
	}
	if len(r.known) != remembered || len(r.order) != remembered {
		t.Errorf("%d and %d are remembered", len(r.known), len(r.order))
	}
	if r.add(fmt.Append(nil, 2*remembered)) || !r.add(fmt.Append(nil, 2*remembered-1)) {
		t.Error("the oldest are not those that are forgotten")
	}
}

// A frame may hold anything; what it carries is read or left out.
func FuzzFrame(f *testing.F) {
	f.Add([]byte(`{"activities":[{"type":"message","text":"hi"}],"watermark":"1"}`))
	f.Add([]byte(`{"activities":[{"type":"typing"},7,null],"watermark":3}`))
	f.Add([]byte(`{"Activities":[{}],"watermark":null}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, frame []byte) {
		set, ok := parseSet(frame)
		if ok && !json.Valid(frame) {
			t.Errorf("%q is taken for a set", frame)
		}
		if !ok && (len(set.activities) > 0 || set.watermark != "") {
			t.Errorf("%q is refused and gives %+v", frame, set)
		}
		for _, raw := range set.activities {
			if a, err := activity.Decode(raw); err == nil {
				if _, err := a.Append(nil); err != nil {
					t.Errorf("%q cannot be written again: %v", raw, err)
				}
			}
		}
	})
}
