package directline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	maxAnswer = 1 << 20  // bytes of an answer that is no set of activities
	maxSet    = 64 << 20 // bytes of a frame or of an answer with activities
	patience  = 30 * time.Second
)

// A request is one call of the service.
type request struct {
	op          string // for errors, such as "post activity"
	method      string
	path        string // below /v3/directline
	body        []byte // nil for none
	contentType string // of the body; JSON when empty
	limit       int64  // bytes of the answer; maxAnswer when 0
}

type answer struct {
	status int
	body   []byte
}

// call makes the request. When the service asks to come back later it does, as
// long as that does not take more than patience in all.
func (c *Client) call(ctx context.Context, credential string, r request) (answer, error) {
	began := time.Now()
	for {
		got, err := c.once(ctx, credential, r)
		wait := activity.RetryAfter(err)
		if wait == 0 || !activity.Retryable(err) || time.Since(began)+wait > patience {
			return got, err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return got, err
		}
		if sleep(ctx, wait) != nil {
			return got, err
		}
	}
}

func (c *Client) once(ctx context.Context, credential string, r request) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader(r.body))
	if err != nil {
		return answer{}, fmt.Errorf("directline: %s: %w", r.op, activity.ErrInvalid)
	}
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if credential != "" {
		req.Header.Set("Authorization", "Bearer "+credential)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, c.lost(r, err)
	}
	defer resp.Body.Close()
	limit := r.limit
	if limit == 0 {
		limit = maxAnswer
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return answer{}, c.refused(r, resp, body, credential)
	case err != nil:
		return answer{}, c.lost(r, err)
	case int64(len(body)) > limit:
		return answer{}, r.unreadable(c.host, fmt.Errorf("it exceeds %d bytes", limit))
	}
	return answer{resp.StatusCode, body}, nil
}

// lost is the error of a request without an answer.
func (c *Client) lost(r request, cause error) error {
	if failed, ok := errors.AsType[*url.Error](cause); ok {
		cause = failed.Err // the address says nothing that the host does not
	}
	reason := activity.ErrOutcomeUnknown
	if op, ok := errors.AsType[*net.OpError](cause); ok && op.Op == "dial" {
		reason = activity.ErrUnreachable
	} else if r.method == http.MethodGet {
		reason = activity.ErrUnavailable
	}
	return fmt.Errorf("directline: %s: %s did not answer: %w: %w", r.op, c.host, reason, cause)
}

// unreadable is the error of a success that makes no sense.
func (r request) unreadable(host string, cause error) error {
	return fmt.Errorf("directline: %s: the answer of %s cannot be read; is it a Direct Line service? %w", r.op, host, cause)
}

// refused is the error of an answer that is not a success.
func (c *Client) refused(r request, resp *http.Response, body []byte, credential string) error {
	e := &activity.Error{
		Op: r.op, Host: c.host, Status: resp.StatusCode,
		RetryAfter: retryAfter(resp.Header.Get("Retry-After")),
		// Who answers 503 did not begin; any other failure may come after.
		Unknown: r.method != http.MethodGet && resp.StatusCode >= 500 && resp.StatusCode != http.StatusServiceUnavailable,
	}
	if resp.StatusCode/100 == 3 {
		e.Message = "redirects are not followed, since they could lead the secret astray; correct the base URL"
		return e
	}
	var said ErrorResponse
	_ = json.Unmarshal(body, &said) // what is no JSON says nothing
	e.Code, e.Message = clip(said.Error.Code, credential, 128), clip(said.Error.Message, credential, 512)
	return e
}

// clip makes text of others fit for an error: at most size bytes of UTF-8 on
// one line, without the credential that it may echo.
func clip(s, credential string, size int) string {
	if credential != "" {
		s = strings.ReplaceAll(s, credential, "[token]")
	}
	s = strings.ToValidUTF8(s[:min(len(s), size)], "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// retryAfter reads seconds or a date. (RFC 9110, 10.2.3)
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(time.Until(at), 0)
}

// sleep waits for d, or returns why ctx ended before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
