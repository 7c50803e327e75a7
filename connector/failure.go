package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/outspoken-go/outspoken/activity"
)

// lost is the error of a request without an answer. Left says whether any of
// it can have reached the channel.
func (p *prepared) lost(ctx context.Context, cause error, left bool) (err error, again bool) {
	reason := activity.ErrUnreachable
	switch {
	case left && harmless(p.method):
		reason = activity.ErrUnavailable
	case left:
		reason = activity.ErrOutcomeUnknown
	}
	again = reason != activity.ErrOutcomeUnknown && !hopeless(cause)
	if ended := ctx.Err(); ended != nil {
		again = false
		if !errors.Is(cause, ended) {
			cause = ended // the transport gives the context's own cause
		}
	}
	return fmt.Errorf("connector: %s: %s did not answer: %w: %w", p.op, p.url.Host, reason, cause), again
}

// unreadable is the error of a success whose body makes no sense. What was
// asked for has happened.
func (p *prepared) unreadable(cause error) error {
	if harmless(p.method) {
		return fmt.Errorf("connector: %s: the answer of %s cannot be read: %w", p.op, p.url.Host, cause)
	}
	return fmt.Errorf("connector: %s: %s took it, but its answer cannot be read: %w: %w",
		p.op, p.url.Host, activity.ErrOutcomeUnknown, cause)
}

// refused is the error of an answer that is not a success.
func (p *prepared) refused(resp *http.Response, body []byte) *activity.Error {
	e := &activity.Error{
		Op: p.op, Host: p.url.Host, Status: resp.StatusCode,
		RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now()),
		Unknown:    unknown(p.method, resp.StatusCode),
	}
	if resp.StatusCode/100 == 3 {
		e.Message = "redirects are not followed, since they could lead the token astray; correct the service URL"
		return e
	}
	said := readRefusal(body)
	for _, secret := range append([]string{p.token}, p.secrets...) { // some hosts echo what they got
		if secret != "" {
			said.message = strings.ReplaceAll(said.message, secret, "[token]")
			said.code = strings.ReplaceAll(said.code, secret, "[token]")
		}
	}
	e.Code, e.Message = clip(said.code, 128), clip(said.message, 512)
	return e
}

type refusal struct{ code, message string }

// readRefusal reads the body of a failure in either of its shapes: bare or as
// the member "error". What it cannot read says nothing.
func readRefusal(body []byte) (said refusal) {
	type wireError struct {
		Code    json.RawMessage `json:"code"` // a string, but some hosts give a number
		Message string          `json:"message"`
		Inner   struct {
			StatusCode int `json:"statusCode"`
		} `json:"innerHttpError"`
	}
	var shape struct {
		wireError
		Error wireError `json:"error"`
	}
	json.Unmarshal(body, &shape) // a member of the wrong type leaves the others
	e := shape.Error
	if len(e.Code) == 0 && e.Message == "" && e.Inner.StatusCode == 0 {
		e = shape.wireError
	}
	if json.Unmarshal(e.Code, &said.code) != nil {
		said.code = string(e.Code)
	}
	said.message = e.Message
	if e.Inner.StatusCode != 0 {
		said.message = strings.TrimSpace(e.Message + " (a service behind it answered " + strconv.Itoa(e.Inner.StatusCode) + ")")
	}
	return said
}

// clip makes text of others fit for an error: at most size bytes of UTF-8 on
// one line.
func clip(s string, size int) string {
	if len(s) > size {
		s = s[:size]
	}
	s = strings.ToValidUTF8(s, "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
