package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
)

// Addresses of the user-token service. (proactive-hosting-auth 5.6)
const (
	TokenServicePublic = "https://api.botframework.com"
	TokenServiceGov    = "https://api.botframework.azure.us"
	TokenServiceChina  = "https://token.botframework.azure.cn"
)

var (
	// ErrConsentRequired: the user has to agree on the provider's page before
	// a token can be exchanged, so show the sign-in card.
	ErrConsentRequired = errors.New("the user's consent is required")

	// ErrNoSignIn: the service offers no sign-in for this connection. Check
	// its name among the OAuth connections of the agent's registration.
	ErrNoSignIn = errors.New("the user-token service offers no sign-in for the connection")
)

// UserTokens calls the service that keeps users' tokens: for each user of a
// channel, one token per OAuth connection of the agent's registration. It is
// safe for concurrent use and keeps no token itself.
//
// In every method, to says whose token: its reference holds user, channel and
// conversation, its claims the agent. The channel sent is the base channel, as
// msteams for msteams:COPILOT. A refusal is an [*activity.Error]; no error holds a
// token or a code. What is safe to repeat is repeated as by a [Client], an
// exchange only when the service cannot have taken it.
type UserTokens struct {
	client *Client
	url    string // without a slash at its end
	base   *base
}

// NewUserTokens makes a client of the service at address, such as
// [TokenServiceGov]; "" means [TokenServicePublic]. It calls as cfg says:
// cfg.Hosts must trust the address, and cfg.Tokens is asked with it as service
// URL and only the agent among the claims.
func NewUserTokens(cfg Config, address string) (*UserTokens, error) {
	if address == "" {
		address = TokenServicePublic
	}
	b, err := parseBase(address)
	if err == nil && b.exact.RawQuery != "" {
		err = fmt.Errorf("%w: it has a query", activity.ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("connector: the user-token service's address: %w", err)
	}
	return &UserTokens{client: New(cfg), base: b, url: b.scheme + "://" + b.host + b.wire}, nil
}

// Token returns the user's token for a connection, renewed by the service when
// it was about to end. Its Token is "" when the user is not signed in. A code
// is the one that the sign-in page showed the user; "" for none.
func (u *UserTokens) Token(ctx context.Context, to activity.Conversation, connection, code string) (activity.TokenResponse, error) {
	var token activity.TokenResponse
	query, err := whose(&to, connection)
	if err == nil {
		set(query, "code", code)
		r := request{op: "get user token", method: http.MethodGet, read: decodeOptional(&token), secrets: []string{code}}
		err = u.do(ctx, &to, err, "api/usertoken/GetToken", query, &r)
	}
	if errors.Is(err, activity.ErrNotFound) {
		return activity.TokenResponse{}, nil
	}
	if err != nil {
		return activity.TokenResponse{}, err
	}
	return checked(token, &to), nil
}

// TokenOrSignIn returns the user's token for a connection or, when its Token is
// "", what a card needs for signing in. RelatesTo is that of the activity that
// is answered, usually nil.
func (u *UserTokens) TokenOrSignIn(ctx context.Context, to activity.Conversation, connection string, relatesTo *activity.ConversationReference) (activity.TokenResponse, activity.SignInResource, error) {
	return u.TokenOrSignInResource(ctx, to, SignIn{Connection: connection, RelatesTo: relatesTo}, "")
}

// TokenOrSignInResource is [UserTokens.TokenOrSignIn] with all that the service
// takes. A code is redeemed as by [UserTokens.Token].
func (u *UserTokens) TokenOrSignInResource(ctx context.Context, to activity.Conversation, s SignIn, code string) (activity.TokenResponse, activity.SignInResource, error) {
	var answer struct {
		Token    activity.TokenResponse  `json:"tokenResponse"`
		Resource activity.SignInResource `json:"signInResource"`
	}
	query, err := whose(&to, s.Connection)
	if err == nil {
		err = s.state(&to, query)
		set(query, "code", code)
		set(query, "finalRedirect", s.FinalRedirect)
		set(query, "fwdUrl", s.ForwardURL)
		r := request{op: "get user token or sign-in", method: http.MethodGet, secrets: []string{code}, read: decodeOptional(&answer)}
		err = u.do(ctx, &to, err, "api/usertoken/GetTokenOrSignInResource", query, &r)
	}
	if errors.Is(err, activity.ErrNotFound) {
		return activity.TokenResponse{}, activity.SignInResource{}, nil
	}
	if err != nil {
		return activity.TokenResponse{}, activity.SignInResource{}, noSignIn(err)
	}
	return checked(answer.Token, &to), answer.Resource, nil
}

// An ExchangeRequest is what [UserTokens.Exchange] gives for a token: a token
// that the user's client obtained, or a resource that the user's sign-in is
// wanted for.
type ExchangeRequest struct {
	URI   string `json:"uri,omitempty"`
	Token string `json:"token,omitempty"`
}

// Exchange signs the user in with a token of the user's client, and returns the
// token for the connection. [ErrConsentRequired] means that the service wants
// the user to agree first (400). The Token is "" when the service has none.
func (u *UserTokens) Exchange(ctx context.Context, to activity.Conversation, connection string, e ExchangeRequest) (activity.TokenResponse, error) {
	var token activity.TokenResponse
	query, err := whose(&to, connection)
	if err == nil {
		r := request{op: "exchange user token", method: http.MethodPost, maybe: true, read: decodeOptional(&token), secrets: []string{e.Token}}
		r.body, err = json.Marshal(e)
		err = u.do(ctx, &to, err, "api/usertoken/exchange", query, &r)
	}
	if answered(err, http.StatusBadRequest) {
		err = fmt.Errorf("%w: %w", ErrConsentRequired, err)
	}
	if err != nil {
		return activity.TokenResponse{}, err
	}
	return checked(token, &to), nil
}

// ExchangeToken is [UserTokens.Exchange] of a token of the user's client.
func (u *UserTokens) ExchangeToken(ctx context.Context, to activity.Conversation, connection, token string) (activity.TokenResponse, error) {
	return u.Exchange(ctx, to, connection, ExchangeRequest{Token: token})
}

// SignOut makes the service forget the user's token for a connection, or, with
// connection "", for all of them.
func (u *UserTokens) SignOut(ctx context.Context, to activity.Conversation, connection string) error {
	query, err := user(&to)
	if err == nil {
		set(query, "connectionName", connection)
		err = u.do(ctx, &to, nil, "api/usertoken/SignOut", query, &request{op: "sign user out", method: http.MethodDelete})
	}
	return err
}
