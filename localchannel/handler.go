package localchannel

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A handler answers a request, or returns the error to answer with.
type handler func(w http.ResponseWriter, r *http.Request) error

// methods are the handlers of one path.
type methods map[string]handler

// Handler serves Direct Line below /v3/directline/, files below /files/, and
// the Connector service below /connector/. Direct Line and files are open to
// all with Config.Secret, which Direct Line then asks for, and behind a [Guard]
// without. The Connector service is open to those that Config.CheckAgent lets
// in, and behind a Guard without; it never answers pages from elsewhere.
func (c *Channel) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, m := range map[string]methods{
		"/v3/directline/tokens/generate":                         {"POST": c.generate},
		"/v3/directline/tokens/refresh":                          {"POST": c.refresh},
		"/v3/directline/session/getsessionid":                    {"GET": c.session},
		"/v3/directline/conversations":                           {"POST": c.start},
		"/v3/directline/conversations/{conversation}":            {"GET": c.get},
		"/v3/directline/conversations/{conversation}/activities": {"GET": c.activities, "POST": c.post},
		"/v3/directline/conversations/{conversation}/upload":     {"POST": c.upload},
		"/v3/directline/conversations/{conversation}/stream":     {"GET": c.stream},
		"/v3/directline/":                                        nil,
	} {
		mux.Handle(path, c.forClients(cors(c.route(m))))
	}
	for path, m := range c.connectorRoutes() {
		mux.Handle(path, c.forAgents(c.route(m)))
	}
	// Who knows the address of a file may read it, as pages and agents do.
	mux.Handle("/files/{file}/{name}", c.forClients(c.route(methods{"GET": c.serveFile, "OPTIONS": preflightFile})))
	view := c.forClients(GuardOrigin(c.route(methods{"GET": c.serveAttachmentView}), c.cfg.AllowedOrigins))
	mux.Handle("/connector/v3/attachments/{file}/views/{view}", view)
	mux.Handle("/connector/{at}/v3/attachments/{file}/views/{view}", view)
	mux.Handle("/", Guard(c.route(nil), c.cfg.AllowedOrigins))
	return mux
}

// forClients lets everybody in if there is a secret, which h asks for or its
// addresses are.
func (c *Channel) forClients(h http.Handler) http.Handler {
	if c.cfg.Secret != "" {
		return h
	}
	return Guard(h, c.cfg.AllowedOrigins)
}

// forAgents leaves it to Config.CheckAgent, which every route of connectorRoutes
// asks, who comes in. Without one it is this machine.
func (c *Channel) forAgents(h http.Handler) http.Handler {
	if c.cfg.CheckAgent != nil {
		return GuardOrigin(h, c.cfg.AllowedOrigins)
	}
	return Guard(h, c.cfg.AllowedOrigins)
}

func (c *Channel) route(m methods) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(m)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve := m[r.Method]
		if serve == nil && r.Method == http.MethodHead {
			serve = m[http.MethodGet]
		}
		err := c.begin("serve")
		if err != nil {
			writeError(w, err)
			return
		}
		defer c.work.Done()
		switch {
		case m == nil:
			err = fault("serve", http.StatusNotFound, "NotFound", "there is nothing at this address")
		case serve == nil:
			w.Header().Set("Allow", allow)
			err = fault("serve", http.StatusMethodNotAllowed, "MethodNotAllowed", "use one of "+allow)
		default:
			err = serve(w, r)
		}
		if err != nil {
			writeError(w, err)
		}
	})
}

// cors lets pages call Direct Line. getsessionid goes with credentials, so the
// origin is named. (directline 7)
func cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if origin == "" {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Add("Vary", "Origin")
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Disposition, x-ms-bot-agent, x-requested-with")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}
