package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// A Turn is one unit of work: an activity that arrived, or a conversation that
// is continued or was created, and everything said in answer. It belongs to
// its handler. Its methods may be called from several goroutines, but only
// until the handler returns; afterwards they fail with [ErrTurnEnded]. What
// outlives a turn is plain data, [Turn.Conversation], or [Turn.Detach].
type Turn struct {
	// Activity is what the turn is about. Handlers may read it freely and
	// middlewares may change it.
	Activity *activity.Activity

	// Identity is who sent it, as verified from the token.
	Identity activity.Identity

	adapter *Adapter
	ref     activity.ConversationReference // where answers go
	claims  map[string]string              // as whom
	reply   func(*activity.Activity) (activity.ResourceResponse, error)
	match   []string

	proactive bool           // started by the agent
	holds     bool           // its conversation's lane, or that of an outer turn
	closed    bool           // no more inner turns
	streamed  bool           // the handler has returned, and no stream begins; guarded by mu
	innerMu   sync.Mutex     // guards closed, and inner against it
	inner     sync.WaitGroup // turns that run in this one's lane
	lane      string         // the conversation, for the order of turns
	outer     *Turn          // the turn that this one was started from

	ended     atomic.Bool
	responded atomic.Bool
	refusal   atomic.Pointer[error] // of the last send; nil if that succeeded

	mu       sync.Mutex // guards all below
	response *activity.InvokeResponse
	values   map[string]any
	docs     [scopes]*document
	onSave   []func(ctx context.Context, tx storage.Store) error
	onEnd    []func(ctx context.Context, err error)
	stream   *Stream
}

// Channel is the channel of the turn with its sub-channel, such as
// "msteams:COPILOT".
func (t *Turn) Channel() string { return t.ref.ChannelID }

// Conversation is the address of this turn's conversation: plain data that can
// be stored, and used after the turn with [Adapter.Send] and
// [Adapter.Continue]. It holds no token.
func (t *Turn) Conversation() activity.Conversation {
	return activity.Conversation{Reference: t.ref, Claims: t.adapter.storedClaims(t)}
}

// Adapter is what runs this turn. It outlives the turn and may be used from
// any goroutine, but not with the turn's context, which ends with it.
func (t *Turn) Adapter() *Adapter { return t.adapter }

// Logger is the logger of the App.
func (t *Turn) Logger() *slog.Logger { return t.adapter.app.cfg.Logger }

// Match returns the text and the submatches of the pattern that chose the
// handler, as [regexp.Regexp.FindStringSubmatch] does; nil without a pattern.
func (t *Turn) Match() []string { return t.match }

// Responded reports whether the turn has sent something that is not a trace.
func (t *Turn) Responded() bool { return t.responded.Load() }

// Refusal is the error with which the channel answered the last send of the
// turn, nil when it took that or nothing was sent. It may also be asked in
// [Turn.OnEnd].
func (t *Turn) Refusal() error {
	if err := t.refusal.Load(); err != nil {
		return *err
	}
	return nil
}

// Proactive reports whether the agent started the turn, by [Adapter.Send],
// Continue or Create, rather than somebody who wrote to it.
func (t *Turn) Proactive() bool { return t.proactive }

// Respond answers an invoke with an HTTP status and body, which is encoded as
// JSON; a nil body sends none. A later call replaces an earlier one.
func (t *Turn) Respond(status int, body any) error {
	if !t.Activity.Is(activity.TypeInvoke) {
		return ErrNoInvoke
	}
	r := &activity.InvokeResponse{Status: status}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("agent: invoke response: %w", err)
		}
		r.Body = raw
	}
	return t.setResponse(r)
}

func (t *Turn) setResponse(r *activity.InvokeResponse) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended.Load() {
		return ErrTurnEnded
	}
	t.response = r
	return nil
}

// Member asks the channel for a member of the conversation.
func (t *Turn) Member(ctx context.Context, userID string) (activity.ChannelAccount, error) {
	if t.ended.Load() {
		return activity.ChannelAccount{}, ErrTurnEnded
	}
	return t.adapter.connector.Member(ctx, t.to(), userID)
}

// Members asks the channel for one page of the conversation's members. Pass
// the continuation token of the page before, or "" for the first.
func (t *Turn) Members(ctx context.Context, pageSize int, token string) (activity.PagedMembers, error) {
	if t.ended.Load() {
		return activity.PagedMembers{}, ErrTurnEnded
	}
	return t.adapter.connector.Members(ctx, t.to(), pageSize, token)
}

// OnSave registers a write that commits together with the turn's state, or not
// at all. It fails with [storage.ErrNotSupported] when the App's store is no
// [storage.Transactor]. fn may run several times, when the state has to be
// merged with that of another turn, and must use only the store it is given:
// anything else of the turn waits for it forever.
func (t *Turn) OnSave(fn func(ctx context.Context, tx storage.Store) error) error {
	if t.ended.Load() {
		return ErrTurnEnded
	}
	if _, ok := t.adapter.app.cfg.Storage.(storage.Transactor); !ok {
		return fmt.Errorf("agent: write with the turn's state: %w", storage.ErrNotSupported)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onSave = append(t.onSave, fn)
	return nil
}

// OnEnd registers fn to run once the turn has ended and its state is saved, with
// the error that the turn ended in. Middlewares see the handler's error before
// the save; this also tells whether the save succeeded. fn cannot use the turn,
// and the conversation's next turn waits for it.
func (t *Turn) OnEnd(fn func(ctx context.Context, err error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended.Load() {
		return ErrTurnEnded
	}
	t.onEnd = append(t.onEnd, fn)
	return nil
}

// to is the address for the connector.
func (t *Turn) to() activity.Conversation {
	return activity.Conversation{Reference: t.ref, Claims: t.claims}
}
