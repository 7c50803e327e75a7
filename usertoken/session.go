package usertoken

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// sessionCookie begins the name of the cookie of one sign-in: a browser may have
// several under way.
const sessionCookie = "outspoken-signin-"

// POST session {"link": signInLink}: the page in whose conversation the agent
// asked says that the person sits in this very browser.
func (s *Service) bindSession(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Link string `json:"link"`
	}
	if err := readJSON(r, &body); err != nil {
		return err
	}
	link, err := url.Parse(body.Link)
	if err != nil || len(body.Link) > maxURL {
		return errNoLink
	}
	var signIn string
	session := random()
	err = s.follow(r.Context(), link.Query().Get("id"), func(c *connection, _ who) (bool, error) {
		signIn, c.SignIn.Session = c.SignIn.ID, digest(session)
		return true, nil
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{
		Name:     sessionCookie + signIn,
		Value:    session,
		Path:     "/api/botsignin/",
		MaxAge:   int(linkLife.Seconds()),
		HttpOnly: true,
		Secure:   strings.HasPrefix(s.cfg.BaseURL, "https:"),
		SameSite: http.SameSiteStrictMode,
	})
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// inSession reports whether the request comes from the browser that bindSession
// bound the sign-in to.
func (si *signIn) inSession(r *http.Request) bool {
	cookie, err := r.Cookie(sessionCookie + si.ID)
	return err == nil && si.Session != "" && same(digest(cookie.Value), si.Session)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
