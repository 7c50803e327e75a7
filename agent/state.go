package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/internal/wire"
	"github.com/outspoken-go/outspoken/storage"
)

// A Scope is one of the documents that state lives in. Each is a JSON object
// with a property per key.
type Scope int

const (
	// ConversationScope is shared by everybody in the conversation.
	ConversationScope Scope = iota
	// UserScope follows the user through all conversations of a channel.
	UserScope
	// PrivateScope belongs to one user in one conversation.
	PrivateScope

	scopes = iota
)

func (s Scope) String() string { return [...]string{"conversation", "user", "private"}[s] }

// document is one scope's state in one turn.
type document struct {
	key    string
	etag   string // "" when it is not stored
	props  wire.Object
	change []*change
	clear  bool // drop everything that was stored before applying change
}

// change is what a turn does to one property.
type change struct {
	name    string
	base    json.RawMessage // what the property was when the turn first changed it
	value   json.RawMessage // nil deletes
	updates []func(json.RawMessage) (json.RawMessage, error)
	blind   bool // a Set or Delete is among the changes, so they cannot be repeated on another base
}

// storageKey follows the format of the .NET SDK. (activity-and-turns 13)
func (t *Turn) storageKey(s Scope) (string, error) {
	channel, conv, user := t.ref.ChannelID, t.Activity.Conversation.ID, t.Activity.From.ID
	missing := func(name string) error {
		return fmt.Errorf("agent: %s state: %w: the activity has no %s", s, activity.ErrInvalid, name)
	}
	switch {
	case channel == "":
		return "", missing("channelId")
	case conv == "" && s != UserScope:
		return "", missing("conversation.id")
	case user == "" && s != ConversationScope:
		return "", missing("from.id")
	}
	switch s {
	case ConversationScope:
		return channel + "/conversations/" + conv, nil
	case UserScope:
		return channel + "/users/" + user, nil
	}
	return channel + "/conversations/" + conv + "/users/" + user, nil
}

// document loads a scope on first touch. t.mu is held.
func (t *Turn) document(ctx context.Context, s Scope) (*document, error) {
	if t.ended.Load() {
		return nil, ErrTurnEnded
	}
	if d := t.docs[s]; d != nil {
		return d, nil
	}
	key, err := t.storageKey(s)
	if err != nil {
		return nil, err
	}
	d := &document{key: key}
	if err := d.load(ctx, t.adapter.app.cfg.Storage); err != nil {
		return nil, fmt.Errorf("agent: load %s state: %w", s, err)
	}
	t.docs[s] = d
	return d, nil
}

func (d *document) load(ctx context.Context, store storage.Store) error {
	items, err := store.Read(ctx, d.key)
	if err != nil {
		return err
	}
	item, ok := items[d.key]
	d.etag, d.props = item.ETag, nil
	if !ok || string(item.Value) == "null" {
		return nil
	}
	if d.props, err = wire.ParseObject(item.Value); err != nil {
		return fmt.Errorf("%q does not hold a JSON object: %w", d.key, err)
	}
	return nil
}

// current is the value of a property as this turn sees it.
func (d *document) current(name string) json.RawMessage {
	if c := d.changeOf(name); c != nil {
		return c.value
	}
	if d.clear {
		return nil
	}
	return d.props.Get(name)
}

func (d *document) changeOf(name string) *change {
	for _, c := range d.change {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (d *document) changing(name string) *change {
	c := d.changeOf(name)
	if c == nil {
		now := d.current(name)
		c = &change{name: name, base: now, value: now}
		d.change = append(d.change, c)
	}
	return c
}

// set changes a property; a nil value deletes it.
func (d *document) set(name string, value json.RawMessage) {
	c := d.changing(name)
	c.value, c.blind = value, true
}

// update changes a property by a function that can run again on another value.
func (d *document) update(name string, fn func(json.RawMessage) (json.RawMessage, error)) error {
	c := d.changing(name)
	value, err := fn(c.value)
	if err != nil {
		return err
	}
	c.value = value
	c.updates = append(c.updates, fn)
	return nil
}

// merge applies the turn's changes to props, and reports whether that makes a
// difference to what is stored.
func (d *document) merge() (changed bool) {
	if d.clear {
		changed = len(d.props) > 0
		d.props = nil
	}
	for _, c := range d.change {
		if !bytes.Equal(d.props.Get(c.name), c.value) {
			d.props.Set(c.name, c.value)
			changed = true
		}
	}
	return changed
}

// rebase re-reads the document and applies the turn's changes to it. Only
// properties that another turn changed meanwhile are done again, and only if
// functions describe the change.
func (d *document) rebase(ctx context.Context, store storage.Store) error {
	if err := d.load(ctx, store); err != nil {
		return err
	}
	for _, c := range d.change {
		now := d.props.Get(c.name)
		if d.clear || bytes.Equal(now, c.base) {
			continue
		}
		if c.blind {
			return fmt.Errorf("property %q of %w", c.name, &storage.ConflictError{Key: d.key})
		}
		c.base, c.value = now, now
		for _, fn := range c.updates {
			value, err := fn(c.value)
			if err != nil {
				return err
			}
			c.value = value
		}
	}
	return nil
}

// maxRebase is how often a save meets another's write before it gives up.
const maxRebase = 3

// save writes the changed documents, and what was registered with OnSave, all
// together or not at all. Its success ends the turn: a later change would be
// lost.
func (t *Turn) save(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.docs == [scopes]*document{} && len(t.onSave) == 0 {
		t.ended.Store(true)
		return nil
	}
	store := t.adapter.app.cfg.Storage
	for try := 0; ; try++ {
		err := t.commit(ctx, store)
		if err == nil {
			t.ended.Store(true)
			return nil
		}
		if !errors.Is(err, storage.ErrConflict) || try == maxRebase {
			return fmt.Errorf("agent: save state: %w", err)
		}
		for _, d := range t.docs {
			if d == nil || len(d.change) == 0 && !d.clear {
				continue
			}
			if err := d.rebase(ctx, store); err != nil {
				return fmt.Errorf("agent: save state: %w", err)
			}
		}
	}
}

func (t *Turn) commit(ctx context.Context, store storage.Store) error {
	items := map[string]storage.Item{}
	var gone []string
	for _, d := range t.docs {
		if d == nil {
			continue
		}
		switch {
		case !d.merge():
		case d.clear && len(d.props) == 0:
			gone = append(gone, d.key)
		default:
			value := d.props.Append(nil)
			items[d.key] = storage.Item{Value: value, ETag: d.etag, New: d.etag == ""}
		}
	}
	write := func(ctx context.Context, store storage.Store) error {
		if len(items) > 0 {
			if _, err := store.Write(ctx, items); err != nil {
				return err
			}
		}
		if len(gone) > 0 {
			return store.Delete(ctx, gone...)
		}
		return nil
	}
	tx, ok := store.(storage.Transactor)
	if !ok || len(t.onSave) == 0 && (len(items) == 0 || len(gone) == 0) {
		return write(ctx, store)
	}
	return tx.Atomically(ctx, func(ctx context.Context, tx storage.Store) error {
		if err := write(ctx, tx); err != nil {
			return err
		}
		for _, fn := range t.onSave {
			if err := fn(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}
