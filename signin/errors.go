package signin

import (
	"errors"
	"fmt"
)

var (
	// ErrNotSignedIn: the user has no token for the connection.
	ErrNotSignedIn = errors.New("the user is not signed in")

	// ErrTimedOut: the user did not sign in within Config.Timeout.
	ErrTimedOut = errors.New("signin: the time for signing in is over")

	// ErrWrongCode: the user typed wrong codes, or other things in their
	// place, Config.Tries times.
	ErrWrongCode = errors.New("signin: too many wrong codes")

	// ErrNotExchangeable: the user's token was not issued for the agent, so
	// it cannot be exchanged for other scopes. Its scope in the OAuth
	// connection must be one of the agent's own, such as
	// api://CLIENT-ID/access_as_user.
	ErrNotExchangeable = errors.New("the user's token cannot be exchanged for other scopes")
)

// A ClientError is a failure that the user's client reported by the invoke
// signin/failure. Its words are the client's: show them to nobody.
type ClientError struct {
	Code    string // such as "installappfailed"; at most 128 bytes
	Message string // at most 512 bytes
}

func (e *ClientError) Error() string {
	return fmt.Sprintf("signin: the client failed: %q: %q", e.Code, e.Message)
}
