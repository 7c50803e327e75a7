package usertoken

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	maxBody  = 64 << 10 // bytes
	maxQuery = 64 << 10 // bytes
)

// A route answers one method of one path.
type route struct {
	method, path string
	agent        bool // for the agent, so that Config.Check applies
	serve        func(w http.ResponseWriter, r *http.Request) error
}

func (s *Service) routes() http.Handler {
	routes := []route{
		{"GET", "/api/usertoken/GetToken", true, s.getToken},
		{"GET", "/api/usertoken/GetTokenOrSignInResource", true, s.getTokenOrSignInResource},
		{"POST", "/api/usertoken/exchange", true, s.exchange},
		{"DELETE", "/api/usertoken/SignOut", true, s.signOut},
		{"GET", "/api/usertoken/GetTokenStatus", true, s.getTokenStatus},
		{"POST", "/api/usertoken/GetAadTokens", true, s.getAADTokens},
		{"GET", "/api/botsignin/GetSignInUrl", true, s.getSignInURL},
		{"GET", "/api/botsignin/GetSignInResource", true, s.getSignInResource},
		{"POST", "/api/botsignin/ssotoken", false, s.ssoToken},
		{"POST", "/api/botsignin/token", false, s.postToken},
		{"POST", "/api/botsignin/session", false, s.bindSession},
		{"GET", "/api/botsignin/signin", false, s.page(s.showForm)},
		{"POST", "/api/botsignin/signin", false, s.page(s.submit)},
		{"GET", "/api/botsignin/style.css", false, s.style},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		if err := s.dispatch(w, r, routes); err != nil {
			writeError(w, err)
		}
	})
}

func (s *Service) dispatch(w http.ResponseWriter, r *http.Request, routes []route) error {
	if !s.ownOrigin(r.Header.Values("Origin")) {
		return foreignPage
	}
	if len(r.URL.RawQuery) > maxQuery {
		return fault(http.StatusRequestURITooLong, "BadArgument", "the query is larger than 64 KB")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var allow []string
	for _, route := range routes {
		if !strings.EqualFold(route.path, r.URL.Path) {
			continue
		}
		if route.method != r.Method {
			allow = append(allow, route.method)
			continue
		}
		if route.agent && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
			// A picture on a page from elsewhere has no Origin. Some of these
			// routes change something by GET, and no agent is a browser.
			return foreignPage
		}
		if route.agent && s.cfg.Check != nil {
			if err := s.cfg.Check(r); err != nil {
				return refused(err)
			}
		}
		return route.serve(w, r)
	}
	if len(allow) == 0 {
		return fault(http.StatusNotFound, "NotFound", "the user-token service has nothing at this path")
	}
	w.Header().Set("Allow", strings.Join(slices.Compact(allow), ", "))
	return fault(http.StatusMethodNotAllowed, "MethodNotAllowed", "use "+strings.Join(allow, " or "))
}

var foreignPage = fault(http.StatusForbidden, "Forbidden", "pages of this origin may not call the user-token service")

// ownOrigin accepts requests that no page made, and pages of this machine or of
// the service itself.
func (s *Service) ownOrigin(origins []string) bool {
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	return len(origins) == 1 && err == nil && s.ours(u)
}

// ours reports whether u is on a loopback host or at the service itself.
func (s *Service) ours(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback() || originOf(u) == s.origin
}

func originOf(u *url.URL) string { return u.Scheme + "://" + strings.ToLower(u.Host) }

func fault(status int, code, message string) error {
	return &activity.Error{Op: "user token", Host: "local user-token service", Status: status, Code: code, Message: message}
}

func badArgument(message string) error { return fault(http.StatusBadRequest, "BadArgument", message) }

func notFound(message string) error { return fault(http.StatusNotFound, "NotFound", message) }

// refused is what a caller that Config.Check does not let in is told.
func refused(err error) error {
	if e, ok := errors.AsType[*activity.Error](err); ok && e.Status >= 400 {
		return err
	}
	return fault(http.StatusUnauthorized, "Unauthorized", "the caller is not the agent")
}

func writeError(w http.ResponseWriter, err error) {
	e, ok := errors.AsType[*activity.Error](err)
	if !ok {
		e = &activity.Error{Status: http.StatusInternalServerError, Code: "ServiceError", Message: "internal error; see the log"}
	}
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeJSON(w, e.Status, map[string]any{"error": map[string]string{"code": e.Code, "message": e.Message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("usertoken: answer: " + err.Error()) // all that is answered was made here
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}

// readJSON decodes the body into v. A missing body decodes as {}.
func readJSON(r *http.Request, v any) error {
	body, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "the body is larger than 64 KB")
	}
	if err != nil {
		return fault(http.StatusBadRequest, "BadSyntax", "the body ended early")
	}
	if len(body) > 0 && json.Unmarshal(body, v) != nil {
		return fault(http.StatusBadRequest, "BadSyntax", "the body is not the JSON object that belongs there")
	}
	return nil
}
