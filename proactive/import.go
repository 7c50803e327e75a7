package proactive

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// Imported says what became of documents.
type Imported struct {
	Stored  int // conversations that were not known
	Known   int // conversations that were, and stay as they are
	Refused int // documents without an address, and addresses that are incomplete
}

const (
	maxImport = 1 << 20 // bytes of one document
	maxNested = 16      // objects within objects, until an address is found
	batch     = 200     // documents that are written together
)

// Import stores the addresses in documents that other SDKs wrote:
// conversations of the .NET and JavaScript Agents SDKs, and the conversation
// references that agents of Bot Framework v4 keep, alone, in lists, or somewhere
// in a document of state. What is known already stays as it is, so importing
// twice does no harm. A document may have up to 1 MiB.
//
// References of v4 do not say which agent they belong to. agentID is the client
// id that they get; when it is "", the id of the account without its prefix,
// which is right for Teams.
//
// Import ends with the first error of documents or of the store; what came
// before is stored.
func (c *Conversations) Import(ctx context.Context, documents iter.Seq2[json.RawMessage, error], agentID string) (Imported, error) {
	var done Imported
	var found []Entry
	flush := func() error {
		stored, err := c.storeNew(ctx, found)
		done.Stored += stored
		if err == nil {
			done.Known += len(found) - stored
		}
		found = found[:0]
		return err
	}
	for raw, err := range documents {
		if err != nil {
			return done, fmt.Errorf("proactive: import: %w", err)
		}
		entries, refused := addresses(raw, agentID)
		done.Refused += refused
		found = append(found, entries...)
		if len(found) >= batch {
			if err := flush(); err != nil {
				return done, fmt.Errorf("proactive: import: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return done, fmt.Errorf("proactive: import: %w", err)
	}
	return done, nil
}

// storeNew stores those entries that are not known, some hundred at a time, and
// returns how many.
func (c *Conversations) storeNew(ctx context.Context, entries []Entry) (stored int, err error) {
	for some := range slices.Chunk(entries, batch) {
		for try := 1; ; try++ {
			n, err := c.tryStoreNew(ctx, some)
			if err == nil {
				stored += n
				break
			}
			if !again(ctx, err, try) {
				return stored, err
			}
		}
	}
	return stored, nil
}

func (c *Conversations) tryStoreNew(ctx context.Context, entries []Entry) (stored int, err error) {
	keys := make([][]string, len(entries)) // of each: its own, then those of its user
	all := map[string]bool{}
	for i, e := range entries {
		keys[i] = append([]string{key(e.Conversation.Reference.Conversation.ID)}, e.userKeys()...)
		for _, k := range keys[i] {
			all[k] = true
		}
	}
	if len(all) == 0 {
		return 0, nil
	}
	items, err := c.store.Read(ctx, slices.Collect(maps.Keys(all))...)
	if err != nil {
		return 0, err
	}
	writes := map[string]storage.Item{}
	for i, read := range entries {
		one := map[string]storage.Item{}
		_, err := c.plan(one, items, placeOf(&read.Conversation), keys[i], func(e *Entry, known bool) bool {
			if !known {
				*e = read
			}
			return !known
		})
		if err != nil {
			return 0, err
		}
		if len(one) > 0 {
			stored++
		}
		for k, item := range one { // the next of the batch builds on it
			writes[k] = item
			items[k] = storage.Item{Value: item.Value, ETag: items[k].ETag}
		}
	}
	if len(writes) > 0 {
		_, err = c.store.Write(ctx, writes)
	}
	return stored, err
}

// addresses finds the addresses in one document, and counts what is no
// complete one.
func addresses(raw json.RawMessage, agentID string) (found []Entry, refused int) {
	if len(raw) > maxImport || !json.Valid(raw) {
		return nil, 1
	}
	search(raw, maxNested, func(e Entry) {
		conv := e.Conversation
		if conv.Claims["aud"] == "" && agentID != "" {
			conv.Claims = map[string]string{"aud": agentID}
		}
		ver := conv.Claims["ver"]
		conv = Complete(conv)
		if ver == "" {
			delete(conv.Claims, "ver") // what was stored without it meant the channel
		}
		conv.Reference.DeliveryMode, conv.Reference.RequestID = "", ""
		if Validate(conv) != nil {
			refused++
			return
		}
		e.Conversation, e.ID = conv, placeOf(&conv).String()
		found = append(found, e)
	})
	if len(found) == 0 && refused == 0 {
		refused = 1
	}
	return found, refused
}

// search calls visit for each conversation or reference in raw that is not
// within another.
func search(raw json.RawMessage, depth int, visit func(Entry)) {
	raw = bytes.TrimSpace(raw)
	if depth == 0 || len(raw) == 0 {
		return
	}
	switch raw[0] {
	case '{':
		if entries := asEntries(raw); len(entries) > 0 {
			for _, e := range entries {
				visit(e)
			}
			return
		}
		members := map[string]json.RawMessage{}
		if json.Unmarshal(raw, &members) == nil {
			for _, name := range slices.Sorted(maps.Keys(members)) {
				search(members[name], depth-1, visit)
			}
		}
	case '[':
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) == nil {
			for _, e := range elements {
				search(e, depth-1, visit)
			}
		}
	}
}

// asEntries reads raw as a document of an address book, or as a reference,
// which has a conversation and a channel.
func asEntries(raw json.RawMessage) []Entry {
	if entries, err := decode(raw); err == nil && isAddress(&entries[0].Conversation.Reference) {
		return entries
	}
	var conv activity.Conversation
	if conv.Reference.UnmarshalJSON(raw) == nil && isAddress(&conv.Reference) {
		return []Entry{{Conversation: conv}}
	}
	return nil
}

func isAddress(r *activity.ConversationReference) bool {
	return r.Conversation.ID != "" && cmp.Or(r.ChannelID, r.ServiceURL) != ""
}
