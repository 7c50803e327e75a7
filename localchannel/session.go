package localchannel

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

const sessionCookie = "outspoken_session"

// session serves GET session/getsessionid. The id is derived from a cookie that
// the page cannot read, so that a sign-in can be told to end in the browser in
// which it began. (directline 3)
func (c *Channel) session(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.authorise(r, "get session"); err != nil {
		return err
	}
	value := newID()
	if known, err := r.Cookie(sessionCookie); err == nil && validID(known.Value) {
		value = known.Value
	}
	cookie := &http.Cookie{Name: sessionCookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if c.seenAt(r).Scheme == "https" { // the page may be of another site
		cookie.Secure, cookie.SameSite = true, http.SameSiteNoneMode
	}
	http.SetCookie(w, cookie)
	id := base64.RawURLEncoding.EncodeToString(mac(c.key, "session "+value))
	writeJSON(w, http.StatusOK, map[string]string{"sessionId": id})
	return nil
}

// seenAt is where the client sees this server. What a proxy says counts only
// with a secret: without one the Guard lets no proxy through.
func (c *Channel) seenAt(r *http.Request) url.URL {
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	if c.cfg.Secret == "" {
		return u
	}
	forwarded := func(name string) string {
		first, _, _ := strings.Cut(r.Header.Get(name), ",")
		return strings.TrimSpace(first)
	}
	if proto := forwarded("X-Forwarded-Proto"); proto == "http" || proto == "https" {
		u.Scheme = proto
	}
	if host := forwarded("X-Forwarded-Host"); host != "" {
		u.Host = host
	}
	if prefix := forwarded("X-Forwarded-Prefix"); strings.HasPrefix(prefix, "/") { // that the proxy has taken off
		u.Path = strings.TrimRight(prefix, "/")
	}
	return u
}
