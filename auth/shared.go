package auth

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const fetchTimeout = 10 * time.Second

// A shared value is fetched over the network, kept, and used by many callers:
// the keys of an issuer, or a token of ours. At most one fetch is under way at
// any time. It belongs to nobody in particular, so it outlives a caller that
// gives up, but never fetchTimeout per request.
type shared[T any] struct {
	fetch func(context.Context) (T, error)

	mu    sync.Mutex
	value T             // of the last fetch that succeeded
	err   error         // of the last fetch
	tried time.Time     // when the last fetch ended
	busy  chan struct{} // closed when the fetch under way ends; nil without one
}

// get returns the value. When due says so, a fetch is started; get waits for it
// only if the value it has is not usable. A value that is still not usable comes
// with the error of the last fetch, if that failed.
func (s *shared[T]) get(ctx context.Context, usable func(T) bool, due func(value T, tried time.Time) bool) (T, error) {
	s.mu.Lock()
	if s.busy == nil && due(s.value, s.tried) {
		s.start(ctx)
	}
	value, err, busy := s.value, s.err, s.busy
	s.mu.Unlock()

	if usable(value) {
		return value, nil
	}
	if busy == nil {
		return value, err
	}
	select {
	case <-busy:
		return s.last()
	case <-ctx.Done():
		return value, context.Cause(ctx)
	}
}

// last returns what the last fetches left behind.
func (s *shared[T]) last() (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.err
}

func (s *shared[T]) start(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	s.busy = make(chan struct{})
	go func() {
		value, err := s.fetch(ctx)

		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			s.value = value
		}
		s.err, s.tried = err, time.Now()
		close(s.busy)
		s.busy = nil
	}()
}

// httpClient returns a copy of c, or of the default client, that is safe for
// keys and secrets: it follows no redirect and always has a timeout.
func httpClient(c *http.Client) *http.Client {
	if c == nil {
		c = http.DefaultClient
	}
	safe := *c
	safe.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if safe.Timeout == 0 || safe.Timeout > fetchTimeout {
		safe.Timeout = fetchTimeout
	}
	return &safe
}
