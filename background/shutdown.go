package background

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// An UnfinishedError names the tasks that a shutdown did not let finish.
type UnfinishedError struct {
	Waiting []string // never ran
	Stopped []string // gave up when their context was cancelled
	Running []string // were still at it after the grace
}

func (e *UnfinishedError) Error() string {
	var parts []string
	for _, p := range []struct {
		what  string
		names []string
	}{{"never ran", e.Waiting}, {"gave up", e.Stopped}, {"still running", e.Running}} {
		if n := len(p.names); n > 10 {
			parts = append(parts, fmt.Sprintf("%s: %s and %d more", p.what, strings.Join(p.names[:10], ", "), n-10))
		} else if n > 0 {
			parts = append(parts, p.what+": "+strings.Join(p.names, ", "))
		}
	}
	return "background: not all tasks were finished: " + strings.Join(parts, "; ")
}

// Shutdown refuses new tasks, drops those that wait, cancels the context of
// those that run and waits for them, until the grace is over or ctx ends. It
// returns an [*UnfinishedError] when a task did not finish. It may be called
// again, to wait once more.
func (q *Queue) Shutdown(ctx context.Context) error {
	q.close()
	q.cancel()
	ctx, cancel := context.WithTimeout(ctx, q.cfg.Grace)
	defer cancel()
	select {
	case <-q.idle:
		q.work.Wait()
	case <-ctx.Done():
	}
	return q.unfinished()
}

func (q *Queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	for _, t := range q.waiting {
		q.dropped = append(q.dropped, t.name)
	}
	q.stats.Dropped += uint64(len(q.waiting))
	q.waiting = nil
	if len(q.running) == 0 {
		close(q.idle)
	}
}

func (q *Queue) unfinished() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := &UnfinishedError{Waiting: slices.Clone(q.dropped), Stopped: slices.Clone(q.stopped)}
	for t := range q.running {
		e.Running = append(e.Running, t.name)
	}
	slices.Sort(e.Stopped) // they ended in any order
	slices.Sort(e.Running)
	if len(e.Waiting)+len(e.Stopped)+len(e.Running) == 0 {
		return nil
	}
	return e
}
