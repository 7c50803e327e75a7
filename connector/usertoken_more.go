package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// A TokenStatus says whether the service has a user's token for a connection.
type TokenStatus struct {
	ChannelID      string `json:"channelId"`
	ConnectionName string `json:"connectionName"`
	HasToken       bool   `json:"hasToken"`
	Provider       string `json:"serviceProviderDisplayName"`
}

// Status tells for which connections the service has the user's token: those
// that include names, or all.
func (u *UserTokens) Status(ctx context.Context, to activity.Conversation, include ...string) (all []TokenStatus, err error) {
	query, err := user(&to)
	if err == nil {
		set(query, "include", strings.Join(include, ","))
		r := request{op: "get user token status", method: http.MethodGet, read: decodeOptional(&all)}
		err = u.do(ctx, &to, nil, "api/usertoken/GetTokenStatus", query, &r)
	}
	return all, err
}

// AADTokens returns the user's tokens for resources of Microsoft Entra, by
// resource URL, from one sign-in of an older kind of connection.
func (u *UserTokens) AADTokens(ctx context.Context, to activity.Conversation, connection string, resourceURLs ...string) (map[string]activity.TokenResponse, error) {
	tokens := map[string]activity.TokenResponse{}
	query, err := whose(&to, connection)
	if err == nil {
		r := request{op: "get user tokens", method: http.MethodPost, read: decodeOptional(&tokens)}
		r.body, err = json.Marshal(map[string][]string{"resourceUrls": resourceURLs})
		err = u.do(ctx, &to, err, "api/usertoken/GetAadTokens", query, &r)
	}
	if err != nil {
		return nil, err
	}
	for name, token := range tokens {
		tokens[name] = checked(token, &to)
	}
	return tokens, nil
}

// SignInURL is the address of the page on which the user signs in.
func (u *UserTokens) SignInURL(ctx context.Context, to activity.Conversation, s SignIn) (address string, err error) {
	query, err := s.query(&to)
	if err == nil {
		r := request{op: "get sign-in URL", method: http.MethodGet, text: true, read: func(body []byte) error {
			address = strings.Trim(strings.TrimSpace(string(body)), `"`)
			return nil
		}}
		err = u.do(ctx, &to, nil, "api/botsignin/GetSignInUrl", query, &r)
	}
	return address, noSignIn(err)
}

// SignInResource is what a card needs for signing in.
func (u *UserTokens) SignInResource(ctx context.Context, to activity.Conversation, s SignIn) (resource activity.SignInResource, err error) {
	query, err := s.query(&to)
	if err == nil {
		r := request{op: "get sign-in resource", method: http.MethodGet, read: decodeOptional(&resource)}
		err = u.do(ctx, &to, nil, "api/botsignin/GetSignInResource", query, &r)
	}
	return resource, noSignIn(err)
}

// noSignIn tells a connection that does not exist from other refusals.
func noSignIn(err error) error {
	if answered(err, http.StatusBadRequest) {
		return fmt.Errorf("%w: %w", ErrNoSignIn, err)
	}
	return err
}
