package proactive

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// ErrConversationNotFound: no conversation with this id was ever stored, or it
// was deleted. It becomes known when a turn of it passes
// [Conversations.Capture].
var ErrConversationNotFound = errors.New("proactive: the conversation is not known; the user has to write to the agent once, or install it, or use Messenger.Create")

// ErrAmbiguous: several channels or agents have a conversation with this id.
// The error names their ids in full.
var ErrAmbiguous = errors.New("proactive: several conversations have this id")

// ErrMarked: the conversation is known not to take messages. The error that
// wraps it is a [*MarkedError].
var ErrMarked = errors.New("proactive: the conversation takes no messages")

// ErrUserNotSignedIn: the user lacks a sign-in that the handler needs, so it
// did not run. The error that wraps it is a [*UserNotSignedInError].
var ErrUserNotSignedIn = errors.New("proactive: the user is not signed in")

// A MarkedError says why a conversation is not written to. To try all the
// same, get it from [Conversations.Get] and use [Messenger.SendTo] or
// ContinueIn, or remove the mark with [Conversations.Unmark].
type MarkedError struct {
	ID   string
	Mark Mark
}

func (e *MarkedError) Error() string {
	return fmt.Sprintf("proactive: %q is marked %s since %s (%s); it takes messages again when the user writes or installs the agent",
		e.ID, e.Mark.Status, e.Mark.At.Format(time.RFC3339), e.Mark.Reason)
}

// Is makes errors.Is(err, ErrMarked) true.
func (e *MarkedError) Is(target error) bool { return target == ErrMarked }

// A UserNotSignedInError names what the user has to sign in to.
type UserNotSignedInError struct{ Missing []string }

func (e *UserNotSignedInError) Error() string {
	return fmt.Sprintf("proactive: the user is not signed in to %s; ask the user to sign in, then try again", strings.Join(e.Missing, ", "))
}

// Is makes errors.Is(err, ErrUserNotSignedIn) true.
func (e *UserNotSignedInError) Is(target error) bool { return target == ErrUserNotSignedIn }

// An InvalidError names an argument, or a field of one, that is missing or
// cannot be used. Nothing was asked of the channel. It matches
// [activity.ErrInvalid].
type InvalidError struct {
	Field  string // such as "reference.serviceUrl" or "tenantId"
	Reason string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("proactive: %s %s", e.Field, e.Reason) }

// Is makes errors.Is(err, activity.ErrInvalid) true.
func (e *InvalidError) Is(target error) bool { return target == activity.ErrInvalid }

func missing(field string) error { return &InvalidError{field, "is missing"} }
