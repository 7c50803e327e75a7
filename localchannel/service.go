package localchannel

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// The Connector service over HTTP: the methods of connector.go behind routes.

func address(r *http.Request) activity.Conversation { return at(r.PathValue("conversation")) }

// serveSend serves POST …/activities, and …/activities/{activity} for replies.
func (c *Channel) serveSend(w http.ResponseWriter, r *http.Request) error {
	a, err := readActivity(w, r, "send")
	if err != nil {
		return err
	}
	if a.ReplyToID == "" {
		a.ReplyToID = r.PathValue("activity")
	}
	response, err := c.Send(r.Context(), address(r), a)
	return answer(w, http.StatusOK, response, err)
}

func (c *Channel) serveUpdate(w http.ResponseWriter, r *http.Request) error {
	a, err := readActivity(w, r, "update")
	if err != nil {
		return err
	}
	a.ID = r.PathValue("activity")
	response, err := c.Update(r.Context(), address(r), a)
	return answer(w, http.StatusOK, response, err)
}

func (c *Channel) serveDelete(w http.ResponseWriter, r *http.Request) error {
	return answer(w, http.StatusOK, struct{}{}, c.Delete(r.Context(), address(r), r.PathValue("activity")))
}

func (c *Channel) serveCreate(w http.ResponseWriter, r *http.Request) error {
	var p activity.ConversationParameters
	if err := readInto(w, r, "create conversation", &p); err != nil {
		return err
	}
	response, err := c.CreateConversation(r.Context(), activity.Conversation{}, p)
	return answer(w, http.StatusCreated, response, err)
}

// serveList serves GET conversations, ordered by id.
func (c *Channel) serveList(w http.ResponseWriter, r *http.Request) error {
	type entry struct {
		ID      string                    `json:"id"`
		Members []activity.ChannelAccount `json:"members"`
	}
	list := struct {
		Conversations     []entry `json:"conversations"`
		ContinuationToken string  `json:"continuationToken,omitempty"`
	}{Conversations: []entry{}}

	const pageSize = 100
	after := r.URL.Query().Get("continuationToken")
	var ids []string
	c.mu.Lock()
	for id := range c.conversations {
		if id > after {
			ids = append(ids, id)
		}
	}
	c.mu.Unlock()
	slices.Sort(ids)
	if len(ids) > pageSize {
		ids = ids[:pageSize]
		list.ContinuationToken = ids[pageSize-1]
	}
	for _, id := range ids {
		members, err := c.Members(r.Context(), at(id), 0, "")
		if err == nil { // otherwise it was deleted just now
			list.Conversations = append(list.Conversations, entry{id, members.Members})
		}
	}
	return answer(w, http.StatusOK, list, nil)
}

func (c *Channel) serveMember(w http.ResponseWriter, r *http.Request) error {
	m, err := c.Member(r.Context(), address(r), r.PathValue("user"))
	return answer(w, http.StatusOK, m, err)
}

// serveMembers serves …/members and …/activities/{activity}/members: everybody
// sees every activity.
func (c *Channel) serveMembers(w http.ResponseWriter, r *http.Request) error {
	page, err := c.Members(r.Context(), address(r), 0, "")
	return answer(w, http.StatusOK, page.Members, err)
}

func (c *Channel) servePagedMembers(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	size := 0
	if s := query.Get("pageSize"); s != "" {
		var err error
		if size, err = strconv.Atoi(s); err != nil {
			return fault("get members", http.StatusBadRequest, directline.CodeBadArgument, "pageSize must be a number")
		}
	}
	page, err := c.Members(r.Context(), address(r), size, query.Get("continuationToken"))
	return answer(w, http.StatusOK, page, err)
}

func (c *Channel) serveRemoveMember(w http.ResponseWriter, r *http.Request) error {
	return answer(w, http.StatusOK, struct{}{}, c.removeMember(r.Context(), address(r), r.PathValue("user")))
}

// serveHistory serves POST …/activities/history: activities of earlier, which
// keep their sender and their time.
func (c *Channel) serveHistory(w http.ResponseWriter, r *http.Request) error {
	const op = "send history"
	var transcript struct {
		Activities []*activity.Activity `json:"activities"`
	}
	if err := readInto(w, r, op, &transcript); err != nil {
		return err
	}
	conv, done, err := c.enter(r.Context(), op, address(r))
	if err != nil {
		return err
	}
	defer done()
	var response activity.ResourceResponse
	for _, a := range transcript.Activities {
		if a == nil || a.Type == "" {
			return missingProperty(op, "activities.type")
		}
		at := a.Timestamp
		c.address(conv, a)
		if at != "" {
			a.Timestamp = at
		}
		if _, err := c.add(r.Context(), op, conv, a); err != nil {
			return err
		}
		response.ID = a.ID
	}
	response.Keep("id")
	return answer(w, http.StatusOK, response, nil)
}

// answer writes v, or returns err.
func answer[T any](w http.ResponseWriter, status int, v T, err error) error {
	if err != nil {
		return err
	}
	writeJSON(w, status, v)
	return nil
}
