package background_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/background"
)

// A journal is a log to look into.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func newQueue(cfg background.Config) (*background.Queue, *journal) {
	log := new(journal)
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	return background.New(cfg), log
}

func mustGo(t *testing.T, q *background.Queue, name string, run func(context.Context) error) {
	t.Helper()
	if err := q.Go(name, run); err != nil {
		t.Fatalf("Go(%q) = %v", name, err)
	}
}

// work takes so long, and gives up when it is told to.
func work(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Tasks run in order, so many at once; one more than may wait is refused at
// once. (S1-050)
func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(background.Config{Workers: 2, Depth: 3})
		var mu sync.Mutex
		var began []string
		for i := range 5 {
			mustGo(t, q, fmt.Sprint(i), func(ctx context.Context) error {
				mu.Lock()
				began = append(began, fmt.Sprint(i, " at ", time.Now().Second()))
				mu.Unlock()
				return work(10 * time.Second)(ctx)
			})
		}
		start := time.Now()
		if err := q.Go("one too many", work(0)); !errors.Is(err, background.ErrFull) || time.Since(start) > 0 {
			t.Errorf("Go on a full queue = %v after %s, want ErrFull at once", err, time.Since(start))
		}
		synctest.Wait()
		if got, want := q.Stats(), (background.Stats{Waiting: 3, Running: 2, Dropped: 1}); got != want {
			t.Errorf("Stats = %+v, want %+v", got, want)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		slices.Sort(began)
		if want := []string{"0 at 0", "1 at 0", "2 at 10", "3 at 10", "4 at 20"}; !slices.Equal(began, want) {
			t.Errorf("began %q, want %q", began, want)
		}
		if got, want := q.Stats(), (background.Stats{Done: 5, Dropped: 1}); got != want {
			t.Errorf("Stats = %+v, want %+v", got, want)
		}
		if err := q.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A task that fails or panics is logged by its name, and the queue goes on.
// (S1-050)
func TestFailures(t *testing.T) {
	q, log := newQueue(background.Config{Workers: 1})
	mustGo(t, q, "import", func(context.Context) error { return errors.New("the file is gone") })
	mustGo(t, q, "export", func(context.Context) error { panic("out of paper") })
	mustGo(t, q, "exit", func(context.Context) error { runtime.Goexit(); return nil })
	done := make(chan struct{})
	mustGo(t, q, "last", func(context.Context) error { close(done); return nil })
	<-done
	if err := q.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got, want := q.Stats(), (background.Stats{Done: 1, Failed: 1, Panicked: 2}); got != want {
		t.Errorf("Stats = %+v, want %+v", got, want)
	}
	for _, want := range []string{"task=import", "the file is gone", "task=export", "out of paper", "TestFailures", "task=exit"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

// A shutdown cancels what runs, gives it the grace, and says what was not
// finished. (S1-052)
func TestShutdown(t *testing.T) {
	stubborn := func(d time.Duration) func(context.Context) error {
		return func(context.Context) error { time.Sleep(d); return nil }
	}
	tests := []struct {
		name  string
		tasks map[string]func(context.Context) error
		took  time.Duration
		want  string // "" for nil
	}{
		{name: "nothing to do"},
		{name: "who listens gives up at once", tasks: map[string]func(context.Context) error{"order": work(time.Hour)},
			want: "background: not all tasks were finished: gave up: order"},
		{name: "who ends in time has finished", tasks: map[string]func(context.Context) error{"save": stubborn(4 * time.Second)},
			took: 4 * time.Second},
		{name: "who does not is left behind", tasks: map[string]func(context.Context) error{"endless": stubborn(time.Minute)},
			took: 5 * time.Second, want: "background: not all tasks were finished: still running: endless"},
		{name: "who cleans up and says so has given up", took: 2 * time.Second, want: "background: not all tasks were finished: gave up: tidy",
			tasks: map[string]func(context.Context) error{"tidy": func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(2 * time.Second)
				return fmt.Errorf("tidy: %w", ctx.Err())
			}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, log := newQueue(background.Config{Grace: 5 * time.Second})
				for name, run := range tt.tasks {
					mustGo(t, q, name, run)
				}
				synctest.Wait()
				start := time.Now()
				got := ""
				if err := q.Shutdown(t.Context()); err != nil {
					got = err.Error()
				}
				if took := time.Since(start); got != tt.want || took != tt.took {
					t.Errorf("Shutdown = %q after %s, want %q after %s", got, took, tt.want, tt.took)
				}
				if strings.Contains(log.String(), "failed") {
					t.Errorf("who gives up when told to has not failed: %s", log)
				}
				if err := q.Go("late", work(0)); !errors.Is(err, background.ErrClosed) {
					t.Errorf("Go after Shutdown = %v, want ErrClosed", err)
				}
				time.Sleep(time.Hour) // until the last one ends
			})
		})
	}
}

// Waiting tasks are not started any more, and named. Shutdown may be called
// again, and ends with its context. (S1-052, case 75)
func TestShutdownDropsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(background.Config{Workers: 1, Grace: time.Hour})
		mustGo(t, q, "running", func(context.Context) error { time.Sleep(time.Minute); return nil })
		mustGo(t, q, "waiting", func(context.Context) error { t.Error("a waiting task ran"); return nil })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e, ok := errors.AsType[*background.UnfinishedError](q.Shutdown(ctx))
		if !ok || !slices.Equal(e.Running, []string{"running"}) || !slices.Equal(e.Waiting, []string{"waiting"}) {
			t.Errorf("Shutdown = %v, want one running and one waiting", e)
		}
		e, ok = errors.AsType[*background.UnfinishedError](q.Shutdown(t.Context()))
		if !ok || len(e.Running) > 0 || len(e.Waiting) != 1 {
			t.Errorf("Shutdown again = %v, want one that waited", e)
		}
		if got, want := q.Stats(), (background.Stats{Done: 1, Dropped: 1}); got != want {
			t.Errorf("Stats = %+v, want %+v", got, want)
		}
	})
}

func TestUnfinishedErrorIsShort(t *testing.T) {
	e := &background.UnfinishedError{Stopped: []string{"one"}}
	for i := range 1000 {
		e.Waiting = append(e.Waiting, fmt.Sprintf("task-%d", i))
	}
	if text := e.Error(); len(text) > 300 || !strings.Contains(text, "and 990 more; gave up: one") {
		t.Errorf("the error says %q", text)
	}
}

// Everything at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	q, _ := newQueue(background.Config{Workers: 4, Depth: 10})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				err := q.Go("task", func(context.Context) error { runtime.Gosched(); return nil })
				if err != nil && !errors.Is(err, background.ErrFull) && !errors.Is(err, background.ErrClosed) {
					t.Error(err)
				}
				q.Stats()
			}
		})
	}
	wg.Go(func() { q.Shutdown(t.Context()) })
	wg.Wait()
	q.Shutdown(t.Context())
	if s := q.Stats(); s.Waiting+s.Running > 0 {
		t.Errorf("Stats = %+v after the shutdown", s)
	}
}
