package localchannel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// An Exchange is one HTTP request between channel and agent, or the call in its
// place of an agent in the same process. Headers, and so tokens, are no part of
// it; the activities are, and what they say.
type Exchange struct {
	Time         time.Time       `json:"time"` // when it began
	Took         time.Duration   `json:"took"` // nanoseconds
	Conversation string          `json:"conversation,omitempty"`
	ToAgent      bool            `json:"toAgent"` // the channel called the agent; otherwise the agent called the channel
	Op           string          `json:"op"`      // "deliver", "send", "update", "create conversation", "get members", …
	ActivityID   string          `json:"activityId,omitempty"`
	Activity     json.RawMessage `json:"activity,omitempty"` // as it went to the agent or was stored; of a refused call, as it came
	Status       int             `json:"status"`             // 0: there was no answer
	Answer       json.RawMessage `json:"answer,omitempty"`   // the body: JSON of at most 64 KB, or a string with the first 4 KB of what is no JSON
	Error        string          `json:"error,omitempty"`    // in words, for developers; also of a success that looks wrong, such as a web page
}

// How much of an answer Watch is told, in bytes.
const (
	maxShown     = 64 << 10 // of JSON, which is told whole or not at all
	maxShownText = 4 << 10  // of anything else, such as the page of a failing server
)

// shown is what Watch is told of the body of the agent's answer.
func shown(body []byte) json.RawMessage {
	switch {
	case !json.Valid(body):
		return asJSON(body[:min(len(body), maxShownText)])
	case len(body) > maxShown:
		return nil
	}
	return body
}

// isPage reports whether the body of an answer is HTML.
func isPage(body []byte) bool {
	return strings.HasPrefix(http.DetectContentType(body), "text/html")
}

// carry lets the agent do one thing: admit decides whether it may, a fault
// whether it works, and Watch is told. It is the same for calls by HTTP and in
// the process. A status of x is that of a success.
func (c *Channel) carry(ctx context.Context, x *Exchange, admit func() error, do func() (any, error)) (answer any, err error) {
	c.beginExchange(x)
	var f Fault
	if err = admit(); err == nil {
		f = c.faults.take(x.Conversation)
		err = c.suffer(ctx, x.Op, f)
	}
	if err == nil {
		answer, err = do()
	}
	if err == nil && f.Drop {
		err = &activity.Error{Op: x.Op, Host: "local channel", Message: "the connection was cut before the answer", Unknown: true}
	}
	if c.cfg.Watch != nil {
		c.report(x, answer, err)
	}
	return answer, err
}

// dropped reports whether err stands for a connection that is to be cut.
func dropped(err error) bool {
	e, ok := errors.AsType[*activity.Error](err)
	return ok && e.Status == 0
}

// report tells Watch of a call by the agent.
func (c *Channel) report(x *Exchange, answer any, err error) {
	if e, ok := errors.AsType[*activity.Error](err); ok {
		x.Status, x.Error = e.Status, e.Message
		answer = nil
		if e.Status != 0 {
			answer = directline.ErrorResponse{Error: directline.Error{Code: e.Code, Message: e.Message}}
		}
	}
	if err != nil && x.Error == "" {
		x.Error = "failed"
	}
	if answer != nil {
		if body, err := json.Marshal(answer); err == nil && len(body) <= maxShown {
			x.Answer = body
		}
	}
	c.endExchange(x)
}

func (c *Channel) beginExchange(x *Exchange) {
	if c.cfg.Watch != nil {
		x.Time = time.Now()
	}
}

func (c *Channel) endExchange(x *Exchange) {
	if c.cfg.Watch != nil {
		x.Took = time.Since(x.Time)
		c.cfg.Watch(*x)
	}
}

// saw notes the activity of an exchange.
func (x *Exchange) saw(id string, raw json.RawMessage) { x.ActivityID, x.Activity = id, raw }

// An operation does what the agent asks for by HTTP and returns what to answer,
// nil when it has answered itself. It notes in x what it learns.
type operation func(w http.ResponseWriter, r *http.Request, x *Exchange) (any, error)

// asked serves an operation of the Connector service.
func (c *Channel) asked(op string, status int, do operation) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		x := &Exchange{Op: op, Conversation: r.PathValue("conversation"), Status: status}
		admit := func() error {
			err := c.admitAgent(op, r)
			if err == nil && c.cfg.Watch != nil && (op == opSend || op == opUpdate) {
				err = c.peek(w, r, x)
			}
			return err
		}
		body, err := c.carry(r.Context(), x, admit, func() (any, error) { return do(w, r, x) })
		switch {
		case dropped(err):
			panic(http.ErrAbortHandler) // net/http cuts the connection and logs nothing
		case err == nil && body != nil:
			writeJSON(w, status, body)
		case err != nil:
			if wait := activity.RetryAfter(err); wait > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
			}
		}
		return err
	}
}

// peek notes the activity of a request, so that Watch sees what a fault refuses.
func (c *Channel) peek(w http.ResponseWriter, r *http.Request, x *Exchange) error {
	body, err := readBody(w, r, x.Op)
	if err == nil && json.Valid(body) {
		x.Activity = body
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// admitAgent lets a caller of the Connector service in.
func (c *Channel) admitAgent(op string, r *http.Request) error {
	if c.cfg.CheckAgent != nil {
		if err := c.cfg.CheckAgent(r); err != nil {
			if e, ok := errors.AsType[*activity.Error](err); ok && e.Status >= 400 {
				return err
			}
			return fault(op, http.StatusUnauthorized, directline.CodeUnauthorized, "the Connector service does not take this caller; check the agent's credentials")
		}
	}
	_, err := c.arrive(op, r.PathValue("at"))
	return err
}

// inProcess runs what an agent in the process asks for; a is what it sends, if
// anything.
func inProcess[T any](ctx context.Context, c *Channel, op string, to *activity.Conversation, a *activity.Activity, do func(x *Exchange) (T, error)) (answer T, err error) {
	if err := c.begin(op); err != nil {
		return answer, err
	}
	defer c.work.Done()
	x := &Exchange{Op: op, Conversation: to.Reference.Conversation.ID, Status: http.StatusOK}
	if a != nil {
		c.came(x, a)
	}
	admit := func() error { _, err := c.arriveInProcess(op, to); return err }
	_, err = c.carry(ctx, x, admit, func() (any, error) {
		answer, err = do(x)
		return answer, err
	})
	return answer, err
}
