package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

// Config says how a [Store] behaves. The zero Config is a good one.
type Config struct {
	// BusyTimeout is how long a write waits for another process that is
	// writing to the same file, before it fails. Default 5 seconds.
	BusyTimeout time.Duration
}

// A Store keeps items in a SQLite database. Its methods may be called
// concurrently. After Close they return [storage.ErrClosed].
type Store struct {
	queue    *queue
	writer   *session
	readers  *sql.DB
	readStmt *sql.Stmt
	listStmt *sql.Stmt
	close    func() error

	commits   atomic.Int64 // for tests
	nextSweep time.Time    // used by the writing goroutine only
}

// Open opens the database at path, a file name. A new file can be read by its
// owner only (mode 0600), as can the directories made for it (0700). A file
// written by a newer version of this package is refused, and so is one that
// belongs to another program.
//
// ctx limits opening only. The caller must call Close in the end.
func Open(ctx context.Context, path string, cfg Config) (*Store, error) {
	busy := cmp.Or(cfg.BusyTimeout, 5*time.Second)
	s, err := open(ctx, path, busy)
	if err != nil {
		return nil, fmt.Errorf("storage/sqlite: open %q: %w", path, explain(err, busy))
	}
	return s, nil
}

func open(ctx context.Context, path string, busy time.Duration) (_ *Store, err error) {
	if err := createFile(path); err != nil {
		return nil, err
	}
	s := &Store{queue: newQueue()}
	var opened []func() error
	closeAll := func() error {
		var errs []error
		for i := len(opened) - 1; i >= 0; i-- { // the writer last: it tidies the files
			errs = append(errs, opened[i]())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			_ = closeAll() // the first error says more
		}
	}()

	writers, err := sql.Open("sqlite", dataSource(path, busy, "journal_mode(WAL)", "synchronous(FULL)"))
	if err != nil {
		return nil, err
	}
	opened = append(opened, writers.Close)
	if s.writer, err = newSession(ctx, writers, busy); err != nil {
		return nil, err
	}
	opened = append(opened, s.writer.conn.Close)
	if err := migrate(ctx, s.writer.conn); err != nil {
		return nil, err
	}

	if s.readers, err = sql.Open("sqlite", dataSource(path, busy, "query_only(1)")); err != nil {
		return nil, err
	}
	opened = append(opened, s.readers.Close)
	s.readers.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	s.readers.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	if s.readStmt, err = s.readers.PrepareContext(ctx, readSQL); err != nil {
		return nil, err
	}
	if s.listStmt, err = s.readers.PrepareContext(ctx, listSQL); err != nil {
		return nil, err
	}

	var writing sync.WaitGroup
	writing.Go(s.run)
	s.close = sync.OnceValue(func() error {
		s.queue.close()
		writing.Wait()
		return closeAll()
	})
	return s, nil
}

// Close waits for the writes that were already asked for and closes the
// database. Closing again does nothing.
func (s *Store) Close() error {
	if err := s.close(); err != nil {
		return fmt.Errorf("storage/sqlite: close: %w", err)
	}
	return nil
}

var (
	_ storage.Store      = (*Store)(nil)
	_ storage.Lister     = (*Store)(nil)
	_ storage.Transactor = (*Store)(nil)
	_ storage.Lister     = (*Tx)(nil)
)
