package directline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// A Chat is one conversation, seen by a client that takes part in it. Its
// methods may be called concurrently, but only one loop over [Chat.Activities]
// may run at a time.
type Chat struct {
	// User fills the From of what is posted without one. Start sets it. Do
	// not change it while others use the Chat.
	User User

	client    *Client
	id        string
	ticket    ticket
	listening atomic.Bool

	mu     sync.Mutex
	mark   string
	stream streamOffer
	seen   replays
}

// A streamOffer is a stream address that has not been used yet.
type streamOffer struct {
	url   string
	until time.Time
}

func newChat(c *Client, id, watermark string) *Chat {
	return &Chat{client: c, id: id, mark: watermark, ticket: newTicket(c.token)}
}

// ID is the conversation's id, with which [Client.Resume] goes on.
func (c *Chat) ID() string { return c.id }

// Watermark stands for what [Chat.Activities] has handed out and the loop over
// it is done with. It is empty at the beginning.
func (c *Chat) Watermark() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mark
}

// Post sends an activity and returns the id under which it also comes back in
// [Chat.Activities]. It lasts until the agent has answered the channel, so its
// replies may come before Post returns.
//
// The agent's failure is an [activity.Error] with [CodeBotRejectedActivity]
// (502) or [CodeBotError] (504, the agent was too slow). The activity is then
// in the conversation, so it matches [activity.ErrOutcomeUnknown]. When the
// service asks to come back later, Post does so for up to 30 seconds.
func (c *Chat) Post(ctx context.Context, a *activity.Activity) (id string, err error) {
	r := request{op: "post activity", method: http.MethodPost, path: c.path("/activities")}
	if r.body, err = c.encode(a); err != nil {
		return "", fmt.Errorf("directline: %s: %w", r.op, err)
	}
	return c.send(ctx, r)
}

// send makes a request whose answer is the id of an activity, or nothing.
func (c *Chat) send(ctx context.Context, r request) (string, error) {
	got, err := c.call(ctx, r)
	if err != nil || len(got.body) == 0 {
		return "", err
	}
	var response activity.ResourceResponse
	if err := json.Unmarshal(got.body, &response); err != nil {
		return "", r.unreadable(c.client.host, activity.ErrOutcomeUnknown)
	}
	return response.ID, nil
}

// encode writes an activity of the user's.
func (c *Chat) encode(a *activity.Activity) ([]byte, error) {
	if a.From.ID == "" {
		own := *a
		own.From.ID = c.User.ID
		if own.From.Name == "" {
			own.From.Name = c.User.Name
		}
		a = &own
	}
	return a.Append(nil)
}

func (c *Chat) path(below string) string {
	return "/conversations/" + url.PathEscape(c.id) + below
}

// call makes a request with what opens the conversation.
func (c *Chat) call(ctx context.Context, r request) (answer, error) {
	if c.id == "" || c.id == "." || c.id == ".." {
		return answer{}, fmt.Errorf("directline: %s: %q is no conversation id: %w", r.op, c.id, activity.ErrInvalid)
	}
	credential, err := c.credential(ctx)
	if err != nil {
		return answer{}, err
	}
	got, err := c.client.call(ctx, credential, r)
	if !expired(err) {
		return got, err
	}
	if again, ok := c.renewed(ctx, credential); ok {
		return c.client.call(ctx, again, r)
	}
	return answer{}, err
}

// reopen asks where the conversation goes on after the watermark.
func (c *Chat) reopen(ctx context.Context) error {
	mark := c.Watermark()
	r := request{op: "get conversation", method: http.MethodGet, path: c.path("?" + url.Values{"watermark": {mark}}.Encode())}
	got, err := c.call(ctx, r)
	if err != nil {
		return err
	}
	conv, err := r.conversation(c.client.host, got.body)
	if err != nil {
		return err
	}
	c.accept(ctx, conv)
	if mark != "" { // else the stream would leave out what has been said
		c.offer(conv.StreamURL)
	}
	return nil
}

func (r request) conversation(host string, body []byte) (conv Conversation, err error) {
	if err := json.Unmarshal(body, &conv); err != nil {
		return conv, r.unreadable(host, err)
	}
	if conv.ID == "" {
		return conv, r.unreadable(host, errors.New("it names no conversation"))
	}
	return conv, nil
}

// offer keeps a stream address, which may be used for 60 seconds.
// (directline 2)
func (c *Chat) offer(stream string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stream = streamOffer{stream, time.Now().Add(50 * time.Second)}
}

// takeStream returns an unused stream address that goes on after the
// watermark, or "".
func (c *Chat) takeStream() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	offered := c.stream
	c.stream = streamOffer{}
	if time.Now().After(offered.until) {
		return ""
	}
	return offered.url
}

// advance moves the watermark; a set without one leaves it where it is.
func (c *Chat) advance(mark string) {
	if mark != "" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.mark = mark
	}
}
