package storagetest

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
)

// Run tests a store. open returns a new, empty store each time and closes it
// with t.Cleanup if it must be closed; its stores may be used by many
// goroutines at once. Cases of the behavioural contract are named after their
// number.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	group := func(name string, tests []test) {
		t.Run(name, func(t *testing.T) {
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
			}
		})
	}
	group("store", storeTests)
	group("keys", keyTests)
	group("expiry", expiryTests)
	if _, ok := open(t).(storage.Lister); ok {
		group("list", listTests)
	}
	if _, ok := open(t).(storage.Transactor); ok {
		group("atomically", atomicTests)
	}
}

type test struct {
	name string
	run  func(*testing.T, storage.Store)
}

// write stores value under key without condition and returns the new ETag.
func write(t *testing.T, s storage.Store, key, value string) string {
	t.Helper()
	return writeItem(t, s, key, storage.Item{Value: json.RawMessage(value)})
}

func writeItem(t *testing.T, s storage.Store, key string, item storage.Item) string {
	t.Helper()
	etags, err := s.Write(t.Context(), map[string]storage.Item{key: item})
	if err != nil {
		t.Fatalf("Write(%.40q): %v", key, err)
	}
	if etags[key] == "" {
		t.Fatalf("Write(%.40q) returned no ETag for the key: %v", key, etags)
	}
	return etags[key]
}

func read(t *testing.T, s storage.Store, keys ...string) map[string]storage.Item {
	t.Helper()
	items, err := s.Read(t.Context(), keys...)
	if err != nil {
		t.Fatalf("Read(%.80q): %v", keys, err)
	}
	return items
}

// want checks the values under some keys; "" means absent.
func want(t *testing.T, s storage.Store, values map[string]string) {
	t.Helper()
	for key, value := range values {
		item, ok := read(t, s, key)[key]
		if got := string(item.Value); ok != (value != "") || got != value {
			t.Errorf("value of %.40q = %.80q, want %.80q", key, got, value)
		}
	}
}

func wantConflict(t *testing.T, err error, key string) {
	t.Helper()
	var conflict *storage.ConflictError
	if !errors.Is(err, storage.ErrConflict) || !errors.As(err, &conflict) || conflict.Key != key {
		t.Fatalf("error = %v, want a ConflictError of %q", err, key)
	}
}
