package proactive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// ErrConversationNotFound: no conversation with this id was ever stored. It
// becomes known when a turn of it passes [Conversations.Capture].
var ErrConversationNotFound = errors.New("proactive: the conversation is not known; the user has to write to the agent once, or install it")

// prefix of the keys, as the other SDKs have it. (proactive-hosting-auth 2.2)
const prefix = "proactive/conversations/"

// Conversations are the addresses an agent has met, kept in a store. They may
// be used concurrently.
type Conversations struct {
	store storage.Store

	mu   sync.Mutex
	last map[string]string // the address stored last, by conversation id; spares writing it again
}

// remembered bounds how many conversations are known not to need writing.
const remembered = 10_000

// NewConversations returns the address book in store.
func NewConversations(store storage.Store) *Conversations {
	return &Conversations{store: store, last: map[string]string{}}
}

// Capture is a middleware that stores the conversation of each inbound turn
// before its handler runs, if it is new or its address changed. Turns that
// another agent started are left out: it names conversations as it likes, and
// must not move the address of a user's. So are activities without a service
// URL, which are answered in the HTTP response only. When the store fails, so does the
// turn, before its handler runs.
func (c *Conversations) Capture(next agent.Handler) agent.Handler {
	return func(ctx context.Context, t *agent.Turn) error {
		if !t.Proactive() && !t.Identity.IsAgent() && t.Activity.ServiceURL != "" {
			if err := c.Store(ctx, t.Conversation()); err != nil {
				return err
			}
		}
		return next(ctx, t)
	}
}

// Store keeps a conversation under its id, in place of what was there. An
// address that did not change causes no write, nor does another speaker in a
// group. What belongs to one activity, its id, is not kept.
func (c *Conversations) Store(ctx context.Context, conv activity.Conversation) error {
	id := conv.Reference.Conversation.ID
	if id == "" {
		return fmt.Errorf("proactive: store: %w: the conversation has no id", activity.ErrInvalid)
	}
	conv.Reference.ActivityID = ""
	address, err := addressOf(conv)
	if err != nil {
		return fmt.Errorf("proactive: store %q: %w", id, err)
	}
	c.mu.Lock()
	known := c.last[id] == address
	c.mu.Unlock()
	if known {
		return nil
	}
	value, err := json.Marshal(conv)
	if err != nil {
		return fmt.Errorf("proactive: store %q: %w", id, err)
	}
	if _, err := c.store.Write(ctx, map[string]storage.Item{prefix + id: {Value: value}}); err != nil {
		return fmt.Errorf("proactive: store %q: %w", id, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.last) >= remembered {
		clear(c.last)
	}
	c.last[id] = address
	return nil
}

// addressOf is what must change for a conversation to be stored again. Who
// spoke last in a group does not count, or each turn would be a write.
func addressOf(conv activity.Conversation) (string, error) {
	if conv.Reference.Conversation.IsGroup {
		conv.Reference.User, conv.Reference.Locale = activity.ChannelAccount{}, ""
	}
	address, err := json.Marshal(conv)
	return string(address), err
}

// Get returns the conversation with this id, that of its
// Reference.Conversation, or [ErrConversationNotFound].
func (c *Conversations) Get(ctx context.Context, id string) (activity.Conversation, error) {
	var conv activity.Conversation
	if id == "" {
		return conv, ErrConversationNotFound
	}
	items, err := c.store.Read(ctx, prefix+id)
	if err != nil {
		return conv, fmt.Errorf("proactive: get %q: %w", id, err)
	}
	item, ok := items[prefix+id]
	if !ok {
		return conv, fmt.Errorf("%w: %q", ErrConversationNotFound, id)
	}
	if err := json.Unmarshal(item.Value, &conv); err != nil {
		return conv, fmt.Errorf("proactive: get %q: %w", id, err)
	}
	return conv, nil
}

// All walks through all conversations in the order of their ids. It needs a
// store that can list, else it yields [storage.ErrNotSupported].
func (c *Conversations) All(ctx context.Context) iter.Seq2[activity.Conversation, error] {
	return func(yield func(activity.Conversation, error) bool) {
		for e, err := range storage.All(ctx, c.store, prefix) {
			var conv activity.Conversation
			if err == nil {
				err = json.Unmarshal(e.Value, &conv)
			}
			if err != nil {
				err = fmt.Errorf("proactive: list conversations: %w", err)
			}
			if !yield(conv, err) {
				return
			}
		}
	}
}
