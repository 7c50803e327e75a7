package usertoken

import (
	"context"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

const (
	maxUsers     = 10_000
	recountAfter = time.Minute
)

// admit counts a new user. The count is corrected when it reaches the bound,
// as idle users are forgotten unseen.
func (s *Service) admit(ctx context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if (s.counted.IsZero() || s.users >= maxUsers) && time.Since(s.counted) >= recountAfter {
		s.counted = time.Now()
		if n, err := s.count(ctx); err == nil {
			s.users = n
		}
	}
	if s.users >= maxUsers {
		return false
	}
	s.users++
	return true
}

func (s *Service) count(ctx context.Context) (n int, err error) {
	lister, ok := s.cfg.Store.(storage.Lister)
	if !ok {
		return 0, storage.ErrNotSupported
	}
	const page = 1000
	for after := ""; ; {
		entries, err := lister.List(ctx, prefix, after, page)
		if err != nil {
			return 0, err
		}
		n += len(entries)
		if len(entries) < page || n >= maxUsers {
			return n, nil
		}
		after = entries[page-1].Key
	}
}
