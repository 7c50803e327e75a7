package storagetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
)

var errOops = errors.New("oops")

func atomically(t *testing.T, s storage.Store, fn func(ctx context.Context, tx storage.Store) error) error {
	t.Helper()
	return s.(storage.Transactor).Atomically(t.Context(), fn)
}

var atomicTests = []test{
	{"writes appear together when the function returns nil", func(t *testing.T, s storage.Store) {
		write(t, s, "old", `1`)
		err := atomically(t, s, func(ctx context.Context, tx storage.Store) error {
			write(t, tx, "a", `1`)
			write(t, tx, "b", `2`)
			return tx.Delete(ctx, "old")
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, s, map[string]string{"a": `1`, "b": `2`, "old": ""})
	}},
	{"nothing is kept when the function fails, and its error comes back", func(t *testing.T, s storage.Store) {
		etag := write(t, s, "a", `1`)
		write(t, s, "old", `1`)
		err := atomically(t, s, func(ctx context.Context, tx storage.Store) error {
			write(t, tx, "a", `2`)
			write(t, tx, "a", `3`)
			write(t, tx, "b", `2`)
			if err := tx.Delete(ctx, "old", "a"); err != nil {
				t.Error(err)
			}
			return errOops
		})
		if !errors.Is(err, errOops) {
			t.Errorf("error = %v, want the one of the function", err)
		}
		want(t, s, map[string]string{"a": `1`, "b": "", "old": `1`})
		writeItem(t, s, "a", storage.Item{Value: raw(`4`), ETag: etag}) // the old version is still the version
	}},
	{"a transaction reads its own writes", func(t *testing.T, s storage.Store) {
		write(t, s, "a", `1`)
		err := atomically(t, s, func(ctx context.Context, tx storage.Store) error {
			etag := write(t, tx, "a", `2`)
			write(t, tx, "b", `1`)
			want(t, tx, map[string]string{"a": `2`, "b": `1`, "c": ""})
			writeItem(t, tx, "a", storage.Item{Value: raw(`3`), ETag: etag})
			if _, ok := tx.(storage.Lister); ok {
				if got := list(t, tx, "", "", 0); len(got) != 2 {
					t.Errorf("List inside = %q, want a and b", got)
				}
			}
			return tx.Delete(ctx, "b")
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, s, map[string]string{"a": `3`, "b": ""})
	}},
	{"a conflict inside writes nothing of its batch and leaves the choice to the function", func(t *testing.T, s storage.Store) {
		write(t, s, "a", `1`)
		for _, giveUp := range []bool{true, false} {
			err := atomically(t, s, func(ctx context.Context, tx storage.Store) error {
				write(t, tx, "first", `1`)
				_, err := tx.Write(ctx, items{"a": {Value: raw(`2`), ETag: "stale"}, "b": {Value: raw(`2`)}})
				wantConflict(t, err, "a")
				if giveUp {
					return err
				}
				return nil
			})
			if giveUp {
				wantConflict(t, err, "a")
				want(t, s, map[string]string{"first": ""})
			} else if err != nil {
				t.Fatal(err)
			}
			want(t, s, map[string]string{"a": `1`, "b": ""})
		}
		want(t, s, map[string]string{"first": `1`})
	}},
	{"a panic keeps nothing, reaches the caller and leaves the store usable", func(t *testing.T, s storage.Store) {
		func() {
			defer func() {
				if r := recover(); r != errOops {
					t.Errorf("recovered %v, want the panic of the function", r)
				}
			}()
			_ = atomically(t, s, func(ctx context.Context, tx storage.Store) error {
				write(t, tx, "a", `1`)
				panic(errOops)
			})
		}()
		want(t, s, map[string]string{"a": ""})
		write(t, s, "a", `2`)
	}},
	{"concurrent increments inside transactions need no eTag", func(t *testing.T, s storage.Store) {
		const workers, each = 8, 5
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					err := s.(storage.Transactor).Atomically(t.Context(), func(ctx context.Context, tx storage.Store) error {
						return increment(ctx, tx, "n")
					})
					if err != nil {
						t.Errorf("Atomically: %v", err)
					}
				}
			})
		}
		wg.Wait()
		want(t, s, map[string]string{"n": strconv.Itoa(workers * each)})
	}},
	{"a transaction whose context has ended does nothing", func(t *testing.T, s storage.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.(storage.Transactor).Atomically(ctx, func(ctx context.Context, tx storage.Store) error {
			write(t, tx, "a", `1`)
			cancel()
			_, err := tx.Write(ctx, items{"b": {Value: raw(`1`)}})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Write after cancel: error %v, want context.Canceled", err)
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Atomically: error %v, want context.Canceled", err)
		}
		err = s.(storage.Transactor).Atomically(ctx, func(context.Context, storage.Store) error {
			t.Error("the function ran with an ended context")
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Atomically: error %v, want context.Canceled", err)
		}
		want(t, s, map[string]string{"a": "", "b": ""})
	}},
	{"the store of a transaction is dead afterwards", func(t *testing.T, s storage.Store) {
		var leaked storage.Store
		if err := atomically(t, s, func(_ context.Context, tx storage.Store) error { leaked = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := leaked.Write(t.Context(), items{"a": {Value: raw(`1`)}}); err == nil {
			t.Error("Write after the transaction: no error")
		}
		want(t, s, map[string]string{"a": ""})
	}},
}
