package localchannel

import (
	"net/http"
	"path"
	"strconv"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// connectorRoutes are the paths of the Connector service, which is at more than
// one address.
func (c *Channel) connectorRoutes() map[string]methods {
	members := c.asked("get members", http.StatusOK, c.serveMembers)
	send := c.asked(opSend, http.StatusOK, c.serveSend)
	operations := map[string]methods{
		"conversations": {
			"GET":  c.asked("list conversations", http.StatusOK, c.serveList),
			"POST": c.asked(opCreate, http.StatusCreated, c.serveCreate),
		},
		"conversations/{conversation}/activities":         {"POST": send},
		"conversations/{conversation}/activities/history": {"POST": c.asked("send history", http.StatusOK, c.serveHistory)},
		"conversations/{conversation}/activities/{activity}": {
			"POST":   send,
			"PUT":    c.asked(opUpdate, http.StatusOK, c.serveUpdate),
			"DELETE": c.asked("delete", http.StatusOK, c.serveDelete),
		},
		"conversations/{conversation}/activities/{activity}/members": {"GET": members},
		"conversations/{conversation}/members":                       {"GET": members},
		"conversations/{conversation}/members/{user}": {
			"GET":    c.asked("get member", http.StatusOK, c.serveMember),
			"DELETE": c.asked("delete member", http.StatusOK, c.serveRemoveMember),
		},
		"conversations/{conversation}/pagedmembers": {"GET": members},
		"conversations/{conversation}/attachments":  {"POST": c.asked("upload attachment", http.StatusCreated, itself(c.serveAddAttachment))},
		"attachments/{file}":                        {"GET": c.asked("get attachment", http.StatusOK, itself(c.serveAttachment))},
	}
	routes := map[string]methods{}
	for path, m := range operations {
		routes["/connector/v3/"+path] = m
		routes["/connector/{at}/v3/"+path] = m
	}
	lost := c.asked("unknown operation", http.StatusOK, c.serveLost)
	routes["/connector/"] = methods{"GET": lost, "POST": lost, "PUT": lost, "DELETE": lost}
	return routes
}

// itself makes an operation of a handler that answers itself.
func itself(serve handler) operation {
	return func(w http.ResponseWriter, r *http.Request, _ *Exchange) (any, error) { return nil, serve(w, r) }
}

// readSent reads the activity that an agent sends by HTTP.
func (c *Channel) readSent(w http.ResponseWriter, r *http.Request, x *Exchange) (*activity.Activity, error) {
	body, err := readBody(w, r, x.Op)
	if err != nil {
		return nil, err
	}
	a, err := activity.Decode(body)
	if err != nil {
		return nil, decodeError(x.Op, err)
	}
	if a.Type == "" {
		return nil, missingProperty(x.Op, "type")
	}
	return a, nil
}

// serveSend serves POST …/activities, and …/activities/{activity} for replies.
func (c *Channel) serveSend(w http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	a, err := c.readSent(w, r, x)
	if err != nil {
		return nil, err
	}
	if a.ReplyToID == "" {
		a.ReplyToID = r.PathValue("activity")
	}
	return c.send(r.Context(), x, a)
}

func (c *Channel) serveUpdate(w http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	a, err := c.readSent(w, r, x)
	if err != nil {
		return nil, err
	}
	a.ID = r.PathValue("activity")
	return c.update(r.Context(), x, a)
}

func (c *Channel) serveDelete(_ http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	return nothing{}, c.delete(r.Context(), x, r.PathValue("activity"))
}

func (c *Channel) serveCreate(w http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	var p activity.ConversationParameters
	if err := readInto(w, r, x.Op, &p); err != nil {
		return nil, err
	}
	channel, err := c.arrive(x.Op, r.PathValue("at"))
	if err != nil {
		return nil, err
	}
	return c.createConversation(r.Context(), x, channel, &p)
}

// serveList serves GET conversations, ordered by id.
func (c *Channel) serveList(_ http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	type entry struct {
		ID      string                    `json:"id"`
		Members []activity.ChannelAccount `json:"members"`
	}
	list := struct {
		Conversations     []entry `json:"conversations"`
		ContinuationToken string  `json:"continuationToken,omitempty"`
	}{Conversations: []entry{}}
	infos, next := c.List(r.URL.Query().Get("continuationToken"), 100)
	for _, info := range infos {
		list.Conversations = append(list.Conversations, entry{info.ID, info.Members})
	}
	list.ContinuationToken = next
	return list, nil
}

func (c *Channel) serveMember(_ http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	return c.memberOf(r.Context(), x, r.PathValue("user"))
}

// serveMembers serves …/members and …/activities/{activity}/members, as
// everybody sees every activity, and …/pagedmembers.
func (c *Channel) serveMembers(_ http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	query := r.URL.Query()
	size := 0
	if s := query.Get("pageSize"); s != "" {
		var err error
		if size, err = strconv.Atoi(s); err != nil {
			return nil, fault(x.Op, http.StatusBadRequest, directline.CodeBadArgument, "pageSize must be a number")
		}
	}
	page, err := c.membersOf(r.Context(), x, size, query.Get("continuationToken"))
	if path.Base(r.URL.Path) == "members" {
		return page.Members, err
	}
	return page, err
}

// serveRemoveMember serves DELETE members/{user}. The agent, who asked for it,
// is not told by a conversationUpdate.
func (c *Channel) serveRemoveMember(_ http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	conv, done, err := c.enter(r.Context(), x.Op, x.Conversation)
	if err != nil {
		return nil, err
	}
	defer done()
	_, err = c.removeMember(r.Context(), x.Op, conv, r.PathValue("user"))
	return nothing{}, err
}

// serveLost answers what is no operation of the Connector service.
func (c *Channel) serveLost(_ http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	return nil, fault(x.Op, http.StatusNotFound, "NotFound", "the Connector service has no such operation: its paths are serviceUrl + v3/conversations/…")
}

// serveHistory serves POST …/activities/history: activities of earlier, which
// keep their sender and their time.
func (c *Channel) serveHistory(w http.ResponseWriter, r *http.Request, x *Exchange) (any, error) {
	var transcript struct {
		Activities []*activity.Activity `json:"activities"`
	}
	if err := readInto(w, r, x.Op, &transcript); err != nil {
		return nil, err
	}
	conv, done, err := c.enter(r.Context(), x.Op, x.Conversation)
	if err != nil {
		return nil, err
	}
	defer done()
	var response activity.ResourceResponse
	for _, a := range transcript.Activities {
		if a == nil || a.Type == "" {
			return nil, missingProperty(x.Op, "activities.type")
		}
		at := a.Timestamp
		c.address(conv, a)
		if at != "" {
			a.Timestamp = at
		}
		if _, err := c.add(r.Context(), x.Op, conv, a); err != nil {
			return nil, err
		}
		response.ID = a.ID
	}
	response.Keep("id")
	return response, nil
}

// answer writes v, or returns err.
func answer[T any](w http.ResponseWriter, status int, v T, err error) error {
	if err != nil {
		return err
	}
	writeJSON(w, status, v)
	return nil
}
