package sqlite

import (
	"slices"
	"sync"

	"github.com/outspoken-go/outspoken/storage"
)

// A request is one batch, or one function of Atomically.
type request struct {
	run  func(*Tx) error // called in the writing goroutine, inside a savepoint
	err  error           // the outcome, once done is closed
	done chan struct{}
}

// A queue holds the requests that wait for the next commit.
type queue struct {
	mu      sync.Mutex
	changed *sync.Cond
	waiting []*request
	closed  bool
}

func newQueue() *queue {
	q := new(queue)
	q.changed = sync.NewCond(&q.mu)
	return q
}

// push adds r, unless the queue is closed.
func (q *queue) push(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return storage.ErrClosed
	}
	q.waiting = append(q.waiting, r)
	q.changed.Signal()
	return nil
}

// remove takes r back and reports whether it was still waiting.
func (q *queue) remove(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, r)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// take returns up to limit requests, oldest first. It waits for the first one
// and returns none only when the queue is closed and empty.
func (q *queue) take(limit int) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.changed.Wait()
	}
	n := min(limit, len(q.waiting))
	group := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return group
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Signal()
}

func (q *queue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}
