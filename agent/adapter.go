package agent

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// AdapterConfig says how an [Adapter] runs turns. The zero AdapterConfig is a
// good one.
type AdapterConfig struct {
	// AgentID is the agent's client id. It identifies stored conversations
	// when no token told it, as in anonymous mode; then the default is the
	// recipient's id of each turn without its channel prefix.
	AgentID string

	// Concurrent lets turns of one conversation run side by side. By default
	// they run one at a time, in order; an invoke never waits.
	Concurrent bool

	// QueueDepth is how many turns may wait for their conversation. One more
	// is refused with [ErrBusy]. Default 100.
	QueueDepth int

	// QueueWait is how long a turn may wait. Default 10 minutes.
	QueueWait time.Duration

	// Use are middlewares around those of the App, for what belongs to this
	// adapter rather than to the agent. The first is the outermost.
	Use []Middleware

	// Trace watches the turns. Default: nobody does.
	Trace Trace
}

// An Adapter runs the turns of an [App]: it starts them, keeps them in order
// and carries their words to a channel. It may be used concurrently.
type Adapter struct {
	app       *App
	connector Connector
	cfg       AdapterConfig
	lanes     lanes
}

// NewAdapter returns an Adapter that runs app and speaks through connector.
func NewAdapter(app *App, connector Connector, cfg AdapterConfig) *Adapter {
	if cfg.QueueDepth == 0 {
		cfg.QueueDepth = 100
	}
	if cfg.QueueWait == 0 {
		cfg.QueueWait = 10 * time.Minute
	}
	return &Adapter{app: app, connector: connector, cfg: cfg,
		lanes: lanes{depth: cfg.QueueDepth, wait: cfg.QueueWait, busy: map[string][]chan struct{}{}}}
}

// Process runs the turn of one activity that arrived and returns the answer of
// an invoke, nil if the handler gave none. The activity must be valid and its
// sender verified. An error of the handler is returned after the error hook of
// the App saw it; [ErrBusy] means that the turn did not run.
func (ad *Adapter) Process(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
	a := in.Activity
	a.CallerID = callerID(in.Identity)
	t := ad.newTurn(a, in.Identity)
	t.reply = in.Reply
	queue := !ad.cfg.Concurrent && !a.Is(activity.TypeInvoke)
	return ad.run(ctx, t, ad.app.route, queue)
}

// Send sends one activity to a conversation outside of any turn of it: no
// routes, no state, no waiting for other turns. Send middlewares see it. It
// returns the id that the channel gave the activity.
func (ad *Adapter) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (string, error) {
	err := checkAddress(to)
	if err == nil && a == nil {
		err = errNoActivity
	}
	if err != nil {
		return "", fmt.Errorf("agent: send: %w", err)
	}
	t := ad.newTurn(to.Reference.Continuation(), to.Identity())
	t.proactive = true
	defer t.end()
	var id string
	err = guard(func() (err error) {
		id, err = t.Send(ctx, a)
		return err
	})
	return id, err
}

// Continue runs h as a full turn of a conversation met before, with its state
// and all middlewares. It waits while another turn of the conversation runs;
// when ctx ends first, the error matches [ErrBusy] and that of ctx. Called from a turn of the same
// conversation, with that turn's context, it runs at once. From a turn of
// another conversation give ctx a deadline or use a goroutine: two turns that
// continue each other's conversations wait for each other.
func (ad *Adapter) Continue(ctx context.Context, to activity.Conversation, h Handler) error {
	err := checkAddress(to)
	if err == nil && h == nil {
		err = errNoHandler
	}
	if err != nil {
		return fmt.Errorf("agent: continue: %w", err)
	}
	return ad.start(ctx, to.Reference.Continuation(), to.Identity(), h)
}

var (
	errNoActivity = fmt.Errorf("%w: there is no activity", activity.ErrInvalid)
	errNoHandler  = fmt.Errorf("%w: there is no handler", activity.ErrInvalid)
)

// start runs h as a turn that nobody asked for.
func (ad *Adapter) start(ctx context.Context, event *activity.Activity, id activity.Identity, h Handler) error {
	t := ad.newTurn(event, id)
	t.proactive = true
	_, err := ad.run(ctx, t, h, !ad.cfg.Concurrent)
	return err
}

// Create asks a channel for a new conversation and then, unless h is nil, runs
// h as its first turn. Of at, service URL, channel, agent and claims count. An
// error together with a conversation whose id is set comes from h: the
// conversation exists, so do not create it again.
func (ad *Adapter) Create(ctx context.Context, at activity.Conversation, p activity.ConversationParameters, h Handler) (activity.Conversation, error) {
	if at.Reference.ServiceURL == "" || at.Reference.ChannelID == "" {
		return activity.Conversation{}, fmt.Errorf("agent: create: %w: service URL and channel are needed", activity.ErrInvalid)
	}
	if p.Agent.ID == "" {
		p.Agent = at.Reference.Agent
	}
	r, err := ad.connector.CreateConversation(ctx, at, p)
	if err != nil {
		return activity.Conversation{}, err
	}
	made := activity.Conversation{Claims: at.Claims, Reference: activity.ConversationReference{
		ChannelID:    at.Reference.ChannelID,
		ServiceURL:   at.Reference.ServiceURL,
		Agent:        p.Agent,
		User:         p.Agent,
		Conversation: activity.ConversationAccount{ID: r.ID, TenantID: p.TenantID, IsGroup: p.IsGroup != nil && *p.IsGroup},
	}}
	if len(p.Members) > 0 {
		made.Reference.User = p.Members[0]
	}
	if isThread(at, p) {
		made.Reference.ActivityID = r.ActivityID
		if r.ActivityID != "" && !strings.Contains(r.ID, threadMark) {
			made.Reference.Conversation.ID += threadMark + r.ActivityID
		}
	}
	if h == nil {
		return made, nil
	}
	event := made.Reference.CreateContinuation()
	event.ChannelData = p.ChannelData
	return made, ad.start(ctx, event, made.Identity(), h)
}

// threadMark stands in the id of a Teams channel thread before that of its
// root message.
const threadMark = ";messageid="

// isThread reports whether p asks for a thread in a channel of Teams. What is
// sent there later must name the root message, or it starts another thread.
func isThread(at activity.Conversation, p activity.ConversationParameters) bool {
	if base, _ := activity.SplitChannel(at.Reference.ChannelID); !strings.EqualFold(base, activity.ChannelTeams) {
		return false
	}
	data, err := activity.DecodeChannelData[activity.TeamsChannelData](&activity.Activity{ChannelData: p.ChannelData})
	return err == nil && data.Channel != nil && data.Channel.ID != ""
}

func checkAddress(to activity.Conversation) error {
	r := &to.Reference
	for _, part := range []struct{ name, value string }{
		{"conversation.id", r.Conversation.ID}, {"serviceUrl", r.ServiceURL}, {"channelId", r.ChannelID},
	} {
		if part.value == "" {
			return fmt.Errorf("%w: the conversation has no %s", activity.ErrInvalid, part.name)
		}
	}
	return nil
}

func (ad *Adapter) newTurn(a *activity.Activity, id activity.Identity) *Turn {
	return &Turn{Activity: a, Identity: id, adapter: ad, ref: a.Reference(), claims: id.Claims}
}

type turnKey struct{}

// run runs h within the middlewares, saves the turn's state and ends the turn.
func (ad *Adapter) run(ctx context.Context, t *Turn, h Handler, queue bool) (*activity.InvokeResponse, error) {
	defer t.end()
	t.lane = t.Activity.ChannelID + "\x00" + t.Activity.Conversation.ID
	t.outer, _ = ctx.Value(turnKey{}).(*Turn)
	if o := t.inside(func(o *Turn) bool { return o.reply != nil && !o.ended.Load() }); t.reply == nil && o != nil {
		t.reply = o.intoResponse
	}
	if holder := t.inside((*Turn).hold); holder != nil {
		t.holds = true // its lane, which stays taken until this turn ends
		defer holder.inner.Done()
	} else if queue {
		if err := ad.lanes.enter(ctx, t.lane); err != nil {
			ad.cfg.Trace.busy(t)
			return nil, err
		}
		t.holds = true
		defer ad.lanes.leave(t.lane)
	}
	defer t.inner.Wait()
	defer t.close()
	ctx, cancel := context.WithCancel(context.WithValue(ctx, turnKey{}, t))
	defer cancel()
	ad.cfg.Trace.start(t)
	err := ad.protect(ctx, t, h)
	if err != nil {
		ad.report(ctx, t, err)
	}
	t.finish(ctx, err)
	ad.cfg.Trace.end(t, err)
	switch {
	case errors.Is(err, ErrBusy):
		return nil, fmt.Errorf("agent: turn failed: %v", err) // another turn did not run; this one did
	case err != nil:
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.response, nil
}

// inside is the turn of the same conversation that t was started from, if ok
// takes it; others may stand between them.
func (t *Turn) inside(ok func(*Turn) bool) *Turn {
	o := t.outer
	for o != nil && (o.adapter != t.adapter || o.lane != t.lane || !ok(o)) {
		o = o.outer
	}
	return o
}

// hold makes a turn wait for one more inner turn, unless it is over or has no
// lane to share.
func (t *Turn) hold() bool {
	t.innerMu.Lock()
	defer t.innerMu.Unlock()
	if t.closed || !t.holds {
		return false
	}
	t.inner.Add(1)
	return true
}

// close refuses further inner turns.
func (t *Turn) close() {
	t.innerMu.Lock()
	defer t.innerMu.Unlock()
	t.closed = true
}

// finish ends the turn and tells those who asked for it how.
func (t *Turn) finish(ctx context.Context, err error) {
	t.end()
	for _, fn := range t.onEnd {
		if p := guard(func() error { fn(ctx, err); return nil }); p != nil {
			t.Logger().ErrorContext(ctx, "a function of Turn.OnEnd panicked", "err", p)
		}
	}
}

// protect runs the handler and what belongs to a turn's success.
func (ad *Adapter) protect(ctx context.Context, t *Turn, h Handler) error {
	err := guard(func() error {
		if len(ad.app.use) > 0 {
			h = ad.app.wrap(h)
		}
		for _, m := range slices.Backward(ad.cfg.Use) {
			h = m(h)
		}
		return h(ctx, t)
	})
	endErr := guard(func() error { return t.endStream(ctx, err != nil) })
	if err == nil {
		err = endErr
	}
	if err != nil {
		return err
	}
	return guard(func() error { return t.save(ctx) })
}

// guard turns a panic of f into an error.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}

// report calls the error hook once. The hook can still send when ctx has
// ended, for 10 seconds.
func (ad *Adapter) report(ctx context.Context, t *Turn, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			t.Logger().ErrorContext(ctx, "the error hook panicked", "panic", v, "err", err)
		}
	}()
	ad.app.cfg.OnError(ctx, t, err)
}

// end waits for what goes into the HTTP response or the state at this moment.
func (t *Turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended.Store(true)
}

// callerID says who called, for agents to read; what arrived in its place is
// not trusted. (activity-and-turns 1.11)
func callerID(id activity.Identity) string {
	switch {
	case id.IsAgent():
		return "urn:botframework:aadappid:" + id.Caller()
	case id.Claims["iss"] == "https://api.botframework.com":
		return "urn:botframework:azure"
	case id.Claims["iss"] == "https://api.botframework.us":
		return "urn:botframework:azureusgov"
	}
	return ""
}

// storedClaimNames are the claims that a conversation keeps: enough to know
// the agent and the caller again. (proactive-hosting-auth 2.2)
var storedClaimNames = []string{"aud", "azp", "appid", "idtyp", "ver", "iss", "tid"}

func (ad *Adapter) storedClaims(t *Turn) map[string]string {
	kept := map[string]string{}
	for _, name := range storedClaimNames {
		if v, ok := t.claims[name]; ok {
			kept[name] = v
		}
	}
	if kept["aud"] == "" {
		kept["aud"] = ad.cfg.AgentID
	}
	if kept["aud"] == "" {
		id := t.ref.Agent.ID
		if _, after, ok := strings.Cut(id, ":"); ok {
			id = after
		}
		kept["aud"] = id
	}
	return kept
}
