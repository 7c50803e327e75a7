package storage

import (
	"context"
	"iter"
)

// All walks the items whose keys begin with prefix, in byte order of their
// keys, a page at a time. Items written or deleted meanwhile may or may not be
// seen. The walk ends with the first error, which is [ErrNotSupported] when s
// is not a [Lister].
func All(ctx context.Context, s Store, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		lister, ok := s.(Lister)
		if !ok {
			yield(Entry{}, ErrNotSupported)
			return
		}
		after := ""
		for {
			page, err := lister.List(ctx, prefix, after, defaultLimit)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.Key
			}
			if len(page) < defaultLimit {
				return
			}
		}
	}
}
