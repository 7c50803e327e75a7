package proactive

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/storage"
)

// ByUser yields the one-to-one conversations of a user on a channel, such as
// "msteams", by the user's id there or in Microsoft Entra: the one that was met
// last first, at most 50. It takes two reads whatever the size of the book. Who
// the user is, the channel says: on Direct Line clients can name themselves as
// they like, unless their token names the user.
// Nothing is yielded for a user who is not known; see [OneToOne] for somebody
// who spoke in a group only.
func (c *Conversations) ByUser(ctx context.Context, channelID, userID string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		entries, err := c.byUser(ctx, channelID, userID)
		if err != nil {
			yield(Entry{}, fmt.Errorf("proactive: find user %q: %w", userID, err))
			return
		}
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (c *Conversations) byUser(ctx context.Context, channelID, userID string) ([]Entry, error) {
	if channelID == "" || userID == "" {
		return nil, &InvalidError{"channelId and user.id", "are both needed"}
	}
	base := baseOf(channelID)
	keys := []string{userKey(base, userID)}
	if k := userKey(base, strings.ToLower(userID)); k != keys[0] {
		keys = append(keys, k)
	}
	items, err := c.store.Read(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, k := range keys {
		more, err := decodeIDs(items[k].Value)
		if err != nil {
			return nil, err
		}
		for _, id := range more {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return c.entries(ctx, ids, func(e *Entry) bool {
		user := &e.Conversation.Reference.User
		return user.ID == userID || strings.EqualFold(user.EntraID(), userID)
	})
}

// entries reads the entries with these ids, in their order, that fit.
func (c *Conversations) entries(ctx context.Context, ids []string, fits func(*Entry) bool) ([]Entry, error) {
	var keys []string
	for _, id := range ids {
		if at, ok := parsePlace(id); ok {
			keys = append(keys, key(at.id))
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	items, err := c.store.Read(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var found []Entry
	for _, id := range ids {
		at, _ := parsePlace(id)
		same, err := entriesOf(items, at.id)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(same, func(e Entry) bool { return e.ID == id }); i >= 0 && fits(&same[i]) {
			found = append(found, same[i])
		}
	}
	return found, nil
}

// ByTenant yields the conversations of a Microsoft Entra tenant.
func (c *Conversations) ByTenant(ctx context.Context, tenantID string) iter.Seq2[Entry, error] {
	return c.listed(ctx, byTenant, tenantID, func(e *Entry) bool { return e.Tenant == tenantID })
}

// ByTeam yields the conversations in the channels of a Teams team, by the id
// that Teams gives it.
func (c *Conversations) ByTeam(ctx context.Context, teamID string) iter.Seq2[Entry, error] {
	return c.listed(ctx, byTeam, teamID, func(e *Entry) bool { return e.Team == teamID })
}

// ByTag yields the conversations that have a tag.
func (c *Conversations) ByTag(ctx context.Context, tag string) iter.Seq2[Entry, error] {
	return c.listed(ctx, byTag, tag, func(e *Entry) bool { return slices.Contains(e.Tags, tag) })
}

// listed walks an index a page at a time: one list and one read for each
// hundred entries. It yields [storage.ErrNotSupported] when the store cannot
// list.
func (c *Conversations) listed(ctx context.Context, index, value string, fits func(*Entry) bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		fail := func(err error) {
			yield(Entry{}, fmt.Errorf("proactive: look up %s%s: %w", strings.TrimPrefix(index, "proactive/"), value, err))
		}
		lister, ok := c.store.(storage.Lister)
		if !ok {
			fail(storage.ErrNotSupported)
			return
		}
		const size = 100
		under, after := index+part(value)+"/", ""
		for {
			page, err := lister.List(ctx, under, after, size)
			if err != nil {
				fail(err)
				return
			}
			ids := make([]string, len(page))
			for i, item := range page {
				if err := json.Unmarshal(item.Value, &ids[i]); err != nil {
					fail(err)
					return
				}
				after = item.Key
			}
			entries, err := c.entries(ctx, ids, fits)
			if err != nil {
				fail(err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < size {
				return
			}
		}
	}
}
