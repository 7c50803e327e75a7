package proactive

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// Conversations are the addresses an agent has met, kept in a store: the one
// of the agent's state or another. They may be used concurrently, also by
// several processes on one store. Memory does not grow with them.
//
// Wherever an id is asked for, it is the conversation's id, or [Entry.ID]
// where several channels or agents have that one.
type Conversations struct {
	store storage.Store
	lists bool // the store can list
	seen  seen
}

// NewConversations returns the address book in store. Lookups by tenant, team
// and tag, and [Conversations.All], need a [storage.Lister].
func NewConversations(store storage.Store) *Conversations {
	_, lists := store.(storage.Lister)
	return &Conversations{store: store, lists: lists}
}

// Store keeps a conversation and returns its id. What was known of its address
// is replaced and a mark removed; tags stay. An unchanged address causes no
// write.
func (c *Conversations) Store(ctx context.Context, conv activity.Conversation) (string, error) {
	id := conv.Reference.Conversation.ID
	if id == "" {
		return "", missing("reference.conversation.id")
	}
	raw, err := conv.MarshalJSON()
	if err != nil {
		return "", fmt.Errorf("proactive: store %q: %w", id, err)
	}
	err = c.put(ctx, placeOf(&conv), &conv, func(e *Entry, known bool) bool {
		if known && e.Mark == (Mark{}) {
			if now, err := e.Conversation.MarshalJSON(); err == nil && string(now) == string(raw) {
				return false
			}
		}
		e.Conversation, e.Mark = conv, Mark{}
		return true
	})
	if err != nil {
		return "", fmt.Errorf("proactive: store %q: %w", id, err)
	}
	return id, nil
}

// Get returns the address of a conversation, [ErrConversationNotFound] or
// [ErrAmbiguous].
func (c *Conversations) Get(ctx context.Context, id string) (activity.Conversation, error) {
	e, err := c.Find(ctx, id)
	return e.Conversation, err
}

// Find returns what is known of a conversation, [ErrConversationNotFound] or
// [ErrAmbiguous].
func (c *Conversations) Find(ctx context.Context, id string) (Entry, error) {
	e, err := find(ctx, c.store, id)
	return e, wrap("find", id, err)
}

// wrap says what was asked for, unless err does.
func wrap(what, id string, err error) error {
	if err == nil || errors.Is(err, ErrConversationNotFound) || errors.Is(err, ErrAmbiguous) || errors.Is(err, activity.ErrInvalid) {
		return err
	}
	return fmt.Errorf("proactive: %s %q: %w", what, id, err)
}

func find(ctx context.Context, store storage.Store, id string) (Entry, error) {
	if id == "" {
		return Entry{}, missing("conversation id")
	}
	keys := []string{key(id)}
	at, long := parsePlace(id)
	if long {
		keys = append(keys, key(at.id))
	}
	items, err := store.Read(ctx, keys...)
	if err != nil {
		return Entry{}, err
	}
	found, err := entriesOf(items, id)
	if long {
		exact, errExact := entriesOf(items, at.id)
		exact = slices.DeleteFunc(exact, func(e Entry) bool { return e.ID != id })
		// An Entry.ID means that entry, even if somebody has made a
		// conversation whose own id looks like it.
		if len(exact) > 0 || err == nil && len(found) == 0 {
			found, err = exact, errExact
		}
	}
	switch {
	case err != nil:
		return Entry{}, err
	case len(found) == 0:
		return Entry{}, fmt.Errorf("%w: %q", ErrConversationNotFound, id)
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, e := range found {
			ids[i] = fmt.Sprintf("%q", e.ID)
		}
		return Entry{}, fmt.Errorf("%w: %q; use one of %s", ErrAmbiguous, id, strings.Join(ids, ", "))
	}
	return found[0], nil
}

// entriesOf are the entries with this conversation id among what was read.
func entriesOf(items map[string]storage.Item, id string) ([]Entry, error) {
	item, ok := items[key(id)]
	if !ok {
		return nil, nil
	}
	entries, err := decode(item.Value)
	if err != nil {
		return nil, fmt.Errorf("%q holds no conversation: %w", key(id), err)
	}
	return slices.DeleteFunc(entries, func(e Entry) bool { return e.Conversation.Reference.Conversation.ID != id }), nil
}

// All walks through all conversations in the order of their conversation ids,
// a page at a time. It yields [storage.ErrNotSupported] when the store cannot
// list, and an error of its own for a document that is no conversation.
func (c *Conversations) All(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for item, err := range storage.All(ctx, c.store, prefix) {
			var entries []Entry
			if err == nil {
				entries, err = decode(item.Value)
			}
			if err != nil {
				if !yield(Entry{}, fmt.Errorf("proactive: list conversations: %w", err)) {
					return
				}
				continue
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}
