package directline

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	usualLife  = 30 * time.Minute // of a token that does not say (directline 1)
	renewPause = 30 * time.Second // after a refresh that failed
)

// A ticket is the token of a conversation. Whoever holds lock may use the rest.
type ticket struct {
	lock  chan struct{}
	token string
	renew time.Time // when to refresh it
}

func newTicket(token string) ticket {
	return ticket{lock: make(chan struct{}, 1), token: token, renew: renewTime(0)}
}

// renewTime is a little before half of a token's life.
func renewTime(expiresIn int) time.Time {
	life := usualLife
	if expiresIn > 0 {
		life = time.Duration(min(expiresIn, 24*3600)) * time.Second
	}
	return time.Now().Add(life * 9 / 20)
}

// Token returns the token that opens the conversation, refreshed first when
// half of its life is nearly over. It is empty when the client has a secret,
// or when the service gave none.
//
// Every call refreshes the token in time, and so does a loop over
// [Chat.Activities] when nothing happens. A Chat left alone for longer than its
// token lives has expired: its calls fail with [CodeTokenExpired].
func (c *Chat) Token(ctx context.Context) (string, error) {
	if c.client.secret != "" {
		return "", nil
	}
	return c.credential(ctx)
}

// credential is the secret, or the token.
func (c *Chat) credential(ctx context.Context) (string, error) {
	if c.client.secret != "" {
		return c.client.secret, nil
	}
	if err := c.ticket.hold(ctx); err != nil {
		return "", err
	}
	defer c.ticket.free()
	if c.ticket.token == "" || time.Now().Before(c.ticket.renew) {
		return c.ticket.token, nil
	}
	err := c.refresh(ctx)
	if errors.Is(err, activity.ErrUnauthorized) || errors.Is(err, activity.ErrForbidden) {
		return "", err // the token is of no use any more
	}
	if err != nil {
		c.ticket.renew = time.Now().Add(renewPause) // half of its life is left
	}
	return c.ticket.token, nil
}

// renewed returns a token to try instead of one that was refused as expired.
func (c *Chat) renewed(ctx context.Context, refused string) (string, bool) {
	if c.client.secret != "" || c.ticket.hold(ctx) != nil {
		return "", false
	}
	defer c.ticket.free()
	if c.ticket.token != refused { // somebody was faster
		return c.ticket.token, true
	}
	return c.ticket.token, c.refresh(ctx) == nil && c.ticket.token != refused
}

// refresh gets a new token for the old one. The ticket is held.
func (c *Chat) refresh(ctx context.Context) error {
	r := request{op: "refresh token", method: http.MethodPost, path: "/tokens/refresh"}
	conv, _, err := c.client.conversation(ctx, c.ticket.token, r, nil)
	if err == nil {
		c.ticket.keep(conv)
	}
	return err
}

// accept keeps the token that an answer carries.
func (c *Chat) accept(ctx context.Context, conv Conversation) {
	if c.client.secret == "" && c.ticket.hold(ctx) == nil {
		c.ticket.keep(conv)
		c.ticket.free()
	}
}

func (t *ticket) keep(conv Conversation) {
	if conv.Token != "" {
		t.token, t.renew = conv.Token, renewTime(conv.ExpiresIn)
	}
}

func (t *ticket) hold(ctx context.Context) error {
	select {
	case t.lock <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *ticket) free() { <-t.lock }

// keepToken refreshes the token in time until ctx ends or the service refuses.
func (c *Chat) keepToken(ctx context.Context) {
	if c.client.secret != "" {
		return
	}
	for {
		if c.ticket.hold(ctx) != nil {
			return
		}
		none, wait := c.ticket.token == "", time.Until(c.ticket.renew)
		c.ticket.free()
		if none || sleep(ctx, wait) != nil {
			return
		}
		if _, err := c.credential(ctx); err != nil {
			if ctx.Err() == nil {
				c.client.log.Warn("directline: the token is no longer accepted", "conversation", c.id, "err", err)
			}
			return
		}
	}
}

// expired reports whether the service wants another token.
func expired(err error) bool {
	e, ok := errors.AsType[*activity.Error](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Code == CodeTokenExpired)
}
