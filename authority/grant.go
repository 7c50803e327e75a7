package authority

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const maxForm = 64 << 10 // bytes of a token request

// serveToken is the client credentials grant (RFC 6749, 4.4). Errors are
// answered as RFC 6749, 5.2, says.
func (a *Authority) serveToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		decline(w, http.StatusRequestEntityTooLarge, "invalid_request", "the form is larger than 64 KB")
		return
	}
	if err != nil {
		decline(w, http.StatusBadRequest, "invalid_request", "the body is not a form")
		return
	}
	if !a.knows(credentials(r)) {
		if r.Header.Get("Authorization") != "" {
			w.Header().Set("WWW-Authenticate", `Basic realm="authority"`)
		}
		decline(w, http.StatusUnauthorized, "invalid_client", "the client id or the secret is not the one this authority was given")
		return
	}
	form := r.PostForm
	switch {
	case form.Get("grant_type") != "client_credentials":
		decline(w, http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is offered here")
	case !forChannels(form.Get("scope")):
		decline(w, http.StatusBadRequest, "invalid_scope", "ask for "+BotFrameworkAudience+"/.default")
	default:
		a.grant(w)
	}
}

func (a *Authority) grant(w http.ResponseWriter) {
	token, err := a.sign(a.tenantIssuer(), BotFrameworkAudience, time.Now(), jwt.MapClaims{
		"appid": a.cfg.ClientID,
		"azp":   a.cfg.ClientID,
		"tid":   a.cfg.TenantID,
		"ver":   "1.0",
	})
	if err != nil {
		decline(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	seconds := int(tokenLife.Seconds())
	answer(w, http.StatusOK, map[string]any{
		"token_type":     "Bearer",
		"expires_in":     seconds,
		"ext_expires_in": seconds,
		"access_token":   token,
	})
}

// credentials are those in the Authorization header, which are form-encoded
// there (RFC 6749, 2.3.1), else those in the form.
func credentials(r *http.Request) (id, secret string) {
	user, pass, ok := r.BasicAuth()
	if !ok {
		return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	id, errID := url.QueryUnescape(user)
	secret, errSecret := url.QueryUnescape(pass)
	if errID != nil || errSecret != nil {
		return "", ""
	}
	return id, secret
}

// knows takes the same time whatever is wrong.
func (a *Authority) knows(id, secret string) bool {
	return same(id, a.cfg.ClientID)&same(secret, a.cfg.ClientSecret) == 1 && a.cfg.ClientSecret != ""
}

func same(given, want string) int {
	g, w := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(g[:], w[:])
}

// forChannels accepts the one resource there is. MSAL asks for OpenID scopes
// beside it.
func forChannels(scope string) bool {
	found := false
	for s := range strings.FieldsSeq(scope) {
		switch s {
		case BotFrameworkAudience + "/.default":
			found = true
		case "openid", "profile", "offline_access":
		default:
			return false
		}
	}
	return found
}

func decline(w http.ResponseWriter, status int, code, description string) {
	answer(w, status, map[string]string{"error": code, "error_description": description})
}
