package storage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/storagetest"
)

// TestMemory proves case 103, case 104, case 105 and S1-010 for memory, by the suite that
// every store runs.
func TestMemory(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store { return storage.NewMemory() })
}

func TestMemoryZeroValueIsReady(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store { return new(storage.Memory) })
}

func TestMemoryExpiresAtTheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := storage.NewMemory()
		write(t, m, "a", storage.Item{Value: json.RawMessage(`1`), TTL: time.Hour})
		time.Sleep(time.Hour - time.Nanosecond)
		if got, _ := m.Read(t.Context(), "a"); len(got) != 1 {
			t.Error("gone before its TTL")
		}
		time.Sleep(time.Nanosecond)
		if got, _ := m.Read(t.Context(), "a"); len(got) != 0 {
			t.Error("still there at its TTL")
		}
	})
}

func TestMemoryETagsIncrease(t *testing.T) {
	m := storage.NewMemory()
	for _, want := range []string{"1", "2", "3"} {
		if got := write(t, m, "a", storage.Item{Value: json.RawMessage(`1`)}); got != want {
			t.Errorf("ETag = %q, want %q", got, want)
		}
	}
}

func TestMemoryDoesNotGrowWithExpiredItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := storage.NewMemory()
		for i := range 10_000 {
			write(t, m, fmt.Sprint(i), storage.Item{Value: json.RawMessage(`1`), TTL: time.Minute})
			time.Sleep(time.Second)
			if n := storage.Records(m); n > 1024+60 {
				t.Fatalf("%d records held while 60 are alive", n)
			}
		}
	})
}

func TestMemoryOuterStoreInsideAtomicallyIsAnError(t *testing.T) {
	m := storage.NewMemory()
	err := m.Atomically(t.Context(), func(ctx context.Context, _ storage.Store) error {
		_, err := m.Read(ctx, "a")
		return err
	})
	if err == nil {
		t.Error("Read of the outer store inside Atomically: no error")
	}
}

func TestAllNeedsALister(t *testing.T) {
	only := struct{ storage.Store }{storage.NewMemory()} // hides List
	for _, err := range storage.All(t.Context(), only, "") {
		if err != storage.ErrNotSupported {
			t.Errorf("error = %v, want ErrNotSupported", err)
		}
	}
}

func write(t *testing.T, s storage.Store, key string, item storage.Item) string {
	t.Helper()
	etags, err := s.Write(t.Context(), map[string]storage.Item{key: item})
	if err != nil {
		t.Fatal(err)
	}
	return etags[key]
}
