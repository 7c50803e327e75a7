package connector

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/outspoken-go/outspoken/activity"
)

// do makes a request of the user-token service unless it could not be put
// together.
func (u *UserTokens) do(ctx context.Context, to *activity.Conversation, failed error, path string, query url.Values, r *request) error {
	if failed != nil {
		return fmt.Errorf("connector: %s: %w", r.op, failed)
	}
	p, err := u.prepare(ctx, to, path, query, r)
	if err != nil {
		return fmt.Errorf("connector: %s: %w", r.op, err)
	}
	return u.client.repeat(ctx, to, &p)
}

// prepare does what must succeed before anything leaves the process: the
// address is trusted, then there is a token.
func (u *UserTokens) prepare(ctx context.Context, to *activity.Conversation, path string, query url.Values, r *request) (p prepared, err error) {
	p.request = r
	if err := ctx.Err(); err != nil {
		return p, err
	}
	if err := u.client.checkHost(u.url); err != nil {
		return p, err
	}
	p.url = &url.URL{
		Scheme: u.base.scheme, Host: u.base.host, RawQuery: query.Encode(),
		Path: u.base.path + "/" + path, RawPath: u.base.wire + "/" + path,
	}
	if u.client.tokens != nil {
		if p.token, err = u.client.tokens.Token(ctx, u.asAgent(to)); err != nil {
			return p, fmt.Errorf("no token: %w", err)
		}
		if !headerSafe(p.token) {
			return p, errors.New("the token has characters that cannot stand in a header; check the token source")
		}
	}
	p.header = u.client.newHeader(ctx, &p)
	return p, nil
}

// asAgent is the address that the agent's own token for the service is asked
// for. Of the claims only the agent counts: a token for an agent that called
// us does not belong here. (proactive-hosting-auth 5.6)
func (u *UserTokens) asAgent(to *activity.Conversation) activity.Conversation {
	channel, _ := activity.SplitChannel(to.Reference.ChannelID)
	self := activity.Conversation{Reference: activity.ConversationReference{ServiceURL: u.url, ChannelID: channel}}
	if aud := to.Claims["aud"]; aud != "" {
		self.Claims = map[string]string{"aud": aud}
	}
	return self
}

// answered reports whether the service answered with this status.
func answered(err error, status int) bool {
	e, ok := errors.AsType[*activity.Error](err)
	return ok && e.Status == status
}
