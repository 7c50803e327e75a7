package localchannel

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

// What is stored where. An activity is stored as the client sees it, a deleted
// one as null, so that its number stays taken. The last number is in the
// record, which is written in one batch with each new activity.
const (
	keyKey           = "localchannel/key" // of tokens, which thus outlive a restart
	recordPrefix     = "localchannel/conversations/"
	activitiesPrefix = "localchannel/activities/"
)

func activityKey(conversation string, seq int) string {
	return fmt.Sprintf("%s%s/%010d", activitiesPrefix, conversation, seq)
}

func (c *Channel) loadKey(ctx context.Context) error {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	value, err := json.Marshal(fresh)
	if err != nil {
		return err
	}
	_, err = c.cfg.Store.Write(ctx, map[string]storage.Item{keyKey: {Value: value, New: true}})
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		return err
	}
	items, err := c.cfg.Store.Read(ctx, keyKey)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(items[keyKey].Value, &c.key); err != nil {
		return err
	}
	if c.cfg.Secret != "" { // another secret ends the tokens of the one before
		c.key = mac(c.key, c.cfg.Secret)
	}
	return nil
}

func (c *Channel) loadConversations(ctx context.Context) error {
	for entry, err := range storage.All(ctx, c.cfg.Store, recordPrefix) {
		if errors.Is(err, storage.ErrNotSupported) {
			return nil
		}
		if err != nil {
			return err
		}
		var r record
		if err := json.Unmarshal(entry.Value, &r); err != nil {
			return fmt.Errorf("%s: %w", entry.Key, err)
		}
		c.insert(c.newConversation(r))
	}
	return nil
}

// save stores the record and, when there is one, the activity raw as number
// r.Last. Afterwards r is the record of the conversation. conv.mu is held.
func (c *Channel) save(ctx context.Context, conv *conversation, r record, raw json.RawMessage) error {
	if excess := r.Last - r.First + 1 - c.cfg.MaxActivities; excess > 0 {
		first := r.First
		r.First += max(excess, c.cfg.MaxActivities/10)
		if err := c.cfg.Store.Delete(ctx, activityKeys(r.ID, first, r.First-1)...); err != nil {
			return err
		}
	}
	r.Updated = time.Now().UTC()
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	items := map[string]storage.Item{recordPrefix + r.ID: {Value: value}}
	if raw != nil {
		items[activityKey(r.ID, r.Last)] = storage.Item{Value: raw}
	}
	if _, err := c.cfg.Store.Write(ctx, items); err != nil {
		return err
	}
	conv.record = r
	return nil
}

// maxPage is how many bytes of activities a page has, or one more activity.
const maxPage = 1 << 20

// page returns the next activities after number after and not past upTo, and
// the number of the last one it looked at.
func (c *Channel) page(ctx context.Context, conversation string, after, upTo int) ([]json.RawMessage, int, error) {
	upTo = min(upTo, after+50)
	keys := activityKeys(conversation, after+1, upTo)
	items, err := c.cfg.Store.Read(ctx, keys...)
	if err != nil {
		return nil, after, err
	}
	var activities []json.RawMessage
	size := 0
	for i, key := range keys {
		if size >= maxPage {
			return activities, after + i, nil
		}
		if item, ok := items[key]; ok && string(item.Value) != "null" {
			activities = append(activities, item.Value)
			size += len(item.Value)
		}
	}
	return activities, upTo, nil
}

func activityKeys(conversation string, from, to int) []string {
	var keys []string
	for seq := from; seq <= to; seq++ {
		keys = append(keys, activityKey(conversation, seq))
	}
	return keys
}
