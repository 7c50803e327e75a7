package signin

import (
	"context"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// What channels send about sign-ins. (proactive-hosting-auth 7)
const (
	invokeVerifyState   = "signin/verifystate" // in lower case, as routes are
	invokeTokenExchange = "signin/tokenexchange"
	invokeFailure       = "signin/failure"
	eventTokens         = "tokens/response"
)

// Middleware handles what belongs to sign-ins before any route: codes and
// cancel words while a sign-in is under way, the invokes signin/verifyState,
// signin/tokenExchange and signin/failure, and the event tokens/response. It
// also keeps the tokens of each turn. Add it with [agent.App.Use], outside of
// whatever records activities, since some of these hold a token.
func (f *Flows) Middleware(next agent.Handler) agent.Handler {
	return func(ctx context.Context, t *agent.Turn) error {
		if r := takeReplay(ctx, f); r != nil {
			f.tokens.Set(t, r.tokens)
			f.again.Set(t, true)
			t.Activity = r.message
			return r.next(ctx, t)
		}
		f.tokens.Set(t, &turnTokens{})
		handle := carriesOn(t)
		if handle == nil {
			return next(ctx, t)
		}
		to := t.Conversation()
		return handle(&step{f, t, next, to, flowKey(&to)}, ctx)
	}
}

// carriesOn returns what handles a turn that may belong to a sign-in, nil if
// it cannot.
func carriesOn(t *agent.Turn) func(*step, context.Context) error {
	a := t.Activity
	switch {
	case t.Proactive() || a.From.ID == "":
	case a.Is(activity.TypeMessage):
		return (*step).message
	case a.Is(activity.TypeEvent) && strings.EqualFold(a.Name, eventTokens):
		return (*step).tokensResponse
	case a.Is(activity.TypeInvoke):
		switch strings.ToLower(a.Name) {
		case invokeVerifyState:
			return (*step).verifyState
		case invokeTokenExchange:
			return (*step).tokenExchange
		case invokeFailure:
			return (*step).clientFailure
		}
	}
	return nil
}

// A step is a turn that may carry a sign-in on.
type step struct {
	*Flows
	t    *agent.Turn
	next agent.Handler // everything that comes after the middleware
	to   activity.Conversation
	key  string // of the flow
}

// fail ends the flow and says so, unless another turn did.
func (s *step) fail(ctx context.Context, cause error) error {
	connections, err := s.end(ctx, s.key)
	if err != nil || len(connections) == 0 {
		return err
	}
	return s.cfg.OnFailure(ctx, s.t, connections, cause)
}

// succeed notes a sign-in and lets what waited for it come again.
func (s *step) succeed(ctx context.Context, connection string, token activity.TokenResponse) error {
	if s.t.Activity.Is(activity.TypeInvoke) {
		ctx = context.WithoutCancel(ctx) // the client may hang up; what it brought counts
	}
	s.kept(s.t).put(connection, token)
	waiting, err := s.done(ctx, s.key, connection)
	if err != nil || waiting == nil {
		return err
	}
	s.replay(ctx, waiting)
	return nil
}
