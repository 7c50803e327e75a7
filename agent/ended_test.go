package agent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// lateUses are all ways to use a turn that can fail.
func lateUses(tn *agent.Turn, s *agent.Stream) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Send":     func(ctx context.Context) error { _, err := tn.Send(ctx, activity.Message("x")); return err },
		"SendText": func(ctx context.Context) error { return tn.SendText(ctx, "x") },
		"Typing":   func(ctx context.Context) error { return tn.Typing(ctx) },
		"Update":   func(ctx context.Context) error { return tn.Update(ctx, &activity.Activity{ID: "a"}) },
		"Delete":   func(ctx context.Context) error { return tn.Delete(ctx, "a") },
		"Respond":  func(context.Context) error { return tn.Respond(200, nil) },
		"Member":   func(ctx context.Context) error { _, err := tn.Member(ctx, "u"); return err },
		"Members":  func(ctx context.Context) error { _, err := tn.Members(ctx, 0, ""); return err },
		"OnSave": func(context.Context) error {
			return tn.OnSave(func(context.Context, storage.Store) error { return nil })
		},
		"Key.Get":    func(ctx context.Context) error { _, err := visits.Get(ctx, tn); return err },
		"Key.Lookup": func(ctx context.Context) error { _, _, err := visits.Lookup(ctx, tn); return err },
		"Key.GetOr":  func(ctx context.Context) error { _, err := visits.GetOr(ctx, tn, 1); return err },
		"Key.Set":    func(ctx context.Context) error { return visits.Set(ctx, tn, 1) },
		"Key.Delete": func(ctx context.Context) error { return visits.Delete(ctx, tn) },
		"Key.Update": func(ctx context.Context) error {
			_, err := visits.Update(ctx, tn, func(*int) error { return nil })
			return err
		},
		"ClearState":          func(ctx context.Context) error { return agent.ClearState(ctx, tn, agent.ConversationScope) },
		"Stream, WriteString": func(ctx context.Context) error { _, err := tn.Stream(ctx).WriteString("x"); return err },
		"WriteString":         func(context.Context) error { _, err := s.WriteString("x"); return err },
		"Write":               func(context.Context) error { _, err := s.Write([]byte("x")); return err },
		"Informative":         func(context.Context) error { return s.Informative("x") },
		"End":                 func(context.Context) error { _, err := s.End(); return err },
	}
}

// S2-46
func TestLateUse(t *testing.T) {
	for _, channel := range []string{"webchat", "slack"} { // with streams and without
		b := newBot(agent.AdapterConfig{})
		var uses map[string]func(ctx context.Context) error
		var conv activity.Conversation
		b.OnInvoke("ask", func(ctx context.Context, tn *agent.Turn) error {
			if _, err := visits.Get(ctx, tn); err != nil { // so that the document is there already
				return err
			}
			uses, conv = lateUses(tn, tn.Stream(ctx)), tn.Conversation()
			return nil
		})
		a := invoke("ask", "")
		a.ChannelID = channel
		b.run(t, a)
		for name, use := range uses {
			t.Run("S2-46 "+name+" on "+channel, func(t *testing.T) {
				if err := use(t.Context()); !errors.Is(err, agent.ErrTurnEnded) {
					t.Errorf("%s after the turn = %v, want ErrTurnEnded", name, err)
				}
			})
		}
		t.Run("S2-46 nothing reached the channel "+channel+" or the store", func(t *testing.T) {
			if calls := b.wire.all(); len(calls) != 0 {
				t.Errorf("calls = %+v, want none", calls)
			}
			if got := document(t, b.Storage(), channel+"/conversations/conv-1"); got != "" {
				t.Errorf("stored %s, want nothing", got)
			}
		})
		t.Run("S2-46 what outlives a turn works on "+channel, func(t *testing.T) {
			if _, err := b.adapter.Send(t.Context(), conv, activity.Message("later")); err != nil {
				t.Errorf("Send = %v", err)
			}
		})
	}
	t.Run("S2-46 the error says what to do", func(t *testing.T) {
		if text := agent.ErrTurnEnded.Error(); !strings.Contains(text, "Conversation()") || !strings.Contains(text, "Adapter.Send") {
			t.Errorf("ErrTurnEnded = %q", text)
		}
	})
}

// S2-46: a goroutine uses the turn while it ends. Whatever was accepted counts;
// whatever came too late says so.
func TestUseWhileTheTurnEnds(t *testing.T) {
	const rounds = 200
	t.Run("S2-46 sends go into the response before Process returns or not at all", func(t *testing.T) {
		for range rounds {
			b := newBot(agent.AdapterConfig{})
			done := make(chan int)
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				started := make(chan bool)
				go func() {
					accepted := 0
					for tn.SendText(context.Background(), "x") == nil {
						if accepted++; accepted == 1 {
							close(started)
						}
					}
					done <- accepted
				}()
				<-started
				return nil
			})
			a := says("hi")
			a.DeliveryMode = activity.DeliverExpectReplies
			replies := 0 // not guarded: nobody writes it after Process
			_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a, Reply: func(*activity.Activity) (activity.ResourceResponse, error) {
				replies++
				return activity.ResourceResponse{}, nil
			}})
			before := replies
			if accepted := <-done; err != nil || before != accepted || replies != before {
				t.Fatalf("Process = %v with %d replies, %d in the end; %d sends succeeded", err, before, replies, accepted)
			}
		}
	})
	t.Run("S2-46 a change that was accepted is saved", func(t *testing.T) {
		for range rounds {
			b := newBot(agent.AdapterConfig{})
			done := make(chan int)
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				started := make(chan bool)
				go func() {
					last := 0
					for visits.Set(context.Background(), tn, last+1) == nil {
						if last++; last == 1 {
							close(started)
						}
					}
					done <- last
				}()
				<-started
				return nil
			})
			b.run(t, says("hi"))
			if got, want := document(t, b.Storage(), "test/conversations/conv-1"), fmt.Sprintf(`{"visits":%d}`, <-done); got != want {
				t.Fatalf("stored %s, want %s, the last change that was accepted", got, want)
			}
		}
	})
	t.Run("S2-46 also when the handler has not touched its state", func(t *testing.T) {
		for range rounds {
			b := newBot(agent.AdapterConfig{})
			done := make(chan string)
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				go func() {
					want := ""
					for i := 1; visits.Set(context.Background(), tn, i) == nil; i++ {
						want = fmt.Sprintf(`{"visits":%d}`, i)
					}
					done <- want
				}()
				return nil
			})
			b.run(t, says("hi"))
			want := <-done
			if got := document(t, b.Storage(), "test/conversations/conv-1"); got != want {
				t.Fatalf("stored %q, want %q, the last change that was accepted", got, want)
			}
		}
	})
	t.Run("S2-46 a stream is ended once", func(t *testing.T) {
		for range rounds {
			b := newBot(agent.AdapterConfig{})
			done := make(chan error)
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				s, started := tn.Stream(ctx), make(chan bool)
				go func() {
					_, err := s.WriteString("x")
					close(started)
					for err == nil {
						_, err = s.WriteString("x")
					}
					done <- err
				}()
				<-started
				return nil
			})
			b.run(t, inbound(activity.TypeMessage, on("webchat")))
			if err := <-done; !errors.Is(err, agent.ErrStreamEnded) && !errors.Is(err, agent.ErrTurnEnded) {
				t.Fatalf("WriteString = %v, want ErrStreamEnded or ErrTurnEnded", err)
			}
			finals := 0
			for _, a := range b.wire.sent() {
				if a.Type == activity.TypeMessage {
					finals++
				}
			}
			if sent := b.wire.sent(); finals != 1 || sent[len(sent)-1].Type != activity.TypeMessage {
				t.Fatalf("%d final messages, want one, the last thing sent", finals)
			}
		}
	})
	t.Run("S2-46 everything else says that the turn has ended", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		done := make(chan error)
		b.OnInvoke("ask", func(ctx context.Context, tn *agent.Turn) error {
			uses := lateUses(tn, tn.Stream(ctx))
			for _, name := range []string{"Update", "Delete", "Respond", "Member", "Members", "OnSave", "Key.Update", "Key.GetOr", "ClearState"} {
				go func() {
					var err error
					for err == nil {
						err = uses[name](context.Background())
					}
					done <- fmt.Errorf("%s: %w", name, err)
				}()
			}
			return nil
		})
		b.run(t, invoke("ask", ""))
		for range 9 {
			if err := <-done; !errors.Is(err, agent.ErrTurnEnded) {
				t.Errorf("%v, want ErrTurnEnded", err)
			}
		}
	})
}
