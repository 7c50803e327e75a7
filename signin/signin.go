package signin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// Config says which sign-ins an agent has. Connections and Tokens are
// required.
type Config struct {
	// Connections are what users can sign in to.
	Connections []Connection

	// Tokens is the service that keeps the users' tokens.
	Tokens Tokens

	// OnBehalfOf exchanges users' tokens for other scopes. It is needed for a
	// Connection with Scopes and for [Flows.TokenFor].
	OnBehalfOf OnBehalfOf

	// Storage keeps which sign-ins are under way, and the messages that wait
	// for them. All processes of an agent should share it, and it must know
	// TTLs. Default: a new [storage.Memory].
	Storage storage.Store

	// Timeout is how long a user has to sign in. Default 15 minutes.
	Timeout time.Duration

	// Tries is how many wrong codes, or other messages in their place, end a
	// sign-in. Default 2. (proactive-hosting-auth 7)
	Tries int

	// CancelWords are texts with which a user gives up, ignoring case and
	// surrounding space. Default "-cancel"; an empty list means none.
	CancelWords []string

	// Texts are what the user is told.
	Texts Texts

	// OnFailure is called when the sign-ins to these connections failed for
	// good, in the turn in which that was found. It is not called when the
	// user gave up. Err is [ErrTimedOut], [ErrWrongCode], a [*ClientError], or
	// what the service answered; it holds no token. The default logs it and
	// sends Texts.Failed.
	OnFailure func(ctx context.Context, t *agent.Turn, connections []string, err error) error

	// Background runs what follows the answer to an invoke: the message that
	// waited for the sign-in. By default, and when it is full, the message is
	// handled before the invoke is answered, and a channel may lose patience
	// with a slow handler.
	Background Background
}

// A Connection is something a user can sign in to. Name is required.
type Connection struct {
	// Name is what the agent's code calls it, such as "graph".
	Name string

	// OAuthConnection is the name of the OAuth connection in the agent's
	// registration. Default Name.
	OAuthConnection string

	// Title is on the button of the card, Text above it. Defaults "Sign in"
	// and "Please sign in to continue."
	Title, Text string

	// SSO lets clients that know the user sign in without a word. The OAuth
	// connection must be set up for it.
	SSO bool

	// ShowLink puts the sign-in link on the card in every channel. By default
	// only cards for Teams and for channels on this machine have it: elsewhere
	// the channel adds it, and may then spare the user the code.
	// (proactive-hosting-auth 7)
	ShowLink bool

	// Scopes make [Flows.Token] exchange the user's token for one of these
	// scopes. Default: the user's token as it is.
	Scopes []string

	// OnBehalfOf is the agent's own connection that exchanges the token.
	// Default: the one that speaks in the conversation.
	OnBehalfOf string
}

// Texts are what the user is told. Each has a default in English.
type Texts struct {
	InProgress string // a message on Teams while a sign-in is under way
	WrongCode  string // a wrong code, or something else in its place
	Failed     string // the end of a sign-in that failed
}

// Flows runs the sign-ins of an agent. It may be used concurrently.
type Flows struct {
	cfg    Config
	tokens agent.TempKey[*turnTokens]
	again  agent.TempKey[bool] // the turn is a message that comes again
}

// New returns the Flows for cfg. It panics when cfg lacks Tokens, when a
// connection has no name or that of another, and when Scopes are set without
// OnBehalfOf. It does no I/O. Add [Flows.Middleware] to the agent's App.
func New(cfg Config) *Flows {
	if cfg.Tokens == nil {
		panic("signin: Config.Tokens is missing; connector.NewUserTokens makes one")
	}
	cfg.Connections = slices.Clone(cfg.Connections)
	for i := range cfg.Connections {
		c := &cfg.Connections[i]
		c.OAuthConnection = cmp.Or(c.OAuthConnection, c.Name)
		c.Title = cmp.Or(c.Title, "Sign in")
		c.Text = cmp.Or(c.Text, "Please sign in to continue.")
		taken := slices.ContainsFunc(cfg.Connections[:i], func(other Connection) bool { return other.Name == c.Name })
		switch {
		case c.Name == "":
			panic("signin: a connection has no name")
		case taken:
			panic(fmt.Sprintf("signin: two connections are named %q", c.Name))
		case len(c.Scopes) > 0 && cfg.OnBehalfOf == nil:
			panic(fmt.Sprintf("signin: connection %q has Scopes, but Config.OnBehalfOf is missing", c.Name))
		}
	}
	if cfg.Storage == nil {
		cfg.Storage = storage.NewMemory()
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 15*time.Minute)
	cfg.Tries = cmp.Or(cfg.Tries, 2)
	if cfg.CancelWords == nil {
		cfg.CancelWords = []string{"-cancel"}
	}
	giveUp := ""
	if len(cfg.CancelWords) > 0 {
		giveUp = ", or write " + cfg.CancelWords[0] + " to give up"
	}
	cfg.Texts.InProgress = cmp.Or(cfg.Texts.InProgress, "You are signing in. Please finish that first"+giveUp+".")
	cfg.Texts.WrongCode = cmp.Or(cfg.Texts.WrongCode, "That is not the right code. Please type the six digits that the sign-in page shows"+giveUp+".")
	cfg.Texts.Failed = cmp.Or(cfg.Texts.Failed, "Signing in did not work. Please try again.")
	f := &Flows{cfg: cfg, tokens: agent.NewTempKey[*turnTokens]("signin.tokens"), again: agent.NewTempKey[bool]("signin.again")}
	if cfg.OnFailure == nil {
		f.cfg.OnFailure = f.sayFailed
	}
	return f
}

// connection returns the connection with this name.
func (f *Flows) connection(name string) (*Connection, error) {
	for i := range f.cfg.Connections {
		if f.cfg.Connections[i].Name == name {
			return &f.cfg.Connections[i], nil
		}
	}
	return nil, fmt.Errorf("signin: %w connection %q: Config.Connections has none of this name", activity.ErrInvalid, name)
}

// isCancel reports whether the user gives up by this text.
func (f *Flows) isCancel(text string) bool {
	return slices.ContainsFunc(f.cfg.CancelWords, func(word string) bool {
		return strings.EqualFold(strings.TrimSpace(word), text)
	})
}

// sayFailed is the default of Config.OnFailure.
func (f *Flows) sayFailed(ctx context.Context, t *agent.Turn, connections []string, err error) error {
	t.Logger().WarnContext(ctx, "sign-in failed", "connections", connections,
		"conversation", t.Activity.Conversation.ID, "channel", t.Activity.ChannelID, "err", err)
	return t.SendText(ctx, f.cfg.Texts.Failed)
}
