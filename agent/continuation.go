package agent

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// A Continuation is a handler that something outside of any turn starts by its
// key: code, a webhook, a timer. Package proactive runs it.
type Continuation struct {
	Key     string // "" is the default one
	Handler Handler

	// SignIn names the sign-ins that the user needs for it.
	SignIn []string
}

var continuationKey = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// OnContinue registers a continuation under key, "" for the default one, and
// the sign-ins it needs. A key is made of letters, digits, "_" and "-". A key
// that is taken or malformed, or a nil handler, panics. The function
// [OnContinue] also decodes the value it is started with.
func (app *App) OnContinue(key string, h Handler, signIn ...string) {
	_, taken := app.continuations[key]
	switch {
	case h == nil:
		panic(fmt.Sprintf("agent: nil handler for continuation %q", key))
	case !continuationKey.MatchString(key):
		panic(fmt.Sprintf("agent: continuation key %q; use letters, digits, _ and -", key))
	case taken:
		panic(fmt.Sprintf("agent: two continuations with key %q", key))
	}
	if app.continuations == nil {
		app.continuations = map[string]Continuation{}
	}
	app.continuations[key] = Continuation{Key: key, Handler: h, SignIn: slices.Clone(signIn)}
}

// OnContinue registers a continuation whose handler gets the value it is
// started with as a T, the zero T when there is none. A value that is no T
// ends the turn with [activity.ErrInvalid] before the handler runs. For keys
// and signIn see [App.OnContinue].
func OnContinue[T any](app *App, key string, h func(ctx context.Context, t *Turn, value T) error, signIn ...string) {
	if h == nil {
		app.OnContinue(key, nil)
	}
	app.OnContinue(key, func(ctx context.Context, t *Turn) error {
		v, err := decodeValue[T](t)
		if err != nil {
			return err
		}
		return h(ctx, t, v)
	}, signIn...)
}

// Continuation returns the continuation with this key.
func (app *App) Continuation(key string) (Continuation, bool) {
	c, ok := app.continuations[key]
	c.SignIn = slices.Clone(c.SignIn)
	return c, ok
}

// Continuations are all continuations in the order of their keys.
func (app *App) Continuations() []Continuation {
	var all []Continuation
	for key := range app.continuations {
		c, _ := app.Continuation(key)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Continuation) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// ContinueWith is [Adapter.Continue] with an event of the caller's: its Value,
// ValueType and whatever else it says reach the handler. It becomes an event
// named ContinueConversation unless it says otherwise. Where the turn takes
// place, and as whom, is said by to alone. event is not changed.
func (ad *Adapter) ContinueWith(ctx context.Context, to activity.Conversation, event *activity.Activity, h Handler) error {
	err := checkAddress(to)
	switch {
	case err != nil:
	case event == nil:
		err = fmt.Errorf("%w: there is no event", activity.ErrInvalid)
	case h == nil:
		err = errNoHandler
	}
	if err != nil {
		return fmt.Errorf("agent: continue: %w", err)
	}
	return ad.start(ctx, continuation(to, event), to.Identity(), h)
}

// continuation is event at the place of to. The first turn of a conversation
// that was created has no id, so that its messages answer nothing.
// (proactive-hosting-auth 3.1)
func continuation(to activity.Conversation, event *activity.Activity) *activity.Activity {
	at := to.Reference.Continuation()
	a := event.Clone()
	if a.Type == "" {
		a.Type = at.Type
	}
	if a.Name == "" {
		a.Name = at.Name
	}
	if a.ID == "" && a.Name != activity.EventCreateConversation {
		a.ID = at.ID
	}
	if a.Locale == "" {
		a.Locale = at.Locale
	}
	a.SetChannel(to.Reference.ChannelID)
	a.ServiceURL, a.Conversation, a.From, a.Recipient, a.RelatesTo = at.ServiceURL, at.Conversation, at.From, at.Recipient, at.RelatesTo
	a.DeliveryMode = ""
	return a
}
