package localchannel

import (
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/directline"
)

// Guard protects a server that asks for no secret: other machines may not call
// it, and neither may web pages elsewhere, which the browser of whoever runs it
// would let reach it. Put it around all routes. It refuses, before the body is
// read,
//
//   - with 403, a connection whose ends are not both loopback addresses. Unix
//     sockets and pipes do not leave the machine and pass. A peer that is not
//     known is refused, so a request made by hand, as in a test, needs a
//     RemoteAddr such as "127.0.0.1:1";
//   - with 403, what a proxy has passed on, by its Forwarded, X-Forwarded-For,
//     X-Forwarded-Host or X-Real-Ip: it may come from anywhere;
//   - with 403, a Host that is not a loopback name (localhost, *.localhost,
//     127.0.0.0/8, [::1], with any port), so that no foreign name can be
//     pointed at this machine;
//   - with 403, an Origin that is neither loopback nor in origins;
//   - with 415, a body that is not declared as JSON (application/json or
//     application/*+json), as no form of a page can send it unasked. A body
//     without a Content-Type is refused too. Paths that end in /upload,
//     /oauth2/v2.0/token or /api/botsignin/signin take any body.
func Guard(next http.Handler, origins []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !fromHere(r):
			writeError(w, fault("guard", http.StatusForbidden, directline.CodeForbidden, "this asks for no secret, so it answers its own machine only"))
		case proxied(r.Header):
			writeError(w, fault("guard", http.StatusForbidden, directline.CodeForbidden, "this asks for no secret, so it answers nobody behind a proxy; call it directly"))
		case !loopbackHost(r.Host):
			writeError(w, fault("guard", http.StatusForbidden, directline.CodeForbidden, "this asks for no secret, so it answers to loopback names only; use localhost"))
		case !allowedOrigin(r.Header.Values("Origin"), origins):
			writeError(w, foreignOrigin())
		case r.ContentLength != 0 && !jsonType(r.Header.Get("Content-Type")) && !anyBody(r.URL.Path):
			writeError(w, fault("guard", http.StatusUnsupportedMediaType, "UnsupportedMediaType", "send the body as application/json"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// GuardOrigin refuses web pages from elsewhere, with 403 and before the body is
// read: every request with an Origin that is neither loopback nor in origins.
// It is for routes that ask callers from other machines who they are; others
// need [Guard].
func GuardOrigin(next http.Handler, origins []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allowedOrigin(r.Header.Values("Origin"), origins) {
			writeError(w, foreignOrigin())
			return
		}
		next.ServeHTTP(w, r)
	})
}

func foreignOrigin() error {
	return fault("guard", http.StatusForbidden, directline.CodeForbidden, "pages of this origin may not call this server; list the origin if they should")
}

// fromHere reports whether both ends of the connection are on this machine.
func fromHere(r *http.Request) bool {
	switch local := r.Context().Value(http.LocalAddrContextKey).(type) {
	case nil: // no server of net/http; the peer decides
	case *net.TCPAddr:
		if !local.IP.IsLoopback() {
			return false
		}
	case net.Addr:
		if network := local.Network(); network == "unix" || network == "pipe" {
			return true
		}
		if !loopbackAddr(local.String()) {
			return false
		}
	}
	return loopbackAddr(r.RemoteAddr)
}

func loopbackAddr(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

func proxied(h http.Header) bool {
	return h["Forwarded"] != nil || h["X-Forwarded-For"] != nil || h["X-Forwarded-Host"] != nil || h["X-Real-Ip"] != nil
}

// loopbackHost takes a name with or without a port.
func loopbackHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback()
}

func allowedOrigin(given, origins []string) bool {
	if len(given) == 0 {
		return true
	}
	u, err := url.Parse(given[0])
	if len(given) > 1 || err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return loopbackHost(u.Host) || listed(given[0], origins)
}

func listed(origin string, origins []string) bool {
	return slices.ContainsFunc(origins, func(o string) bool { return strings.EqualFold(strings.TrimSuffix(o, "/"), origin) })
}

// anyBody reports whether a path takes bodies that are not JSON: files, and
// forms of OAuth and of the sign-in page.
func anyBody(path string) bool {
	return strings.HasSuffix(path, "/upload") || strings.HasSuffix(path, "/oauth2/v2.0/token") || strings.HasSuffix(path, "/api/botsignin/signin")
}

func jsonType(contentType string) bool {
	if contentType == "application/json" || contentType == "application/json; charset=utf-8" {
		return true // nearly always, and much cheaper
	}
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || strings.HasPrefix(t, "application/") && strings.HasSuffix(t, "+json"))
}
