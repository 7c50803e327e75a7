package proactive

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/outspoken-go/outspoken/storage"
)

// pageSize is how many documents one page of a list is made from.
const pageSize = 100

// A lookup is an index with what an entry found by it must still be.
type lookup struct {
	index string
	fits  func(e *Entry, value string) bool
}

// page is the entries in the documents after one, in the order of their
// conversation ids, and after what the next page begins, "" for none. Documents
// that are no conversations are left out and counted.
func (c *Conversations) page(ctx context.Context, after string) (entries []Entry, next string, broken int, err error) {
	items, next, err := c.listPage(ctx, prefix, after)
	for _, item := range items {
		if more, err := decode(item.Value); err == nil {
			entries = append(entries, more...)
		} else {
			broken++
		}
	}
	return entries, next, broken, err
}

// lookupPage is a page of the entries that an index has under value.
func (c *Conversations) lookupPage(ctx context.Context, l lookup, value, after string) (entries []Entry, next string, err error) {
	items, next, err := c.listPage(ctx, l.index+part(value)+"/", after)
	ids := make([]string, len(items))
	for i := 0; i < len(items) && err == nil; i++ {
		err = json.Unmarshal(items[i].Value, &ids[i])
	}
	if err == nil {
		entries, err = c.entries(ctx, ids, func(e *Entry) bool { return l.fits(e, value) })
	}
	return entries, next, err
}

func (c *Conversations) listPage(ctx context.Context, under, after string) ([]storage.Entry, string, error) {
	lister, ok := c.store.(storage.Lister)
	if !ok {
		return nil, "", storage.ErrNotSupported
	}
	if after != "" {
		after = under + after
	}
	items, err := lister.List(ctx, under, after, pageSize)
	if err != nil || len(items) < pageSize {
		return items, "", err
	}
	return items, strings.TrimPrefix(items[pageSize-1].Key, under), nil
}
