package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// region routes
// ownRoutes are triggers in a shape of one's own, for callers that show key.
// Without a key they are open, so nobody else may reach them. Prefer
// proactive.NewHandler, which also checks whom a conversation in a body claims
// to be of, relays Retry-After, and does nothing twice.
func ownRoutes(later *proactive.Messenger, key string) http.Handler {
	r := routes{later}
	mux := http.NewServeMux()
	mux.Handle("POST /api/proactive/send/{conversation}", route(r.send))
	mux.Handle("POST /api/proactive/continue/{conversation}", route(r.resume))
	mux.Handle("POST /api/proactive/continue", route(r.resumeInline))
	mux.Handle("POST /api/proactive/create", route(r.create))
	mux.Handle("POST /api/proactive/analysis", route(r.analysis))
	if key == "" {
		return mux
	}
	return proactive.BearerKeys(key).Middleware(mux)
}

type routes struct{ later *proactive.Messenger }

// send sends the activity in the body.
func (r routes) send(req *http.Request, body []byte) (any, error) {
	a := new(activity.Activity)
	if err := json.Unmarshal(body, a); err != nil {
		return nil, errBody
	}
	id, err := r.later.Send(req.Context(), req.PathValue("conversation"), a)
	return map[string]string{"id": id}, err
}

// resume continues a stored conversation, with a handler that is made here.
func (r routes) resume(req *http.Request, body []byte) (any, error) {
	var in struct{ Message string }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, errBody
	}
	return nil, r.later.Continue(req.Context(), req.PathValue("conversation"), func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "Proactive: "+in.Message)
	})
}

// resumeInline continues the conversation in the body, {reference, claims}.
func (r routes) resumeInline(req *http.Request, body []byte) (any, error) {
	var in struct{ Conversation activity.Conversation }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, errBody
	}
	return nil, r.later.ContinueIn(req.Context(), in.Conversation, func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "Inline proactive: hello")
	})
}

// create opens a chat with somebody new.
func (r routes) create(req *http.Request, body []byte) (any, error) {
	var in struct {
		employee
		AgentID string `json:"agentId"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, errBody
	}
	conv, err := invite(req.Context(), r.later, in.AgentID, in.employee)
	return map[string]string{"conversationId": conv.Reference.Conversation.ID}, err
}

// endregion

// region callback
// analysis is a callback whose body names the conversation by its id, and is as
// a whole the value of the continuation.
func (r routes) analysis(req *http.Request, body []byte) (any, error) {
	var in struct{ ConversationID string }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, errBody
	}
	return nil, r.later.Run(req.Context(), in.ConversationID, "analysis", json.RawMessage(body))
}

// endregion
