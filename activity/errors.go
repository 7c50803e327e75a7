package activity

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Reasons for a failed call of a channel. Match them with errors.Is; the error
// that carries the details is an [*Error] where the channel answered.
var (
	// ErrThrottled: the channel asks to send less (429). Wait for RetryAfter.
	ErrThrottled = errors.New("the channel asks to slow down")
	// ErrUnreachable: no connection was made, so nothing was delivered.
	ErrUnreachable = errors.New("the channel cannot be reached")
	// ErrOutcomeUnknown: the request left, but whether the channel acted on it
	// is not known. Sending again may double the message.
	ErrOutcomeUnknown = errors.New("it is unknown whether the channel delivered this")
	// ErrTooLarge: the activity exceeds what the channel takes (413).
	ErrTooLarge = errors.New("the activity is too large for the channel")
	// ErrUntrustedHost: the service URL is not on the list of trusted hosts,
	// so no token was asked for and no connection made.
	ErrUntrustedHost = errors.New("the service URL is not trusted")
	// ErrUnauthorized: the channel did not accept our token (401).
	ErrUnauthorized = errors.New("the channel refused the agent's credentials")
	// ErrForbidden: the agent may not write there (403): it was blocked,
	// uninstalled, or never installed.
	ErrForbidden = errors.New("the agent may not write to this conversation")
	// ErrNotFound: the channel does not know the conversation, activity or
	// member (404).
	ErrNotFound = errors.New("the channel does not know this conversation, activity or member")
	// ErrUnavailable: the channel failed in a way that may pass (503, 412;
	// any other 5xx to what is harmless to repeat, such as a read).
	ErrUnavailable = errors.New("the channel is temporarily unavailable")
	// ErrInvalid: an id, URL or activity cannot be sent as it is. Nothing was
	// sent.
	ErrInvalid = errors.New("invalid")
)

// An Error is an answer of a channel that is not a success. Failures to reach
// the channel at all are not Errors. Its text names no token and no message.
type Error struct {
	Op      string // what was asked, such as "send"
	Host    string // the host that answered
	Status  int    // HTTP status code
	Code    string // error code of the channel, such as "ConversationNotFound"
	Message string // what the channel said, at most 512 bytes; not for end users

	// RetryAfter is how long the channel asked to wait; zero when it did not
	// say.
	RetryAfter time.Duration

	// Unknown is set when the channel may have acted all the same, as after
	// a 5xx other than 503 to a send. Repeating may then double the message.
	Unknown bool
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s answered %d", e.Op, e.Host, e.Status)
	if text := http.StatusText(e.Status); text != "" {
		b.WriteString(" " + text)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; retry after %s", e.RetryAfter)
	}
	return b.String()
}

// Reason is the sentinel that tells what kind of failure this is, or nil when
// none of them fits.
func (e *Error) Reason() error {
	switch e.Status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusTooManyRequests:
		return ErrThrottled
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return ErrInvalid
	}
	if e.Unknown {
		return ErrOutcomeUnknown
	}
	if e.Status >= 500 || e.Status == http.StatusPreconditionFailed {
		return ErrUnavailable
	}
	return nil
}

// Is lets errors.Is match an Error with the sentinels of this package.
func (e *Error) Is(target error) bool {
	reason := e.Reason()
	return reason != nil && target == reason
}

// Retryable reports whether the same call may succeed later without doubling
// anything; whether it could double is what Unknown says.
func (e *Error) Retryable() bool {
	reason := e.Reason()
	return reason == ErrThrottled || reason == ErrUnavailable
}

// Advice says what to do next, in a sentence for an operator.
func (e *Error) Advice() string { return Advice(e) }

// Retryable reports whether the call that failed with err may be repeated
// without risk of doubling a message.
func Retryable(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Retryable()
	}
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrUnavailable)
}

// RetryAfter is how long the channel asked to wait in err; zero when it did
// not say.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

var advice = []struct {
	reason error
	text   string
}{
	{ErrThrottled, "wait as long as the channel asks and send less often"},
	{ErrUnreachable, "check the service URL, DNS and the network; nothing was delivered, so repeating is safe"},
	{ErrOutcomeUnknown, "look into the conversation before sending again; the message may be there already"},
	{ErrTooLarge, "send a smaller activity, or a link instead of its content"},
	{ErrUntrustedHost, "if this host is right, add it to OutboundHostValidator__Hosts__0"},
	{ErrUnauthorized, "check client id, secret and tenant, and that the agent is registered for this channel"},
	{ErrForbidden, "the user may have blocked or removed the agent; stop sending until it is installed again"},
	{ErrNotFound, "forget this conversation, or wait for the user to write again"},
	{ErrUnavailable, "try again later"},
	{ErrInvalid, "correct the activity or its address; sending it again will not help"},
}

// Advice says what to do about err in a sentence for an operator, or "" when
// there is nothing to say.
func Advice(err error) string {
	for _, a := range advice {
		if errors.Is(err, a.reason) {
			return a.text
		}
	}
	return ""
}
