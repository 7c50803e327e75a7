package agent

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

var (
	// ErrStreamEnded: the stream was ended before.
	ErrStreamEnded = errors.New("agent: the stream has ended; a turn has one streamed answer")

	// ErrStreamCancelled: the user stopped the answer. Nothing more of it is
	// sent, and its context has ended.
	ErrStreamCancelled = errors.New("agent: the user stopped the streamed answer")

	// ErrStreamTimedOut: the answer took longer than the channel lets it grow.
	// The rest comes with [Stream.End].
	ErrStreamTimedOut = errors.New("agent: the channel's time for a streamed answer is over")

	// ErrStreamNotAllowed: the channel does not show this answer growing. It
	// comes as one message with [Stream.End].
	ErrStreamNotAllowed = errors.New("agent: the channel takes no streamed answer here")
)

// A Stream is an answer that grows before the user's eyes. Its methods may be
// called from several goroutines, until the turn ends.
//
//	                Informative, WriteString, WriteSeq
//	(nothing sent) ────────────────────────────────────▶ growing ──┐ each interval: all text so far;
//	  │                                                  │  │  │ ▲──┘ after 35 s without: a sign of life
//	  │ End                                              │  │  │
//	  ▼                     End, end of the turn         │  │  │ stopped by the user
//	ended: one message ◀─────────────────────────────────┘  │  └───────────────────▶ cancelled
//	  ▲                                                     │ time over, or refused
//	  └──────────────────────── gathering ◀─────────────────┘
//	              End, end of the turn
//
// What is written is shown in steps, each with the whole text so far: at most
// one a second on Teams, two on Web Chat, Direct Line and the Emulator, ten in
// an HTTP response of delivery mode "stream". Text after a pause waits a quarter
// of a second for more, so that a short answer is one message. No step is sent
// before the one ahead of it was answered; one that the channel throttles is
// replaced by a later one, no earlier than the channel asked; the final message
// waits a minute at most. Other channels, groups in Teams and callers that
// expect all replies at once get one message at the end.
//
// When nothing was shown for 35 seconds, the last Informative text is shown
// again (outside of Copilot the text, if there is any), since clients give up
// after 45. In Copilot an answer may grow for 105 seconds: then it is
// ended, and End sends the rest as another message. Teams ends it after two
// minutes: End then replaces it by the whole answer. [Stream.Err] tells when
// this has happened; nothing that was written is lost by it.
//
// A stream that is still open when the handler returns is ended then, as
// failed if the handler failed; later calls fail with [ErrStreamEnded] or
// [ErrTurnEnded]. Marks such as "[doc1]", as models write them, become "[1]".
//
// (proactive-hosting-auth 4.6; error codes from "Stream bot messages" in the
// documentation of Teams)
type Stream struct {
	t    *Turn
	pace pace

	ending sync.Mutex // held by who ends the stream

	mu      sync.Mutex // guards all below; not held while something is sent
	changed sync.Cond  // something was shown, or the pump has stopped
	ctx     context.Context
	cancel  context.CancelCauseFunc
	text    strings.Builder // all that was written
	final   Final
	closing bool  // End is at work
	ended   bool  // for good
	why     error // the answer no longer grows

	informative string // the last one
	inform      bool   // it is to be shown
	id          string // of the stream, given by the channel with the first piece
	sequence    int    // of the last piece
	steps       int    // tried
	shown       int    // bytes of text
	given       int    // bytes of text that an earlier message has, after a hand-over
	givenID     string // of that message

	stop  chan struct{} // closed to stop the pump
	wake  chan struct{} // tells the pump that there is something new
	done  chan struct{} // closed when the pump has stopped; nil before it started
	began time.Time     // of the pump
	since time.Time     // since when there is text to show
	free  time.Time     // no send before
}

// Stream returns the turn's streamed answer. Everything it sends is bound to
// ctx, which counts at the first call. Once the handler has returned, the
// stream has ended; an error hook uses [Turn.Send].
func (t *Turn) Stream(ctx context.Context) *Stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stream == nil {
		s := &Stream{t: t, pace: t.pace(), stop: make(chan struct{}), wake: make(chan struct{}, 1)}
		s.ended = t.streamed || t.lane == "" // nobody would wait for it, as in Adapter.Send
		s.changed.L = &s.mu
		s.ctx, s.cancel = context.WithCancelCause(ctx)
		if t.reply != nil {
			s.id = uuid.NewString() // nobody gives ids to what goes into the response
		}
		if s.ended {
			s.cancel(ErrStreamEnded)
		}
		t.stream = s
	}
	return t.stream
}

// Context ends when the user stops the answer, when the stream ends, and with
// the context given to [Turn.Stream]. Give it to what produces the text.
// [context.Cause] tells which it was, such as [ErrStreamCancelled].
func (s *Stream) Context() context.Context { return s.ctx }

// Err tells why the answer no longer grows before the user's eyes:
// [ErrStreamCancelled], [ErrStreamTimedOut], [ErrStreamNotAllowed] or another
// failure of the channel, nil while it does. After all but the first, End
// still delivers everything.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why
}

// Informative shows what the agent is doing, such as "Searching", until text
// comes. The first one of a stream is shown before the call returns, later ones
// in their time unless another replaces them. Channels without streams drop it.
func (s *Stream) Informative(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(); err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" || !s.grows() {
		return nil
	}
	first := s.steps == 0
	s.informative, s.inform = text, true
	s.nudge()
	for first && s.steps == 0 && s.grows() {
		s.changed.Wait()
	}
	return s.stopped()
}

// WriteString adds to the answer. It does not wait until that is shown.
func (s *Stream) WriteString(text string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(); err != nil {
		return 0, err
	}
	before := s.unseen()
	s.text.WriteString(text)
	if !before {
		s.since = time.Now()
	}
	if text != "" && s.grows() {
		s.nudge()
	}
	return len(text), nil
}

// Write is WriteString for bytes, so that a Stream is an [io.Writer].
func (s *Stream) Write(text []byte) (int, error) { return s.WriteString(string(text)) }

// WriteSeq adds all pieces of seq to the answer. It returns early when the user
// stops the answer, which is [ErrStreamCancelled], or the context ends. What
// produces the pieces should end with [Stream.Context], for it is not
// interrupted while it makes one.
func (s *Stream) WriteSeq(seq iter.Seq[string]) error {
	s.mu.Lock()
	s.grows() // from now on, as the first piece may take long
	s.mu.Unlock()
	for piece := range seq {
		if _, err := s.WriteString(piece); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.check()
}

// Flush waits until everything written so far is shown. Where the answer does
// not grow it returns at once.
func (s *Stream) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(); err != nil {
		return err
	}
	for all := s.text.Len(); s.done != nil && s.grows() && (s.inform || s.unseen() && s.shown < all); {
		s.changed.Wait()
	}
	return s.stopped()
}

// End sends the final message and returns its id. Without any text nothing is
// sent, unless something was shown before: then the stream is closed as failed.
// When the channel refuses the message, End may be called again. If the user
// stopped the answer, End sends nothing and returns [ErrStreamCancelled].
func (s *Stream) End() (string, error) {
	s.ending.Lock()
	defer s.ending.Unlock()
	s.mu.Lock()
	err := s.check()
	s.mu.Unlock()
	if err != nil {
		return "", err
	}
	return s.end(s.ctx, false)
}

// check reports why nothing can be added.
func (s *Stream) check() error {
	switch {
	case s.t.ended.Load():
		return ErrTurnEnded
	case errors.Is(s.why, ErrStreamCancelled):
		return s.why
	case s.ended || s.closing:
		return ErrStreamEnded
	}
	return context.Cause(s.ctx)
}

// stopped reports that the user or the context stopped the answer while the
// caller waited. That the stream was ended meanwhile is no error then.
func (s *Stream) stopped() error {
	if errors.Is(s.why, ErrStreamCancelled) {
		return s.why
	}
	if err := context.Cause(s.ctx); !errors.Is(err, ErrStreamEnded) {
		return err
	}
	return nil
}
