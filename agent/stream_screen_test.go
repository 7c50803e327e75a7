package agent_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A screen is a channel that notes what arrives and when, as in
// "1.5s typing streaming#2 id-1: Hello". It belongs to a synctest bubble.
type screen struct {
	agent.Connector
	*agent.App
	errs failures

	takes  time.Duration                                 // for each call
	answer func(n int, a *activity.Activity) error       // to call n, counted from 1; nil: success
	ids    func(n int, a *activity.Activity) (id string) // nil: "id-1", "id-2", …

	mu    sync.Mutex
	t     *testing.T
	start time.Time
	busy  map[string]bool // conversations with a call in flight
	sent  []activity.Activity
	lines []string
}

func newScreen(t *testing.T) *screen {
	s := &screen{t: t, start: time.Now(), busy: map[string]bool{}}
	s.App = agent.New(agent.Config{OnError: s.errs.hook, Logger: quiet})
	return s
}

// show runs one test in a bubble.
func show(t *testing.T, f func(t *testing.T, s *screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newScreen(t)) })
}

func (s *screen) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	return s.take(ctx, "", to, a)
}

func (s *screen) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	return s.take(ctx, "update "+a.ID+" ", to, a)
}

func (s *screen) take(ctx context.Context, op string, to activity.Conversation, a *activity.Activity) (r activity.ResourceResponse, err error) {
	s.mu.Lock()
	if id := to.Reference.Conversation.ID; s.busy[id] {
		s.t.Errorf("%q is sent while another call is in flight", a.Text)
	} else {
		s.busy[id] = true
		defer func() { s.mu.Lock(); s.busy[id] = false; s.mu.Unlock() }()
	}
	line := fmt.Sprintf("%s %s%s", time.Since(s.start), op, piece(a))
	s.sent = append(s.sent, *a)
	n := len(s.sent)
	s.mu.Unlock()

	if err := work(ctx, s.takes); err != nil {
		return r, err
	}
	if s.answer != nil {
		err = s.answer(n, a)
	}
	r.ID = fmt.Sprintf("id-%d", n)
	if s.ids != nil {
		r.ID = s.ids(n, a)
	}
	if err != nil {
		r.ID, line = "", line+" ✗"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	return r, err
}

func piece(a *activity.Activity) string {
	info, ok := a.StreamInfo()
	switch {
	case !ok:
		return fmt.Sprintf("%s: %s", a.Type, a.Text)
	case info.StreamType == activity.StreamFinal:
		return fmt.Sprintf("%s final %s %s: %s", a.Type, info.StreamID, info.StreamResult, a.Text)
	}
	return fmt.Sprintf("%s %s#%d %s: %s", a.Type, info.StreamType, info.StreamSequence, info.StreamID, a.Text)
}

// on runs h as the turn of a message on a channel.
func (s *screen) on(ctx context.Context, channel string, h agent.Handler, edits ...func(*activity.Activity)) error {
	s.OnMessage(h)
	a := inbound(activity.TypeMessage, edits...)
	a.SetChannel(channel)
	_, err := agent.NewAdapter(s.App, s, agent.AdapterConfig{}).Process(ctx, activity.Inbound{Activity: a})
	return err
}

// want checks all that arrived.
func (s *screen) want(lines ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(lines, s.lines); diff != "" {
		s.t.Errorf("the channel got other things (-want +got):\n%s", diff)
	}
}

// writes writes pieces to the turn's stream, with a pause after each.
func writes(pause time.Duration, pieces ...string) agent.Handler {
	return func(ctx context.Context, tn *agent.Turn) error {
		for _, p := range pieces {
			if _, err := tn.Stream(ctx).WriteString(p); err != nil {
				return err
			}
			if err := work(ctx, pause); err != nil {
				return err
			}
		}
		return nil
	}
}

func refused(status int, code, message string) error {
	return &activity.Error{Op: "send", Host: "channel.example", Status: status, Code: code, Message: message}
}

// failing answers the call with number n with err, and all others well.
func failing(n int, err error) func(int, *activity.Activity) error {
	return func(i int, _ *activity.Activity) error {
		if i == n {
			return err
		}
		return nil
	}
}
