package storage

import (
	"context"
	"errors"
	"fmt"
)

// txKey marks the context given to a function that runs Atomically in m.
type txKey struct{ m *Memory }

var errTxDone = errors.New("storage: the transaction is over; use its store only inside the function given to Atomically")

// Atomically implements [Transactor]. It holds the lock of the store while fn
// runs: readers wait too.
func (m *Memory) Atomically(ctx context.Context, fn func(ctx context.Context, tx Store) error) error {
	if err := m.check(ctx, "atomically"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := &memoryTx{m: m, before: make(map[string]record)}
	defer tx.end() // also when fn panics
	if err := fn(context.WithValue(ctx, txKey{m}, true), tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("storage: atomically: %w", err)
	}
	tx.before = nil // nothing to take back
	return nil
}

// memoryTx writes straight into the store and knows how to take it back.
type memoryTx struct {
	m      *Memory
	before map[string]record // what was there; a record without ETag: nothing
	done   bool
}

func (tx *memoryTx) check(ctx context.Context) error {
	if tx.done {
		return errTxDone
	}
	return ctx.Err()
}

func (tx *memoryTx) Read(ctx context.Context, keys ...string) (map[string]Item, error) {
	if err := errors.Join(tx.check(ctx), CheckKeys(keys...)); err != nil {
		return nil, err
	}
	return tx.m.read(keys), nil
}

func (tx *memoryTx) Write(ctx context.Context, items map[string]Item) (map[string]string, error) {
	if err := errors.Join(tx.check(ctx), CheckItems(items)); err != nil {
		return nil, err
	}
	for key := range items {
		tx.remember(key)
	}
	return tx.m.write(items)
}

func (tx *memoryTx) Delete(ctx context.Context, keys ...string) error {
	if err := errors.Join(tx.check(ctx), CheckKeys(keys...)); err != nil {
		return err
	}
	for _, key := range keys {
		tx.remember(key)
	}
	tx.m.delete(keys)
	return nil
}

func (tx *memoryTx) List(ctx context.Context, prefix, after string, limit int) ([]Entry, error) {
	limit, err := CheckLimit(limit)
	if err = errors.Join(tx.check(ctx), err); err != nil {
		return nil, err
	}
	return tx.m.list(prefix, after, limit), nil
}

func (tx *memoryTx) remember(key string) {
	if _, ok := tx.before[key]; !ok {
		tx.before[key] = tx.m.records[key]
	}
}

func (tx *memoryTx) end() {
	tx.done = true
	for key, r := range tx.before {
		if r.etag == "" {
			delete(tx.m.records, key)
		} else {
			tx.m.put(key, r)
		}
	}
}
