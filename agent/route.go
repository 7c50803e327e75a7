package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// routes holds what an App does with each activity. An exact route beats a
// pattern, a pattern beats a type, and among patterns the first registered
// wins, whatever the order of registration otherwise.
type routes struct {
	exact    map[string]Handler // by kind and folded name
	patterns []pattern
	types    map[string]Handler // by folded type
	fallback Handler
}

type pattern struct {
	match   func(t *Turn) bool
	handler Handler
}

func exactKey(kind, name string) string { return kind + "\x00" + strings.ToLower(name) }

func (app *App) exact(kind, name string, h Handler) {
	key := exactKey(kind, name)
	if h == nil {
		panic("agent: nil handler for " + kind + " " + name)
	}
	if _, ok := app.routes.exact[key]; ok {
		panic(fmt.Sprintf("agent: two routes for %s %q", kind, name))
	}
	if app.routes.exact == nil {
		app.routes.exact = map[string]Handler{}
	}
	app.routes.exact[key] = h
}

// OnText routes messages whose text, without surrounding space and ignoring
// case, is text.
func (app *App) OnText(text string, h Handler) { app.exact("text", strings.TrimSpace(text), h) }

// OnPattern routes messages whose text matches the regular expression; it
// panics if expr does not compile. [Turn.Match] gives the submatches.
func (app *App) OnPattern(expr string, h Handler) {
	re := regexp.MustCompile(expr)
	app.OnMatch(func(t *Turn) bool {
		if !t.Activity.Is(activity.TypeMessage) {
			return false
		}
		t.match = re.FindStringSubmatch(t.Activity.Text)
		return t.match != nil
	}, h)
}

// OnMatch routes activities of any type for which match returns true. It is a
// pattern: exact routes come first.
func (app *App) OnMatch(match func(t *Turn) bool, h Handler) {
	if match == nil || h == nil {
		panic("agent: a pattern needs a match and a handler")
	}
	app.routes.patterns = append(app.routes.patterns, pattern{match, h})
}

// OnMessage routes messages that no other route takes.
func (app *App) OnMessage(h Handler) { app.OnActivity(activity.TypeMessage, h) }

// OnActivity routes activities of type typ, ignoring case, that no other
// route takes.
func (app *App) OnActivity(typ activity.Type, h Handler) {
	key := strings.ToLower(string(typ))
	if h == nil {
		panic(fmt.Sprintf("agent: nil handler for type %q", typ))
	}
	if _, ok := app.routes.types[key]; ok {
		panic(fmt.Sprintf("agent: two routes for type %q", typ))
	}
	if app.routes.types == nil {
		app.routes.types = map[string]Handler{}
	}
	app.routes.types[key] = h
}

// OnFallback routes whatever no other route takes. Without it such activities
// are logged, and an invoke is answered 501.
func (app *App) OnFallback(h Handler) {
	if h == nil {
		panic("agent: nil handler for the fallback")
	}
	if app.routes.fallback != nil {
		panic("agent: two fallback routes")
	}
	app.routes.fallback = h
}

// OnEvent routes events by name, ignoring case. The function [OnEvent] also
// decodes their value.
func (app *App) OnEvent(name string, h Handler) { app.exact("event", name, h) }

// OnInvoke routes invokes by name, ignoring case. The handler answers with
// [Turn.Respond]; an invoke without an answer gets 501. The function
// [OnInvoke] also decodes the value and encodes the answer.
func (app *App) OnInvoke(name string, h Handler) { app.exact("invoke", name, h) }

// OnCommand routes commands by name, ignoring case.
func (app *App) OnCommand(name string, h Handler) { app.exact("command", name, h) }

// OnEvent routes events by name to a handler that gets their value as a T. An
// event whose value is not a T is an error of the turn.
func OnEvent[T any](app *App, name string, h func(ctx context.Context, t *Turn, value T) error) {
	app.OnEvent(name, func(ctx context.Context, t *Turn) error {
		v, err := decodeValue[T](t)
		if err != nil {
			return err
		}
		return h(ctx, t, v)
	})
}

// OnInvoke routes invokes by name to a handler that gets their value as a T
// and whose result is answered with status 200. A value that is not a T is
// answered 400.
func OnInvoke[T, R any](app *App, name string, h func(ctx context.Context, t *Turn, value T) (R, error)) {
	app.OnInvoke(name, func(ctx context.Context, t *Turn) error {
		v, err := decodeValue[T](t)
		if err != nil {
			t.Logger().WarnContext(ctx, "invoke refused", "err", err)
			return t.Respond(http.StatusBadRequest, nil)
		}
		r, err := h(ctx, t, v)
		if err != nil {
			return err
		}
		return t.Respond(http.StatusOK, r)
	})
}

func decodeValue[T any](t *Turn) (T, error) {
	var v T
	if len(t.Activity.Value) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(t.Activity.Value, &v); err != nil {
		field := ""
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			field = ", at " + e.Field
		}
		// The cause is left out: it may quote what the user sent.
		return v, fmt.Errorf("agent: %w: the value of %s %q is no %T%s", activity.ErrInvalid, t.Activity.Type, t.Activity.Name, v, field)
	}
	return v, nil
}

// route finds and runs the handler of the turn's activity.
func (app *App) route(ctx context.Context, t *Turn) error {
	r := &app.routes
	a := t.Activity
	if len(r.exact) > 0 {
		if handled, err := r.runExact(ctx, t, a); handled {
			return err
		}
	}
	for _, p := range r.patterns {
		if p.match(t) {
			return p.handler(ctx, t)
		}
	}
	if h := r.types[string(a.Type)]; h != nil {
		return h(ctx, t)
	}
	if h := r.types[strings.ToLower(string(a.Type))]; h != nil {
		return h(ctx, t)
	}
	if r.fallback != nil {
		return r.fallback(ctx, t)
	}
	if !a.Is(activity.TypeConversationUpdate) {
		t.Logger().InfoContext(ctx, "no route", "type", a.Type, "name", a.Name, "conversation", a.Conversation.ID)
	}
	return nil
}

func (r *routes) runExact(ctx context.Context, t *Turn, a *activity.Activity) (handled bool, err error) {
	kind, name := strings.ToLower(string(a.Type)), a.Name
	switch kind {
	case "message":
		kind, name = "text", strings.TrimSpace(a.Text)
		if name == "" {
			return false, nil
		}
	case "event", "invoke", "command":
	default:
		return r.runSubEvents(ctx, t)
	}
	if h := r.exact[exactKey(kind, name)]; h != nil {
		return true, h(ctx, t)
	}
	return false, nil
}
