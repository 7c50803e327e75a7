package localchannel

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// start serves POST conversations. The agent is told in the background: a
// client need not wait for it to begin.
func (c *Channel) start(w http.ResponseWriter, r *http.Request) error {
	const op = "start conversation"
	cl, err := c.authorise(r, op)
	if err != nil {
		return err
	}
	p, err := readParameters(w, r, op)
	if err != nil {
		return err
	}
	if cl.Conversation != "" {
		conv, err := c.find(r.Context(), op, cl.Conversation)
		if err == nil {
			return c.describe(w, r, http.StatusOK, cl, conv, "")
		}
		if !errors.Is(err, activity.ErrNotFound) {
			return err
		}
	}
	if cl.User != "" {
		p.User = directline.User{ID: cl.User, Name: cl.Name}
	}
	conv, fresh, err := c.create(r.Context(), op, record{ID: cmp.Or(cl.Conversation, newID())})
	if err != nil {
		return err
	}
	if !fresh {
		return c.describe(w, r, http.StatusOK, cl, conv, "")
	}
	if err := c.welcome(r.Context(), op, conv, p); err != nil {
		return err
	}
	cl.Conversation = conv.id
	return c.describe(w, r, http.StatusCreated, cl, conv, "0")
}

// get serves GET conversations/{conversation}: a fresh stream address.
func (c *Channel) get(w http.ResponseWriter, r *http.Request) error {
	cl, conv, err := c.open(r, "get conversation", "")
	if err != nil {
		return err
	}
	cl.Conversation = conv.id
	return c.describe(w, r, http.StatusOK, cl, conv, r.URL.Query().Get("watermark"))
}

// describe answers with the conversation object. The stream goes on after mark,
// or from now on when mark is empty.
func (c *Channel) describe(w http.ResponseWriter, r *http.Request, status int, cl claims, conv *conversation, mark string) error {
	const op = "get conversation"
	if err := conv.lock(op); err != nil {
		return err
	}
	now := conv.record
	conv.mu.Unlock()
	after, err := now.after(op, mark, now.Last)
	if err != nil {
		return err
	}
	stream := url.URL{Scheme: "ws", Host: r.Host, Path: "/v3/directline/conversations/" + conv.id + "/stream"}
	if r.TLS != nil {
		stream.Scheme = "wss"
	}
	stream.RawQuery = url.Values{"watermark": {strconv.Itoa(after)}, "t": {c.sign(cl, streamLife)}}.Encode()
	writeJSON(w, status, directline.Conversation{
		ID:        conv.id,
		Token:     c.sign(cl, tokenLife),
		ExpiresIn: int(tokenLife / time.Second),
		StreamURL: stream.String(),
	})
	return nil
}

// activities serves GET conversations/{conversation}/activities.
func (c *Channel) activities(w http.ResponseWriter, r *http.Request) error {
	const op = "get activities"
	_, conv, err := c.open(r, op, "")
	if err != nil {
		return err
	}
	if err := conv.lock(op); err != nil {
		return err
	}
	now := conv.record
	conv.mu.Unlock()
	after, err := now.after(op, r.URL.Query().Get("watermark"), 0)
	if err != nil {
		return err
	}
	all := []json.RawMessage{}
	for after < now.Last {
		var page []json.RawMessage
		if page, after, err = c.page(r.Context(), conv.id, after, now.Last); err != nil {
			return c.storeFailed(op, conv.id, err)
		}
		all = append(all, page...)
	}
	writeRaw(w, http.StatusOK, frame(strconv.Itoa(now.Last), all...))
	return nil
}

// post serves POST conversations/{conversation}/activities. It lasts until the
// agent has answered.
func (c *Channel) post(w http.ResponseWriter, r *http.Request) error {
	const op = "post activity"
	cl, conv, err := c.open(r, op, "")
	if err != nil {
		return err
	}
	a, err := readActivity(w, r, op)
	if err != nil {
		return err
	}
	if cl.User != "" {
		a.From.ID, a.From.Name = cl.User, cmp.Or(cl.Name, a.From.Name)
	}
	if a.From.ID == "" {
		return missingProperty(op, "from.id")
	}
	if err := c.receive(r.Context(), op, conv, a); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, activity.ResourceResponse{ID: a.ID})
	return nil
}
