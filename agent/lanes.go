package agent

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// lanes let the turns of one conversation run one at a time, in the order in
// which they came, and those of different conversations side by side.
type lanes struct {
	depth int           // how many may wait in one lane
	wait  time.Duration // how long one may wait

	mu   sync.Mutex
	busy map[string][]chan struct{} // waiting turns by conversation; present while one runs
}

// enter waits for the lane called key. leave must be called when it returns
// nil. When the lane is full, or the wait or ctx ends, the error is ErrBusy.
func (l *lanes) enter(ctx context.Context, key string) error {
	l.mu.Lock()
	waiting, busy := l.busy[key]
	if !busy {
		l.busy[key] = nil
		l.mu.Unlock()
		return nil
	}
	if len(waiting) >= l.depth {
		l.mu.Unlock()
		return fmt.Errorf("%w: %d turns wait already", ErrBusy, len(waiting))
	}
	turn := make(chan struct{})
	l.busy[key] = append(waiting, turn)
	l.mu.Unlock()

	timer := time.NewTimer(l.wait)
	defer timer.Stop()
	var cause error
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		cause = context.Cause(ctx)
	case <-timer.C:
		cause = fmt.Errorf("waited %s", l.wait)
	}
	if !l.withdraw(key, turn) {
		l.leave(key) // its turn had come in the same moment
	}
	return fmt.Errorf("%w: %w", ErrBusy, cause)
}

func (l *lanes) withdraw(key string, turn chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.busy[key]
	for i, w := range waiting {
		if w == turn {
			l.busy[key] = append(waiting[:i:i], waiting[i+1:]...)
			return true
		}
	}
	return false
}

// leave lets the next turn of the lane run.
func (l *lanes) leave(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.busy[key]
	if len(waiting) == 0 {
		delete(l.busy, key)
		return
	}
	l.busy[key] = waiting[1:]
	close(waiting[0])
}
