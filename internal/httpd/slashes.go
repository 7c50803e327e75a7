package httpd

import (
	"net/http"
	"strings"
)

// oneSlash serves agents that join a service URL, which ends in a slash, and a
// path that begins with one: [http.ServeMux] would answer with a redirect,
// which few clients follow with a body.
func oneSlash(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/connector/") && strings.Contains(r.URL.Path, "//") {
			u := *r.URL
			u.Path, u.RawPath = single(u.Path), single(u.RawPath)
			r = r.WithContext(r.Context())
			r.URL = &u
		}
		next.ServeHTTP(w, r)
	})
}

func single(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
