package agent

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/activity"
)

// A pace is how fast an answer grows on a channel. The zero pace: not at all.
type pace struct {
	interval time.Duration // between two steps, at least
	limit    time.Duration // how long it may grow; 0 leaves that to the channel
	copilot  bool
}

const (
	gather       = 250 * time.Millisecond // how long text waits for more
	keepAlive    = 35 * time.Second       // clients give up after 45
	copilotLimit = 105 * time.Second
	maxRest      = time.Minute            // before the final message, however long the channel asks for
	fastest      = 100 * time.Millisecond // into an HTTP response
	working      = "Still working on it"  // shown when nothing else was
	maxInform    = 1000                   // characters that Teams takes
)

// pace says how the answer of the turn grows, where it does. Teams shows this
// in chats with one person only, and not of agents with a user's identity.
// (proactive-hosting-auth 4.6)
func (t *Turn) pace() pace {
	p := pace{copilot: strings.EqualFold(t.ref.ChannelID, activity.ChannelTeamsCopilot)}
	if p.copilot {
		p.limit = copilotLimit
	}
	conv, teams := &t.ref.Conversation, t.onTeams()
	group := conv.IsGroup || strings.EqualFold(conv.ConversationType, "groupChat") || strings.EqualFold(conv.ConversationType, "channel")
	switch {
	case t.delivers(activity.DeliverExpectReplies):
	case t.delivers(activity.DeliverStream):
		p.interval = fastest
	case teams && (group || t.ref.Agent.Agentic()):
	default:
		p.interval = activity.Capabilities(t.Channel()).StreamInterval
	}
	return p
}

func (t *Turn) onTeams() bool {
	base, _ := activity.SplitChannel(t.ref.ChannelID)
	return strings.EqualFold(base, activity.ChannelTeams)
}

// delivers reports whether the request that waits for the turn, or for one
// around it, asked for mode.
func (t *Turn) delivers(mode string) bool {
	for o := t; o != nil; o = o.outer {
		if o.Activity.HasDeliveryMode(mode) {
			return true
		}
		if t.reply == nil {
			break
		}
	}
	return false
}

// grows reports whether what shows the answer, the pump, is at work, and starts
// it. Whoever ends the stream waits for it. The lock is held.
func (s *Stream) grows() bool {
	if s.pace.interval == 0 || s.why != nil || s.ended || s.closing || s.ctx.Err() != nil {
		return false
	}
	if s.done == nil {
		s.began, s.done = time.Now(), make(chan struct{})
		go s.run()
	}
	select {
	case <-s.stop:
		return false
	case <-s.done:
		return false
	default:
		return true
	}
}

func (s *Stream) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run sends one step after the other.
func (s *Stream) run() {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		close(s.done)
		s.changed.Broadcast()
	}()
	for {
		s.mu.Lock()
		wait := time.Until(s.due())
		s.mu.Unlock()
		select {
		case <-s.stop:
			return
		case <-s.ctx.Done():
			return
		case <-s.wake:
			continue // due may have come nearer
		case <-time.After(wait):
		}
		if !s.step() {
			return
		}
	}
}

// due is when the next step is to be sent.
func (s *Stream) due() time.Time {
	at := s.began
	switch {
	case s.inform:
	case s.unseen():
		at = s.since.Add(min(gather, s.pace.interval))
	default:
		at = later(at, s.free.Add(-s.pace.interval)).Add(keepAlive)
	}
	if end := s.began.Add(s.pace.limit); s.pace.limit > 0 && end.Before(at) {
		at = end
	}
	return later(at, s.free)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// unseen reports whether there is text to show.
func (s *Stream) unseen() bool {
	n := s.settled()
	return n > s.shown && strings.TrimSpace(s.text.String()[:n]) != ""
}

// settled is how much of the text can be shown.
func (s *Stream) settled() int { return s.shown + settled(s.text.String()[s.shown:]) }

var openMark = regexp.MustCompile(`(?i)^\[(d|do|docs?\d*)?$`)

// settled is the length of the part of text that more text will not change: up
// to a rune that is not complete, or the beginning of a mark such as "[doc1]".
// A channel takes only what begins with the text it has.
func settled(text string) int {
	n := len(text)
	for i := n - 1; i >= max(0, n-utf8.UTFMax); i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRuneInString(text[i:]) {
				n = i
			}
			break
		}
	}
	head := strings.TrimRight(text[:n], "0123456789DOCSdocsſ") // what may follow "["; all else may be long
	if at := len(head) - 1; at >= 0 && head[at] == '[' && openMark.MatchString(text[at:n]) {
		return at
	}
	return n
}

// clean is text as it is shown.
func clean(text string) string {
	return activity.NormalizeCitations(strings.ToValidUTF8(text, "\uFFFD"))
}
