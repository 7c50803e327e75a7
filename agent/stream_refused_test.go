package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// case 77
func TestStreamRefused(t *testing.T) {
	const code = "ContentStreamNotAllowed"
	stopped := refused(403, code, "Content stream was canceled by user.")
	tests := []struct {
		name string
		call int // that is refused
		err  error
		why  error
		want []string
	}{
		{"not enabled", 1, refused(400, "BadArgument", "Streaming API is not enabled for this chat"), agent.ErrStreamNotAllowed, []string{
			"250ms typing streaming#1 : a ✗", "3s message: abc"}},
		{"not allowed", 1, refused(403, code, "Content stream is not allowed"), agent.ErrStreamNotAllowed, []string{
			"250ms typing streaming#1 : a ✗", "3s message: abc"}},
		{"time over", 2, refused(403, code, "Content stream finished due to exceeded streaming time."), agent.ErrStreamTimedOut, []string{
			"250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "1.25s update id-1 message: ab", "3s update id-1 message: abc"}},
		{"time over before there was text", 1, refused(403, code, "exceeded streaming time"), agent.ErrStreamTimedOut, []string{
			"250ms typing streaming#1 : a ✗", "3s message: abc"}},
		{"too large", 2, refused(403, code, "Message size too large"), activity.ErrForbidden, []string{
			"250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "3s message final id-1 success: abc"}},
		{"another failure of the first piece", 1, refused(400, "BadSyntax", ""), activity.ErrInvalid, []string{
			"250ms typing streaming#1 : a ✗", "3s message: abc"}},
		{"another failure later", 2, refused(400, "BadSyntax", ""), activity.ErrInvalid, []string{
			"250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "3s message final id-1 success: abc"}},
		{"a first piece that may have arrived", 1, &activity.Error{Status: 500, Unknown: true}, activity.ErrOutcomeUnknown, []string{
			"250ms typing streaming#1 : a ✗", "3s message: abc"}},
		{"a later piece that may have arrived takes its number", 2, &activity.Error{Status: 500, Unknown: true}, nil, []string{
			"250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "2.25s typing streaming#3 id-1: abc", "3.25s message final id-1 success: abc"}},
		{"no connection for a while", 2, activity.ErrUnreachable, nil, []string{
			"250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "2.25s typing streaming#2 id-1: abc", "3.25s message final id-1 success: abc"}},
		{"the final message comes too late", 4, refused(403, code, "Content stream finished due to exceeded streaming time."), nil, []string{
			"250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab", "2.25s typing streaming#3 id-1: abc",
			"3.25s message final id-1 success: abc ✗", "3.25s update id-1 message: abc"}},
		{"the final message is refused", 4, refused(400, "BadArgument", "streaming api is not enabled"), nil, []string{
			"250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab", "2.25s typing streaming#3 id-1: abc",
			"3.25s message final id-1 success: abc ✗", "3.25s message: abc"}},
	}
	for _, tt := range tests {
		t.Run("case 77 "+tt.name, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				s.answer = failing(tt.call, tt.err)
				err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
					st := tn.Stream(ctx)
					if err := writes(time.Second, "a", "b", "c")(ctx, tn); err != nil {
						return err
					}
					if !errors.Is(st.Err(), tt.why) || tt.why == nil && st.Err() != nil || st.Context().Err() != nil {
						t.Errorf("Err = %v, want %v; the context has %v", st.Err(), tt.why, st.Context().Err())
					}
					_, err := st.End()
					return err
				})
				if err != nil {
					t.Error(err)
				}
				s.want(tt.want...)
			})
		})
	}

	for _, err := range []error{stopped, refused(403, code, "")} {
		t.Run("case 77 the user stops it: "+err.Error(), func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				s.answer = failing(2, err)
				var logged strings.Builder
				s.App = agent.New(agent.Config{Logger: slog.New(slog.NewTextHandler(&logged, nil))}) // with the default hook
				gone := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
					st := tn.Stream(ctx)
					gone := st.WriteSeq(func(yield func(string) bool) {
						for work(st.Context(), 400*time.Millisecond) == nil && yield("a") {
						}
					})
					if cause := context.Cause(st.Context()); !errors.Is(cause, agent.ErrStreamCancelled) || ctx.Err() != nil || time.Since(s.start) > 2*time.Second {
						t.Errorf("the stream's context has %v after %s, the handler's %v", cause, time.Since(s.start), ctx.Err())
					}
					_, errWrite := st.WriteString("more")
					_, errEnd := st.End()
					for _, e := range []error{gone, errWrite, errEnd, st.Err(), st.Flush(), st.Informative("x")} {
						if !errors.Is(e, agent.ErrStreamCancelled) {
							t.Errorf("%v, want ErrStreamCancelled", e)
						}
					}
					if tn.Refusal() != nil {
						t.Errorf("Refusal = %v, but the channel takes other messages", tn.Refusal())
					}
					return gone
				})
				if !errors.Is(gone, agent.ErrStreamCancelled) || logged.Len() > 0 {
					t.Errorf("Process = %v, logged %s", gone, logged.String())
				}
				s.want("650ms typing streaming#1 : a", "1.65s typing streaming#2 id-1: aaaa ✗") // and no apology
			})
		})
	}
	t.Run("case 77 a handler need not care that the user stopped it", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(1, stopped)
			err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
				_ = writes(time.Second, "a", "b")(ctx, tn)
				return visits.Set(ctx, tn, 1)
			})
			if got := document(t, s.Storage(), "msteams/conversations/conv-1"); err != nil || got != `{"visits":1}` {
				t.Errorf("Process = %v, stored %s", err, got)
			}
			s.want("250ms typing streaming#1 : a ✗")
		})
	})
	t.Run("case 77 the user stops it at the end", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(2, stopped)
			err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
				st := tn.Stream(ctx)
				err := writes(time.Second, "a")(ctx, tn)
				_, errEnd := st.End()
				if !errors.Is(errEnd, agent.ErrStreamCancelled) || !errors.Is(context.Cause(st.Context()), agent.ErrStreamCancelled) {
					t.Errorf("End = %v, context %v", errEnd, context.Cause(st.Context()))
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "1.25s message final id-1 success: a ✗")
		})
	})

	t.Run("what cannot be replaced is said again", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = func(n int, a *activity.Activity) error {
				switch {
				case n == 2:
					return refused(403, code, "exceeded streaming time")
				case a.ID != "":
					return refused(405, "", "")
				}
				return nil
			}
			if err := s.on(t.Context(), "msteams", writes(time.Second, "a", "b", "c")); err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "1.25s update id-1 message: ab ✗",
				"3s update id-1 message: abc ✗", "3s message: abc")
		})
	})
	t.Run("a replacement that is throttled is tried again with the end", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = func(n int, _ *activity.Activity) error {
				switch n {
				case 2:
					return refused(403, code, "exceeded streaming time")
				case 4:
					return refused(429, "", "")
				}
				return nil
			}
			err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
				err := writes(time.Second, "a", "b", "c")(ctx, tn)
				if _, errEnd := tn.Stream(ctx).End(); !errors.Is(errEnd, activity.ErrThrottled) {
					t.Errorf("End = %v", errEnd)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab ✗", "1.25s update id-1 message: ab",
				"3s update id-1 message: abc ✗", "3s update id-1 message: abc")
		})
	})
	t.Run("those who wait for a piece learn that there is none", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(2, stopped)
			err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
				st := tn.Stream(ctx)
				err := st.Informative("Searching")
				_, errWrite := st.WriteString("a")
				if errFlush := st.Flush(); !errors.Is(errFlush, agent.ErrStreamCancelled) {
					t.Errorf("Flush = %v", errFlush)
				}
				return errors.Join(err, errWrite)
			})
			if err != nil {
				t.Error(err)
			}
		})
		show(t, func(t *testing.T, s *screen) {
			s.takes = time.Hour
			err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				if err := tn.Stream(ctx).Informative("Searching"); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Informative = %v", err)
				}
				return nil
			})
			if err != nil || time.Since(s.start) != time.Second {
				t.Errorf("Process = %v after %s", err, time.Since(s.start))
			}
		})
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
				st := tn.Stream(ctx)
				err := st.Informative("Searching")
				_, errWrite := st.WriteString("a")
				flushed := make(chan error)
				go func() { flushed <- st.Flush() }()
				errWait := work(ctx, 100*time.Millisecond)
				_, errEnd := st.End() // sends all, too
				return errors.Join(err, errWrite, <-flushed, errWait, errEnd)
			})
			if err != nil {
				t.Error(err)
			}
			s.want("0s typing informative#1 : Searching", "1s message final id-1 success: a")
		})
	})
	t.Run("a channel that gives no id", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.ids = func(int, *activity.Activity) string { return "" }
			if err := s.on(t.Context(), "webchat", writes(time.Second, "a", "b")); err != nil {
				t.Error(err)
			}
			if last := s.sent[len(s.sent)-1]; len(s.sent) != 2 || last.Text != "ab" || last.Type != activity.TypeMessage {
				t.Errorf("at last %s", piece(&last))
			}
		})
	})
	t.Run("a middleware that panics on a piece ends neither process nor answer", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.UseSend(func(next agent.SendHandler) agent.SendHandler {
				return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
					if out.Activity.Type == activity.TypeTyping {
						panic("boom")
					}
					return next(ctx, tn, out)
				}
			})
			err := s.on(t.Context(), "webchat", func(ctx context.Context, tn *agent.Turn) error {
				err := writes(time.Second, "a")(ctx, tn)
				if _, ok := errors.AsType[*agent.PanicError](tn.Stream(ctx).Err()); !ok {
					t.Errorf("Err = %v, want the panic", tn.Stream(ctx).Err())
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			s.want("1s message: a")
		})
	})
	t.Run("a refused end may be tried again, and text added", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(2, refused(413, "MessageSizeTooBig", ""))
			err := s.on(t.Context(), "webchat", func(ctx context.Context, tn *agent.Turn) error {
				st := tn.Stream(ctx)
				err := writes(time.Second, "a")(ctx, tn)
				if _, errEnd := st.End(); !errors.Is(errEnd, activity.ErrTooLarge) {
					t.Errorf("End = %v", errEnd)
				}
				_, errWrite := st.WriteString("b")
				_, errEnd := st.End()
				return errors.Join(err, errWrite, errEnd)
			})
			if err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "1s message final id-1 success: a ✗", "1s message final id-1 success: ab")
		})
	})
	t.Run("a final message that may have arrived is not repeated", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(1, &activity.Error{Status: 502, Unknown: true})
			if err := s.on(t.Context(), "slack", writes(0, "a")); !errors.Is(err, activity.ErrOutcomeUnknown) {
				t.Errorf("Process = %v", err)
			}
			s.want("0s message: a ✗")
		})
	})
	t.Run("a final message that fails is an error of the turn", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = func(int, *activity.Activity) error { return &activity.Error{Status: 429} }
			if err := s.on(t.Context(), "slack", writes(0, "a")); !errors.Is(err, activity.ErrThrottled) || len(s.errs.all()) != 1 {
				t.Errorf("Process = %v, hook got %v", err, s.errs.all())
			}
		})
	})
	t.Run("a channel that asks for an hour holds the conversation for a minute", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.answer = failing(2, &activity.Error{Status: 429, RetryAfter: time.Hour})
			if err := s.on(t.Context(), "msteams", writes(1500*time.Millisecond, "a", "b")); err != nil {
				t.Error(err)
			}
			s.want("250ms typing streaming#1 : a", "1.75s typing streaming#2 id-1: ab ✗", "1m3s message final id-1 success: ab")
		})
	})
	t.Run("a turn whose time is over still closes its stream", func(t *testing.T) {
		for what, handled := range map[string]bool{"the handler says so": false, "the handler takes no notice": true} {
			show(t, func(t *testing.T, s *screen) {
				ctx, cancel := context.WithTimeout(t.Context(), 1300*time.Millisecond)
				defer cancel()
				err := s.on(ctx, "msteams", func(ctx context.Context, tn *agent.Turn) error {
					err := writes(time.Second, "a", "b", "c")(ctx, tn)
					if handled {
						return nil
					}
					return err
				})
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: Process = %v", what, err)
				}
				s.want("250ms typing streaming#1 : a", "1.25s typing streaming#2 id-1: ab", "2.25s message final id-1 error: ab")
			})
		}
	})
	t.Run("a turn whose time is over before it said anything is as good as its handler", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := s.on(ctx, "msteams", func(ctx context.Context, tn *agent.Turn) error {
				tn.Stream(ctx)
				<-ctx.Done()
				return nil
			})
			if err != nil || len(s.sent) > 0 {
				t.Errorf("Process = %v, %d sent", err, len(s.sent))
			}
		})
	})
	t.Run("a channel that hangs holds the turn no longer than its context, whatever the stream's", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.takes = time.Hour
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := s.on(ctx, "webchat", func(ctx context.Context, tn *agent.Turn) error {
				_, err := tn.Stream(context.Background()).WriteString("a")
				return errors.Join(err, work(ctx, time.Second))
			})
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(s.start) > time.Minute {
				t.Errorf("Process = %v after %s", err, time.Since(s.start))
			}
		})
	})
	t.Run("a channel that hangs holds the turn no longer than its context", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			s.takes = time.Hour
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := s.on(ctx, "webchat", func(ctx context.Context, tn *agent.Turn) error {
				err := writes(time.Second, "a")(ctx, tn)
				_, _ = tn.Stream(ctx).End()
				return err
			})
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(s.start) > time.Minute {
				t.Errorf("Process = %v after %s", err, time.Since(s.start))
			}
		})
	})
}
