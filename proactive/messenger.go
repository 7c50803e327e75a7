package proactive

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Config says how a [Messenger] works. The zero Config is a good one.
type Config struct {
	// SignIns tells which sign-ins a user lacks. Default: sign-ins are not
	// checked.
	SignIns SignIns

	// KeepUnsignedIn runs handlers although the user lacks a sign-in they
	// name. By default they fail with [ErrUserNotSignedIn].
	KeepUnsignedIn bool

	// TeamsServiceURL is where conversations in Teams are created that name
	// no service URL. Default [TeamsPublic]; the other clouds have their own.
	TeamsServiceURL string

	// Logger is told when what the channel said of a conversation could not
	// be stored. Default [slog.Default].
	Logger *slog.Logger
}

// SignIns says which of the named sign-ins the user of a turn lacks. It is
// called within the turn before its handler, by several turns at once, and must
// not start a sign-in.
type SignIns interface {
	Missing(ctx context.Context, t *agent.Turn, names []string) ([]string, error)
}

// A Messenger speaks first. It may be used concurrently, from any goroutine
// and outside of any turn.
//
// Errors are those of whoever failed, as they are: of the channel
// ([*activity.Error]), of the handler, of the store. The error hook of the App
// has seen those of a turn already.
type Messenger struct {
	adapter *agent.Adapter
	app     *agent.App
	book    *Conversations
	cfg     Config
}

// New returns a Messenger that speaks through adapter, runs the continuations
// of app and finds conversations in book.
func New(adapter *agent.Adapter, app *agent.App, book *Conversations, cfg Config) *Messenger {
	cfg.TeamsServiceURL = cmp.Or(cfg.TeamsServiceURL, TeamsPublic)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Messenger{adapter: adapter, app: app, book: book, cfg: cfg}
}

// Adapter is what runs the turns.
func (m *Messenger) Adapter() *agent.Adapter { return m.adapter }

// App is what the Messenger runs continuations of.
func (m *Messenger) App() *agent.App { return m.app }

// Conversations is the address book.
func (m *Messenger) Conversations() *Conversations { return m.book }

// Send sends one activity to a stored conversation and returns the id that the
// channel gave it. There is no turn around it: no state, no route, no waiting
// for other turns; send middlewares see it. An activity without a type is a
// message. It fails with [ErrConversationNotFound], [ErrAmbiguous] or
// [ErrMarked], or as the channel does.
func (m *Messenger) Send(ctx context.Context, id string, a *activity.Activity) (string, error) {
	if a == nil {
		return "", missing("activity")
	}
	e, err := m.find(ctx, id)
	if err != nil {
		return "", err
	}
	return m.SendTo(ctx, e.Conversation, a)
}

// SendTo is [Messenger.Send] to an address that need not be stored. A mark is
// not looked at.
func (m *Messenger) SendTo(ctx context.Context, to activity.Conversation, a *activity.Activity) (string, error) {
	if a == nil {
		return "", missing("activity")
	}
	if err := m.check(to); err != nil {
		return "", err
	}
	sent, err := m.adapter.Send(ctx, to, a)
	m.learn(ctx, &to, err)
	return sent, err
}

func (m *Messenger) check(to activity.Conversation) error {
	if m.adapter == nil {
		return missing("adapter")
	}
	return Validate(to)
}

// find looks up where to speak.
func (m *Messenger) find(ctx context.Context, id string) (Entry, error) {
	if m.book == nil {
		return Entry{}, missing("book")
	}
	e, err := m.book.Find(ctx, id)
	if err == nil && e.Mark.Status != StatusActive {
		err = &MarkedError{id, e.Mark}
	}
	return e, err
}

// What channels answer when a conversation takes no messages for good. Other
// codes, and 404 for an activity, say nothing about the conversation.
var terminal = map[string]Status{
	"messagewritesblocked":       StatusBlocked,
	"botdisabledbyadmin":         StatusBlocked,
	"userblocked":                StatusBlocked,
	"conversationblockedbyuser":  StatusBlocked,
	"botnotinconversationroster": StatusUninstalled,
	"conversationnotfound":       StatusGone,
}

// learn marks a conversation when err says that it takes no messages, unless it
// was asked for at another address than the one that is stored.
func (m *Messenger) learn(ctx context.Context, to *activity.Conversation, err error) {
	e, ok := errors.AsType[*activity.Error](err)
	if !ok || m.book == nil || e.Status != http.StatusForbidden && e.Status != http.StatusNotFound {
		return
	}
	status, ok := terminal[strings.ToLower(e.Code)]
	if !ok {
		return
	}
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if err := m.book.markAt(ctx, to, status, e.Code); err != nil {
		m.cfg.Logger.WarnContext(ctx, "conversation not marked", "conversation", to.Reference.Conversation.ID, "status", status, "err", err)
	}
}

// afterwards is for noting what the channel did, also when the caller is gone.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}
