package agent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

func TestStreamPace(t *testing.T) {
	letters := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	for channel, want := range map[string][]string{
		"webchat": {"250ms typing streaming#1 : abc", "750ms typing streaming#2 id-1: abcdefgh",
			"1.25s typing streaming#3 id-1: abcdefghijklm", "1.75s typing streaming#4 id-1: abcdefghijklmnopqr",
			"2.25s typing streaming#5 id-1: abcdefghijklmnopqrstuvw", "2.75s message final id-1 success: abcdefghijklmnopqrstuvwxyz"},
		"msteams": {"250ms typing streaming#1 : abc", "1.25s typing streaming#2 id-1: abcdefghijklm",
			"2.25s typing streaming#3 id-1: abcdefghijklmnopqrstuvw", "3.25s message final id-1 success: abcdefghijklmnopqrstuvwxyz"},
	} {
		t.Run("many pieces make few steps, on "+channel, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				if err := s.on(t.Context(), channel, writes(100*time.Millisecond, letters...)); err != nil {
					t.Error(err)
				}
				s.want(want...)
			})
		})
	}
	t.Run("a slow channel gets fewer, one at a time", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.takes = 2 * time.Second
			if err := s.on(t.Context(), "webchat", writes(time.Second, "a", "b", "c", "d", "e")); err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "2.75s typing streaming#2 id-1: abc", "5.25s message final id-1 success: abcde")
		})
	})
	t.Run("a short answer is one message", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			if err := s.on(t.Context(), "msteams", writes(20*time.Millisecond, "Hello", ", ", "world")); err != nil {
				t.Error(err)
			}
			s.want("60ms message: Hello, world")
		})
	})
	t.Run("informative updates take their turn, and the latest counts", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
				st := tn.Stream(ctx)
				for _, text := range []string{"One", "Two", "Three"} {
					if err := st.Informative(text); err != nil {
						return err
					}
				}
				return writes(3*time.Second, "Hello")(ctx, tn)
			})
			if err != nil {
				t.Error(err)
			}
			s.want("0s typing informative#1 : One", "1s typing informative#2 id-1: Three",
				"2s typing streaming#3 id-1: Hello", "3s message final id-1 success: Hello")
		})
	})
	t.Run("a piece that may still change waits", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			if err := s.on(t.Context(), "msteams", writes(2*time.Second, "a\xe2\x82", "\xac [do", "c12]", " [")); err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "2.25s typing streaming#2 id-1: a€ ",
				"4.25s typing streaming#3 id-1: a€ [12]", "6.25s typing streaming#4 id-1: a€ [12] ", "8s message final id-1 success: a€ [12] [")
		})
	})
	t.Run("many goroutines write", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "webchat", func(ctx context.Context, tn *agent.Turn) error {
				var wg sync.WaitGroup
				for range 8 {
					wg.Go(func() {
						_ = errors.Join(tn.Stream(ctx).Informative("i"), writes(300*time.Millisecond, "x", "x", "x")(ctx, tn))
					})
				}
				wg.Wait()
				return nil
			})
			last := s.sent[len(s.sent)-1]
			if err != nil || last.Text != strings.Repeat("x", 24) {
				t.Errorf("%v, at last %s", err, piece(&last))
			}
			s.wantSequence()
		})
	})
}

// wantSequence checks that the numbers of what was sent rise by one, under one
// id, and that the last is final.
func (s *screen) wantSequence() {
	s.t.Helper()
	for i, a := range s.sent {
		info, ok := a.StreamInfo()
		last := i == len(s.sent)-1
		if !ok || (info.StreamID == "id-1") != (i > 0) || !last && info.StreamSequence != i+1 || last != (info.StreamType == activity.StreamFinal) {
			s.t.Errorf("piece %d is %s", i, piece(&a))
		}
	}
}

// S0-05
func TestS0_05_KeepAlive(t *testing.T) {
	silent := func(before ...string) agent.Handler {
		return func(ctx context.Context, tn *agent.Turn) error {
			if len(before) > 0 {
				if err := tn.Stream(ctx).Informative(before[0]); err != nil {
					return err
				}
			}
			return tn.Stream(ctx).WriteSeq(func(yield func(string) bool) {
				if len(before) > 1 {
					yield(before[1])
				}
				if work(ctx, 2*time.Minute) == nil {
					yield("Answer")
				}
			})
		}
	}
	tests := []struct {
		name, channel string
		h             agent.Handler
		want          []string
	}{
		{"with the last informative text", "webchat", silent("Searching"), []string{
			"0s typing informative#1 : Searching", "35s typing informative#2 id-1: Searching", "1m10s typing informative#3 id-1: Searching",
			"1m45s typing informative#4 id-1: Searching", "2m0s message final id-1 success: Answer"}},
		{"with neutral words", "directline", silent(), []string{
			"35s typing informative#1 : Still working on it", "1m10s typing informative#2 id-1: Still working on it",
			"1m45s typing informative#3 id-1: Still working on it", "2m0s message final id-1 success: Answer"}},
		{"with the text so far", "msteams", silent("Searching", "First. "), []string{
			"0s typing informative#1 : Searching", "1s typing streaming#2 id-1: First. ", "36s typing streaming#3 id-1: First. ",
			"1m11s typing streaming#4 id-1: First. ", "1m46s typing streaming#5 id-1: First. ", "2m0s message final id-1 success: First. Answer"}},
		{"in Copilot with the last informative text, until its time is over", "msteams:COPILOT", silent("Searching", "First. "), []string{
			"0s typing informative#1 : Searching", "1s typing streaming#2 id-1: First. ", "36s typing informative#3 id-1: Searching",
			"1m11s typing informative#4 id-1: Searching", "1m45s message final id-1 success: First. ", "2m0s message: Answer"}},
		{"in Copilot, where there is no text in time", "msteams:COPILOT", silent(), []string{
			"35s typing informative#1 : Still working on it", "1m10s typing informative#2 id-1: Still working on it",
			"1m45s message final id-1 error: Still working on it", "2m0s message: Answer"}},
	}
	for _, tt := range tests {
		t.Run("S0-05 "+tt.name, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				if err := s.on(t.Context(), tt.channel, tt.h); err != nil {
					t.Error(err)
				}
				s.want(tt.want...)
			})
		})
	}
	t.Run("S0-05 nothing is shown before the answer begins", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "msteams:COPILOT", func(ctx context.Context, tn *agent.Turn) error {
				tn.Stream(ctx)
				return work(ctx, 5*time.Minute)
			})
			if err != nil {
				t.Error(err)
			}
			s.want()
		})
	})
}

func TestStreamHandOver(t *testing.T) {
	t.Run("Copilot gets the rest in another message", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "msteams:COPILOT", func(ctx context.Context, tn *agent.Turn) error {
				st := tn.Stream(ctx)
				if err := writes(30*time.Second, "a ", "b ", "c ", "d ", "e ", "f")(ctx, tn); err != nil {
					return err
				}
				if !errors.Is(st.Err(), agent.ErrStreamTimedOut) || st.Context().Err() != nil {
					t.Errorf("Err = %v, context %v", st.Err(), st.Context().Err())
				}
				id, err := st.End()
				if id != "id-6" {
					t.Errorf("End returns id %q", id)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a ", "30.25s typing streaming#2 id-1: a b ", "1m0.25s typing streaming#3 id-1: a b c ",
				"1m30.25s typing streaming#4 id-1: a b c d ", "1m45s message final id-1 success: a b c d ", "3m0s message: e f")
		})
	})
	for name, more := range map[string]string{"nothing": "", "blanks": " \n"} {
		t.Run("no other message for "+name, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				if err := s.on(t.Context(), "msteams:COPILOT", writes(110*time.Second, "a", more)); err != nil {
					t.Error(err)
				}
				if last := s.lines[len(s.lines)-1]; last != "1m45s message final id-1 success: a" {
					t.Errorf("at last %s", last)
				}
			})
		})
	}
	t.Run("none after the handler failed either", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			boom := errors.New("boom")
			err := s.on(t.Context(), "msteams:COPILOT", func(ctx context.Context, tn *agent.Turn) error {
				return errors.Join(writes(110*time.Second, "a", "b")(ctx, tn), boom)
			})
			if last := s.lines[len(s.lines)-1]; !errors.Is(err, boom) || last != "1m45s message final id-1 success: a" {
				t.Errorf("%v, at last %s", err, last)
			}
		})
	})
	t.Run("a hand-over that is throttled comes later", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = func(_ int, a *activity.Activity) error {
				if a.Type == activity.TypeMessage && time.Since(s.start) < 2*time.Minute {
					return &activity.Error{Status: 429, RetryAfter: 20 * time.Second}
				}
				return nil
			}
			if err := s.on(t.Context(), "msteams:COPILOT", writes(100*time.Second, "a ", "b ")); err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a ", "35.25s typing informative#2 id-1: Still working on it", "1m10.25s typing informative#3 id-1: Still working on it",
				"1m40.25s typing streaming#4 id-1: a b ", "1m45s message final id-1 success: a b  ✗", "2m5s message final id-1 success: a b ")
		})
	})
	t.Run("a hand-over that may have arrived repeats what was not shown before", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = func(_ int, a *activity.Activity) error {
				if a.Type == activity.TypeMessage && time.Since(s.start) < 2*time.Minute {
					return &activity.Error{Status: 502, Unknown: true}
				}
				return nil
			}
			if err := s.on(t.Context(), "msteams:COPILOT", writes(104900*time.Millisecond, "a ", "b ", "c")); err != nil {
				t.Error(err)
			}
			if last := s.lines[len(s.lines)-2:]; last[0] != "1m45s message final id-1 success: a b  ✗" || last[1] != "5m14.7s message: b c" {
				t.Errorf("at last %q", last)
			}
		})
	})
	t.Run("a hand-over that is refused leaves everything to the end", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(5, refused(403, "ContentStreamNotAllowed", "Content stream is not allowed"))
			if err := s.on(t.Context(), "msteams:COPILOT", writes(65*time.Second, "a ", "b ")); err != nil {
				t.Error(err)
			}
			if last := s.lines[len(s.lines)-1]; !strings.HasPrefix(last, "2m10s message final id-1 success: a b") {
				t.Errorf("at last %s", last)
			}
		})
	})
}

func TestStreamThrottled(t *testing.T) {
	slow := func(d time.Duration) error { return &activity.Error{Status: 429, RetryAfter: d} }
	t.Run("what replaces a piece comes when the channel asked, and no number is missing", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(2, slow(5*time.Second))
			if err := s.on(t.Context(), "webchat", writes(time.Second, "a", "b", "c", "d", "e", "f", "g", "h")); err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "6.25s typing streaming#2 id-1: abcdefg",
				"7.25s typing streaming#3 id-1: abcdefgh", "8s message final id-1 success: abcdefgh")
		})
	})
	t.Run("the end waits as well", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(2, slow(5*time.Second))
			if err := s.on(t.Context(), "webchat", writes(time.Second, "a", "b")); err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "6.25s message final id-1 success: ab")
		})
	})
	t.Run("an informative text is tried again, and its caller goes on", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(1, slow(5*time.Second))
			err := s.on(t.Context(), "webchat", func(ctx context.Context, tn *agent.Turn) error {
				err := tn.Stream(ctx).Informative("Searching")
				if time.Since(s.start) != 0 {
					t.Error("Informative waited")
				}
				return errors.Join(err, writes(6*time.Second, "a")(ctx, tn))
			})
			if err != nil {
				t.Error(err)
			}
			s.want("0s typing informative#1 : Searching ✗", "5s typing informative#1 : Searching", "5.5s typing streaming#2 id-2: a", "6s message final id-2 success: a")
		})
	})
	t.Run("other streams go on", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = func(_ int, a *activity.Activity) error {
				if a.Conversation.ID == "conv-0" && time.Since(s.start) < time.Minute {
					return slow(time.Minute)
				}
				return nil
			}
			s.ids = func(_ int, a *activity.Activity) string { return "id-" + a.Conversation.ID }
			s.OnMessage(writes(600*time.Millisecond, "a", "b", "c"))
			ad := agent.NewAdapter(s.App, s, agent.AdapterConfig{})
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					a := inbound(activity.TypeMessage, on("webchat"))
					a.Conversation.ID = fmt.Sprint("conv-", i)
					if _, err := ad.Process(t.Context(), activity.Inbound{Activity: a}); err != nil {
						t.Error(err)
					}
					if took := time.Since(s.start); (took > time.Minute) != (i == 0) {
						t.Errorf("stream %d took %s", i, took)
					}
				})
			}
			wg.Wait()
			for i := range 20 {
				whole := slices.ContainsFunc(s.sent, func(a activity.Activity) bool {
					return a.Conversation.ID == fmt.Sprint("conv-", i) && a.Type == activity.TypeMessage && a.Text == "abc"
				})
				if !whole {
					t.Errorf("conversation %d did not get its answer", i)
				}
			}
		})
	})
}
