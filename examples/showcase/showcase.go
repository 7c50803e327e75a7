package showcase

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// A Showcase is the agent with what it needs between turns.
type Showcase struct {
	App *agent.App

	logger *slog.Logger
	ctx    context.Context // of work outside of turns
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// New returns the agent with its state in store. Behind package server, which
// keeps the conversations that it meets there as well, it can be triggered.
func New(store storage.Store, logger *slog.Logger) *Showcase {
	s := &Showcase{App: agent.New(agent.Config{Storage: store, Logger: logger}), logger: logger}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.routes()
	return s
}

// Close cancels what was scheduled and waits for what is under way.
func (s *Showcase) Close() {
	s.cancel()
	s.work.Wait()
}

func (s *Showcase) routes() {
	app := s.App
	app.OnMembersAdded(welcome)
	app.OnMessage(echo)
	for text, h := range map[string]agent.Handler{
		"card": card, "multi": multi, "typing": typing, "update": update, "delete": remove,
		"members": member, "whoami": whoami, "suggest": suggest, "count": count,
		"proactive": s.proactive, "stream": stream, "bye": bye, "crash": crash,
	} {
		app.OnText(text, unlessFiles(h))
	}
	app.OnMatch(hasFiles, files)
	app.OnMatch(hasOnlyValue, value)
	agent.OnEvent(app, "ping", pong)
	app.OnContinue("", continued)
	agent.OnContinue(app, "report", report)
}

// unlessFiles gives a message with files to the handler of those, whatever its
// text: exact routes come before patterns.
func unlessFiles(h agent.Handler) agent.Handler {
	return func(ctx context.Context, t *agent.Turn) error {
		if hasFiles(t) {
			return files(ctx, t)
		}
		return h(ctx, t)
	}
}

// proactive schedules a message and returns; the message comes when the turn
// is long over.
func (s *Showcase) proactive(ctx context.Context, t *agent.Turn) error {
	adapter, conv := t.Adapter(), t.Conversation()
	s.after(1500*time.Millisecond, func(ctx context.Context) error {
		_, err := adapter.Send(ctx, conv, activity.Message("Proactive hello to "+conv.Reference.Conversation.ID))
		return err
	})
	return t.SendText(ctx, "Scheduled")
}

// after runs fn outside of any turn, unless the agent is closed before.
func (s *Showcase) after(d time.Duration, fn func(ctx context.Context) error) {
	s.work.Go(func() {
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(d):
		}
		if err := fn(s.ctx); err != nil {
			s.logger.Error("scheduled message not sent", "err", err, "advice", activity.Advice(err))
		}
	})
}

func pong(ctx context.Context, t *agent.Turn, v json.RawMessage) error {
	event, err := activity.Event("pong", v)
	if err != nil {
		return err
	}
	if v == nil {
		event.Value = nil
	}
	_, err = t.Send(ctx, event)
	return err
}
