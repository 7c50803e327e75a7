package localchannel

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

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
	if cl.Conversation == "" { // then the token that it gets says what it asks for
		cl.ETag, cl.TrustedOrigins = p.ETag, p.TrustedOrigins
	} else {
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
	// The user is stored with the conversation: either both are there or none.
	first := record{ID: cmp.Or(cl.Conversation, c.newConversationID())}
	if user := (activity.ChannelAccount{ID: p.User.ID, Name: p.User.Name, Role: activity.RoleUser}); user.ID != "" && memberSize(user) <= maxMemberBytes {
		first.Members = []activity.ChannelAccount{user}
	}
	conv, fresh, err := c.create(r.Context(), op, first)
	if err != nil {
		return err
	}
	if !fresh {
		return c.describe(w, r, http.StatusOK, cl, conv, "")
	}
	if err := c.welcome(op, conv, p.Locale); err != nil {
		return err
	}
	return c.describe(w, r, http.StatusCreated, cl, conv, "0")
}

// get serves GET conversations/{conversation}: a fresh stream address.
func (c *Channel) get(w http.ResponseWriter, r *http.Request) error {
	cl, conv, err := c.open(r, "get conversation")
	if err != nil {
		return err
	}
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
	cl.Conversation = conv.id
	answer := c.grant(cl)
	answer.StreamURL = c.streamURL(r, cl, after)
	writeJSON(w, status, answer)
	return nil
}

// streamURL is the address of the stream, as the client that sent r reaches it.
func (c *Channel) streamURL(r *http.Request, cl claims, after int) string {
	cl.Stream = true
	u := c.seenAt(r)
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	u.Path += "/v3/directline/conversations/" + cl.Conversation + "/stream"
	u.RawQuery = url.Values{"watermark": {strconv.Itoa(after)}, "t": {c.sign(cl, streamLife)}}.Encode()
	return u.String()
}

// maxAnswer is how many bytes of activities one answer has, give or take a page.
// A client that has not got everything asks again with the watermark.
const maxAnswer = 4 << 20

// activities serves GET conversations/{conversation}/activities. Clients that
// poll take a server error for the end, so a store that fails now shows nothing
// new. (directline 5)
func (c *Channel) activities(w http.ResponseWriter, r *http.Request) error {
	const op = "get activities"
	_, conv, err := c.open(r, op)
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
	var all []json.RawMessage
	for size := 0; after < now.Last && size < maxAnswer; {
		page, next, err := c.page(r.Context(), conv.id, after, now.Last)
		if err != nil {
			_ = c.storeFailed(op, conv.id, err) // logs it
			break
		}
		after, all = next, append(all, page...)
		for _, a := range page {
			size += len(a)
		}
	}
	writeRaw(w, http.StatusOK, frame(strconv.Itoa(after), all...))
	return nil
}

// post serves POST conversations/{conversation}/activities. It lasts until the
// agent has answered.
func (c *Channel) post(w http.ResponseWriter, r *http.Request) error {
	const op = "post activity"
	cl, conv, err := c.open(r, op)
	if err != nil {
		return err
	}
	a, err := readActivity(w, r, op)
	if err != nil {
		return err
	}
	said, err := c.say(r.Context(), op, cl, conv, a)
	return answer(w, http.StatusOK, said.posted(a), err)
}

// say gives the agent what a client says. The answer has an id if the activity
// is stored, even if the agent did not take it.
func (c *Channel) say(ctx context.Context, op string, cl claims, conv *conversation, a *activity.Activity) (Answer, error) {
	if cl.User != "" { // and nothing else that could tell who it is comes from the client
		a.From = activity.ChannelAccount{ID: cl.User, Name: cmp.Or(cl.Name, a.From.Name)}
	}
	if a.From.ID == "" {
		return Answer{}, missingProperty(op, "from.id")
	}
	return c.receive(ctx, op, conv, a)
}
