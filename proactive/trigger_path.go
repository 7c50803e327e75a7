package proactive

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/outspoken-go/outspoken/agent"
)

// The first segments of the triggers' paths.
const (
	verbSend     = "sendactivity"
	verbContinue = "continue"
	verbCreate   = "create"
	openAPI      = "openapi.json"
	verbBook     = "conversations"
)

// split returns the segments of a path below the handler's, each decoded once,
// if triggers have such paths. The first ignores case, as in other SDKs.
// (proactive-hosting-auth 1.1)
func (h *triggers) split(escaped string) ([]string, bool) {
	rest, ok := strings.CutPrefix(escaped, h.cfg.Path+"/")
	if !ok {
		return nil, false
	}
	path := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	for i, segment := range path {
		decoded, err := url.PathUnescape(segment)
		if err != nil || decoded == "" {
			return nil, false
		}
		path[i] = decoded
	}
	path[0] = strings.ToLower(path[0])
	most, ok := map[string]int{verbSend: 2, verbContinue: 3, verbCreate: 2, openAPI: 1, verbBook: 2}[path[0]]
	return path, ok && len(path) <= most
}

// methods are what a path may be asked with.
func methods(path []string) []string {
	switch {
	case path[0] == openAPI:
		return []string{http.MethodGet, http.MethodHead}
	case path[0] == verbBook && len(path) == 1:
		return []string{http.MethodGet, http.MethodHead, http.MethodPost}
	case path[0] == verbBook:
		return []string{http.MethodGet, http.MethodHead, http.MethodDelete}
	}
	return []string{http.MethodPost}
}

// find says what a path means with the continuations that are registered.
func (h *triggers) find(path []string) (t trigger, ok bool) {
	t.verb = path[0]
	args := path[1:]
	if t.verb == verbSend || t.verb == verbBook || t.verb == openAPI {
		if len(args) == 1 {
			t.id = args[0]
		}
		return t, true
	}
	key := ""
	if len(args) > 0 {
		if c, ok := h.continuation(args[0]); ok {
			key, args = c.Key, args[1:]
		}
	}
	switch {
	case t.verb == verbContinue && len(args) == 1:
		t.id = args[0]
	case len(args) > 0:
		return t, false
	}
	t.continuation, ok = h.continuation(key)
	return t, ok
}

// continuation finds one by its key, else by its key in another case.
func (h *triggers) continuation(key string) (agent.Continuation, bool) {
	if h.m.app == nil {
		return agent.Continuation{}, false
	}
	if c, ok := h.m.app.Continuation(key); ok {
		return c, true
	}
	for _, c := range h.m.app.Continuations() {
		if strings.EqualFold(c.Key, key) {
			return c, true
		}
	}
	return agent.Continuation{}, false
}
