package agent

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/outspoken-go/outspoken/activity"
)

// ErrStreamEnded: the stream was ended before.
var ErrStreamEnded = errors.New("agent: the stream has ended; a turn has one streamed answer")

// A Stream is an answer that grows before the user's eyes. On channels that
// cannot show this, the whole text is sent once at the end. A stream that is
// still open when the handler returns is ended then, as failed if the handler
// failed; later calls fail with
// [ErrTurnEnded].
//
// Each piece is sent at once; pacing and the channels' time limits are the
// caller's concern. (proactive-hosting-auth 4.6)
type Stream struct {
	t    *Turn
	live bool

	mu       sync.Mutex // guards all below, and keeps the pieces in order
	ctx      context.Context
	id       string // of the stream, given by the channel with the first piece
	sequence int    // of the last piece that was shown
	text     strings.Builder
	ended    bool
}

// Stream returns the turn's streamed answer and starts it at the first call.
// Everything it sends is bound to ctx, which counts at the first call.
func (t *Turn) Stream(ctx context.Context) *Stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stream == nil {
		t.stream = &Stream{t: t, ctx: ctx, live: t.streams()}
		if t.reply != nil {
			t.stream.id = uuid.NewString() // nobody gives ids to what goes into the response
		}
	}
	return t.stream
}

// streams reports whether partial answers can be shown.
func (t *Turn) streams() bool {
	switch {
	case t.Activity.HasDeliveryMode(activity.DeliverExpectReplies):
		return false
	case t.Activity.HasDeliveryMode(activity.DeliverStream):
		return true
	}
	return activity.Capabilities(t.Channel()).Streams()
}

// Informative shows what the agent is doing, such as "Searching", until text
// comes. Channels without streams drop it.
func (s *Stream) Informative(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(); err != nil {
		return err
	}
	if !s.live || text == "" {
		return nil
	}
	return s.piece("informative", text)
}

// WriteString adds to the answer and shows it.
func (s *Stream) WriteString(text string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(); err != nil {
		return 0, err
	}
	s.text.WriteString(text)
	if !s.live || text == "" {
		return len(text), nil
	}
	return len(text), s.piece("streaming", s.text.String())
}

// Write is WriteString for bytes, so that a Stream is an [io.Writer].
func (s *Stream) Write(text []byte) (int, error) { return s.WriteString(string(text)) }

// End sends the final message and returns its id. Without any text nothing is
// sent, unless something was shown before: then the stream is closed as failed.
// When the channel refuses the message, End may be called again.
func (s *Stream) End() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(); err != nil {
		return "", err
	}
	return s.end(false)
}

func (s *Stream) check() error {
	switch {
	case s.t.ended.Load():
		return ErrTurnEnded
	case s.ended:
		return ErrStreamEnded
	}
	return nil
}

// end sends the final message. When the turn failed, half an answer is no
// answer: what was shown is closed as failed, and what was not is dropped.
func (s *Stream) end(failed bool) (string, error) {
	shown, text := s.sequence > 0, s.text.String()
	if failed {
		text = ""
	}
	if !shown && text == "" {
		s.ended = true
		return "", nil
	}
	final := activity.Message(text)
	if shown {
		info := activity.StreamInfo{StreamType: activity.StreamFinal, StreamResult: "success"}
		if text == "" {
			info.StreamResult = "error"
		}
		if err := s.mark(final, info); err != nil {
			return "", err
		}
	}
	id, err := s.t.Send(s.ctx, final)
	// A refused message can be tried again; one that may have arrived must not.
	s.ended = err == nil || errors.Is(err, activity.ErrOutcomeUnknown)
	return id, err
}

// piece sends one interim activity: a typing activity that carries text. One
// that fails takes no number; the next one has its text as well.
func (s *Stream) piece(kind, text string) error {
	a := activity.Typing()
	a.Text = text
	if err := s.mark(a, activity.StreamInfo{StreamType: kind, StreamSequence: s.sequence + 1}); err != nil {
		return err
	}
	id, err := s.t.Send(s.ctx, a)
	if err != nil {
		return err
	}
	s.sequence++
	if s.id == "" {
		s.id = id
	}
	return nil
}

func (s *Stream) mark(a *activity.Activity, info activity.StreamInfo) error {
	info.Type, info.StreamID = activity.EntityStreamInfo, s.id
	return a.AddEntity(info)
}

// endStream ends a stream that the handler left open. The context that the
// handler gave it may have ended with the handler.
func (t *Turn) endStream(ctx context.Context, failed bool) error {
	t.mu.Lock()
	s := t.stream
	t.mu.Unlock()
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.ctx = ctx
	_, err := s.end(failed)
	return err
}
