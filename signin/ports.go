package signin

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
)

// Tokens is the service that keeps users' tokens; connector.UserTokens is one.
// In every method, to names the user, the channel and the agent, and connection
// is the OAuth connection. A TokenResponse without a Token means that the user
// is not signed in; what the service refuses is an [*activity.Error]. Methods
// are called concurrently.
type Tokens interface {
	// Token returns the user's token. A code, if not "", is what the sign-in
	// page showed; the wrong one signs nobody in, and may be refused with 400.
	Token(ctx context.Context, to activity.Conversation, connection, code string) (activity.TokenResponse, error)

	// TokenOrSignIn returns the user's token or what a card needs.
	TokenOrSignIn(ctx context.Context, to activity.Conversation, connection string, relatesTo *activity.ConversationReference) (activity.TokenResponse, activity.SignInResource, error)

	// ExchangeToken signs the user in with a token of the user's client. The
	// status 400 means that the user has to agree first.
	ExchangeToken(ctx context.Context, to activity.Conversation, connection, token string) (activity.TokenResponse, error)

	// SignOut makes the service forget the token.
	SignOut(ctx context.Context, to activity.Conversation, connection string) error
}

// OnBehalfOf exchanges a user's token for one with other scopes, by the OAuth
// 2.0 on-behalf-of flow. Connection is the agent's own, "" for the one that
// speaks in the conversation. It is called concurrently, for every use of such a
// token, so it should cache. Its errors must hold no token.
type OnBehalfOf interface {
	OnBehalfOf(ctx context.Context, to activity.Conversation, connection, userToken string, scopes []string) (activity.TokenResponse, error)
}

// Background runs work that goes on after a turn; background.Queue is one. Go
// does not wait, and fails when it cannot run the work. Name is for logs.
type Background interface {
	Go(name string, run func(ctx context.Context) error) error
}
