package agent

import (
	"context"
	"errors"
	"log/slog"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// A Handler does the work of one turn. An error it returns goes to the error
// hook of the [App]; the turn's state is then not saved. ctx ends with the turn,
// so work that goes on needs a context of its own.
type Handler func(ctx context.Context, t *Turn) error

// A Middleware wraps the handling of a turn: it may work before and after
// next, change the context, or not call next at all, which ends the turn
// without a handler. Calling next twice runs the rest twice.
type Middleware func(next Handler) Handler

// Config says how an [App] behaves. The zero Config is a good one.
type Config struct {
	// Storage keeps the state of conversations and users. Default: a new
	// [storage.Memory], which forgets when the process ends.
	Storage storage.Store

	// OnError is called once for each turn that fails or panics, with what
	// went wrong. It may still send. The default logs the error and, unless
	// the channel cannot be reached, tells the user that something went wrong,
	// but never what.
	OnError func(ctx context.Context, t *Turn, err error)

	// Logger gets what happens in turns. Default [slog.Default].
	Logger *slog.Logger
}

// An App says what an agent does: its routes and middlewares. It knows no
// transport, so one App can sit behind several adapters. Register everything
// before the first turn; after that an App may be used concurrently.
type App struct {
	cfg    Config
	routes routes
	use    []Middleware
	send   []SendMiddleware

	continuations map[string]Continuation
}

// New returns an App without routes.
func New(cfg Config) *App {
	if cfg.Storage == nil {
		cfg.Storage = storage.NewMemory()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.OnError == nil {
		cfg.OnError = apologise
	}
	return &App{cfg: cfg}
}

// Storage returns the store that the App's state lives in.
func (app *App) Storage() storage.Store { return app.cfg.Storage }

// Use adds middlewares around every turn, inbound and proactive. The first one
// added is the outermost.
func (app *App) Use(m ...Middleware) {
	for _, one := range m {
		if one == nil {
			panic("agent: nil middleware")
		}
	}
	app.use = append(app.use, m...)
}

// UseSend adds middlewares around everything that turns send, update and
// delete. The first one added is the outermost.
func (app *App) UseSend(m ...SendMiddleware) {
	for _, one := range m {
		if one == nil {
			panic("agent: nil send middleware")
		}
	}
	app.send = append(app.send, m...)
}

// wrap puts the middlewares around h.
func (app *App) wrap(h Handler) Handler {
	for i := len(app.use) - 1; i >= 0; i-- {
		h = app.use[i](h)
	}
	return h
}

// apologise is the default error hook.
func apologise(ctx context.Context, t *Turn, err error) {
	if errors.Is(err, ErrStreamCancelled) {
		return // the user wanted no more of it
	}
	attrs := []any{"err", err, "conversation", t.Activity.Conversation.ID, "channel", t.Activity.ChannelID, "activity", t.Activity.ID}
	if advice := activity.Advice(err); advice != "" {
		attrs = append(attrs, "advice", advice)
	}
	if p, ok := errors.AsType[*PanicError](err); ok {
		attrs = append(attrs, "stack", string(p.Stack))
	}
	t.Logger().ErrorContext(ctx, "turn failed", attrs...)
	if !t.Activity.Is(activity.TypeMessage) {
		return // nobody waits for an answer in words
	}
	if t.reply == nil && (errors.Is(err, activity.ErrUnreachable) || errors.Is(err, activity.ErrUntrustedHost)) {
		return // no word reaches the user
	}
	if err := t.SendText(ctx, "Sorry, something went wrong. Please try again."); err != nil {
		t.Logger().WarnContext(ctx, "the user could not be told that the turn failed", "err", err)
	}
}
