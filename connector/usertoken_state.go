package connector

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// A SignIn says what a sign-in is for. Connection is required.
type SignIn struct {
	// Connection is the OAuth connection of the agent's registration.
	Connection string

	// RelatesTo is that of the activity that is answered; usually nil.
	RelatesTo *activity.ConversationReference

	CodeChallenge string // hash of a secret that redeems the sign-in
	EmulatorURL   string // where an emulator listens
	FinalRedirect string // where the last page leads
	ForwardURL    string // fwdUrl; of TokenOrSignInResource only
}

// query is what SignInURL and SignInResource send.
func (s *SignIn) query(to *activity.Conversation) (url.Values, error) {
	if _, err := whose(to, s.Connection); err != nil {
		return nil, err
	}
	query := url.Values{}
	set(query, "code_challenge", s.CodeChallenge)
	set(query, "emulatorUrl", s.EmulatorURL)
	set(query, "finalRedirect", s.FinalRedirect)
	return query, s.state(to, query)
}

// state adds what the service gives back to the agent after the sign-in.
// (proactive-hosting-auth 5.6)
func (s *SignIn) state(to *activity.Conversation, query url.Values) error {
	at := to.Reference
	at.ChannelID, _ = activity.SplitChannel(at.ChannelID)
	plain, err := json.Marshal(struct {
		Connection   string                          `json:"connectionName"`
		Conversation activity.ConversationReference  `json:"conversation"`
		RelatesTo    *activity.ConversationReference `json:"relatesTo,omitempty"`
		AppID        string                          `json:"msAppId,omitempty"`
	}{s.Connection, at, s.RelatesTo, to.Claims["aud"]})
	if err != nil {
		return fmt.Errorf("%w conversation: %w", activity.ErrInvalid, err)
	}
	query.Set("state", base64.StdEncoding.EncodeToString(plain))
	return nil
}

// user is the part of a query that names the user.
func user(to *activity.Conversation) (url.Values, error) {
	channel, _ := activity.SplitChannel(to.Reference.ChannelID)
	if to.Reference.User.ID == "" || channel == "" {
		return nil, fmt.Errorf("connector: user tokens: %w: the conversation names no user or no channel", activity.ErrInvalid)
	}
	return url.Values{"userId": {to.Reference.User.ID}, "channelId": {channel}}, nil
}

// whose names the user and the connection.
func whose(to *activity.Conversation, connection string) (url.Values, error) {
	query, err := user(to)
	if err == nil && connection == "" {
		err = fmt.Errorf("connector: user tokens: %w: no connection is named", activity.ErrInvalid)
	}
	if err == nil {
		query.Set("connectionName", connection)
	}
	return query, err
}

func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

// decodeOptional reads JSON that may be missing. What it cannot read is not
// quoted, since it may be a token.
func decodeOptional(into any) func([]byte) error {
	return func(body []byte) error {
		if len(body) > 0 && json.Unmarshal(body, into) != nil {
			return errors.New("it is not the JSON that belongs there")
		}
		return nil
	}
}

// checked completes a token that arrived. One without a Token says nothing.
func checked(token activity.TokenResponse, to *activity.Conversation) activity.TokenResponse {
	if token.Token == "" {
		return activity.TokenResponse{}
	}
	token.IsExchangeable = token.IsExchangeable || exchangeable(token.Token, to.Claims["aud"])
	return token
}

// exchangeable reports whether the agent may exchange the token for one of
// another resource: it was issued for the agent and does not say that it is
// good for nothing but the user's own calls. (proactive-hosting-auth 5.6)
func exchangeable(token, agent string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || agent == "" {
		return false
	}
	plain, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Audience json.RawMessage `json:"aud"`
		Type     string          `json:"idtyp"`
	}
	if err != nil || json.Unmarshal(plain, &claims) != nil || claims.Type == "user" {
		return false
	}
	var one string
	if json.Unmarshal(claims.Audience, &one) == nil {
		return strings.Contains(one, agent)
	}
	var all []string
	return json.Unmarshal(claims.Audience, &all) == nil && strings.Contains(strings.Join(all, " "), agent)
}
