package agent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// ErrBusy means that a turn did not run. A turn that ran and then failed to
// start another must not be delivered again.
func TestBusyInnerTurnDoesNotMakeTheOuterBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, other := newBot(agent.AdapterConfig{}), newBot(agent.AdapterConfig{QueueWait: time.Second})
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = other.adapter.Continue(t.Context(), address(), func(ctx context.Context, _ *agent.Turn) error {
				return work(ctx, time.Minute)
			})
		})
		synctest.Wait()
		b.OnMessage(func(ctx context.Context, _ *agent.Turn) error {
			return other.adapter.Continue(ctx, address(), func(context.Context, *agent.Turn) error { return nil })
		})
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("hi")})
		if err == nil || errors.Is(err, agent.ErrBusy) {
			t.Errorf("Process = %v, want an error that is not ErrBusy", err)
		}
		if hooked := b.errs.all(); len(hooked) != 1 || !errors.Is(hooked[0], agent.ErrBusy) {
			t.Errorf("the error hook saw %v, want the inner ErrBusy once", hooked)
		}
		wg.Wait()
	})
}

// A middleware learns by OnEnd what it cannot see: whether the state was saved.
func TestOnEndTellsHowTheSaveWent(t *testing.T) {
	full := errors.New("the disk is full")
	tests := []struct {
		name    string
		handler error
		save    error
		want    error
	}{
		{"a turn that succeeds ends in nil", nil, nil, nil},
		{"a handler that fails", errors.ErrUnsupported, nil, errors.ErrUnsupported},
		{"a save that fails", nil, full, full},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBotOn(failingStore{storage.NewMemory(), tt.save}, agent.AdapterConfig{})
			var ends []error
			b.Use(func(next agent.Handler) agent.Handler {
				return func(ctx context.Context, tn *agent.Turn) error {
					if err := tn.OnEnd(func(_ context.Context, err error) {
						ends = append(ends, err)
						if lateErr := tn.SendText(ctx, "late"); !errors.Is(lateErr, agent.ErrTurnEnded) {
							t.Errorf("SendText in OnEnd = %v, want ErrTurnEnded", lateErr)
						}
					}); err != nil {
						return err
					}
					return next(ctx, tn)
				}
			})
			var late *agent.Turn
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				late = tn
				return errors.Join(agent.UserKey[int]("n").Set(ctx, tn, 1), tt.handler)
			})
			_, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("hi")})
			if len(ends) != 1 || !errors.Is(ends[0], tt.want) || tt.want == nil && ends[0] != nil {
				t.Errorf("OnEnd got %v, want %v once", ends, tt.want)
			}
			if err := late.OnEnd(func(context.Context, error) {}); !errors.Is(err, agent.ErrTurnEnded) {
				t.Errorf("OnEnd after the turn = %v, want ErrTurnEnded", err)
			}
		})
	}
}

type failingStore struct {
	*storage.Memory
	err error
}

func (s failingStore) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.Memory.Write(ctx, items)
}

// A turn that was started from another of its conversation shares its place in
// the queue: the next one waits for both.
func TestInnerTurnKeepsTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := newBot(agent.AdapterConfig{}), newDiary()
		b.OnText("start", func(ctx context.Context, tn *agent.Turn) error {
			adapter, to := tn.Adapter(), tn.Conversation()
			started := make(chan struct{})
			go func() {
				_ = adapter.Continue(context.WithoutCancel(ctx), to, func(ctx context.Context, _ *agent.Turn) error {
					close(started)
					return d.busyFor(10*time.Second)(ctx, tn)
				})
			}()
			<-started
			return nil
		})
		b.OnMessage(d.busyFor(0))
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("start")}) })
		synctest.Wait()
		b.run(t, says("next"))
		wg.Wait()
		d.want(t, " 0s start starts", "10s start ends", "10s next starts", "10s next ends")
	})
}

// Proactive is decided by who started the turn, not by a name from outside.
func TestProactiveIsNotANameFromOutside(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	var got []bool
	note := func(_ context.Context, tn *agent.Turn) error { got = append(got, tn.Proactive()); return nil }
	b.OnFallback(note)
	b.run(t, event(activity.EventContinueConversation, `{}`))
	if err := b.adapter.Continue(t.Context(), address(), note); err != nil {
		t.Fatal(err)
	}
	if want := []bool{false, true}; !slices.Equal(got, want) {
		t.Errorf("Proactive = %v, want %v", got, want)
	}
}

// What a send middleware changes is the turn's, not the caller's.
func TestSendMiddlewareChangesACopy(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	b.UseSend(func(next agent.SendHandler) agent.SendHandler {
		return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
			out.Activity.Attachments[0].Name = "for " + tn.Activity.From.ID
			return next(ctx, tn, out)
		}
	})
	shared := activity.Message("news")
	shared.Attachments = []activity.Attachment{{Name: "paper"}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := b.adapter.Send(t.Context(), address(), shared); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := shared.Attachments[0].Name; got != "paper" {
		t.Errorf("the caller's activity was changed to %q", got)
	}
}

// What the user sent is not quoted by errors and so not logged.
func TestValueErrorQuotesNothing(t *testing.T) {
	b := newBot(agent.AdapterConfig{})
	type meeting struct{ At time.Time }
	agent.OnEvent(b.App, "meet", func(context.Context, *agent.Turn, meeting) error { return nil })
	_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: event("meet", `{"At":"hunter2"}`)})
	if !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("Process = %v, want ErrInvalid", err)
	}
	if strings.Contains(fmt.Sprint(err), "hunter2") {
		t.Errorf("the error quotes what was sent: %v", err)
	}
}

// What OnEnd starts with its context belongs to the turn and does not wait for
// it; what a handler leaves running sees the context end.
func TestNobodyWaitsForTheOwnTurn(t *testing.T) {
	t.Run("a turn continued in OnEnd", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			ran := false
			b.OnMessage(func(_ context.Context, tn *agent.Turn) error {
				return tn.OnEnd(func(ctx context.Context, _ error) {
					if err := b.adapter.Continue(ctx, address(), func(context.Context, *agent.Turn) error { ran = true; return nil }); err != nil {
						t.Error(err)
					}
				})
			})
			b.run(t, says("hi"))
			if !ran {
				t.Error("the inner turn did not run")
			}
		})
	})
	t.Run("a turn that runs until its context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			b.OnMessage(func(ctx context.Context, _ *agent.Turn) error {
				started := make(chan struct{})
				go func() {
					_ = b.adapter.Continue(ctx, address(), func(ctx context.Context, _ *agent.Turn) error {
						close(started)
						<-ctx.Done()
						return nil
					})
				}()
				<-started
				return nil
			})
			b.run(t, says("hi"))
		})
	})
}
