package agent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// pieces describe what was sent: "type kind#sequence id result: text".
func pieces(sent []activity.Activity) []string {
	var lines []string
	for _, a := range sent {
		info, ok := a.StreamInfo()
		if !ok {
			lines = append(lines, fmt.Sprintf("%s: %s", a.Type, a.Text))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %s#%d %s %s: %s", a.Type, info.StreamType, info.StreamSequence, info.StreamID, info.StreamResult, a.Text))
	}
	return lines
}

func (w *wire) sent() []activity.Activity {
	var sent []activity.Activity
	for _, c := range w.all() {
		if c.op == "send" {
			sent = append(sent, c.activity)
		}
	}
	return sent
}

func TestStream(t *testing.T) {
	hello := func(ctx context.Context, tn *agent.Turn) error {
		s := tn.Stream(ctx)
		err := s.Informative("Searching")
		_, err1 := s.WriteString("Hello")
		_, err2 := io.WriteString(s, ", world")
		_, err3 := s.Write([]byte("!"))
		_, err4 := s.End()
		return errors.Join(err, err1, err2, err3, err4)
	}
	tests := []struct {
		name    string
		channel string
		mode    string
		h       agent.Handler
		want    []string
	}{
		{"pieces carry the whole text so far, one id and rising numbers", "msteams", "", hello, []string{
			"typing informative#1  : Searching", "typing streaming#2 sent-1 : Hello", "typing streaming#3 sent-1 : Hello, world",
			"typing streaming#4 sent-1 : Hello, world!", "message final#0 sent-1 success: Hello, world!"}},
		{"a channel without streams gets one message", "slack", "", hello, []string{"message: Hello, world!"}},
		{"expectReplies gets one message", "msteams", "expectReplies", hello, []string{"message: Hello, world!"}},
		{"a stream left open is ended", "webchat", "", func(ctx context.Context, tn *agent.Turn) error {
			_, err := tn.Stream(ctx).WriteString("Hello")
			return err
		}, []string{"typing streaming#1  : Hello", "message final#0 sent-1 success: Hello"}},
		{"a stream left open is ended on a channel without streams", "slack", "", func(ctx context.Context, tn *agent.Turn) error {
			_, err := tn.Stream(ctx).WriteString("Hello")
			return err
		}, []string{"message: Hello"}},
		{"a stream is ended when its own context has ended", "webchat", "", func(ctx context.Context, tn *agent.Turn) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel() // as a middleware that limits the time of its handler
			_, err := tn.Stream(ctx).WriteString("Hello")
			return err
		}, []string{"typing streaming#1  : Hello", "message final#0 sent-1 success: Hello"}},
		{"a stream of a handler that panics is ended as failed", "webchat", "", func(ctx context.Context, tn *agent.Turn) error {
			_, _ = tn.Stream(ctx).WriteString("Hello")
			panic("boom")
		}, []string{"typing streaming#1  : Hello", "message final#0 sent-1 error: "}},
		{"a stream that showed no text is closed as failed", "directline", "", func(ctx context.Context, tn *agent.Turn) error {
			return tn.Stream(ctx).Informative("Searching")
		}, []string{"typing informative#1  : Searching", "message final#0 sent-1 error: "}},
		{"a stream without anything sends nothing", "emulator", "", func(ctx context.Context, tn *agent.Turn) error {
			s := tn.Stream(ctx)
			_, err := s.WriteString("")
			return errors.Join(err, s.Informative(""))
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			b.OnMessage(tt.h)
			a := inbound(activity.TypeMessage, on(tt.channel))
			a.DeliveryMode = tt.mode
			_, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: a})
			if diff := cmp.Diff(tt.want, pieces(b.wire.sent())); diff != "" {
				t.Errorf("sent activities differ (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("into an HTTP stream the id is there from the start", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnMessage(hello)
		var sent []activity.Activity
		a := inbound(activity.TypeMessage, on("slack"))
		a.DeliveryMode = activity.DeliverStream
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a, Reply: func(a *activity.Activity) (activity.ResourceResponse, error) {
			sent = append(sent, *a)
			return activity.ResourceResponse{}, nil
		}})
		if err != nil || len(sent) != 5 || len(b.wire.sent()) != 0 {
			t.Fatalf("Process = %v, %d pieces in the response, %d to the channel", err, len(sent), len(b.wire.sent()))
		}
		first, _ := sent[0].StreamInfo()
		for i, a := range sent {
			if info, ok := a.StreamInfo(); !ok || info.StreamID == "" || info.StreamID != first.StreamID {
				t.Errorf("piece %d has stream id %q, want %q", i, info.StreamID, first.StreamID)
			}
		}
	})
	t.Run("there is one stream in a turn", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		during(t, b, says("x"), func(ctx context.Context, tn *agent.Turn) error {
			s := tn.Stream(ctx)
			if s != tn.Stream(context.WithoutCancel(ctx)) {
				t.Error("two calls gave two streams")
			}
			_, err := s.WriteString("done")
			_, errEnd := tn.Stream(ctx).End()
			_, errWrite := tn.Stream(ctx).WriteString("more")
			_, errAgain := tn.Stream(ctx).End()
			errInfo := tn.Stream(ctx).Informative("more")
			for _, e := range []error{errWrite, errAgain, errInfo} {
				if !errors.Is(e, agent.ErrStreamEnded) {
					t.Errorf("after End: %v, want ErrStreamEnded", e)
				}
			}
			return errors.Join(err, errEnd)
		})
	})
	t.Run("when no piece got through the answer is an ordinary message", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.wire.refuse = func(c call) error {
			if c.activity.Type == activity.TypeTyping {
				return &activity.Error{Status: 400, Code: "BadArgument"}
			}
			return nil
		}
		during(t, b, inbound(activity.TypeMessage, on("msteams")), func(ctx context.Context, tn *agent.Turn) error {
			if _, err := tn.Stream(ctx).WriteString("Hello"); err == nil {
				t.Error("WriteString did not fail")
			}
			_, err := tn.Stream(ctx).End()
			return err
		})
		if diff := cmp.Diff([]string{"message: Hello"}, pieces(b.wire.sent())); diff != "" {
			t.Errorf("sent activities differ (-want +got):\n%s", diff)
		}
	})
	t.Run("a final message that fails is an error of the turn", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.wire.refuse = func(call) error { return &activity.Error{Status: 429} }
		b.OnMessage(func(ctx context.Context, tn *agent.Turn) error { _, err := tn.Stream(ctx).WriteString("x"); return err })
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: inbound(activity.TypeMessage, on("slack"))})
		if !errors.Is(err, activity.ErrThrottled) || len(b.errs.all()) != 1 {
			t.Errorf("Process = %v, hook got %v", err, b.errs.all())
		}
	})
	t.Run("case 55 a continued turn ends its stream", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		to := address()
		to.Reference.ChannelID = "webchat"
		err := b.adapter.Continue(t.Context(), to, func(ctx context.Context, tn *agent.Turn) error {
			_, err := tn.Stream(ctx).WriteString("Hello")
			return err
		})
		want := []string{"typing streaming#1  : Hello", "message final#0 sent-1 success: Hello"}
		if diff := cmp.Diff(want, pieces(b.wire.sent())); err != nil || diff != "" {
			t.Errorf("%v, sent activities differ (-want +got):\n%s", err, diff)
		}
	})
}
