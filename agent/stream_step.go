package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// step sends the next piece, a typing activity that carries text, and reports
// whether more may follow.
func (s *Stream) step() bool {
	s.mu.Lock()
	text := s.text.String()
	n := s.settled()
	kind, shown := activity.StreamInformative, s.shown
	switch {
	case s.pace.limit > 0 && time.Since(s.began) >= s.pace.limit:
		s.mu.Unlock()
		return s.handOver(n)
	case s.inform:
		text = activity.Snippet(s.informative, maxInform)
	case s.unseen() || shown > 0 && !s.pace.copilot:
		kind, text, shown = activity.StreamStreaming, clean(text[:n]), n
	case s.informative == "":
		s.informative = working
		fallthrough
	default:
		text = activity.Snippet(s.informative, maxInform)
	}
	if kind == activity.StreamInformative {
		s.inform = false
	}
	informed := s.informative
	info := activity.StreamInfo{StreamType: kind, StreamSequence: s.sequence + 1, StreamID: s.id}
	s.mu.Unlock()

	a := activity.Typing()
	a.Text = text
	id, err := s.send(s.ctx, a, &info)

	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Broadcast()
	s.free = time.Now().Add(s.pace.interval)
	s.steps++
	switch {
	case err == nil:
		s.sequence, s.shown = s.sequence+1, shown
		if s.id == "" {
			s.id = id
		}
		if s.id == "" {
			s.why = fmt.Errorf("%w: it gave the stream no id", ErrStreamNotAllowed)
		}
	case s.ctx.Err() != nil:
	case activity.Retryable(err):
		s.free = time.Now().Add(max(s.pace.interval, activity.RetryAfter(err)))
		// An informative text that was not shown is shown later, unless there
		// is a newer one.
		s.inform = s.inform || kind == activity.StreamInformative && s.informative == informed
	case errors.Is(err, activity.ErrOutcomeUnknown) && s.id != "":
		s.sequence++ // the number may be taken; the next piece has the text as well
	default:
		s.why = streamError(err)
	}
	switch {
	case s.why == nil:
		return s.ctx.Err() == nil
	case errors.Is(s.why, ErrStreamTimedOut) && s.id != "":
		s.checkpoint()
	}
	s.halt()
	return false
}

// halt makes known that the answer no longer grows. The lock is held.
func (s *Stream) halt() {
	if errors.Is(s.why, ErrStreamCancelled) {
		s.cancel(s.why)
		return
	}
	s.t.Logger().WarnContext(s.ctx, "a streamed answer no longer grows", "err", s.why,
		"conversation", s.t.ref.Conversation.ID, "channel", s.t.ref.ChannelID)
}

// send sends a as part of the stream, or as an ordinary message without info.
// Whoever calls it is the only one who sends for the stream. A panic of a send
// middleware must not end the process, so it becomes an error.
func (s *Stream) send(ctx context.Context, a *activity.Activity, info *activity.StreamInfo) (id string, err error) {
	err = guard(func() error {
		if info != nil {
			info.Type = activity.EntityStreamInfo
			if err := a.AddEntity(*info); err != nil {
				return err
			}
		}
		id, err = s.t.Send(ctx, a)
		return err
	})
	return id, err
}

// checkpoint makes an ordinary message of what the channel has ended, with the
// text so far. A failure does not matter: End replaces it anyway. The lock is
// held.
func (s *Stream) checkpoint() {
	text := s.text.String()
	n := s.settled()
	if s.shown == 0 || strings.TrimSpace(text[:n]) == "" {
		return
	}
	a := activity.Message(clean(text[:n]))
	a.ID = s.id
	s.mu.Unlock()
	_ = guard(func() error { return s.t.Update(s.ctx, a) })
	s.mu.Lock()
}

// handOver ends the stream in time. The first n bytes of the text go with it,
// and End sends the rest.
func (s *Stream) handOver(n int) bool {
	s.mu.Lock()
	text, info := s.text.String()[:n], activity.StreamInfo{StreamType: activity.StreamFinal, StreamResult: activity.StreamSuccess, StreamID: s.id}
	final, open := s.final, s.sequence > 0
	said := clean(text)
	if strings.TrimSpace(said) == "" {
		n, said, info.StreamResult = 0, activity.Snippet(s.informative, maxInform), activity.StreamError
		final = Final{}
	}
	s.mu.Unlock()

	var id string
	var err error
	if open {
		final.Attachments = nil // they come with the rest
		a := activity.Message(said)
		if err = final.apply(a, s.t); err == nil {
			id, err = s.send(s.ctx, a, &info)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Broadcast()
	switch {
	case s.ctx.Err() != nil:
		return false
	case activity.Retryable(err):
		s.free = time.Now().Add(max(s.pace.interval, activity.RetryAfter(err)))
		return true
	case err != nil && !errors.Is(err, activity.ErrOutcomeUnknown):
		s.why = streamError(err)
		s.halt()
		return false
	}
	s.free = time.Now().Add(s.pace.interval)
	s.why, s.sequence, s.id = ErrStreamTimedOut, 0, ""
	if open {
		s.given, s.givenID = n, id
	}
	if err != nil {
		s.given = s.shown // rather said twice than lost
	}
	return false
}

// streamError tells apart why a channel refuses a part of a stream.
// (proactive-hosting-auth 4.6; Teams, "Stream bot messages", error codes)
func streamError(err error) error {
	e, ok := errors.AsType[*activity.Error](err)
	if !ok {
		return err
	}
	message := strings.ToLower(e.Message)
	says := func(part string) bool { return strings.Contains(message, part) }
	kind := ErrStreamCancelled
	switch {
	case strings.EqualFold(e.Code, "BadArgument") && says("streaming api is not enabled"):
		kind = ErrStreamNotAllowed
	case !isStreamCode(e):
		return err
	case says("exceeded streaming time"), says("already completed"):
		kind = ErrStreamTimedOut
	case says("too large"):
		return err
	case says("not allowed"):
		kind = ErrStreamNotAllowed
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// isStreamCode reports whether the channel refuses the stream rather than the
// agent.
func isStreamCode(err error) bool {
	e, ok := errors.AsType[*activity.Error](err)
	return ok && strings.EqualFold(e.Code, "ContentStreamNotAllowed")
}
