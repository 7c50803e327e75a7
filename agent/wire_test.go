package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// A wire is a Connector that keeps what it is asked and gives ids in order:
// "sent-1", "sent-2", …
type wire struct {
	refuse func(c call) error // nil: everything succeeds

	mu    sync.Mutex
	calls []call
}

// A call is one thing a wire was asked.
type call struct {
	op       string // send, update, delete, create, member, members
	to       activity.Conversation
	activity activity.Activity // of send and update
	id       string            // of delete and member
	params   activity.ConversationParameters
}

func (w *wire) record(ctx context.Context, c call) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		if err := w.refuse(c); err != nil {
			return "", err
		}
	}
	w.calls = append(w.calls, c)
	return fmt.Sprintf("sent-%d", len(w.calls)), nil
}

func (w *wire) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	id, err := w.record(ctx, call{op: "send", to: to, activity: *a})
	return activity.ResourceResponse{ID: id}, err
}

func (w *wire) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	id, err := w.record(ctx, call{op: "update", to: to, activity: *a})
	return activity.ResourceResponse{ID: id}, err
}

func (w *wire) Delete(ctx context.Context, to activity.Conversation, id string) error {
	_, err := w.record(ctx, call{op: "delete", to: to, id: id})
	return err
}

func (w *wire) CreateConversation(ctx context.Context, to activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	_, err := w.record(ctx, call{op: "create", to: to, params: p})
	if err != nil {
		return activity.ConversationResourceResponse{}, err
	}
	return activity.ConversationResourceResponse{ID: "made-1", ServiceURL: "https://elsewhere.example/"}, nil
}

func (w *wire) Member(ctx context.Context, to activity.Conversation, userID string) (activity.ChannelAccount, error) {
	_, err := w.record(ctx, call{op: "member", to: to, id: userID})
	return activity.ChannelAccount{ID: userID, Name: "Ada"}, err
}

func (w *wire) Members(ctx context.Context, to activity.Conversation, pageSize int, token string) (activity.PagedMembers, error) {
	_, err := w.record(ctx, call{op: "members", to: to})
	return activity.PagedMembers{Members: []activity.ChannelAccount{{ID: "user-1"}}}, err
}

// all are the calls so far.
func (w *wire) all() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]call(nil), w.calls...)
}

// texts are the texts sent so far.
func (w *wire) texts() []string {
	var texts []string
	for _, c := range w.all() {
		if c.op == "send" {
			texts = append(texts, c.activity.Text)
		}
	}
	return texts
}

// failures collects what reached the error hook.
type failures struct {
	mu   sync.Mutex
	errs []error
}

func (f *failures) hook(_ context.Context, _ *agent.Turn, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

func (f *failures) all() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]error(nil), f.errs...)
}

// A bot is an App behind an Adapter that speaks into a wire.
type bot struct {
	*agent.App
	adapter *agent.Adapter
	wire    *wire
	errs    *failures
}

func newBot(cfg agent.AdapterConfig) *bot { return newBotOn(storage.NewMemory(), cfg) }

func newBotOn(store storage.Store, cfg agent.AdapterConfig) *bot {
	b := &bot{wire: &wire{}, errs: &failures{}}
	b.App = agent.New(agent.Config{Storage: store, OnError: b.errs.hook, Logger: quiet})
	b.adapter = agent.NewAdapter(b.App, b.wire, cfg)
	return b
}

var quiet = slog.New(slog.DiscardHandler)

// run processes an activity whose turn must succeed.
func (b *bot) run(t *testing.T, a *activity.Activity) *activity.InvokeResponse {
	t.Helper()
	r, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a})
	if err != nil {
		t.Fatalf("Process(%s %q%s) failed: %v", a.Type, a.Name, a.Text, err)
	}
	return r
}

// inbound is an activity of type typ from user-1 in conv-1 on channel test.
func inbound(typ activity.Type, edits ...func(*activity.Activity)) *activity.Activity {
	a := &activity.Activity{
		Type: typ, ID: "in-1", ChannelID: activity.ChannelTest, ServiceURL: "https://channel.example/",
		From:         activity.ChannelAccount{ID: "user-1", Name: "Ada"},
		Recipient:    activity.ChannelAccount{ID: "28:bot-1", Name: "Bot"},
		Conversation: activity.ConversationAccount{ID: "conv-1"},
	}
	for _, edit := range edits {
		edit(a)
	}
	return a
}

func says(text string) *activity.Activity {
	return inbound(activity.TypeMessage, func(a *activity.Activity) { a.Text = text })
}

func event(name string, value string) *activity.Activity {
	return inbound(activity.TypeEvent, named(name), valued(value))
}

func invoke(name string, value string) *activity.Activity {
	return inbound(activity.TypeInvoke, named(name), valued(value))
}

func named(name string) func(*activity.Activity) {
	return func(a *activity.Activity) { a.Name = name }
}

func valued(value string) func(*activity.Activity) {
	return func(a *activity.Activity) {
		if value != "" {
			a.Value = json.RawMessage(value)
		}
	}
}

func on(channel string) func(*activity.Activity) {
	return func(a *activity.Activity) { a.ChannelID = channel }
}

// address is conv-1 as a stored conversation.
func address() activity.Conversation {
	return activity.Conversation{
		Reference: activity.ConversationReference{
			ChannelID: activity.ChannelTest, ServiceURL: "https://channel.example/",
			User:         activity.ChannelAccount{ID: "user-1", Name: "Ada"},
			Agent:        activity.ChannelAccount{ID: "28:bot-1", Name: "Bot"},
			Conversation: activity.ConversationAccount{ID: "conv-1"},
		},
		Claims: map[string]string{"aud": "bot-1"},
	}
}

// work takes d, unless ctx ends.
func work(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
