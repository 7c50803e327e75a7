package activity

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
)

// FuzzDecode: no input panics; what decodes encodes to one line of JSON, which
// decodes and encodes to itself.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Decode(bytes.Clone(data))
		if err != nil {
			return
		}
		first, err := a.Append(nil)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		if !json.Valid(first) || bytes.ContainsAny(first, "\r\n") {
			t.Fatalf("not one line of JSON: %q", first)
		}
		b, err := Decode(bytes.Clone(first))
		if err != nil {
			t.Fatalf("decode again: %v in %q", err, first)
		}
		if second, err := b.Append(nil); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("encoded again %q, %v\nat first      %q", second, err, first)
		}
		if clone, err := a.Clone().Append(nil); err != nil || !bytes.Equal(first, clone) {
			t.Fatalf("the clone is %q, %v, want %q", clone, err, first)
		}
		// Nothing that reads an activity may panic either.
		ref := a.Reference()
		ref.Apply(a.Reply("x"))
		a.Check()
		a.StreamInfo()
		a.NormalizeMentions(true)
		a.SetChannel(ChannelTeamsCopilot)
		Unpack(a.Value)
		if _, err := a.Append(nil); err != nil {
			t.Fatalf("encode after changes: %v", err)
		}
	})
}
