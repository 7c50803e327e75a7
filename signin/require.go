package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Require returns a middleware for handlers that need the user's tokens for
// these connections:
//
//	app.OnText("me", flows.Require("graph")(me))
//
// The handler runs when the user is signed in to all of them. Otherwise the
// user is sent a card for each that is missing, and the activity comes again,
// once, in a turn of its own, when the user has signed in to all. If that turn
// needs yet another connection, it is asked for in the same way. An activity
// that waited already makes room for the new one. An invoke is answered 412 and
// does not come again: its sender is gone by then.
//
// In a proactive turn nothing is sent; the error matches [ErrNotSignedIn].
// Require panics on a name that no connection has, and without names.
func (f *Flows) Require(names ...string) agent.Middleware {
	if len(names) == 0 {
		panic("signin: Require without a connection")
	}
	for _, name := range names {
		if _, err := f.connection(name); err != nil {
			panic(err.Error())
		}
	}
	return func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			ready, err := f.ready(ctx, t, names)
			if err != nil || !ready {
				return err
			}
			return next(ctx, t)
		}
	}
}

// ready reports whether the user is signed in to all; otherwise it has started
// what is missing.
func (f *Flows) ready(ctx context.Context, t *agent.Turn, names []string) (bool, error) {
	if again, _ := f.again.Get(t); t.Proactive() && !again {
		missing, err := f.Missing(ctx, t, names)
		if err == nil && len(missing) > 0 {
			err = fmt.Errorf("signin: connections %q: %w", missing, ErrNotSignedIn)
		}
		return err == nil, err
	}
	var offers []offer
	for _, name := range names {
		c, err := f.connection(name)
		if err != nil {
			return false, err
		}
		o, err := f.offer(ctx, t, c)
		if err != nil {
			return false, err
		}
		if o != nil {
			offers = append(offers, *o)
		}
	}
	return len(offers) == 0, f.begin(ctx, t, offers)
}

// An offer is a sign-in that the user lacks.
type offer struct {
	*Connection
	resource activity.SignInResource
}

// offer asks for the user's token, and returns nil when there is one.
func (f *Flows) offer(ctx context.Context, t *agent.Turn, c *Connection) (*offer, error) {
	if _, ok := f.kept(t).get(c.Name); ok {
		return nil, nil
	}
	token, resource, err := f.cfg.Tokens.TokenOrSignIn(ctx, t.Conversation(), c.OAuthConnection, t.Activity.RelatesTo)
	switch {
	case err != nil:
		return nil, fmt.Errorf("signin: sign in to %q: %w", c.Name, err)
	case token.Token != "":
		f.kept(t).put(c.Name, token)
		return nil, nil
	case resource.SignInLink == "" && resource.TokenExchangeResource == nil:
		return nil, fmt.Errorf("signin: sign in to %q: the service offers nothing for the OAuth connection %q", c.Name, c.OAuthConnection)
	}
	return &offer{c, resource}, nil
}

// begin notes the sign-ins and then sends their cards, in this order: a client
// may answer a card before the turn is over.
func (f *Flows) begin(ctx context.Context, t *agent.Turn, offers []offer) error {
	if len(offers) == 0 {
		return nil
	}
	cards := make([]*activity.Activity, len(offers))
	for i := range offers {
		card, err := offers[i].card(t)
		if err != nil {
			return err
		}
		cards[i] = card
	}
	to := t.Conversation()
	key := flowKey(&to)
	_, err := f.change(ctx, key, func(fl *flow) bool {
		if fl.expired() {
			*fl = flow{}
		}
		for _, o := range offers {
			if !slices.Contains(fl.Connections, o.Name) {
				fl.Connections = append(fl.Connections, o.Name)
			}
		}
		fl.Expires, fl.Tries = time.Now().Add(f.cfg.Timeout), 0
		if !t.Activity.Is(activity.TypeInvoke) {
			fl.Waiting = t.Activity
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, card := range cards {
		if _, err := t.Send(ctx, card); err != nil {
			_, undo := f.end(context.WithoutCancel(ctx), key) // nobody can sign in
			return errors.Join(fmt.Errorf("signin: send the card: %w", err), undo)
		}
	}
	if t.Activity.Is(activity.TypeInvoke) {
		return t.Respond(http.StatusPreconditionFailed, problem("the user has to sign in first"))
	}
	return nil
}
