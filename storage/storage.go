package storage

import (
	"context"
	"encoding/json"
	"time"
)

// AnyETag in a written [Item] skips the check of the stored version.
const AnyETag = "*"

// An Item is one stored document.
type Item struct {
	// Value is the document, any valid JSON.
	Value json.RawMessage

	// ETag is the version. A store sets it on reading. On writing, a
	// version makes the write conditional on it, while "" and [AnyETag]
	// write unconditionally. A version given for a key that does not exist
	// is a conflict, so a deleted item is not brought back by accident.
	ETag string

	// TTL is how long the item lives after this write; then it reads as
	// absent. Zero keeps it until it is deleted. Memory and SQLite obey it;
	// a store that cannot must refuse the write with [ErrNotSupported].
	// Reading leaves it zero, so writing an item back keeps it for good
	// unless TTL is set again.
	TTL time.Duration

	// New makes the write conditional on the key being absent; otherwise
	// it is a conflict. It cannot be combined with a version in ETag.
	New bool
}

// A Store keeps documents under keys. All methods may be called concurrently.
// Values handed in and out are copies: changing them changes nothing stored.
// Every method fails without doing anything when ctx has ended, and with an
// error that names the rule when a key or a value is not allowed.
type Store interface {
	// Read returns the items that exist, all as of one moment. Missing
	// keys are absent from the map and are not an error.
	Read(ctx context.Context, keys ...string) (map[string]Item, error)

	// Write stores all items or none. It returns the new ETags by key.
	Write(ctx context.Context, items map[string]Item) (map[string]string, error)

	// Delete removes all keys together; unknown keys are ignored.
	Delete(ctx context.Context, keys ...string) error
}

// A Lister is a [Store] that can walk its keys in order. See [All].
type Lister interface {
	// List returns up to limit items (at most 1,000; 0 means 100) whose keys
	// begin with prefix and sort after the key after, in byte order of their
	// keys. Fewer than limit items mean there are no more.
	List(ctx context.Context, prefix, after string, limit int) ([]Entry, error)
}

// An Entry is an [Item] with its key.
type Entry struct {
	Key string
	Item
}

// A Transactor is a [Store] that can commit several writes together.
type Transactor interface {
	// Atomically runs fn with a Store whose writes become visible together
	// when fn returns nil, and not at all when it returns an error or
	// panics. The Store sees its own writes and belongs to the goroutine of
	// fn; it must not be used after fn returns. What else a transaction can
	// do is up to the store (see storage/sqlite). fn must not call the
	// outer store and should be quick: other writers wait. A conflict inside
	// fn writes nothing of that batch; fn decides whether to return it.
	Atomically(ctx context.Context, fn func(ctx context.Context, tx Store) error) error
}
