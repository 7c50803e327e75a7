package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	driver "modernc.org/sqlite"
)

// A session is the one connection that writes, with the statements prepared
// on it so far. Its statements ignore the context of callers: interrupting
// one could end the transaction of everybody in the group.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	busy  time.Duration
}

// newSession connects. Switching a new file to WAL does not wait for another
// process that does the same, so we try again until busy is over.
func newSession(ctx context.Context, db *sql.DB, busy time.Duration) (*session, error) {
	s := &session{stmts: make(map[string]*sql.Stmt), busy: busy}
	for start := time.Now(); ; {
		var err error
		if s.conn, err = db.Conn(ctx); err == nil {
			return s, nil
		}
		if !isBusy(err) || time.Since(start) > busy {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// prepare must only be given constant queries: they are kept.
func (s *session) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, s.explain(err)
	}
	s.stmts[query] = stmt
	return stmt, nil
}

// exec runs a constant query and returns how many rows it changed.
func (s *session) exec(query string, args ...any) (int64, error) {
	stmt, err := s.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, s.explain(err)
	}
	return res.RowsAffected()
}

func (s *session) explain(err error) error {
	return fmt.Errorf("storage/sqlite: %w", explain(err, s.busy))
}

func explain(err error, busy time.Duration) error {
	if !isBusy(err) {
		return err
	}
	return fmt.Errorf("another process kept the database locked for %v; let one process do most of the writing or raise Config.BusyTimeout: %w", busy, err)
}

func isBusy(err error) bool {
	const sqliteBusy = 5 // the low byte of an extended result code
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == sqliteBusy
}
