package agent_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// diary notes what happens and when, in seconds since its start.
type diary struct {
	start time.Time
	mu    sync.Mutex
	lines []string
}

func newDiary() *diary { return &diary{start: time.Now()} }

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%2.0fs ", time.Since(d.start).Seconds())+fmt.Sprintf(format, args...))
}

// busyFor is a handler that notes when it starts and ends and takes d.
func (d *diary) busyFor(duration time.Duration) agent.Handler {
	return func(ctx context.Context, t *agent.Turn) error {
		d.note("%s starts", t.Activity.Text+t.Activity.Name)
		defer func() { d.note("%s ends", t.Activity.Text+t.Activity.Name) }()
		return work(ctx, duration)
	}
}

// launch starts f and waits until it blocks, so that calls come in order.
func launch(wg *sync.WaitGroup, f func()) {
	wg.Go(f)
	synctest.Wait()
}

func (d *diary) want(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("what happened differs (-want +got):\n%s", diff)
	}
}

func TestOrderOfTurns(t *testing.T) {
	deliver := func(t *testing.T, b *bot, a *activity.Activity) func() {
		return func() {
			if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a}); err != nil {
				t.Errorf("Process(%s) = %v", a.Text, err)
			}
		}
	}
	text := func(text, conversation string) *activity.Activity {
		a := says(text)
		a.Conversation.ID = conversation
		return a
	}
	t.Run("turns of one conversation run one at a time and in order", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnMessage(d.busyFor(10 * time.Second))
			var wg sync.WaitGroup
			for _, name := range []string{"one", "two", "three"} {
				launch(&wg, deliver(t, b, text(name, "c1")))
			}
			wg.Wait()
			d.want(t, " 0s one starts", "10s one ends", "10s two starts", "20s two ends", "20s three starts", "30s three ends")
		})
	})
	t.Run("turns of other conversations and channels run beside them", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnMessage(d.busyFor(10 * time.Second))
			var wg sync.WaitGroup
			elsewhere := text("three", "c1")
			elsewhere.ChannelID = "slack"
			launch(&wg, deliver(t, b, text("one", "c1")))
			launch(&wg, deliver(t, b, text("two", "c2")))
			launch(&wg, deliver(t, b, elsewhere))
			wg.Wait()
			if took := time.Since(d.start); took != 10*time.Second {
				t.Errorf("all took %s, want 10s", took)
			}
		})
	})
	t.Run("an invoke does not queue", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnMessage(d.busyFor(10 * time.Second))
			b.OnInvoke("ask", d.busyFor(time.Second))
			var wg sync.WaitGroup
			launch(&wg, deliver(t, b, text("one", "conv-1")))
			launch(&wg, deliver(t, b, invoke("ask", "")))
			wg.Wait()
			d.want(t, " 0s one starts", " 0s ask starts", " 1s ask ends", "10s one ends")
		})
	})
	t.Run("Concurrent lets turns of one conversation overlap", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{Concurrent: true}), newDiary()
			b.OnText("one", d.busyFor(10*time.Second))
			b.OnMessage(d.busyFor(time.Second))
			var wg sync.WaitGroup
			launch(&wg, deliver(t, b, text("one", "c1")))
			launch(&wg, deliver(t, b, text("two", "c1")))
			wg.Wait()
			d.want(t, " 0s one starts", " 0s two starts", " 1s two ends", "10s one ends")
		})
	})
	t.Run("a panic lets the next turn run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnText("one", func(ctx context.Context, _ *agent.Turn) error {
				_ = work(ctx, time.Second)
				panic("x")
			})
			b.OnMessage(d.busyFor(time.Second))
			var wg sync.WaitGroup
			launch(&wg, func() { _, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: text("one", "c1")}) })
			launch(&wg, deliver(t, b, text("two", "c1")))
			wg.Wait()
			d.want(t, " 1s two starts", " 2s two ends")
		})
	})
	t.Run("Send does not queue", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnMessage(d.busyFor(10 * time.Second))
			var wg sync.WaitGroup
			launch(&wg, deliver(t, b, says("one")))
			if _, err := b.adapter.Send(t.Context(), address(), activity.Message("meanwhile")); err != nil {
				t.Error(err)
			}
			if took := time.Since(d.start); took != 0 {
				t.Errorf("Send took %s, want no wait", took)
			}
			wg.Wait()
		})
	})
}

func TestContinueKeepsTheOrder(t *testing.T) {
	t.Run("it waits for the turn that runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnMessage(d.busyFor(10 * time.Second))
			var wg sync.WaitGroup
			launch(&wg, func() { _, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("one")}) })
			if err := b.adapter.Continue(t.Context(), address(), d.busyFor(time.Second)); err != nil {
				t.Error(err)
			}
			wg.Wait()
			d.want(t, " 0s one starts", "10s one ends", "10s ContinueConversation starts", "11s ContinueConversation ends")
		})
	})
	t.Run("it is busy when its context ends first, and lets others pass", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnMessage(d.busyFor(10 * time.Second))
			var wg sync.WaitGroup
			launch(&wg, func() { _, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("one")}) })
			launch(&wg, func() {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				err := b.adapter.Continue(ctx, address(), func(context.Context, *agent.Turn) error {
					t.Error("the handler ran")
					return nil
				})
				d.note("busy %v deadline %v", errors.Is(err, agent.ErrBusy), errors.Is(err, context.DeadlineExceeded))
			})
			launch(&wg, func() { _, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("two")}) })
			wg.Wait()
			d.want(t, " 0s one starts", " 3s busy true deadline true", "10s one ends", "10s two starts", "20s two ends")
			if errs := b.errs.all(); len(errs) != 0 {
				t.Errorf("the hook got %v for a turn that did not run", errs)
			}
		})
	})
	t.Run("inside a turn of the same conversation it runs at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				d.note("outer starts")
				defer d.note("outer ends")
				return tn.Adapter().Continue(ctx, tn.Conversation(), d.busyFor(time.Second))
			})
			b.run(t, says("hi"))
			d.want(t, " 0s outer starts", " 0s ContinueConversation starts", " 1s ContinueConversation ends", " 1s outer ends")
		})
	})
	t.Run("inside a turn of another conversation it waits there, and back home it runs at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			home, away := address(), address()
			away.Reference.Conversation.ID = "conv-2"
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				return b.adapter.Continue(ctx, away, func(ctx context.Context, _ *agent.Turn) error {
					d.note("away")
					return b.adapter.Continue(ctx, home, func(context.Context, *agent.Turn) error {
						d.note("home")
						return nil
					})
				})
			})
			b.run(t, says("hi"))
			d.want(t, " 0s away", " 0s home")
		})
	})
	t.Run("through another adapter it waits for the turns of that one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			other := newBot(agent.AdapterConfig{})
			other.OnMessage(d.busyFor(10 * time.Second))
			b.OnMessage(func(ctx context.Context, _ *agent.Turn) error {
				return other.adapter.Continue(ctx, address(), d.busyFor(0))
			})
			var wg sync.WaitGroup
			launch(&wg, func() { other.run(t, says("one")) })
			b.run(t, says("hi"))
			wg.Wait()
			d.want(t, " 0s one starts", "10s one ends", "10s ContinueConversation starts", "10s ContinueConversation ends")
		})
	})
	t.Run("with the context of a turn that has ended it waits like any other", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, d := newBot(agent.AdapterConfig{}), newDiary()
			var old context.Context
			b.OnText("first", func(ctx context.Context, _ *agent.Turn) error { old = context.WithoutCancel(ctx); return nil })
			b.OnMessage(d.busyFor(10 * time.Second))
			b.run(t, says("first"))
			var wg sync.WaitGroup
			launch(&wg, func() { _, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("one")}) })
			if err := b.adapter.Continue(old, address(), d.busyFor(0)); err != nil {
				t.Error(err)
			}
			wg.Wait()
			d.want(t, " 0s one starts", "10s one ends", "10s ContinueConversation starts", "10s ContinueConversation ends")
		})
	})
}

func TestQueueIsBounded(t *testing.T) {
	t.Run("QueueWait ends a wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for name, tt := range map[string]struct {
				cfg  agent.AdapterConfig
				want time.Duration
			}{
				"by default":   {agent.AdapterConfig{}, 10 * time.Minute},
				"as they said": {agent.AdapterConfig{QueueWait: 5 * time.Second}, 5 * time.Second},
			} {
				b := newBot(tt.cfg)
				b.OnText("long", func(ctx context.Context, _ *agent.Turn) error { return work(ctx, time.Hour) })
				var wg sync.WaitGroup
				launch(&wg, func() { _, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("long")}) })
				start := time.Now()
				_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("next")})
				if took := time.Since(start); !errors.Is(err, agent.ErrBusy) || took != tt.want {
					t.Errorf("%s: Process = %v after %s, want ErrBusy after %s", name, err, took, tt.want)
				}
				wg.Wait()
				b.run(t, says("later"))
			}
		})
	})
	t.Run("QueueDepth refuses one more at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for name, tt := range map[string]struct {
				cfg  agent.AdapterConfig
				want int
			}{
				"by default":   {agent.AdapterConfig{}, 100},
				"as they said": {agent.AdapterConfig{QueueDepth: 2}, 2},
			} {
				b := newBot(tt.cfg)
				b.OnMessage(func(ctx context.Context, _ *agent.Turn) error { return work(ctx, time.Second) })
				var wg sync.WaitGroup
				var mu sync.Mutex
				busy := 0
				for range tt.want + 4 {
					launch(&wg, func() {
						_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")})
						if errors.Is(err, agent.ErrBusy) {
							mu.Lock()
							defer mu.Unlock()
							busy++
						}
					})
				}
				wg.Wait()
				if busy != 3 { // one runs, QueueDepth wait
					t.Errorf("%s: %d turns were refused, want 3", name, busy)
				}
			}
		})
	})
}

// Many turns that come, wait, and give up at random never overlap, and leave
// the conversation free.
func TestOrderUnderPressure(t *testing.T) {
	b := newBot(agent.AdapterConfig{QueueDepth: 20})
	var inside, ran, refused atomic.Int32
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*20*time.Microsecond)
				err := b.adapter.Continue(ctx, address(), func(context.Context, *agent.Turn) error {
					if inside.Add(1) != 1 {
						t.Error("two turns of one conversation run at once")
					}
					runtime.Gosched()
					inside.Add(-1)
					ran.Add(1)
					return nil
				})
				cancel()
				switch {
				case errors.Is(err, agent.ErrBusy):
					refused.Add(1)
				case err != nil:
					t.Errorf("Continue = %v", err)
				}
			}
		})
	}
	wg.Wait()
	if ran.Load()+refused.Load() != 4000 || ran.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d turns ran and %d were refused, want 4000 in all and some of both", ran.Load(), refused.Load())
	}
	if err := b.adapter.Continue(t.Context(), address(), func(context.Context, *agent.Turn) error { return nil }); err != nil {
		t.Errorf("Continue afterwards = %v", err)
	}
}
