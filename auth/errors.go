package auth

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// An Error is a request that was not accepted. Public is for the HTTP answer;
// Err, the cause, is for the log only.
type Error struct {
	Status int    // HTTP status: 400, 401, or 503 when the issuer's keys are not to be had
	Public string // short and stable, tells an attacker nothing
	Err    error  // what exactly was wrong; may be nil
}

func (e *Error) Error() string {
	if e.Err == nil {
		return "auth: " + e.Public
	}
	return clip("auth: "+e.Public+": "+e.Err.Error(), 512)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// HTTPStatus is the answer to the caller: a status and a short text.
func (e *Error) HTTPStatus() (status int, public string) { return e.Status, e.Public }

func refuse(format string, args ...any) *Error {
	return &Error{Status: http.StatusUnauthorized, Public: "the bearer token is not valid", Err: fmt.Errorf(format, args...)}
}

// A TokenError says that the agent did not get a token, for itself or on behalf
// of a user. Nothing was sent to the channel.
//
// It matches [activity.ErrUnauthorized] when the token endpoint refused the
// credentials or the user's token, and [activity.ErrUnreachable] when trying
// again later may help.
type TokenError struct {
	Connection string // name of the connection
	For        string // whose token, such as `instance "1"` or "on behalf of a user"; "" for the connection's own
	Status     int    // HTTP status of the token endpoint; 0 without a usable answer
	Code       string // its error code, such as "invalid_client"
	Message    string // what else it said, at most 512 bytes; for operators
	Err        error  // the cause when there was no usable answer
}

func (e *TokenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "auth: token for connection %q: ", e.Connection)
	if e.For != "" {
		fmt.Fprintf(&b, "%s: ", e.For)
	}
	if e.Status == 0 {
		fmt.Fprintf(&b, "no answer: %v; check its AuthorityEndpoint and the network", e.Err)
		return b.String()
	}
	fmt.Fprintf(&b, "the token endpoint answered %d %s", e.Status, http.StatusText(e.Status))
	if e.Code != "" {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if !e.passing() {
		b.WriteString("; check its ClientId, ClientSecret, TenantId and Scopes")
		switch e.For {
		case "":
		case onBehalf:
			b.WriteString(", and that the user or an administrator agreed to what was asked for")
		default:
			b.WriteString(", and that its app is the blueprint of this agent")
		}
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// Is lets errors.Is match a TokenError with the sentinels of package activity.
func (e *TokenError) Is(target error) bool {
	if e.passing() {
		return target == activity.ErrUnreachable
	}
	return target == activity.ErrUnauthorized
}

// passing reports whether the failure may go away by itself.
func (e *TokenError) passing() bool {
	switch e.Status {
	case 0, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 500
}

// clip makes text from outside fit for a log: one line of at most max bytes.
func clip(s string, max int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > max {
		s = strings.ToValidUTF8(s[:max], "") + "…"
	}
	return s
}
