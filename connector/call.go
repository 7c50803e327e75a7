package connector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// Bounds of what is read of an answer, in bytes.
const (
	maxAnswer = 4 << 20
	maxFile   = 32 << 20
)

// A request is one operation of the channel.
type request struct {
	op     string // for errors, such as "send"
	method string
	path   []string // below v3/; nil for the service URL itself
	query  string   // encoded
	body   []byte   // JSON; nil for none

	// read takes the body of a success, which is its own only during the
	// call. Nil when the status says all.
	read  func([]byte) error
	file  bool // the answer is a file, not JSON
	text  bool // the answer is plain text
	maybe bool // 404 is a success, too, whatever read makes of its body

	secrets []string // beside the token; errors hold none of them
}

// do makes the request, again where that is safe, until it succeeds, fails for
// good, or would wait too long.
func (c *Client) do(ctx context.Context, to *activity.Conversation, r *request) error {
	p, err := c.prepare(ctx, to, r)
	if err != nil {
		return fmt.Errorf("connector: %s: %w", r.op, err)
	}
	return c.repeat(ctx, to, &p)
}

// repeat makes a request that is prepared.
func (c *Client) repeat(ctx context.Context, to *activity.Conversation, p *prepared) error {
	r, start := p.request, time.Now()
	deleted := false // perhaps, by an attempt whose answer was lost
	for n := 0; ; n++ {
		err, again := c.attempt(ctx, p)
		if deleted && errors.Is(err, activity.ErrNotFound) {
			return nil
		}
		if err == nil || !again {
			return err
		}
		wait := pause(n, activity.RetryAfter(err))
		left := c.maxWait - time.Since(start) // attempts count, too: a host that hangs is not asked for long
		if deadline, ok := ctx.Deadline(); wait > left || ok && time.Until(deadline) < wait {
			return err
		}
		deleted = deleted || r.method == http.MethodDelete && errors.Is(err, activity.ErrUnavailable)
		c.log.LogAttrs(ctx, slog.LevelWarn, "connector: "+r.op+" failed, trying again", slog.Duration("wait", wait),
			slog.String("channel", to.Reference.ChannelID), slog.String("conversation", to.Reference.Conversation.ID), slog.Any("err", err))
		if stopped := sleep(ctx, wait); stopped != nil {
			return fmt.Errorf("connector: %s: %w before it could be repeated after: %w", r.op, stopped, err)
		}
		if c.onRetry != nil {
			c.onRetry(r.op)
		}
	}
}

// attempt makes the request once. It reports whether it may be made again.
func (c *Client) attempt(ctx context.Context, p *prepared) (err error, again bool) {
	attemptCtx, trace := withTrace(ctx)
	if c.timeout > 0 {
		var cancel context.CancelFunc
		attemptCtx, cancel = context.WithTimeout(attemptCtx, c.timeout)
		defer cancel()
	}
	req := new(http.Request).WithContext(attemptCtx)
	req.Method, req.URL, req.Header = p.method, p.url, p.header
	if body := p.body; body != nil {
		// A bytes.Reader goes out in one packet with the headers. The
		// transport may read it for long; nobody writes to it.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
		req.ContentLength = int64(len(body))
	}
	// The transport rather than the http.Client, since that follows redirects.
	// It repeats a POST of its own accord only if it wrote nothing yet.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return p.lost(ctx, err, trace.left(err))
	}
	defer resp.Body.Close()
	return c.answer(ctx, p, resp)
}

// answer reads what the channel answered.
func (c *Client) answer(ctx context.Context, p *prepared, resp *http.Response) (err error, again bool) {
	limit := int64(maxAnswer)
	if p.file {
		limit = maxFile
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	_, err = buf.ReadFrom(io.LimitReader(resp.Body, limit+1))

	if p.maybe && resp.StatusCode == http.StatusNotFound {
		_ = p.read(buf.Bytes())
		return nil, false
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return p.refused(resp, buf.Bytes()), repeatable(p.method, resp.StatusCode)
	}
	switch {
	case p.read == nil:
		return nil, false
	case err != nil:
		return p.lost(ctx, err, true)
	case int64(buf.Len()) > limit:
		err = fmt.Errorf("the answer exceeds %d bytes", limit)
	default:
		err = p.read(buf.Bytes())
	}
	if err != nil {
		return p.unreadable(err), false
	}
	return nil, false
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= 64<<10 {
		b.Reset()
		buffers.Put(b)
	}
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
