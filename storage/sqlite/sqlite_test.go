package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
	"github.com/outspoken-go/outspoken/storage/storagetest"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openNew(t testing.TB) *sqlite.Store { return open(t, filepath.Join(t.TempDir(), "test.db")) }

func put(t testing.TB, s storage.Store, key, value string) {
	t.Helper()
	if _, err := s.Write(t.Context(), map[string]storage.Item{key: {Value: json.RawMessage(value)}}); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, s storage.Store, key string) string {
	t.Helper()
	items, err := s.Read(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(items[key].Value)
}

// TestStore proves S1-010 for SQLite, by the suite that every store runs.
func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return openNew(t) })
}

func TestItemsSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	first := open(t, path)
	put(t, first, "a", `1`)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got := get(t, open(t, path), "a"); got != `1` {
		t.Errorf("value after reopening = %q, want 1", got)
	}
}

func TestEveryCallAfterCloseSaysSo(t *testing.T) {
	s := openNew(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, readErr := s.Read(t.Context(), "a")
	_, listErr := s.List(t.Context(), "", "", 0)
	_, writeErr := s.Write(t.Context(), map[string]storage.Item{"a": {Value: json.RawMessage(`1`)}})
	deleteErr := s.Delete(t.Context(), "a")
	atomicErr := s.Atomically(t.Context(), func(context.Context, storage.Store) error { return nil })
	for _, err := range []error{readErr, listErr, writeErr, deleteErr, atomicErr} {
		if !errors.Is(err, storage.ErrClosed) {
			t.Errorf("error = %v, want ErrClosed", err)
		}
	}
}

func TestNewFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "deep")
	put(t, open(t, filepath.Join(dir, "test.db")), "a", `1`)
	for name, want := range map[string]os.FileMode{dir: 0o700, dir + "/test.db": 0o600, dir + "/test.db-wal": 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s = %o, want %o", filepath.Base(name), got, want)
		}
	}
}

func TestAnyFileNameWorks(t *testing.T) {
	for _, name := range []string{"a b.db", "what?mode=ro", "100%41.db", "a#b.db", "é😀.db", "x&_pragma=query_only(1)"} {
		path := filepath.Join(t.TempDir(), name)
		put(t, open(t, path), "a", `1`)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	newer, foreign, text := filepath.Join(dir, "newer.db"), filepath.Join(dir, "foreign.db"), filepath.Join(dir, "text.db")
	execSQL(t, newer, "PRAGMA user_version = 1000")
	execSQL(t, foreign, "CREATE TABLE theirs (a)")
	if err := os.WriteFile(text, []byte(strings.Repeat("hello", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		newer:          "use a newer program",
		foreign:        "belongs to another program",
		text:           "not a database",
		dir:            "open",
		"":             "plain file name",
		":memory:":     "storage.NewMemory",
		"file:a.db":    "plain file name",
		text + "/a.db": "not a directory",
	} {
		_, err := sqlite.Open(t.Context(), path, sqlite.Config{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): error %v, want one that says %q", path, err, want)
		}
	}
}

func TestExpiresAtTheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		if _, err := s.Write(t.Context(), map[string]storage.Item{"a": {Value: json.RawMessage(`1`), TTL: time.Hour}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour - time.Nanosecond)
		if get(t, s, "a") == "" {
			t.Error("gone before its TTL")
		}
		time.Sleep(time.Nanosecond)
		if get(t, s, "a") != "" {
			t.Error("still there at its TTL")
		}
	})
}

func TestListUsesThePrimaryKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	open(t, path)
	db := openSQL(t, path)
	for query, want := range map[string]string{
		sqlite.ListSQL: "SEARCH item USING PRIMARY KEY (key>? AND key<?)",
		sqlite.ReadSQL: "SEARCH item USING PRIMARY KEY (key=?)",
	} {
		rows, err := db.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if got := strings.Join(plan, "\n"); !strings.Contains(got, want) || strings.Contains(got, "TEMP B-TREE FOR ORDER") {
			t.Errorf("plan of %q:\n%s\nwant %q", query, got, want)
		}
	}
}

func openSQL(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execSQL(t *testing.T, path, query string) {
	t.Helper()
	if _, err := openSQL(t, path).Exec(query); err != nil {
		t.Fatal(err)
	}
}

func TestCommitsAreSyncedToDisk(t *testing.T) {
	err := openNew(t).Atomically(t.Context(), func(ctx context.Context, tx storage.Store) error {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
			rows, err := tx.(*sqlite.Tx).QueryContext(ctx, "PRAGMA "+pragma)
			if err != nil {
				return err
			}
			var got string
			rows.Next()
			if err := rows.Scan(&got); err != nil || got != want {
				t.Errorf("%s = %s, %v; want %s", pragma, got, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
