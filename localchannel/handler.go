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

// Handler serves Direct Line below /v3/directline/ and the Connector service
// below /connector/v3/, behind a [Guard]: anybody on this machine may use it,
// and no web page from elsewhere.
func (c *Channel) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, m := range map[string]methods{
		"/v3/directline/tokens/generate":                         {"POST": c.generate},
		"/v3/directline/tokens/refresh":                          {"POST": c.refresh},
		"/v3/directline/conversations":                           {"POST": c.start},
		"/v3/directline/conversations/{conversation}":            {"GET": c.get},
		"/v3/directline/conversations/{conversation}/activities": {"GET": c.activities, "POST": c.post},
		"/v3/directline/conversations/{conversation}/stream":     {"GET": c.stream},

		"/connector/v3/conversations":                                              {"GET": c.serveList, "POST": c.serveCreate},
		"/connector/v3/conversations/{conversation}/activities":                    {"POST": c.serveSend},
		"/connector/v3/conversations/{conversation}/activities/history":            {"POST": c.serveHistory},
		"/connector/v3/conversations/{conversation}/activities/{activity}":         {"POST": c.serveSend, "PUT": c.serveUpdate, "DELETE": c.serveDelete},
		"/connector/v3/conversations/{conversation}/activities/{activity}/members": {"GET": c.serveMembers},
		"/connector/v3/conversations/{conversation}/members":                       {"GET": c.serveMembers},
		"/connector/v3/conversations/{conversation}/members/{user}":                {"GET": c.serveMember, "DELETE": c.serveRemoveMember},
		"/connector/v3/conversations/{conversation}/pagedmembers":                  {"GET": c.servePagedMembers},
	} {
		mux.Handle(path, c.route(m))
	}
	mux.Handle("/", c.route(nil))
	return Guard(cors(mux), c.cfg.AllowedOrigins)
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

// cors lets pages of the origins that Guard has let through call Direct Line.
// getsessionid goes with credentials, so the origin is named. (directline 7)
func cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if origin == "" || !strings.HasPrefix(r.URL.Path, "/v3/directline/") {
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
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, x-ms-bot-agent, x-requested-with")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}
