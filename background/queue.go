package background

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

var (
	// ErrFull: as many tasks wait as may wait. The task was not taken; try
	// again later, or tell the user to.
	ErrFull = errors.New("background: the queue is full")

	// ErrClosed: the queue is shutting down. The task was not taken.
	ErrClosed = errors.New("background: the queue is closed")
)

// Config says how a [Queue] works. The zero Config is a good one.
type Config struct {
	// Workers is how many tasks run at once. Default 64, since most of them
	// wait for somebody.
	Workers int

	// Depth is how many tasks may wait for a worker. Default 1,000.
	Depth int

	// Grace is how long tasks may run on once Shutdown has cancelled their
	// context. Default 10 seconds.
	Grace time.Duration

	// Logger gets one line per task that failed or panicked. Default
	// [slog.Default].
	Logger *slog.Logger
}

// A Queue runs tasks in the order in which they came, several at once. It may
// be used concurrently. While it has nothing to do, it has no goroutines.
type Queue struct {
	cfg    Config
	ctx    context.Context // of the tasks
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex // guards all below
	closed  bool
	waiting []*task
	running map[*task]bool
	idle    chan struct{} // closed when the queue is and nothing runs
	dropped []string      // tasks that the shutdown found waiting
	stopped []string      // tasks that gave up because of it
	stats   Stats
}

type task struct {
	name string
	run  func(ctx context.Context) error
}

// Stats are counts of tasks, to be watched.
type Stats struct {
	Waiting, Running int // now

	// Since the start: those that returned nil, an error, or panicked, and
	// those that never ran because the queue was full or the process ended.
	Done, Failed, Panicked, Dropped uint64
}

// New returns a Queue.
func New(cfg Config) *Queue {
	cfg.Workers = cmp.Or(cfg.Workers, 64)
	cfg.Depth = cmp.Or(cfg.Depth, 1000)
	cfg.Grace = cmp.Or(cfg.Grace, 10*time.Second)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	q := &Queue{cfg: cfg, running: map[*task]bool{}, idle: make(chan struct{})}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

// Go queues a task and returns at once: nil when it was taken, [ErrFull] or
// [ErrClosed] when not. name goes to the log, so it must not hold what people
// said. The context of the task ends when the queue is shut down; an error of
// the task is logged, and so is a panic.
//
// A task that belongs to a turn uses what Turn.Detach gives, never the turn
// itself or its context.
func (q *Queue) Go(name string, run func(ctx context.Context) error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := &task{name, run}
	switch {
	case q.closed:
		return ErrClosed
	case len(q.running) < q.cfg.Workers:
		q.start(t)
	case len(q.waiting) < q.cfg.Depth:
		q.waiting = append(q.waiting, t)
	default:
		q.stats.Dropped++
		return ErrFull
	}
	return nil
}

// start gives a task its goroutine. q.mu is held.
func (q *Queue) start(t *task) {
	q.running[t] = true
	q.work.Go(func() {
		returned := false
		var err error
		defer func() {
			if p := recover(); !returned {
				q.cfg.Logger.Error("background task panicked", "task", t.name, "panic", p, "stack", string(debug.Stack()))
			}
			q.end(t, err, returned)
		}()
		err = t.run(q.ctx)
		returned = true
	})
}

// end counts a task and starts the next one. A task that panicked has not
// returned.
func (q *Queue) end(t *task, err error, returned bool) {
	stopped := err != nil && q.ctx.Err() != nil && errors.Is(err, context.Canceled)
	if err != nil && !stopped {
		q.cfg.Logger.Error("background task failed", "task", t.name, "err", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.running, t)
	switch {
	case !returned:
		q.stats.Panicked++
	case err != nil:
		q.stats.Failed++
	default:
		q.stats.Done++
	}
	if stopped {
		q.stopped = append(q.stopped, t.name)
	}
	if len(q.waiting) > 0 {
		next := q.waiting[0]
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		q.start(next)
	}
	if q.closed && len(q.running) == 0 {
		close(q.idle)
	}
}

// Stats are the counts of this moment.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Waiting, s.Running = len(q.waiting), len(q.running)
	return s
}
