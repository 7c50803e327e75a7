package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/outspoken-go/outspoken/storage"
)

// txKey marks the context of a function that runs Atomically in a store.
type txKey struct{ *Store }

// Read implements [storage.Store].
func (s *Store) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	if err := storage.CheckKeys(keys...); err != nil {
		return nil, err
	}
	entries, err := s.query(ctx, s.readStmt, readArgs(keys)...)
	if err != nil {
		return nil, err
	}
	return byKey(entries), nil
}

// List implements [storage.Lister].
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]storage.Entry, error) {
	limit, err := storage.CheckLimit(limit)
	if err != nil {
		return nil, err
	}
	return s.query(ctx, s.listStmt, listArgs(prefix, after, limit)...)
}

func (s *Store) query(ctx context.Context, stmt *sql.Stmt, args ...any) ([]storage.Entry, error) {
	if s.queue.isClosed() {
		return nil, storage.ErrClosed
	}
	entries, err := queryItems(ctx, stmt, args...)
	switch {
	case err == nil:
		return entries, nil
	case s.queue.isClosed():
		return nil, storage.ErrClosed
	case ctx.Err() != nil:
		return nil, fmt.Errorf("storage/sqlite: read: %w", ctx.Err())
	}
	return nil, s.writer.explain(err)
}

// Write implements [storage.Store]. When ctx ends while the batch waits for
// its turn, nothing is written; later than that, Write returns what happened.
func (s *Store) Write(ctx context.Context, items map[string]storage.Item) (etags map[string]string, err error) {
	if err := storage.CheckItems(items); err != nil {
		return nil, err
	}
	err = s.do(ctx, func(tx *Tx) (err error) {
		etags, err = tx.write(items)
		return err
	})
	if err != nil {
		return nil, err
	}
	return etags, nil
}

// Delete implements [storage.Store]. For ctx see Write.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	if err := storage.CheckKeys(keys...); err != nil {
		return err
	}
	return s.do(ctx, func(tx *Tx) error { return tx.delete(keys) })
}

func (s *Store) do(ctx context.Context, run func(*Tx) error) error {
	if err := s.checkWriter(ctx); err != nil {
		return err
	}
	r, err := s.submit(run)
	if err != nil {
		return err
	}
	return s.await(ctx, r)
}

// Atomically implements [storage.Transactor]. The store given to fn is a
// [*Tx]. fn runs in the goroutine of the caller while all other writers wait;
// readers do not, and see what was there before. When ctx ends before fn
// returns, nothing is written.
func (s *Store) Atomically(ctx context.Context, fn func(ctx context.Context, tx storage.Store) error) error {
	if err := s.checkWriter(ctx); err != nil {
		return err
	}
	turn, outcome := make(chan *Tx), make(chan error)
	r, err := s.submit(func(tx *Tx) error {
		select {
		case turn <- tx:
			return <-outcome
		case <-ctx.Done():
			return fmt.Errorf("storage/sqlite: nothing was written: %w", ctx.Err())
		}
	})
	if err != nil {
		return err
	}
	select {
	case tx := <-turn:
		call(context.WithValue(ctx, txKey{s}, true), fn, tx, outcome)
	case <-ctx.Done():
	case <-r.done:
	}
	return s.await(ctx, r)
}

// call sends the outcome of fn to the writing goroutine, which waits for it,
// even when fn panics or ends the goroutine.
func call(ctx context.Context, fn func(context.Context, storage.Store) error, tx *Tx, outcome chan<- error) {
	err := errors.New("storage/sqlite: the function did not return")
	defer func() { outcome <- err }()
	err = fn(ctx, tx)
	if err == nil && ctx.Err() != nil {
		err = fmt.Errorf("storage/sqlite: nothing was written: %w", ctx.Err())
	}
}

func (s *Store) checkWriter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("storage/sqlite: nothing was written: %w", err)
	}
	if ctx.Value(txKey{s}) != nil {
		return errors.New("storage/sqlite: the outer store was called inside Atomically, which would wait for itself; use the store given to the function")
	}
	return nil
}
