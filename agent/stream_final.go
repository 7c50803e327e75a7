package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// A Final is what the last message of a [Stream] has beside the text.
type Final struct {
	// AI labels the message as written by a model.
	AI bool

	// Citations are the sources. Those that the text refers to, as "[1]" or
	// "[doc1]", go with the message. A Position of 0 is the place in this
	// list, counted from 1. Abstracts are cut at 480 characters.
	Citations []activity.Citation

	// Sensitivity is a label of confidentiality; nil for none.
	Sensitivity *activity.UsageInfo

	// Feedback puts thumbs under the message in Teams: [FeedbackDefault] asks
	// for a comment in a form of Teams, [FeedbackCustom] in one of the
	// agent's. Other channels have none.
	Feedback string

	// Attachments go with the message, even when it has no text.
	Attachments []activity.Attachment
}

// Kinds of [Final.Feedback].
const (
	FeedbackDefault = "default"
	FeedbackCustom  = "custom"
)

const maxAbstract = 480 // (proactive-hosting-auth 4.6)

// SetFinal says what the final message has beside the text. It may be called at
// any time before the end; the last call counts.
func (s *Stream) SetFinal(f Final) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.final = f
}

// apply adds f to a message.
func (f Final) apply(a *activity.Activity, t *Turn) error {
	a.Attachments = f.Attachments
	if f.Feedback != "" && t.onTeams() {
		if err := a.SetChannelData(activity.TeamsChannelData{FeedbackLoop: &activity.TeamsFeedbackLoop{Type: f.Feedback}}); err != nil {
			return err
		}
	}
	used := activity.UsedCitations(a.Text, f.citations())
	if !f.AI && len(used) == 0 && f.Sensitivity == nil {
		return nil
	}
	m := activity.NewAIMessage(used...)
	m.UsageInfo = f.Sensitivity
	if !f.AI {
		m.AdditionalType = nil
	}
	return a.AddEntity(m)
}

// citations are those of f as channels accept them.
func (f Final) citations() []activity.Citation {
	all := slices.Clone(f.Citations)
	for i := range all {
		c := &all[i]
		if c.Position == 0 {
			c.Position = i + 1
		}
		c.AtType, c.Appearance.AtType = "Claim", "DigitalDocument"
		c.Appearance.Abstract = activity.Snippet(c.Appearance.Abstract, maxAbstract)
	}
	return all
}

// endStream ends a stream that the handler left open. The context that the
// handler gave it may have ended with the handler. When that of the turn has
// ended, too, the stream is closed as failed, for which there are 10 seconds:
// otherwise the user would wait until the channel gives up.
func (t *Turn) endStream(ctx context.Context, failed bool) error {
	t.mu.Lock()
	s := t.stream
	t.streamed = true
	t.mu.Unlock()
	if s == nil {
		return nil
	}
	s.ending.Lock()
	defer s.ending.Unlock()
	s.mu.Lock()
	ended, begun := s.ended, s.done != nil || s.text.Len() > 0
	s.mu.Unlock()
	if ended {
		return nil
	}
	var stopped error
	if begun && ctx.Err() != nil {
		stopped = context.Cause(ctx)
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		ctx, failed = late, true
	}
	_, err := s.end(ctx, failed)
	if stopped != nil && !errors.Is(err, ErrStreamCancelled) {
		err = stopped
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.cancel(ErrStreamEnded)
	if errors.Is(err, ErrStreamCancelled) {
		return nil // the handler could ask, and need not
	}
	return err
}

// end stops the pump and sends the final message. The caller holds s.ending.
func (s *Stream) end(ctx context.Context, failed bool) (string, error) {
	s.mu.Lock()
	s.closing = true
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	done := s.done
	s.mu.Unlock()
	if done != nil {
		select {
		case <-done:
		case <-ctx.Done():
			s.cancel(context.Cause(ctx))
			<-done
		}
	}

	var id string
	err := guard(func() (err error) {
		id, err = s.conclude(ctx, failed)
		return err
	})

	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = false
	if errors.Is(err, ErrStreamCancelled) {
		s.why = err
		s.cancel(err)
	}
	// A refused message can be tried again; one that may have arrived must not.
	s.ended = err == nil || errors.Is(err, ErrStreamCancelled) || errors.Is(err, activity.ErrOutcomeUnknown)
	if s.ended {
		s.cancel(ErrStreamEnded)
	}
	return id, err
}

// conclude sends the final message. When the turn failed, half an answer is no
// answer: what was shown is closed as failed, and what was not is dropped. The
// pump has stopped, and nobody writes.
func (s *Stream) conclude(ctx context.Context, failed bool) (string, error) {
	s.mu.Lock()
	text, final, why := s.text.String()[s.given:], s.final, s.why
	s.mu.Unlock()
	if s.given > 0 && strings.TrimSpace(text) == "" {
		text = "" // all was handed over
	}
	late := errors.Is(why, ErrStreamTimedOut) && s.id != "" && s.sequence > 0 // the channel has ended it
	open := s.sequence > 0 && !late
	switch {
	case errors.Is(why, ErrStreamCancelled):
		return "", why
	case failed && !open, !open && text == "" && len(final.Attachments) == 0:
		return s.givenID, nil
	}
	if err := s.rest(ctx); err != nil {
		return "", err
	}

	message := func() (*activity.Activity, error) {
		a := activity.Message(clean(text))
		return a, final.apply(a, s.t)
	}
	if open {
		info := activity.StreamInfo{StreamType: activity.StreamFinal, StreamResult: activity.StreamSuccess, StreamID: s.id}
		a, err := message()
		if failed || text == "" && len(final.Attachments) == 0 {
			info.StreamResult = activity.StreamError
			a, err = activity.Message(s.epitaph()), nil
		}
		if err != nil {
			return "", err
		}
		id, err := s.send(ctx, a, &info)
		if err == nil {
			return id, nil
		}
		err = streamError(err)
		late = errors.Is(err, ErrStreamTimedOut)
		switch {
		case failed || info.StreamResult == activity.StreamError,
			!late && !errors.Is(err, ErrStreamNotAllowed) && !errors.Is(err, activity.ErrInvalid):
			return "", err
		}
	}
	a, err := message()
	if err != nil {
		return "", err
	}
	if late {
		a.ID = s.id
		err := s.t.Update(ctx, a)
		if err == nil {
			return s.id, nil
		}
		if activity.Retryable(err) {
			return "", err
		}
		// What cannot be replaced is said again.
	}
	return s.send(ctx, a, nil)
}

// rest waits until the channel takes the next message, but not for long: the
// conversation's next turn waits as well.
func (s *Stream) rest(ctx context.Context) error {
	select {
	case <-time.After(min(time.Until(s.free), maxRest)):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// epitaph is the text of a stream that ends without an answer. Teams wants one
// that begins with what it has shown. Elsewhere none is needed.
func (s *Stream) epitaph() string {
	switch {
	case !s.t.onTeams():
		return ""
	case s.shown > 0:
		return clean(s.text.String()[:s.shown])
	}
	return activity.Snippet(s.informative, maxInform)
}
