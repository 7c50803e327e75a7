package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Memory is a [Store], [Lister] and [Transactor] that lives as long as the
// process. The zero Memory is ready to use. Its ETags are increasing integers.
//
// List looks at every key, so Memory suits tests and small programs better
// than many thousands of listed items. Expired items are removed in passing,
// by writes with a TTL: the store holds at most about twice what is alive.
type Memory struct {
	mu      sync.RWMutex
	records map[string]record
	version uint64
	sweepIn int // writes with a TTL until the next sweep
}

// A record is never changed once stored, only replaced.
type record struct {
	value   json.RawMessage
	etag    string
	expires time.Time // zero: never
}

func (r record) expired() bool { return !r.expires.IsZero() && !time.Now().Before(r.expires) }

func (r record) item() Item { return Item{Value: bytes.Clone(r.value), ETag: r.etag} }

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return new(Memory) }

// Read implements [Store].
func (m *Memory) Read(ctx context.Context, keys ...string) (map[string]Item, error) {
	if err := errors.Join(m.check(ctx, "read"), CheckKeys(keys...)); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.read(keys), nil
}

// Write implements [Store].
func (m *Memory) Write(ctx context.Context, items map[string]Item) (map[string]string, error) {
	if err := errors.Join(m.check(ctx, "write"), CheckItems(items)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.write(items)
}

// Delete implements [Store].
func (m *Memory) Delete(ctx context.Context, keys ...string) error {
	if err := errors.Join(m.check(ctx, "delete"), CheckKeys(keys...)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delete(keys)
	return nil
}

// List implements [Lister].
func (m *Memory) List(ctx context.Context, prefix, after string, limit int) ([]Entry, error) {
	limit, err := CheckLimit(limit)
	if err := errors.Join(m.check(ctx, "list"), err); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.list(prefix, after, limit), nil
}

func (m *Memory) check(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("storage: %s: %w", op, err)
	}
	if ctx.Value(txKey{m}) != nil {
		return fmt.Errorf("storage: %s: called on the outer store inside Atomically; use the store given to the function", op)
	}
	return nil
}

// What follows needs m.mu to be held.

func (m *Memory) get(key string) (record, bool) {
	r, ok := m.records[key]
	if !ok || r.expired() {
		return record{}, false
	}
	return r, true
}

func (m *Memory) read(keys []string) map[string]Item {
	items := make(map[string]Item, len(keys))
	for _, key := range keys {
		if r, ok := m.get(key); ok {
			items[key] = r.item()
		}
	}
	return items
}

func (m *Memory) write(items map[string]Item) (map[string]string, error) {
	for key, item := range items {
		stored, ok := m.get(key)
		if item.New && ok || item.IsVersion() && stored.etag != item.ETag {
			return nil, &ConflictError{key}
		}
	}
	etags := make(map[string]string, len(items))
	for key, item := range items {
		m.version++
		r := record{value: bytes.Clone(item.Value), etag: strconv.FormatUint(m.version, 10)}
		if item.TTL > 0 {
			r.expires = time.Now().Add(item.TTL)
			m.sweep()
		}
		m.put(key, r)
		etags[key] = r.etag
	}
	return etags, nil
}

func (m *Memory) put(key string, r record) {
	if m.records == nil {
		m.records = make(map[string]record)
	}
	m.records[key] = r
}

func (m *Memory) delete(keys []string) {
	for _, key := range keys {
		delete(m.records, key)
	}
}

func (m *Memory) list(prefix, after string, limit int) []Entry {
	var keys []string
	for key, r := range m.records {
		if strings.HasPrefix(key, prefix) && key > after && !r.expired() {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	entries := make([]Entry, min(limit, len(keys)))
	for i := range entries {
		entries[i] = Entry{keys[i], m.records[keys[i]].item()}
	}
	return entries
}

// sweep removes what has expired, then lets as many writes with a TTL pass as
// there are records left: each of them pays for looking at about one record.
func (m *Memory) sweep() {
	if m.sweepIn--; m.sweepIn > 0 {
		return
	}
	for key, r := range m.records {
		if r.expired() {
			delete(m.records, key)
		}
	}
	m.sweepIn = max(1024, len(m.records))
}
