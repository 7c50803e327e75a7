package localchannel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// announce delivers a conversationUpdate. If the agent does not take it, the
// conversation goes on all the same; deliver has logged it.
func (c *Channel) announce(ctx context.Context, op string, conv *conversation, a *activity.Activity) {
	if raw, err := encode(op, a); err == nil {
		_ = c.deliver(ctx, op, conv.id, a.ID, raw)
	}
}

// deliver posts an activity to the agent and waits for its answer.
func (c *Channel) deliver(ctx context.Context, op, conversation, id string, raw json.RawMessage) error {
	status, err := c.call(ctx, raw)
	if err == nil && status >= 200 && status < 300 {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the agent answered %d", status)
	}
	c.cfg.Logger.Warn("local channel: the agent did not take an activity", "conversation", conversation, "activity", id, "err", err)
	switch {
	case c.life.Err() != nil:
		return fault(op, http.StatusServiceUnavailable, directline.CodeServiceError, "the local channel is shutting down")
	case ctx.Err() != nil:
		return fault(op, http.StatusGatewayTimeout, directline.CodeBotError, "Failed to send activity: bot timed out")
	}
	return fault(op, http.StatusBadGateway, directline.CodeBotRejectedActivity, "Failed to send activity: bot returned an error")
}

func (c *Channel) call(ctx context.Context, raw json.RawMessage) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.Agent, bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := c.cfg.HTTPClient.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address, which may hold a key
	}
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	// The answer is read so that the connection can be used again.
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}
