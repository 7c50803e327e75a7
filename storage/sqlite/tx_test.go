package sqlite_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

func TestOtherTablesCommitWithItems(t *testing.T) {
	s := openNew(t)
	errOops := errors.New("oops")
	for _, outcome := range []error{errOops, nil} {
		err := s.Atomically(t.Context(), func(ctx context.Context, store storage.Store) error {
			tx := store.(*sqlite.Tx)
			if _, err := tx.ExecContext(ctx, "CREATE TABLE invoice (id TEXT); INSERT INTO invoice VALUES (?)", "42"); err != nil {
				t.Error(err)
			}
			put(t, tx, "a", `1`)
			return outcome
		})
		if err != outcome {
			t.Errorf("Atomically: error %v, want %v", err, outcome)
		}
		if got, want := get(t, s, "a"), map[bool]string{true: `1`}[outcome == nil]; got != want {
			t.Errorf("value = %q, want %q", got, want)
		}
	}
}

func TestRowsLeftOpenDoNotBlockLaterWrites(t *testing.T) {
	s := openNew(t)
	put(t, s, "a", `1`)
	put(t, s, "b", `1`)
	err := s.Atomically(t.Context(), func(ctx context.Context, tx storage.Store) error {
		rows, err := tx.(*sqlite.Tx).QueryContext(ctx, "SELECT key FROM item")
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "c", `1`)
}

func TestEndingTheTransactionFromInsideIsAnErrorAndNoMore(t *testing.T) {
	s := openNew(t)
	err := s.Atomically(t.Context(), func(ctx context.Context, tx storage.Store) error {
		put(t, tx, "a", `1`)
		_, err := tx.(*sqlite.Tx).ExecContext(ctx, "ROLLBACK")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("error = %v, want one that says nothing was written", err)
	}
	put(t, s, "b", `1`)
	if got := get(t, s, "a"); got != "" {
		t.Errorf("value = %q, want none", got)
	}
}

func TestOuterStoreInsideAtomicallyIsAnErrorForWriters(t *testing.T) {
	s := openNew(t)
	err := s.Atomically(t.Context(), func(ctx context.Context, _ storage.Store) error { return s.Delete(ctx, "a") })
	if err == nil || !strings.Contains(err.Error(), "inside Atomically") {
		t.Errorf("error = %v, want one that says what is wrong", err)
	}
}

func TestAGoroutineThatEndsInsideAtomicallyKeepsNothing(t *testing.T) {
	s := openNew(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Atomically(t.Context(), func(_ context.Context, tx storage.Store) error {
			put(t, tx, "a", `1`)
			runtime.Goexit() // what t.Fatal does
			return nil
		})
	})
	wg.Wait()
	put(t, s, "b", `1`)
	if got := get(t, s, "a"); got != "" {
		t.Errorf("value = %q, want none", got)
	}
}
