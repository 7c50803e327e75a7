package storage_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/storage"
)

// FuzzKey checks that Memory behaves as a plain map for two keys and any
// order of writes and deletes, and that it refuses exactly the keys that the
// package comment rules out.
func FuzzKey(f *testing.F) {
	f.Add("a", "a/b", []byte{0, 1, 2, 3})
	f.Add("../x", "x", []byte{0, 1, 2, 0})
	f.Add("", "\x00", []byte{0, 1})
	f.Add("\xff", strings.Repeat("k", 1025), []byte{0, 1})
	f.Add("😀", "e\u0301", []byte{1, 3, 1})
	f.Fuzz(func(t *testing.T, a, b string, ops []byte) {
		memory, model := storage.NewMemory(), map[string]string{}
		for i, op := range ops {
			key, value := a, strconv.Itoa(i)
			if op&1 == 1 {
				key = b
			}
			var err error
			if op&2 == 0 {
				_, err = memory.Write(t.Context(), map[string]storage.Item{key: {Value: json.RawMessage(value)}})
				model[key] = value
			} else {
				err = memory.Delete(t.Context(), key)
				delete(model, key)
			}
			allowed := key != "" && len(key) <= 1024 && utf8.ValidString(key) && !strings.Contains(key, "\x00")
			if (err == nil) != allowed {
				t.Fatalf("key %q: error %v, allowed %v", key, err, allowed)
			}
			if !allowed {
				delete(model, key)
			}
		}
		entries, err := memory.List(t.Context(), "", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, e := range entries {
			got[e.Key] = string(e.Value)
		}
		if !maps.Equal(got, model) {
			t.Errorf("memory holds %v, want %v", got, model)
		}
		if !slices.IsSortedFunc(entries, func(a, b storage.Entry) int { return strings.Compare(a.Key, b.Key) }) {
			t.Errorf("List is not sorted: %v", entries)
		}
	})
}
