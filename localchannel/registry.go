package localchannel

import (
	"context"
	"encoding/json"
	"time"
)

// Which conversations there are. A conversation is locked before the registry
// (c.mu), never after.

// find returns the conversation with the id, which is in use from now on.
func (c *Channel) find(ctx context.Context, op, id string) (*conversation, error) {
	conv, err := c.lookUp(ctx, op, id)
	if err == nil {
		conv.touch()
	}
	return conv, err
}

// lookUp is find for who only looks on.
func (c *Channel) lookUp(ctx context.Context, op, id string) (*conversation, error) {
	c.mu.Lock()
	conv := c.conversations[id]
	c.mu.Unlock()
	if conv == nil {
		if !validID(id) {
			return nil, conversationNotFound(op)
		}
		items, err := c.cfg.Store.Read(ctx, recordPrefix+id)
		if err != nil {
			return nil, c.storeFailed(op, id, err)
		}
		var r record
		if json.Unmarshal(items[recordPrefix+id].Value, &r) != nil {
			return nil, conversationNotFound(op)
		}
		conv, _ = c.insert(c.newConversation(r))
	}
	return conv, nil
}

// insert makes conv known, unless its id is known already. It returns the one
// that is known, and whether that is conv.
func (c *Channel) insert(conv *conversation) (*conversation, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.conversations[conv.id]; known != nil {
		return known, false
	}
	c.conversations[conv.id] = conv
	c.setPerson(conv)
	return conv, true
}

// create makes a conversation, unless one with its id came into being just now;
// then it returns that and false.
func (c *Channel) create(ctx context.Context, op string, r record) (*conversation, bool, error) {
	now := time.Now().UTC()
	if r.Created.IsZero() {
		r.Created = now
	}
	r.First, r.Updated = 1, now
	conv := c.newConversation(r)
	conv.mu.Lock() // before others find it, as it is not stored yet
	defer conv.mu.Unlock()
	if known, fresh, err := c.admit(ctx, op, conv); !fresh {
		return known, false, err
	}
	if err := c.save(ctx, conv, conv.record, nil); err != nil {
		c.forget(conv)
		return nil, false, c.storeFailed(op, r.ID, err)
	}
	return conv, true, nil
}

// admit is insert after deleting those that were idle longest, as long as there
// are too many. One at a time, or several would make the same room.
func (c *Channel) admit(ctx context.Context, op string, conv *conversation) (*conversation, bool, error) {
	c.admission.Lock()
	defer c.admission.Unlock()
	for {
		oldest := c.surplus(conv.id)
		if oldest == nil {
			known, fresh := c.insert(conv)
			return known, fresh, nil
		}
		if err := c.evict(ctx, op, oldest); err != nil {
			return nil, false, err
		}
	}
}

// surplus is the conversation that was idle longest, or nil when there is room
// for id, as there is when it is known already.
func (c *Channel) surplus(id string) (oldest *conversation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.conversations) < c.cfg.MaxConversations || c.conversations[id] != nil {
		return nil
	}
	for _, conv := range c.conversations {
		if oldest == nil || conv.used.Load() < oldest.used.Load() {
			oldest = conv
		}
	}
	return oldest
}

// evict deletes a conversation, unless that has happened already.
func (c *Channel) evict(ctx context.Context, op string, conv *conversation) error {
	conv.mu.Lock()
	defer conv.mu.Unlock()
	if conv.gone {
		return nil
	}
	r := conv.record
	keys := append(activityKeys(r.ID, r.First, r.Last), recordPrefix+r.ID)
	if err := c.cfg.Store.Delete(ctx, keys...); err != nil {
		return c.storeFailed(op, r.ID, err)
	}
	c.dropFiles(ctx, r.ID)
	conv.dismiss("deleted")
	c.forget(conv)
	return nil
}

// forget takes conv out of memory for good. conv.mu is held.
func (c *Channel) forget(conv *conversation) {
	conv.gone = true
	c.faults.clear(conv.id)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conversations[conv.id] == conv {
		delete(c.conversations, conv.id)
	}
	c.unsetPerson(conv)
}
