package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Token returns the token of the turn's user for a connection. It asks the
// service once per turn, unless the token ends within 5 minutes. Without one the
// error matches [ErrNotSignedIn]; Token never starts a sign-in, which
// [Flows.Require] does. If the connection has Scopes, the token is exchanged for
// one of these.
func (f *Flows) Token(ctx context.Context, t *agent.Turn, name string) (activity.TokenResponse, error) {
	c, err := f.connection(name)
	if err != nil {
		return activity.TokenResponse{}, err
	}
	if len(c.Scopes) > 0 {
		return f.TokenFor(ctx, t, name, c.Scopes...)
	}
	return f.signedIn(ctx, t, c)
}

// TokenFor is [Flows.Token] exchanged for other scopes, on behalf of the user.
// A token that the service issued for something else than the agent cannot be
// exchanged: [ErrNotExchangeable]. When the exchange is refused, the user is
// signed out, since another sign-in may help; not when it may succeed later, as
// after a throttled call.
func (f *Flows) TokenFor(ctx context.Context, t *agent.Turn, name string, scopes ...string) (activity.TokenResponse, error) {
	var none activity.TokenResponse
	c, err := f.connection(name)
	switch {
	case err != nil:
		return none, err
	case f.cfg.OnBehalfOf == nil:
		return none, fmt.Errorf("signin: %w: Config.OnBehalfOf is missing, so the token for %q cannot be exchanged", activity.ErrInvalid, name)
	case len(scopes) == 0:
		return none, fmt.Errorf("signin: %w: no scope is given for %q", activity.ErrInvalid, name)
	}
	user, err := f.signedIn(ctx, t, c)
	if err != nil {
		return none, err
	}
	if !user.IsExchangeable {
		return none, fmt.Errorf("signin: connection %q: %w", name, ErrNotExchangeable)
	}
	kept := f.kept(t)
	key := name + "\x00" + strings.Join(scopes, " ")
	if token, ok := kept.get(key); ok {
		return token, nil
	}
	token, err := f.cfg.OnBehalfOf.OnBehalfOf(ctx, t.Conversation(), c.OnBehalfOf, user.Token, scopes)
	if err == nil && token.Token == "" {
		err = errors.New("it gave no token")
	}
	if err != nil {
		err = fmt.Errorf("signin: exchange the token for %q: %w", name, err)
		if ctx.Err() == nil && !activity.Retryable(err) {
			err = errors.Join(err, f.SignOut(ctx, t, name))
		}
		return none, err
	}
	kept.put(key, token)
	return token, nil
}

// Missing returns those of the connections that the turn's user is not signed
// in to. It fits proactive.SignIns.
func (f *Flows) Missing(ctx context.Context, t *agent.Turn, names []string) ([]string, error) {
	var missing []string
	for _, name := range names {
		c, err := f.connection(name)
		if err == nil {
			_, err = f.signedIn(ctx, t, c)
		}
		if errors.Is(err, ErrNotSignedIn) {
			missing = append(missing, name)
		} else if err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// SignOut makes the service forget the user's token for a connection, and ends
// a sign-in to it that is under way in this conversation.
func (f *Flows) SignOut(ctx context.Context, t *agent.Turn, name string) error {
	c, err := f.connection(name)
	if err != nil {
		return err
	}
	f.kept(t).forget(name)
	to := t.Conversation()
	_, err = f.change(ctx, flowKey(&to), func(fl *flow) bool {
		if !slices.Contains(fl.Connections, name) {
			return false
		}
		*fl = flow{}
		return true
	})
	if out := f.cfg.Tokens.SignOut(ctx, to, c.OAuthConnection); out != nil {
		err = errors.Join(err, fmt.Errorf("signin: sign out of %q: %w", name, out))
	}
	return err
}

// signedIn is the user's own token for a connection.
func (f *Flows) signedIn(ctx context.Context, t *agent.Turn, c *Connection) (activity.TokenResponse, error) {
	kept := f.kept(t)
	if token, ok := kept.get(c.Name); ok {
		return token, nil
	}
	token, err := f.cfg.Tokens.Token(ctx, t.Conversation(), c.OAuthConnection, "")
	if err != nil {
		return activity.TokenResponse{}, fmt.Errorf("signin: token for %q: %w", c.Name, err)
	}
	if token.Token == "" {
		return activity.TokenResponse{}, fmt.Errorf("signin: connection %q: %w", c.Name, ErrNotSignedIn)
	}
	kept.put(c.Name, token)
	return token, nil
}
