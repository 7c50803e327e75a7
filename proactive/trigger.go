package proactive

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// TriggerConfig says how the handler of [NewHandler] behaves. Either Authorise
// or Open is required.
type TriggerConfig struct {
	// Path is what the paths of all triggers begin with, as the handler sees
	// them. Default "/proactive".
	Path string

	// Authorise decides who may trigger; [Tokens], [BearerKeys] and [Signed]
	// are ready to use. Whoever may can write to every stored conversation.
	Authorise Authoriser

	// Open lets everybody trigger who reaches the handler. A warning is
	// logged. For a machine of one's own only.
	Open bool

	// HideBook answers the routes of the address book with 403, for an
	// Authorise that lets in callers who should not read who talks to the
	// agent, such as every channel. With Open it is hidden anyway.
	HideBook bool

	// Hosts decides which service URLs a conversation in a body may name.
	// auth.Hosts is one. Without it, conversations in bodies are refused.
	Hosts Hosts

	// AgentIDs are the client ids of this agent. Nothing in a body may name
	// another; "*" admits all, for an agent without credentials. Without any,
	// conversations and agentClientId in bodies are refused.
	AgentIDs []string

	// MaxBody is the largest body taken, in bytes. Default 4 MiB.
	MaxBody int64

	// Logger gets why a trigger was refused or failed, never what it carried.
	// Default [slog.Default].
	Logger *slog.Logger
}

// Hosts decides which service URLs are trusted: messages, with a token, go
// there.
type Hosts interface {
	Check(serviceURL string) error
}

type triggers struct {
	m    *Messenger
	cfg  TriggerConfig
	once once
}

// NewHandler returns the HTTP triggers: a way for other programs to make the
// agent speak first. Below cfg.Path it serves
//
//	POST sendactivity/{conversationId}    body: the activity; answers {"id": …}
//	POST sendactivity                     body: {"conversation": …, "activity": …}
//	POST continue[/{key}]/{conversationId}  runs the continuation; the body is not read
//	POST continue[/{key}]                 body: the conversation, or {"conversation": …, "value": …}
//	POST create[/{key}]                   body: a [CreateConversation]; answers the conversation
//	GET  openapi.json                     a description of all this
//
// and, for callers that are authorised, the address book: a page of it, one
// conversation, removal, and [Conversations.Import] of what is trusted:
//
//	GET  conversations?tenant=&team=&tag=&after=   or ?user=&channel=
//	POST conversations                    body: {"documents": […], "agentId": …}
//	GET, DELETE  conversations/{conversationId}
//
// Those with a key, or without one, are there when a continuation is
// registered under it. A first segment that is a key is never taken for an id;
// an id that looks like one is written in full, as [Entry.ID]. Ids are
// URL-escaped; also "/" may be part of one, as %2F.
//
// Query parameters become the continuation's value, an object of strings; of a
// body's value they replace what has the same name. Answers come when the turn
// is over. Why and where these triggers differ from those of the .NET SDK is in
// docs/compat.md. (proactive-hosting-auth 1)
//
// With an Idempotency-Key header of up to 255 visible ASCII characters, a
// request that comes again within 24 hours, also at the same time or after a
// restart, gets the answer of the first and nothing is done twice. Other
// requests with that key get 422. Such a request is carried on with when its
// caller hangs up; without the header it is cancelled. Answers are kept in the
// store of the address book, which has to support TTL.
//
// NewHandler panics when cfg has neither Authorise nor Open, or both.
func NewHandler(m *Messenger, cfg TriggerConfig) http.Handler {
	cfg.Path = strings.TrimSuffix(cmp.Or(cfg.Path, "/proactive"), "/")
	cfg.MaxBody = cmp.Or(cfg.MaxBody, 4<<20)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	switch {
	case m == nil:
		panic("proactive: NewHandler needs a Messenger")
	case cfg.Path != "" && cfg.Path[0] != '/':
		panic("proactive: TriggerConfig.Path " + cfg.Path + " does not begin with /")
	case cfg.Authorise == nil && !cfg.Open:
		panic("proactive: nobody is authorised to use the triggers; set TriggerConfig.Authorise, for example to proactive.Tokens, or Open to let everybody")
	case cfg.Authorise != nil && cfg.Open:
		panic("proactive: TriggerConfig has Authorise, and Open, which lets everybody in; choose one")
	case cfg.Open:
		cfg.Logger.Warn("the proactive triggers are OPEN: everybody who reaches this server can write to every conversation of the agent; set TriggerConfig.Authorise", "path", cfg.Path+"/")
		cfg.Authorise = func(*http.Request) (activity.Identity, error) { return activity.Identity{}, nil }
	}
	return &triggers{m: m, cfg: cfg, once: once{running: map[string]*flight{}}}
}

// A trigger is what a request asks for.
type trigger struct {
	verb         string // sendactivity, continue, create or openapi.json
	continuation agent.Continuation
	id           string // of a stored conversation; "" when the body names one
}

// An action does what a trigger asks for. again means that nothing happened, so
// that the same request may come again.
type action func(ctx context.Context) (a answer, again bool)

// ServeHTTP answers one trigger.
func (h *triggers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r).write(w)
}

// answer checks the request from the outside in: nothing is read from
// strangers, and nothing is decoded that is too large.
func (h *triggers) answer(w http.ResponseWriter, r *http.Request) answer {
	path, ok := h.split(r.URL.EscapedPath())
	if !ok {
		return answer{Status: http.StatusNotFound}
	}
	if allowed := methods(path); !slices.Contains(allowed, r.Method) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return answer{Status: http.StatusMethodNotAllowed}
	}
	r, id, err := h.cfg.Authorise.bounded(w, r, h.cfg.MaxBody)
	if err != nil {
		return h.failed(r, trigger{verb: path[0]}, unauthorised(err))
	}
	t, ok := h.find(path)
	if !ok {
		return answer{Status: http.StatusNotFound}
	}
	if t.verb == openAPI {
		return h.document()
	}
	if t.verb == verbBook {
		return h.book(r, t)
	}
	body, err := read(r, t)
	if err != nil {
		return h.failed(r, t, err)
	}
	act, err := h.prepare(r, t, id, body)
	if err != nil {
		return h.failed(r, t, err)
	}
	return h.onlyOnce(r, t, id, body, act)
}

// prepare checks all that can be told without doing anything.
func (h *triggers) prepare(r *http.Request, t trigger, id activity.Identity, body []byte) (action, error) {
	switch t.verb {
	case verbSend:
		return h.send(r, t, body)
	case verbContinue:
		return h.resume(r, t, body)
	}
	return h.create(r, t, id, body)
}
