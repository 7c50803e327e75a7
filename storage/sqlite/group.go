package sqlite

import (
	"context"
	"fmt"
	"time"
)

// maxGroup bounds how many requests share a commit, and with it how long the
// first of them waits for the last.
const maxGroup = 128

const (
	sweepEvery = time.Minute
	sweepRows  = 100
	sweepSQL   = `DELETE FROM item WHERE key IN (SELECT key FROM item WHERE expires <= ? LIMIT ?)`
)

// submit queues run for the writing goroutine and returns the request.
func (s *Store) submit(run func(*Tx) error) (*request, error) {
	r := &request{run: run, done: make(chan struct{})}
	return r, s.queue.push(r)
}

// await returns the outcome of r. When ctx ends it takes r back; a request
// already taken by the writer cannot be taken back, so its outcome counts.
func (s *Store) await(ctx context.Context, r *request) error {
	select {
	case <-r.done:
	case <-ctx.Done():
		if s.queue.remove(r) {
			return fmt.Errorf("storage/sqlite: nothing was written: %w", ctx.Err())
		}
		<-r.done
	}
	return r.err
}

// run is the writing goroutine: it commits groups until the queue is closed
// and empty. Requests that arrive during a commit form the next group.
func (s *Store) run() {
	for {
		group := s.queue.take(maxGroup)
		if len(group) == 0 {
			return
		}
		err := s.commit(group)
		for _, r := range group {
			if r.err == nil {
				r.err = err
			}
			close(r.done)
		}
	}
}

// commit runs all requests in one transaction. An error means that nothing of
// the group was written; what only concerns one request is its own error.
func (s *Store) commit(group []*request) (err error) {
	if _, err := s.writer.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = s.writer.exec("ROLLBACK") // fails when SQLite did it already
		}
	}()
	if err := s.sweep(); err != nil {
		return err
	}
	for _, r := range group {
		if err := s.runOne(r); err != nil {
			return fmt.Errorf("storage/sqlite: the transaction broke off, nothing was written: %w", err)
		}
	}
	if _, err := s.writer.exec("COMMIT"); err != nil {
		return err
	}
	s.commits.Add(1)
	return nil
}

// runOne runs r in its own savepoint. It returns an error only when the whole
// transaction is lost.
func (s *Store) runOne(r *request) error {
	if _, err := s.writer.exec("SAVEPOINT request"); err != nil {
		return err
	}
	tx := &Tx{session: s.writer}
	r.err = r.run(tx)
	tx.end()
	if r.err != nil {
		if _, err := s.writer.exec("ROLLBACK TO request"); err != nil {
			return err
		}
	}
	_, err := s.writer.exec("RELEASE request")
	return err
}

// sweep removes some expired rows, once a minute or, while there are more,
// with every group.
func (s *Store) sweep() error {
	now := time.Now()
	if now.Before(s.nextSweep) {
		return nil
	}
	n, err := s.writer.exec(sweepSQL, now.UnixMicro(), sweepRows)
	if n < sweepRows {
		s.nextSweep = now.Add(sweepEvery)
	}
	return err
}
