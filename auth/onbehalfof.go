package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	paramUserToken = "assertion"
	userAssertion  = "urn:ietf:params:oauth:grant-type:jwt-bearer" // RFC 7523, 2.1
	onBehalf       = "on behalf of a user"                         // TokenError.For
	maxUserToken   = 64 << 10                                      // bytes
)

// An exchange says which token is needed on behalf of a user. The user's token
// itself would not do: a key may be printed one day.
type exchange struct {
	user   [sha256.Size]byte // hash of the user's token
	scopes string            // separated by spaces
}

// OnBehalfOf exchanges a user's token, issued for the agent's app, for one with
// other scopes, such as https://graph.microsoft.com/User.Read: the OAuth 2.0
// on-behalf-of flow. It fits signin.Config. (proactive-hosting-auth 6.3 and 7)
//
// Connection names the one that exchanges it; "" is the one that speaks in the
// conversation, as for [Connections.Token]. Its TenantID has to be that of the
// users.
//
// A token is kept in memory for the same user's token, scopes and connection,
// until 5 minutes before it ends, or a tenth of its life if that is less; longer
// while the token endpoint does not answer, but never past its end. Callers who
// want the same one at the same time share one request.
//
// A failure of the token endpoint is a [*TokenError], which holds neither token.
// If it matches [activity.ErrUnreachable], trying again later may help. Without a
// scope, or with a user's token that is empty or has more than 64 KiB, the error
// is [activity.ErrInvalid]; then, and when there is no such connection, nothing
// is asked.
func (c *Connections) OnBehalfOf(ctx context.Context, to activity.Conversation, connection, userToken string, scopes []string) (activity.TokenResponse, error) {
	wanted := strings.Join(strings.Fields(strings.Join(scopes, " ")), " ")
	switch {
	case wanted == "":
		return activity.TokenResponse{}, fmt.Errorf("auth: %s: %w: no scope is given", onBehalf, activity.ErrInvalid)
	case userToken == "" || len(userToken) > maxUserToken:
		return activity.TokenResponse{}, fmt.Errorf("auth: %s: %w: the user's token has %d bytes", onBehalf, activity.ErrInvalid, len(userToken))
	}
	source, err := c.exchanger(&to, connection)
	if err != nil {
		return activity.TokenResponse{}, err
	}
	t, err := source.exchange(ctx, userToken, wanted)
	if err != nil {
		return activity.TokenResponse{}, err
	}
	return activity.TokenResponse{
		ChannelID: to.Reference.ChannelID, ConnectionName: source.conn.Name, Token: t.access, Expiration: activity.At(t.ends),
	}, nil
}

// exchanger is the connection of this name, or else the one that speaks in the
// conversation.
func (c *Connections) exchanger(to *activity.Conversation, name string) (*source, error) {
	if len(c.sources) == 0 {
		return nil, fmt.Errorf("auth: %s: the agent has no connection; configure Connections__ServiceConnection__Settings__ClientId and ClientSecret", onBehalf)
	}
	if name == "" {
		return c.speaker(to)
	}
	source := c.sources[strings.ToLower(name)]
	if source == nil {
		return nil, fmt.Errorf("auth: %s: there is no connection %.100q", onBehalf, name)
	}
	return source, nil
}

// exchange returns the token that the user's is exchanged for.
func (s *source) exchange(ctx context.Context, userToken, scopes string) (token, error) {
	kept := s.exchanged.getOr(exchange{sha256.Sum256([]byte(userToken)), scopes}, func() *shared[token] {
		return &shared[token]{fetch: func(ctx context.Context) (token, error) {
			return s.fetchOnBehalf(ctx, userToken, scopes)
		}}
	})
	t, err := kept.get(ctx, token.fresh, token.due)
	if err == nil || t.good() && activity.Retryable(err) {
		return t, nil
	}
	return token{}, s.waiting(err)
}

func (s *source) fetchOnBehalf(ctx context.Context, userToken, scopes string) (token, error) {
	endpoint, err := s.conn.tokenURL("")
	if err != nil {
		return token{}, &TokenError{Connection: s.conn.Name, For: onBehalf, Err: err}
	}
	return s.ask(ctx, onBehalf, &clientcredentials.Config{
		ClientID: s.conn.ClientID, ClientSecret: s.conn.ClientSecret, TokenURL: endpoint,
		Scopes: []string{scopes}, AuthStyle: oauth2.AuthStyleInParams,
		EndpointParams: url.Values{
			"grant_type":          {userAssertion},
			paramUserToken:        {userToken},
			"requested_token_use": {"on_behalf_of"},
		},
	})
}
