package connector_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

// TestCase84_ErrorAnswers proves case 84.
func TestCase84_ErrorAnswers(t *testing.T) {
	long := strings.Repeat("ü", 400)
	tests := []struct {
		name         string
		status       int
		body         string
		code         string
		message      string
		reason       error
		retryAfter   string
		wantAfter    time.Duration
		wantRedirect string
	}{
		{name: "wrapped", status: 404, body: `{"error":{"code":"ConversationNotFound","message":"no such"}}`,
			code: "ConversationNotFound", message: "no such", reason: activity.ErrNotFound},
		{name: "bare", status: 403, body: `{"code":"Blocked","message":"no"}`,
			code: "Blocked", message: "no", reason: activity.ErrForbidden},
		{name: "with an inner answer", status: 502, body: `{"error":{"code":"X","message":"no","innerHttpError":{"statusCode":404,"body":{}}}}`,
			code: "X", message: "no (a service behind it answered 404)", reason: activity.ErrOutcomeUnknown},
		{name: "a number for a code", status: 400, body: `{"error":{"code":1001}}`, code: "1001", reason: activity.ErrInvalid},
		{name: "a word for an error", status: 400, body: `{"error":"Bad","message":"text"}`, message: "text", reason: activity.ErrInvalid},
		{name: "not JSON", status: 401, body: `<html>denied</html>`, reason: activity.ErrUnauthorized},
		{name: "empty", status: 413, body: ``, reason: activity.ErrTooLarge},
		{name: "nonsense", status: 500, body: `[1]`, reason: activity.ErrOutcomeUnknown},
		{name: "control characters and too much", status: 400, body: `{"message":"a\u0000\nb` + long + `"}`,
			message: "a  b" + strings.Repeat("ü", 254), reason: activity.ErrInvalid},
		{name: "an echoed token", status: 400, body: `{"message":"bad token ` + secret + `"}`, message: "bad token [token]", reason: activity.ErrInvalid},
		{name: "throttled for longer than we wait", status: 429, retryAfter: "3600", wantAfter: time.Hour, reason: activity.ErrThrottled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, tt.status, tt.body)
			ch.Header = map[string]string{"Retry-After": tt.retryAfter, "Set-Cookie": "sensitive"}
			to := at(ch.URL, "test")
			_, err := newClient(connector.Config{}).Send(t.Context(), to, message(to, "private words"))
			e, ok := errors.AsType[*activity.Error](err)
			if !ok {
				t.Fatalf("got %T %v, want an *activity.Error", err, err)
			}
			want := &activity.Error{
				Op: "send", Host: strings.TrimPrefix(ch.URL, "http://"), Status: tt.status,
				Code: tt.code, Message: tt.message, RetryAfter: tt.wantAfter, Unknown: tt.status >= 500,
			}
			if diff := cmp.Diff(want, e); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !errors.Is(err, tt.reason) {
				t.Errorf("%v does not match %v", err, tt.reason)
			}
			for _, word := range []string{secret, "private", "sensitive"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("the error gives away %q: %v", word, err)
				}
			}
			ch.one(t)
		})
	}
}

func TestNoTokenOverARedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		other := newChannel(t, 200, `{"id":"m1"}`)
		ch := newChannel(t, status, ``)
		ch.Header = map[string]string{"Location": other.URL + "/v3/conversations"}
		c, to := newClient(connector.Config{HTTPClient: http.DefaultClient}), at(ch.URL, "test")
		_, sendErr := c.Send(t.Context(), to, message(to, "hi"))
		_, viewErr := c.AttachmentView(t.Context(), to, "f1", "original")
		for _, err := range []error{sendErr, viewErr} {
			e, ok := errors.AsType[*activity.Error](err)
			if !ok || e.Status != status || !strings.Contains(err.Error(), "redirect") {
				t.Errorf("%d: got %v, want an error about the redirect", status, err)
			}
		}
		if n := len(other.requests()); n != 0 {
			t.Errorf("%d: the other server got %d requests", status, n)
		}
	}
}
