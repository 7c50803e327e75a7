package sqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

// hold makes all writers of s wait until release is called. It returns when
// they do.
func hold(t *testing.T, s *sqlite.Store) (release func()) {
	t.Helper()
	holding, done := make(chan bool), make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		err := s.Atomically(t.Context(), func(context.Context, storage.Store) error {
			holding <- true
			<-done
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-holding
	return func() { close(done); wg.Wait() }
}

func TestQueuedWritersShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		before := s.Commits()
		release := hold(t, s)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { put(t, s, fmt.Sprint("key", i), `1`) })
		}
		synctest.Wait() // all 100 are queued
		release()
		wg.Wait()
		if got := s.Commits() - before; got != 2 {
			t.Errorf("%d commits for the holder and 100 writes, want 2", got)
		}
	})
}

func TestGroupsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		before := s.Commits()
		release := hold(t, s)
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() { put(t, s, fmt.Sprint("key", i), `1`) })
		}
		synctest.Wait()
		release()
		wg.Wait()
		if got := s.Commits() - before; got != 4 {
			t.Errorf("%d commits for the holder and 300 writes, want 1 + 3", got)
		}
	})
}

func TestAConflictDoesNotDisturbItsGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		release := hold(t, s)
		var wg sync.WaitGroup
		var mu sync.Mutex
		conflicts := 0
		for i := range 40 {
			wg.Go(func() {
				item := storage.Item{Value: json.RawMessage(`1`)}
				if i%2 == 1 {
					item.ETag = "stale"
				}
				_, err := s.Write(t.Context(), map[string]storage.Item{fmt.Sprint(i): item, fmt.Sprint(i, "b"): {Value: item.Value}})
				if errors.Is(err, storage.ErrConflict) {
					mu.Lock()
					conflicts++
					mu.Unlock()
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		release()
		wg.Wait()
		entries, err := s.List(t.Context(), "", "", 0)
		if conflicts != 20 || len(entries) != 40 || err != nil {
			t.Errorf("%d conflicts, %d items, %v; want 20 conflicts and the 40 items of the others", conflicts, len(entries), err)
		}
	})
}

func TestAQueuedWriteCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		release := hold(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Write(ctx, map[string]storage.Item{"a": {Value: json.RawMessage(`1`)}})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Write: error %v, want DeadlineExceeded", err)
		}
		err = s.Atomically(ctx, func(context.Context, storage.Store) error { return errors.New("it ran") })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Atomically: error %v, want DeadlineExceeded", err)
		}
		release()
		put(t, s, "b", `1`)
		if got := get(t, s, "a"); got != "" {
			t.Errorf("the cancelled write stored %s", got)
		}
	})
}

// The writer took the group, then the context of a member ended: its function
// must not run, and the others must not notice.
func TestAnAtomicFunctionCancelledInItsGroupDoesNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		first := hold(t, s)
		var wg sync.WaitGroup
		inSecond, endSecond := make(chan bool), make(chan bool)
		wg.Go(func() {
			err := s.Atomically(t.Context(), func(ctx context.Context, tx storage.Store) error {
				inSecond <- true
				<-endSecond
				put(t, tx, "second", `1`)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			err := s.Atomically(ctx, func(context.Context, storage.Store) error {
				t.Error("the function ran after its context had ended")
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want Canceled", err)
			}
		})
		synctest.Wait()
		go first()
		<-inSecond // both are in this group
		cancel()
		synctest.Wait()
		close(endSecond)
		wg.Wait()
		if got := get(t, s, "second"); got != `1` {
			t.Errorf("value of the other member = %q, want 1", got)
		}
	})
}

func TestReadersDoNotWaitForWriters(t *testing.T) {
	s := openNew(t)
	put(t, s, "a", `1`)
	release := hold(t, s)
	if got := get(t, s, "a"); got != `1` {
		t.Errorf("value while a transaction is open = %q, want 1", got)
	}
	release()
}

func TestExpiredRowsAreRemovedInPassing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		batch := map[string]storage.Item{"stays": {Value: json.RawMessage(`1`)}}
		for i := range 250 {
			batch[fmt.Sprint(i)] = storage.Item{Value: json.RawMessage(`1`), TTL: time.Second}
		}
		if _, err := s.Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		for range 3 { // groups of one, each removes 100 rows
			put(t, s, "b", `1`)
		}
		if got := countRows(t, s); got != 2 {
			t.Errorf("%d rows left, want 2", got)
		}
	})
}

func countRows(t *testing.T, s *sqlite.Store) (n int) {
	t.Helper()
	err := s.Atomically(t.Context(), func(ctx context.Context, tx storage.Store) error {
		rows, err := tx.(*sqlite.Tx).QueryContext(ctx, "SELECT count(*) FROM item")
		if err != nil {
			return err
		}
		rows.Next()
		return rows.Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCloseWaitsForQueuedWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		release := hold(t, s)
		var wg sync.WaitGroup
		wg.Go(func() { put(t, s, "a", `1`) })
		synctest.Wait()
		wg.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if _, err := s.Write(t.Context(), map[string]storage.Item{"b": {Value: json.RawMessage(`1`)}}); !errors.Is(err, storage.ErrClosed) {
			t.Errorf("Write while closing: error %v, want ErrClosed", err)
		}
		release()
		wg.Wait()
	})
}
