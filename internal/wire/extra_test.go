package wire

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestExtra(t *testing.T) {
	var p part
	if _, ok := p.Get("x"); ok || p.Names() != nil || p.Kept("id") {
		t.Error("the zero Extra is not empty")
	}
	for name, v := range map[string]any{"b": 2, "a": json.RawMessage(`1.0`)} {
		if err := p.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Set("c", func() {}); err == nil {
		t.Error("Set of a func gave no error")
	}
	p.Keep("id")
	if raw, ok := p.Get("a"); !ok || string(raw) != "1.0" || !p.Kept("id") || p.Kept("rank") {
		t.Errorf("Get = %s, %v", raw, ok)
	}
	if names := slices.Sorted(slices.Values(p.Names())); !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("Names = %v", names)
	}
	if err := p.Set("a", nil); err != nil {
		t.Fatal(err)
	}
	out, err := Marshal(&p)
	if want := `{"id":"","b":2}`; err != nil || string(out) != want {
		t.Errorf("Marshal = %s, %v, want %s", out, err, want)
	}
}

// TestExtraIsCopiedOnWrite changes copies of one object at random and checks
// that each shows its own changes only.
func TestExtraIsCopiedOnWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "b", "c"})
		objects := []part{{}}
		want := []map[string]string{{}}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			i := rapid.IntRange(0, len(objects)-1).Draw(t, "object")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				m := map[string]string{}
				for k, v := range want[i] {
					m[k] = v
				}
				objects, want = append(objects, objects[i]), append(want, m)
			case 1:
				n, v := name.Draw(t, "name"), rapid.String().Draw(t, "value")
				if err := objects[i].Set(n, v); err != nil {
					t.Fatal(err)
				}
				want[i][n] = v
			case 2:
				n := name.Draw(t, "name")
				if err := objects[i].Set(n, nil); err != nil {
					t.Fatal(err)
				}
				delete(want[i], n)
			case 3:
				objects[i].Keep("id")
				want[i]["id"] = ""
			}
		}
		for i := range objects {
			raw, err := Marshal(&objects[i])
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[i], got); diff != "" {
				t.Errorf("object %d: %s", i, diff)
			}
		}
	})
}

func TestCloneSharesNothing(t *testing.T) {
	const in = `{"maybe":true,"open":{"a":1},"part":{"id":"p","x":1},"ptr":{"id":"q"},"parts":[{"id":"r"}],"words":["a"],"raws":[{"b":2}],"labels":{"c":"d"},"self":{"words":["e"]}}`
	var w, again whole
	for _, v := range []*whole{&w, &again} {
		if err := Unmarshal([]byte(in), v); err != nil {
			t.Fatal(err)
		}
	}
	c := Clone(&w)
	if diff := cmp.Diff(w, *c); diff != "" {
		t.Fatalf("the clone differs: %s", diff)
	}
	*c.Maybe, c.Open[2], c.Part.ID, c.Ptr.ID, c.Parts[0].ID = false, 'z', "z", "z", "z"
	c.Words[0], c.Raws[0][2], c.Labels["c"], c.Self.Words[0] = "z", 'z', "z", "z"
	if err := c.Part.Set("x", 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again, w); diff != "" {
		t.Errorf("changing the clone changed the original: %s", diff)
	}
}

func TestExtraEqual(t *testing.T) {
	decode := func(in string) (p part) {
		if err := Unmarshal([]byte(in), &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	a := decode(`{"id":"","x":1}`)
	for in, want := range map[string]bool{
		`{"id":"","x":1}`: true, `{"id":"","x":2}`: false, `{"x":1}`: false, `{"id":"","y":1}`: false, `{"ID":"","x":1}`: false,
	} {
		if got := a.Equal(decode(in).Extra); got != want {
			t.Errorf("Equal(%s) = %v, want %v", in, got, want)
		}
	}
	if !(Extra{}).Equal(decode(`{"id":"a"}`).Extra) {
		t.Error("two that keep nothing differ")
	}
}
