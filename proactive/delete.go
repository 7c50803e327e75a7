package proactive

import (
	"context"
	"errors"
	"slices"

	"github.com/outspoken-go/outspoken/storage"
)

// Delete forgets a conversation. One that is not known is no error. The next
// turn that comes in makes it known again; a process that saw the conversation
// less than a minute ago may leave that to a later one.
func (c *Conversations) Delete(ctx context.Context, id string) error {
	forget := func(ctx context.Context, store storage.Store) error {
		e, err := find(ctx, store, id)
		if errors.Is(err, ErrConversationNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		defer c.seen.forget(e.Conversation.Reference.Conversation.ID)
		return c.remove(ctx, store, &e)
	}
	var err error
	for try := 1; ; try++ {
		if tx, ok := c.store.(storage.Transactor); ok {
			err = tx.Atomically(ctx, forget)
		} else {
			err = forget(ctx, c.store)
		}
		if !again(ctx, err, try) {
			return wrap("delete", id, err)
		}
	}
}

func (c *Conversations) remove(ctx context.Context, store storage.Store, e *Entry) error {
	main, users := key(e.Conversation.Reference.Conversation.ID), e.userKeys()
	items, err := store.Read(ctx, append(users, main)...)
	if err != nil {
		return err
	}
	writes, gone := map[string]storage.Item{}, []string{}
	if c.lists {
		gone = e.listKeys()
	}
	entries, err := entriesOf(items, e.Conversation.Reference.Conversation.ID)
	if err != nil {
		return err
	}
	if rest := slices.DeleteFunc(entries, func(o Entry) bool { return o.ID == e.ID }); len(rest) == 0 {
		gone = append(gone, main)
	} else if err := setItem(writes, main, items[main], rest, encode); err != nil {
		return err
	}
	for _, k := range users {
		ids, _ := decodeIDs(items[k].Value) // what is no index goes, too
		if rest := slices.DeleteFunc(ids, func(id string) bool { return id == e.ID }); len(rest) == 0 {
			gone = append(gone, k)
		} else if err := setItem(writes, k, items[k], rest, encodeIDs); err != nil {
			return err
		}
	}
	if len(writes) > 0 {
		if _, err := store.Write(ctx, writes); err != nil {
			return err
		}
	}
	return store.Delete(ctx, gone...)
}
