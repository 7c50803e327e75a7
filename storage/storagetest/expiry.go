package storagetest

import (
	"errors"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

const soon = 20 * time.Millisecond

var expiryTests = []test{
	{"an item reads as absent after its TTL", func(t *testing.T, s storage.Store) {
		writeTTL(t, s, "long", time.Hour)
		etag := writeTTL(t, s, "short", soon)
		awaitExpiry(t, s, "short")
		want(t, s, map[string]string{"long": `1`, "short": ""})
		if _, ok := s.(storage.Lister); ok {
			if got := list(t, s, "", "", 0); len(got) != 1 {
				t.Errorf("List = %q, want only long", got)
			}
		}
		_, err := s.Write(t.Context(), items{"short": {Value: raw(`2`), ETag: etag}})
		wantConflict(t, err, "short")
		writeItem(t, s, "short", storage.Item{Value: raw(`3`), New: true})
		want(t, s, map[string]string{"short": `3`})
	}},
	{"writing again without TTL keeps the item", func(t *testing.T, s storage.Store) {
		writeTTL(t, s, "a", soon)
		write(t, s, "a", `2`)
		writeTTL(t, s, "b", soon)
		awaitExpiry(t, s, "b")
		want(t, s, map[string]string{"a": `2`})
	}},
	{"a negative TTL is refused", func(t *testing.T, s storage.Store) {
		if _, err := s.Write(t.Context(), items{"a": {Value: raw(`1`), TTL: -1}}); err == nil {
			t.Error("Write with a negative TTL: no error")
		}
		want(t, s, map[string]string{"a": ""})
	}},
}

func writeTTL(t *testing.T, s storage.Store, key string, ttl time.Duration) string {
	t.Helper()
	etags, err := s.Write(t.Context(), items{key: {Value: raw(`1`), TTL: ttl}})
	if errors.Is(err, storage.ErrNotSupported) {
		t.Skip("this store refuses a TTL, which is allowed: ", err)
	}
	if err != nil {
		t.Fatalf("Write(%q) with TTL: %v", key, err)
	}
	return etags[key]
}

// awaitExpiry reads until key is gone, so that it also works with stores
// whose clock is not ours.
func awaitExpiry(t *testing.T, s storage.Store, key string) {
	t.Helper()
	for start := time.Now(); time.Since(start) < 10*time.Second; {
		if _, ok := read(t, s, key)[key]; !ok {
			return
		}
	}
	t.Fatalf("%q is still there 10 s later; want it gone after %v", key, soon)
}
