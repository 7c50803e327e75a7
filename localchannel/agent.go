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

// Bounds of what is read of the agent's answer, in bytes.
const (
	maxInvokeBody = 256 << 10
	maxReplies    = 1 << 20 // of all replies in the answer together
)

// An Answer is what the agent answered to an activity.
type Answer struct {
	ActivityID string          `json:"activityId"`     // the id that the activity got
	Status     int             `json:"status"`         // of the HTTP response; 0 when there was none
	Body       json.RawMessage `json:"body,omitempty"` // of the answer to an invoke; a body that is no JSON is a string here
}

// posted is the body of the answer to a client that posted a. What the agent
// answered to an invoke is our addition to Direct Line.
func (said Answer) posted(a *activity.Activity) any {
	if !a.Is(activity.TypeInvoke) {
		return activity.ResourceResponse{ID: said.ActivityID}
	}
	type invoke struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body,omitempty"`
	}
	return struct {
		ID     string `json:"id"`
		Invoke invoke `json:"invoke"`
	}{said.ActivityID, invoke{said.Status, said.Body}}
}

// deliver posts an activity to the agent and waits for its answer. Replies in
// the answer become part of the conversation.
func (c *Channel) deliver(ctx context.Context, op string, conv *conversation, a *activity.Activity, raw json.RawMessage) (Answer, error) {
	answer := Answer{ActivityID: a.ID}
	x := Exchange{Op: "deliver", ToAgent: true, Conversation: conv.id, ActivityID: a.ID, Activity: raw}
	c.beginExchange(&x)
	body, err := c.call(ctx, a, raw, &x)
	answer.Status = x.Status
	if err == nil {
		answer.Body, err = c.readAnswer(ctx, op, conv, a, x.Status, body)
	}
	switch {
	case err != nil:
		x.Error = c.words(ctx, x.Status, err)
	case isPage(body):
		x.Error = "the agent answered with a web page; is the path right?"
	}
	if c.cfg.Watch != nil {
		x.Answer = shown(body)
	}
	c.endExchange(&x)
	if err == nil {
		return answer, nil
	}
	c.cfg.Logger.Warn("local channel: the agent did not take an activity", "conversation", conv.id, "activity", a.ID, "status", x.Status, "err", c.words(ctx, x.Status, err))
	return answer, c.rejected(ctx, op, x.Status, err)
}

// call makes the request to the agent. It notes the status in x and returns as
// much of the body as somebody may want to read.
func (c *Channel) call(ctx context.Context, a *activity.Activity, raw []byte, x *Exchange) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.Agent, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if c.cfg.Token != nil {
		value, err := c.cfg.Token(ctx, a.ServiceURL)
		if err != nil {
			c.cfg.Logger.Error("local channel: no token for the agent", "err", err)
			return nil, fault("deliver", http.StatusInternalServerError, directline.CodeServiceError, "the local channel could make no token for the agent; see its log")
		}
		if value != "" { // official SDKs take a header without a token for a bad one (directline 4)
			req.Header.Set("Authorization", value)
		}
	}
	resp, err := c.cfg.HTTPClient.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address, which may hold a key
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	x.Status = resp.StatusCode
	// All of the answer is read so that the connection can be used again, but
	// not more than a sane agent sends.
	rest := io.LimitReader(resp.Body, maxReplies+1)
	var body []byte
	if a.Is(activity.TypeInvoke) || a.HasDeliveryMode(activity.DeliverExpectReplies) || c.cfg.Watch != nil {
		body, err = io.ReadAll(rest)
	} else {
		_, err = io.Copy(io.Discard, rest)
	}
	return body, err
}

// readAnswer makes of the agent's answer what it means for the activity. It
// returns the body that answers an invoke.
func (c *Channel) readAnswer(ctx context.Context, op string, conv *conversation, a *activity.Activity, status int, body []byte) (json.RawMessage, error) {
	good := status >= 200 && status < 300
	var err error
	switch {
	case status >= 300 && status < 400:
		err = agentError(fmt.Sprintf("answered %d, and redirects are not followed", status))
	case !good:
		err = agentError(fmt.Sprintf("answered %d", status))
	}
	if good && a.HasDeliveryMode(activity.DeliverExpectReplies) {
		replies, invoke, err := parseReplies(body)
		if err == nil {
			err = c.addReplies(ctx, op, conv, a, replies)
		}
		return invoke, err
	}
	if !a.Is(activity.TypeInvoke) {
		return nil, err
	}
	if len(body) > maxInvokeBody {
		return nil, agentError("answered the invoke with more than 256 KB")
	}
	return asJSON(body), err
}

// asJSON returns body if it is JSON, and otherwise a JSON string of it.
func asJSON(body []byte) json.RawMessage {
	body = bytes.ToValidUTF8(bytes.TrimSpace(body), []byte("\uFFFD"))
	if len(body) == 0 || json.Valid(body) {
		return body
	}
	text, err := json.Marshal(string(body))
	if err != nil {
		panic("localchannel: " + err.Error()) // a string
	}
	return text
}
