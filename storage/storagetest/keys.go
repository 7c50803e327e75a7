package storagetest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
)

// oddKeys would collide or break in a store that escapes badly.
var oddKeys = []string{
	"../x", "x", "/x", "x/", "./x", `..\x`, "a//b", "a/b", "A/B", " ", " a", "a ", "a\tb", "a\r\nb", "\x01",
	`'`, `"`, "`", `'; DROP TABLE item; --`, "%", "%%", "_", "a%", "a_", "*", "?", "?test?", "*3ftest*3f",
	"#", "a+b", "a b", "%20", "CON", "null", "$1", "{}", "😀", "👩‍👩‍👧", "é", "e\u0301", "ß", "SS", "İ", "\u2028", "\ufffd",
	"\U0010ffff", strings.Repeat("k", 1024), strings.Repeat("é", 512),
}

var keyTests = []test{
	{"odd keys are kept apart", func(t *testing.T, s storage.Store) {
		for i, key := range oddKeys {
			write(t, s, key, strconv.Itoa(i))
		}
		got := read(t, s, oddKeys...)
		for i, key := range oddKeys {
			if string(got[key].Value) != strconv.Itoa(i) {
				t.Errorf("value of %.40q = %s, want %d", key, got[key].Value, i)
			}
		}
		if err := s.Delete(t.Context(), oddKeys...); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s, oddKeys...); len(got) != 0 {
			t.Errorf("Read after Delete = %v, want nothing", got)
		}
	}},
	{"keys that are not allowed are refused by every method", func(t *testing.T, s storage.Store) {
		for _, key := range []string{"", "a\x00b", "\xff", "a\xc3", strings.Repeat("k", 1025)} {
			_, readErr := s.Read(t.Context(), "good", key)
			_, writeErr := s.Write(t.Context(), items{"good": {Value: raw(`1`)}, key: {Value: raw(`1`)}})
			deleteErr := s.Delete(t.Context(), "good", key)
			if readErr == nil || writeErr == nil || deleteErr == nil {
				t.Errorf("key %.20q: errors %v, %v, %v; want three", key, readErr, writeErr, deleteErr)
			}
		}
		want(t, s, map[string]string{"good": ""})
	}},
}

var listTests = []test{
	{"list is in byte order and respects the prefix", func(t *testing.T, s storage.Store) {
		for _, key := range oddKeys {
			write(t, s, key, `1`)
		}
		for _, prefix := range append([]string{"", "a", "a/", "*", "?", "nothing", "\xff", "\xc3", "\x00"}, oddKeys...) {
			var wanted []string
			for _, key := range oddKeys {
				if strings.HasPrefix(key, prefix) {
					wanted = append(wanted, key)
				}
			}
			slices.Sort(wanted)
			if got := list(t, s, prefix, "", 1000); !slices.Equal(got, wanted) {
				t.Errorf("List(%.40q) = %.40q, want %.40q", prefix, got, wanted)
			}
		}
	}},
	{"list starts after a key, which need not exist", func(t *testing.T, s storage.Store) {
		for _, key := range []string{"b/1", "b/2", "b/2\x01", "b/3", "c/1"} {
			write(t, s, key, `1`)
		}
		for after, wanted := range map[string][]string{
			"a":    {"b/1", "b/2", "b/2\x01", "b/3"},
			"b/":   {"b/1", "b/2", "b/2\x01", "b/3"},
			"b/2":  {"b/2\x01", "b/3"},
			"b/25": {"b/3"},
			"b/3":  nil,
			"z":    nil,
		} {
			if got := list(t, s, "b/", after, 10); !slices.Equal(got, wanted) {
				t.Errorf("List after %q = %q, want %q", after, got, wanted)
			}
		}
	}},
	{"list returns values and eTags that can be written back", func(t *testing.T, s storage.Store) {
		etag := write(t, s, "a", `{"n":1}`)
		entries, err := s.(storage.Lister).List(t.Context(), "", "", 1)
		if err != nil || len(entries) != 1 || string(entries[0].Value) != `{"n":1}` || entries[0].ETag != etag {
			t.Fatalf("List = %+v, %v; want a with ETag %q", entries, err, etag)
		}
		writeItem(t, s, "a", entries[0].Item)
	}},
	{"pages join without gaps", func(t *testing.T, s storage.Store) {
		batch := items{}
		var wanted []string
		for i := range 250 {
			key := "page/" + strconv.Itoa(1000+i)
			wanted = append(wanted, key)
			batch[key] = storage.Item{Value: raw(`1`)}
		}
		if _, err := s.Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if got := list(t, s, "page/", "", 0); !slices.Equal(got, wanted[:100]) {
			t.Errorf("List with limit 0 returned %d keys, want the first 100", len(got))
		}
		var got []string
		for e, err := range storage.All(t.Context(), s, "page/") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Key)
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("All returned %d keys, want %d in order", len(got), len(wanted))
		}
	}},
	{"a limit out of range is refused", func(t *testing.T, s storage.Store) {
		for _, limit := range []int{-1, 1001} {
			if _, err := s.(storage.Lister).List(t.Context(), "", "", limit); err == nil {
				t.Errorf("List with limit %d: no error", limit)
			}
		}
	}},
}

func list(t *testing.T, s storage.Store, prefix, after string, limit int) []string {
	t.Helper()
	entries, err := s.(storage.Lister).List(t.Context(), prefix, after, limit)
	if err != nil {
		t.Fatalf("List(%.40q, %.40q): %v", prefix, after, err)
	}
	var keys []string
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}
