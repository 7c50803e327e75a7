package agent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

func (w *wire) sent() []activity.Activity {
	var sent []activity.Activity
	for _, c := range w.all() {
		if c.op == "send" {
			sent = append(sent, c.activity)
		}
	}
	return sent
}

// case 76
func TestStreamOnTeams(t *testing.T) {
	show(t, func(t *testing.T, s *screen) {
		err := s.on(t.Context(), "msteams", func(ctx context.Context, tn *agent.Turn) error {
			st := tn.Stream(ctx)
			errInfo := st.Informative("Searching")
			_, err1 := st.WriteString("Hello")
			errFlush := st.Flush()
			_, err2 := io.WriteString(st, ", world")
			_, err3 := st.Write([]byte("!"))
			errFlush2 := st.Flush()
			id, errEnd := st.End()
			if id != "id-4" {
				t.Errorf("End returns %q, want the id of the final message", id)
			}
			return errors.Join(errInfo, err1, err2, err3, errFlush, errFlush2, errEnd)
		})
		if err != nil {
			t.Error(err)
		}
		s.want("0s typing informative#1 : Searching",
			"1s typing streaming#2 id-1: Hello",
			"2s typing streaming#3 id-1: Hello, world!",
			"3s message final id-1 success: Hello, world!")
		for _, a := range s.sent {
			if len(a.Entities) != 1 || a.ID != "" {
				t.Errorf("%s has %d entities and id %q, want streaminfo only, and no id", piece(&a), len(a.Entities), a.ID)
			}
		}
		final, _ := s.sent[3].StreamInfo()
		if final.StreamSequence != 0 {
			t.Errorf("the final message has number %d, want none", final.StreamSequence)
		}
	})
}

// case 78
func TestStreamWhereNothingGrows(t *testing.T) {
	group := func(a *activity.Activity) { a.Conversation.ConversationType = "groupChat" }
	flag := func(a *activity.Activity) { a.Conversation.IsGroup = true }
	user := func(a *activity.Activity) { a.Recipient.Role = activity.RoleAgenticUser }
	replies := func(a *activity.Activity) { a.DeliveryMode = activity.DeliverExpectReplies }
	for name, tt := range map[string]struct {
		channel string
		edit    func(*activity.Activity)
	}{
		"another channel":       {"slack", func(*activity.Activity) {}},
		"expectReplies":         {"msteams", replies},
		"a group in Teams":      {"msteams", group},
		"a group by its flag":   {"msteams", flag},
		"an agentic user":       {"msteams", user},
		"a channel of no table": {"carrier-pigeon", func(*activity.Activity) {}},
	} {
		t.Run("case 78 "+name, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				err := s.on(t.Context(), tt.channel, func(ctx context.Context, tn *agent.Turn) error {
					st := tn.Stream(ctx)
					if err := st.Informative("Searching"); err != nil {
						return err
					}
					if err := writes(2*time.Minute, "Hello", ", world")(ctx, tn); err != nil {
						return err
					}
					err := st.Flush()
					_, errEnd := st.End()
					return errors.Join(err, st.Err(), errEnd)
				}, tt.edit)
				if err != nil {
					t.Error(err)
				}
				s.want("4m0s message: Hello, world")
			})
		})
	}
	t.Run("case 78 a turn inside one that expects replies", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			var replies []string
			s.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				return tn.Adapter().Continue(ctx, tn.Conversation(), writes(time.Minute, "Hello"))
			})
			a := inbound(activity.TypeMessage, on("webchat"))
			a.DeliveryMode = activity.DeliverExpectReplies
			_, err := agent.NewAdapter(s.App, s, agent.AdapterConfig{}).Process(t.Context(), activity.Inbound{Activity: a, Reply: func(a *activity.Activity) (activity.ResourceResponse, error) {
				replies = append(replies, piece(a))
				return activity.ResourceResponse{}, nil
			}})
			if diff := cmp.Diff([]string{"message: Hello"}, replies); err != nil || diff != "" {
				t.Errorf("%v, replies differ (-want +got):\n%s", err, diff)
			}
		})
	})
}

// case 79
func TestStreamEnds(t *testing.T) {
	for _, channel := range []string{"msteams", "slack"} {
		t.Run("case 79 there is one stream in a turn, on "+channel, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				err := s.on(t.Context(), channel, func(ctx context.Context, tn *agent.Turn) error {
					st := tn.Stream(ctx)
					if st != tn.Stream(context.WithoutCancel(ctx)) {
						t.Error("two calls gave two streams")
					}
					_, err := st.WriteString("done")
					_, errEnd := tn.Stream(ctx).End()
					_, errWrite := st.WriteString("more")
					_, errAgain := st.End()
					for _, e := range []error{errWrite, errAgain, st.Informative("more"), st.Flush(), st.WriteSeq(func(func(string) bool) {}), context.Cause(st.Context())} {
						if !errors.Is(e, agent.ErrStreamEnded) {
							t.Errorf("after End: %v, want ErrStreamEnded", e)
						}
					}
					return errors.Join(err, errEnd)
				})
				if err != nil {
					t.Error(err)
				}
				s.want("0s message: done")
			})
		})
		t.Run("case 79 without anything, nothing is sent on "+channel, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				err := s.on(t.Context(), channel, func(ctx context.Context, tn *agent.Turn) error {
					st := tn.Stream(ctx)
					_, err := st.WriteString("")
					err = errors.Join(err, st.Informative(" "), work(ctx, time.Hour))
					id, errEnd := st.End()
					if id != "" {
						t.Errorf("End returns id %q", id)
					}
					return errors.Join(err, errEnd)
				})
				if err != nil {
					t.Error(err)
				}
				s.want()
			})
		})
	}
	t.Run("case 79 blank text opens no stream", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			if err := s.on(t.Context(), "msteams", writes(2*time.Second, "\n", " ", "Hello")); err != nil {
				t.Error(err)
			}
			s.want("4.25s typing streaming#1 : \n Hello", "6s message final id-1 success: \n Hello")
		})
	})
}

func TestStreamLeftOpen(t *testing.T) {
	boom := errors.New("boom")
	tests := []struct {
		name    string
		channel string
		h       agent.Handler
		failed  bool
		want    []string
	}{
		{"is ended", "webchat", writes(time.Second, "Hello"), false,
			[]string{"250ms typing streaming#1 : Hello", "1s message final id-1 success: Hello"}},
		{"is ended where nothing grows", "slack", writes(time.Second, "Hello"), false, []string{"1s message: Hello"}},
		{"is ended when its own context has ended", "webchat", func(ctx context.Context, tn *agent.Turn) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel() // as a middleware that limits the time of its handler
			return writes(time.Second, "Hello")(ctx, tn)
		}, false, []string{"250ms typing streaming#1 : Hello", "1s message final id-1 success: Hello"}},
		{"is closed as failed when the handler fails", "webchat", func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(writes(time.Second, "Hello")(ctx, tn), boom)
		}, true, []string{"250ms typing streaming#1 : Hello", "1s message final id-1 error: "}},
		{"is closed as failed when the handler panics", "webchat", func(ctx context.Context, tn *agent.Turn) error {
			_ = writes(time.Second, "Hello")(ctx, tn)
			panic("boom")
		}, true, []string{"250ms typing streaming#1 : Hello", "1s message final id-1 error: "}},
		{"keeps what it showed in Teams, which wants that", "msteams", func(ctx context.Context, tn *agent.Turn) error {
			_ = writes(time.Second, "Hello", " you")(ctx, tn)
			return errors.Join(writes(0, " all")(ctx, tn), boom)
		}, true, []string{"250ms typing streaming#1 : Hello", "1.25s typing streaming#2 id-1: Hello you", "2.25s message final id-1 error: Hello you"}},
		{"sends nothing when the handler fails before anything was shown", "webchat", func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(writes(0, "Hello")(ctx, tn), boom)
		}, true, nil},
		{"that showed no text is closed as failed", "directline", func(ctx context.Context, tn *agent.Turn) error {
			return tn.Stream(ctx).Informative("Searching")
		}, false, []string{"0s typing informative#1 : Searching", "500ms message final id-1 error: "}},
		{"that showed no text is closed with words in Teams", "msteams", func(ctx context.Context, tn *agent.Turn) error {
			return tn.Stream(ctx).Informative("Searching")
		}, false, []string{"0s typing informative#1 : Searching", "1s message final id-1 error: Searching"}},
	}
	for _, tt := range tests {
		t.Run("a stream left open "+tt.name, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				if err := s.on(t.Context(), tt.channel, tt.h); (err != nil) != tt.failed {
					t.Errorf("Process = %v", err)
				}
				s.want(tt.want...)
			})
		})
		t.Run("case 55 in a continued turn, a stream left open "+tt.name, func(t *testing.T) {
			show(t, func(t *testing.T, s *screen) {
				to := address()
				to.Reference.ChannelID = tt.channel
				if err := agent.NewAdapter(s.App, s, agent.AdapterConfig{}).Continue(t.Context(), to, tt.h); (err != nil) != tt.failed {
					t.Errorf("Continue = %v", err)
				}
				s.want(tt.want...)
			})
		})
	}
	t.Run("the error hook cannot open one", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			var got error
			s.App = agent.New(agent.Config{Logger: quiet, OnError: func(ctx context.Context, tn *agent.Turn, _ error) {
				_, got = tn.Stream(ctx).WriteString("sorry")
			}})
			if err := s.on(t.Context(), "webchat", func(context.Context, *agent.Turn) error { return boom }); !errors.Is(err, boom) {
				t.Error(err)
			}
			if !errors.Is(got, agent.ErrStreamEnded) {
				t.Errorf("WriteString in the hook = %v, want ErrStreamEnded", got)
			}
			s.want()
		})
	})
	t.Run("a send outside of any turn has none", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			var got error
			s.UseSend(func(next agent.SendHandler) agent.SendHandler {
				return func(ctx context.Context, tn *agent.Turn, out *agent.Outgoing) error {
					_, got = tn.Stream(ctx).WriteString("and more")
					return next(ctx, tn, out)
				}
			})
			to := address()
			to.Reference.ChannelID = "webchat"
			_, err := agent.NewAdapter(s.App, s, agent.AdapterConfig{}).Send(t.Context(), to, activity.Message("news"))
			if err != nil || !errors.Is(got, agent.ErrStreamEnded) {
				t.Errorf("Send = %v, WriteString = %v", err, got)
			}
			s.want("0s message: news")
		})
	})
}

func TestStreamIntoResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnMessage(writes(150*time.Millisecond, "One", " two", " three"))
		start, got, first := time.Now(), []string(nil), ""
		a := inbound(activity.TypeMessage, on("slack"))
		a.DeliveryMode = activity.DeliverStream
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a, Reply: func(a *activity.Activity) (activity.ResourceResponse, error) {
			info, _ := a.StreamInfo()
			if first == "" {
				first = info.StreamID
			}
			if info.StreamID == "" || info.StreamID != first {
				t.Errorf("%q has stream id %q, want %q, there from the start", a.Text, info.StreamID, first)
			}
			got = append(got, fmt.Sprint(time.Since(start), " ", a.Type, " ", a.Text))
			return activity.ResourceResponse{}, nil
		}})
		want := []string{"100ms typing One", "250ms typing One two", "400ms typing One two three", "500ms message One two three"}
		if diff := cmp.Diff(want, got); err != nil || diff != "" || len(b.wire.sent()) != 0 {
			t.Errorf("%v, %d to the channel, the response differs (-want +got):\n%s", err, len(b.wire.sent()), diff)
		}
	})
}

func TestStreamWriteSeq(t *testing.T) {
	tokens := func(ctx context.Context, n int) func(func(string) bool) {
		return func(yield func(string) bool) {
			for i := range n {
				if work(ctx, 200*time.Millisecond) != nil || !yield(fmt.Sprint(i, " ")) {
					return
				}
			}
		}
	}
	t.Run("all pieces are written", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "emulator", func(ctx context.Context, tn *agent.Turn) error {
				st := tn.Stream(ctx)
				return st.WriteSeq(tokens(st.Context(), 6))
			})
			if err != nil {
				t.Error(err)
			}
			s.want("450ms typing streaming#1 : 0 1 ", "950ms typing streaming#2 id-1: 0 1 2 3 ", "1.45s message final id-1 success: 0 1 2 3 4 5 ")
		})
	})
	t.Run("it ends even if what makes the pieces does not look", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "slack", func(ctx context.Context, tn *agent.Turn) error {
				stream, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
				defer cancel()
				if err := tn.Stream(stream).WriteSeq(tokens(ctx, 1e9)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("WriteSeq = %v, want the deadline's error", err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			s.want("600ms message: 0 1 ")
		})
	})
	t.Run("it ends with its context, and what was written is sent", func(t *testing.T) {
		for _, channel := range []string{"emulator", "slack"} {
			show(t, func(t *testing.T, s *screen) {
				err := s.on(t.Context(), channel, func(ctx context.Context, tn *agent.Turn) error {
					ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
					defer cancel()
					st := tn.Stream(ctx)
					if err := st.WriteSeq(tokens(st.Context(), 1e9)); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("WriteSeq = %v, want the deadline's error", err)
					}
					return nil
				})
				if last := s.sent[len(s.sent)-1]; err != nil || last.Text != "0 1 " || last.Type != activity.TypeMessage {
					t.Errorf("%v, the last thing sent is %s", err, piece(&last))
				}
			})
		}
	})
}
