package endpoint

import (
	"sync"
	"time"
)

// workers run turns on goroutines that are kept for a while: one that has run a
// turn before has a stack large enough for the next, and growing it anew for
// each turn costs as much as reading the activity.
type workers struct {
	idle    chan func()
	done    <-chan struct{} // ends those that are idle
	running sync.WaitGroup
}

// idleFor is how long a worker waits for its next turn before it ends.
const idleFor = 5 * time.Second

func (w *workers) start(f func()) {
	select {
	case w.idle <- f:
	default:
		w.running.Go(func() { w.work(f) })
	}
}

func (w *workers) work(f func()) {
	timer := time.NewTimer(idleFor)
	defer timer.Stop()
	for {
		f()
		timer.Reset(idleFor)
		select {
		case f = <-w.idle:
		case <-w.done:
			return
		case <-timer.C:
			return
		}
	}
}
