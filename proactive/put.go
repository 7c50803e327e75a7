package proactive

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// maxPut is how often a change is tried anew when others write the same
// conversation or user at the same time.
const maxPut = 10

// maxSame bounds how many channels and agents may share one conversation id.
const maxSame = 32

var errTooMany = errors.New("too many channels and agents have a conversation with this id")

// put lets change alter the entry at a place, and writes it with all that
// finds it if change returns true. addressed is its address from then on, nil
// if that stays. What others write in between makes change run again.
func (c *Conversations) put(ctx context.Context, at place, addressed *activity.Conversation, change func(e *Entry, known bool) bool) error {
	keys := []string{key(at.id)}
	if addressed != nil {
		e := Entry{Conversation: *addressed}
		keys = append(keys, e.userKeys()...)
	}
	for try := 1; ; try++ {
		err := c.tryPut(ctx, at, keys, change)
		if !again(ctx, err, try) {
			return err
		}
	}
}

// again reports whether a change that met another's may be tried anew, after a
// short wait that keeps several processes from meeting once more.
func again(ctx context.Context, err error, try int) bool {
	if !errors.Is(err, storage.ErrConflict) || try == maxPut {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(rand.N(time.Millisecond << try)):
		return true
	}
}

func (c *Conversations) tryPut(ctx context.Context, at place, keys []string, change func(e *Entry, known bool) bool) error {
	items, err := c.store.Read(ctx, keys...)
	if err != nil {
		return err
	}
	writes := map[string]storage.Item{}
	stale, err := c.plan(writes, items, at, keys, change)
	if err != nil || len(writes) == 0 {
		return err
	}
	defer c.seen.forget(at.id)
	write := func(ctx context.Context, store storage.Store) error {
		if _, err := store.Write(ctx, writes); err != nil || len(stale) == 0 {
			return err
		}
		return store.Delete(ctx, stale...) // lookups ignore what is left of these
	}
	if tx, ok := c.store.(storage.Transactor); ok && len(stale) > 0 {
		return tx.Atomically(ctx, write) // or what others add in between is deleted
	}
	return write(ctx, c.store)
}

// plan adds to writes what change makes necessary, given what was read, and
// returns the keys that do not lead to the entry any more. The first of keys
// is that of the conversation, the others are those of its user.
func (c *Conversations) plan(writes, items map[string]storage.Item, at place, keys []string, change func(e *Entry, known bool) bool) (stale []string, err error) {
	main := items[keys[0]]
	entries, err := entriesOf(items, at.id)
	if err != nil {
		entries = nil // an address takes the place of what is none
	}
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.ID == at.String() })
	var before []string
	if i >= 0 {
		before = entries[i].listKeys()
	} else if len(entries) >= maxSame {
		return nil, errTooMany
	}
	e := Entry{}
	if i >= 0 {
		e = entries[i].clone()
	}
	if !change(&e, i >= 0) {
		return nil, nil
	}
	e.ID = at.String()
	if t := e.Conversation.Reference.Conversation.TenantID; t != "" {
		e.Tenant = t
	}
	if i >= 0 {
		entries[i] = e
	} else {
		entries = append(entries, e)
	}
	if err := setItem(writes, keys[0], main, entries, encode); err != nil {
		return nil, err
	}
	for _, k := range keys[1:] {
		ids, _ := decodeIDs(items[k].Value) // as above
		if slices.Contains(ids, e.ID) {
			continue
		}
		ids = append([]string{e.ID}, ids...)
		if err := setItem(writes, k, items[k], ids[:min(len(ids), perUser)], encodeIDs); err != nil {
			return nil, err
		}
	}
	if !c.lists {
		return nil, nil
	}
	after := e.listKeys()
	value, err := json.Marshal(e.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range after {
		if !slices.Contains(before, k) {
			writes[k] = storage.Item{Value: value}
		}
	}
	return slices.DeleteFunc(before, func(k string) bool { return slices.Contains(after, k) }), nil
}

func encodeIDs(ids []string) (json.RawMessage, error) { return json.Marshal(ids) }

// setItem adds a conditional write of v to writes: nobody may have changed was.
func setItem[T any](writes map[string]storage.Item, key string, was storage.Item, v T, encode func(T) (json.RawMessage, error)) error {
	raw, err := encode(v)
	writes[key] = storage.Item{Value: raw, ETag: was.ETag, New: was.ETag == ""}
	return err
}
