package proactive

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A refusal is a request that is not acted upon.
type refusal struct {
	status       int
	code, public string
}

func (e *refusal) Error() string { return "proactive: " + cmp.Or(e.public, e.code) }

// HTTPStatus is the answer to the caller: a status and a short text.
func (e *refusal) HTTPStatus() (status int, public string) { return e.status, e.public }

// unauthorised is how an Authoriser's error is answered: as its method
// HTTPStatus says, else 401. A 401 has no body.
func unauthorised(err error) error {
	says := &refusal{http.StatusUnauthorized, unauthorisedCode, ""}
	e, ok := errors.AsType[interface {
		error
		HTTPStatus() (int, string)
	}](err)
	if ours, isOurs := e.(*refusal); isOurs {
		says = ours
	} else if ok {
		if status, public := e.HTTPStatus(); status >= 400 && status <= 599 {
			says.status, says.public = status, public
		}
	}
	return fmt.Errorf("%w: %w", says, err)
}

// errorAnswer is the answer for err.
func errorAnswer(err error) answer {
	status, code, message := describe(err)
	if e, ok := fromChannel(err); ok {
		a := answer{Status: status}
		if e.Code != "" || e.Message != "" {
			a.Body, _ = json.Marshal(map[string]any{"error": map[string]string{"code": e.Code, "message": e.Message}})
			a.ContentType = jsonPlain
		}
		if e.RetryAfter > 0 {
			a.RetryAfter = strconv.Itoa(int(math.Ceil(float64(e.RetryAfter) / float64(time.Second))))
		}
		return a
	}
	if status == http.StatusUnauthorized {
		return answer{Status: status}
	}
	a := answerError(status, code, message)
	if status == http.StatusServiceUnavailable {
		a.RetryAfter = "5"
	}
	return a
}

// fromChannel is the channel's refusal that is passed on. Its 401 is for the
// agent and not for the caller, and anything but a refusal is not for anybody.
func fromChannel(err error) (*activity.Error, bool) {
	e, ok := errors.AsType[*activity.Error](err)
	return e, ok && e.Status >= 400 && e.Status <= 599 && e.Status != http.StatusUnauthorized
}

const (
	internalError    = "InternalError"
	unauthorisedCode = "Unauthorized"
)

// Error codes of fields, as other SDKs number them. Fields below "reference."
// are notInReference, others invalidArgument. (proactive-hosting-auth 1.7)
var fieldCodes = map[string]string{
	"activity":      "-50036",
	"conversation":  notInReference,
	"claims.aud":    "-50043",
	"agentClientId": "-50037",
	"channelId":     "-50038",
	"user":          "-50039",
	"user.id":       "-50039",
}

const (
	notInReference  = "-50045"
	notFound        = "-50034"
	notSignedIn     = "-50047"
	invalidArgument = "InvalidArgument"
)

// describe is the status, code and message for err. Only what the caller can
// use is told; the rest is in the log.
func describe(err error) (status int, code, message string) {
	if e, ok := errors.AsType[*refusal](err); ok {
		return e.status, e.code, e.public
	}
	if e, ok := fromChannel(err); ok {
		return e.Status, e.Code, ""
	}
	if e, ok := errors.AsType[*MarkedError](err); ok {
		return describeMark(e)
	}
	if e, ok := errors.AsType[*InvalidError](err); ok {
		return http.StatusBadRequest, fieldCode(e.Field), e.Error()
	}
	for _, k := range kinds {
		if errors.Is(err, k.is) {
			if k.message == "" {
				return k.status, k.code, err.Error()
			}
			return k.status, k.code, k.message
		}
	}
	return http.StatusInternalServerError, internalError, "the agent failed to handle the request"
}

// kinds are answered with their own text where message is empty.
var kinds = []struct {
	is            error
	status        int
	code, message string
}{
	{ErrUserNotSignedIn, http.StatusBadRequest, notSignedIn, ""},
	{ErrConversationNotFound, http.StatusNotFound, notFound, ""},
	{ErrAmbiguous, http.StatusConflict, "AmbiguousConversation", ""},
	{agent.ErrBusy, http.StatusServiceUnavailable, "Busy", "the conversation is busy and nothing was done; try again later"},
	{agent.ErrNoInvoke, http.StatusBadRequest, invalidArgument, "an invokeResponse answers an invoke, and there is none"},
	{activity.ErrUntrustedHost, http.StatusBadRequest, "UntrustedHost", "the service URL is not trusted; nothing was sent"},
	{activity.ErrUnauthorized, http.StatusInternalServerError, "CredentialsRefused", "the agent's credentials were not accepted"},
	{activity.ErrOutcomeUnknown, http.StatusInternalServerError, "OutcomeUnknown", "whether the channel acted on this is not known; look before you repeat it"},
	{activity.ErrUnreachable, http.StatusInternalServerError, "Unreachable", "the channel could not be reached"},
	{activity.ErrInvalid, http.StatusBadRequest, invalidArgument, ""},
}

// describeMark answers as the channel did, or would.
func describeMark(e *MarkedError) (int, string, string) {
	switch e.Mark.Status {
	case StatusGone:
		return http.StatusNotFound, "ConversationGone", e.Error()
	case StatusUninstalled:
		return http.StatusForbidden, "AgentUninstalled", e.Error()
	}
	return http.StatusForbidden, "AgentBlocked", e.Error()
}

func fieldCode(field string) string {
	if code, ok := fieldCodes[field]; ok {
		return code
	}
	if strings.HasPrefix(field, "reference.") {
		return notInReference
	}
	return invalidArgument
}
