package storagetest

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
)

type items = map[string]storage.Item

func raw(value string) json.RawMessage { return json.RawMessage(value) }

var storeTests = []test{
	{"case 103 read of missing and present keys returns the present", func(t *testing.T, s storage.Store) {
		etag := write(t, s, "present", `{"n":1}`)
		got := read(t, s, "missing", "present")
		if len(got) != 1 || string(got["present"].Value) != `{"n":1}` || got["present"].ETag != etag {
			t.Errorf("Read = %v, want only present with ETag %q", got, etag)
		}
	}},
	{"read of no keys returns an empty map", func(t *testing.T, s storage.Store) {
		if got := read(t, s); got == nil || len(got) != 0 {
			t.Errorf("Read() = %v, want an empty map", got)
		}
	}},
	{"read of the same key twice returns it once", func(t *testing.T, s storage.Store) {
		write(t, s, "a", `1`)
		if got := read(t, s, "a", "a"); len(got) != 1 {
			t.Errorf("Read = %v, want one item", got)
		}
	}},
	{"case 104 a stale eTag is a conflict, * writes, deleting a missing key is fine", func(t *testing.T, s storage.Store) {
		stale := write(t, s, "a", `1`)
		fresh := writeItem(t, s, "a", storage.Item{Value: raw(`2`), ETag: stale})
		if fresh == stale {
			t.Fatalf("ETag stayed %q after a write", fresh)
		}
		_, err := s.Write(t.Context(), items{"a": {Value: raw(`3`), ETag: stale}})
		wantConflict(t, err, "a")
		want(t, s, map[string]string{"a": `2`})
		writeItem(t, s, "a", storage.Item{Value: raw(`4`), ETag: storage.AnyETag})
		want(t, s, map[string]string{"a": `4`})
		if err := s.Delete(t.Context(), "missing"); err != nil {
			t.Errorf("Delete of a missing key: %v", err)
		}
	}},
	{"case 105 changing a value after write or read changes nothing stored", func(t *testing.T, s storage.Store) {
		value := raw(`{"n":1}`)
		writeItem(t, s, "a", storage.Item{Value: value})
		value[5] = '2'
		want(t, s, map[string]string{"a": `{"n":1}`})
		read(t, s, "a")["a"].Value[5] = '3'
		want(t, s, map[string]string{"a": `{"n":1}`})
	}},
	{"an eTag for an absent key is a conflict", func(t *testing.T, s storage.Store) {
		etag := write(t, s, "a", `1`)
		if err := s.Delete(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		_, err := s.Write(t.Context(), items{"a": {Value: raw(`2`), ETag: etag}})
		wantConflict(t, err, "a")
	}},
	{"a deleted and created item has another eTag", func(t *testing.T, s storage.Store) {
		etag := write(t, s, "a", `1`)
		if err := s.Delete(t.Context(), "a", "b"); err != nil {
			t.Fatal(err)
		}
		want(t, s, map[string]string{"a": ""})
		if again := write(t, s, "a", `1`); again == etag {
			t.Errorf("ETag %q came back", again)
		}
	}},
	{"an eTag that was never given is a conflict", func(t *testing.T, s storage.Store) {
		write(t, s, "a", `1`)
		for _, etag := range []string{"x", " ", "0", "'", `"*"`} {
			_, err := s.Write(t.Context(), items{"a": {Value: raw(`2`), ETag: etag}})
			wantConflict(t, err, "a")
		}
	}},
	{"new writes an absent key only", func(t *testing.T, s storage.Store) {
		writeItem(t, s, "a", storage.Item{Value: raw(`1`), New: true})
		_, err := s.Write(t.Context(), items{"a": {Value: raw(`2`), New: true}})
		wantConflict(t, err, "a")
		want(t, s, map[string]string{"a": `1`})
	}},
	{"one conflict keeps the whole batch out", func(t *testing.T, s storage.Store) {
		write(t, s, "b", `1`)
		batch := items{"b": {Value: raw(`2`), ETag: "stale"}}
		for i := range 10 {
			batch["a"+strconv.Itoa(i)] = storage.Item{Value: raw(`2`)}
			batch["c"+strconv.Itoa(i)] = storage.Item{Value: raw(`2`)}
		}
		_, err := s.Write(t.Context(), batch)
		wantConflict(t, err, "b")
		for key := range batch {
			want(t, s, map[string]string{key: map[bool]string{true: `1`}[key == "b"]})
		}
	}},
	{"the spelling of a value is kept", func(t *testing.T, s storage.Store) {
		for _, value := range []string{
			`{ "b" : 1, "a":1.0 }`, `9007199254740993`, `"é\u00e9\u0000😀"`, `null`, `[]`, `""`, "\n1 ", `{"a":1,"a":2}`,
		} {
			write(t, s, "a", value)
			want(t, s, map[string]string{"a": value})
		}
	}},
	{"a value of 1 MB is kept", func(t *testing.T, s storage.Store) {
		value := `"` + strings.Repeat("é", 1<<19) + `"`
		write(t, s, "a", value)
		want(t, s, map[string]string{"a": value})
	}},
	{"a batch of 300 items is written, read and deleted", func(t *testing.T, s storage.Store) {
		batch, keys := items{}, []string{}
		for i := range 300 {
			keys = append(keys, "key"+strconv.Itoa(i))
			batch[keys[i]] = storage.Item{Value: raw(strconv.Itoa(i))}
		}
		etags, err := s.Write(t.Context(), batch)
		if err != nil || len(etags) != 300 {
			t.Fatalf("Write = %d ETags, %v; want 300", len(etags), err)
		}
		if got := read(t, s, keys...); len(got) != 300 || string(got["key299"].Value) != "299" {
			t.Errorf("Read = %d items, want 300", len(got))
		}
		if err := s.Delete(t.Context(), keys...); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s, keys...); len(got) != 0 {
			t.Errorf("Read after Delete = %d items, want 0", len(got))
		}
	}},
	{"a value that is not JSON is refused with its key", func(t *testing.T, s storage.Store) {
		for _, value := range []string{"", "{", "hello", `{"a":1}x`} {
			_, err := s.Write(t.Context(), items{"good": {Value: raw(`1`)}, "bad-one": {Value: raw(value)}})
			if err == nil || !strings.Contains(err.Error(), "bad-one") {
				t.Errorf("Write of %q: error %v, want one that names bad-one", value, err)
			}
		}
		want(t, s, map[string]string{"good": "", "bad-one": ""})
	}},
	{"an ended context does nothing", func(t *testing.T, s storage.Store) {
		write(t, s, "a", `1`)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, readErr := s.Read(ctx, "a")
		_, writeErr := s.Write(ctx, items{"a": {Value: raw(`2`)}})
		deleteErr := s.Delete(ctx, "a")
		for _, err := range []error{readErr, writeErr, deleteErr} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want context.Canceled", err)
			}
		}
		want(t, s, map[string]string{"a": `1`})
	}},
	{"concurrent increments with eTags lose nothing", func(t *testing.T, s storage.Store) {
		const workers, each = 8, 10
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					if err := increment(t.Context(), s, "n"); err != nil {
						t.Errorf("increment: %v", err)
					}
				}
			})
		}
		wg.Wait()
		want(t, s, map[string]string{"n": strconv.Itoa(workers * each)})
	}},
	{"readers never see half a batch", func(t *testing.T, s storage.Store) {
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() {
			for i := range 50 {
				value := raw(strconv.Itoa(i))
				if _, err := s.Write(t.Context(), items{"a": {Value: value}, "b": {Value: value}}); err != nil {
					t.Errorf("Write: %v", err)
				}
			}
		})
		for range 50 {
			got, err := s.Read(t.Context(), "a", "b")
			if err != nil || string(got["a"].Value) != string(got["b"].Value) {
				t.Fatalf("Read = a %s, b %s, %v; want both the same", got["a"].Value, got["b"].Value, err)
			}
		}
	}},
}

// increment adds one to the number under key, however many others do.
func increment(ctx context.Context, s storage.Store, key string) error {
	for {
		got, err := s.Read(ctx, key)
		if err != nil {
			return err
		}
		item := got[key]
		n, _ := strconv.Atoi(string(item.Value))
		item.Value, item.New = raw(strconv.Itoa(n+1)), item.ETag == ""
		_, err = s.Write(ctx, items{key: item})
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}
