package localchannel

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/directline"
)

// Who may do what. A secret opens every conversation, a token one, from the
// pages it trusts. (directline 2 and 3)

// bearer is the credential of a request. DirectLineJS without one sends
// "Bearer " or "Bearer undefined".
func bearer(r *http.Request, op string) (string, error) {
	header := strings.TrimSpace(r.Header.Get("Authorization"))
	scheme, credential, _ := strings.Cut(header, " ")
	if header != "" && !strings.EqualFold(scheme, "Bearer") {
		return "", unauthorized(op)
	}
	if credential == "undefined" || credential == "null" {
		credential = ""
	}
	return strings.TrimSpace(credential), nil
}

// authorise returns what the credential of the request says; the secret says
// nothing, as it opens everything.
func (c *Channel) authorise(r *http.Request, op string) (claims, error) {
	credential, err := bearer(r, op)
	if err != nil {
		return claims{}, err
	}
	cl, err := c.claims(op, credential)
	if err == nil && cl.Stream {
		err = forbidden(op, "the token of a stream address opens the stream only")
	}
	if err == nil {
		err = c.checkOrigin(r, op, cl)
	}
	return cl, err
}

// claims returns what a credential says. Without a secret nobody needs one, so
// none, and what some client keeps as its secret, say nothing; but a token of
// ours that is out of date or forged is refused all the same.
func (c *Channel) claims(op, credential string) (claims, error) {
	switch {
	case c.cfg.Secret == "" && strings.Count(credential, ".") != 2:
		return claims{}, nil
	case credential == "":
		return claims{}, unauthorized(op)
	case c.cfg.Secret != "" && hmac.Equal(digest(credential), digest(c.cfg.Secret)):
		return claims{}, nil
	}
	return c.verify(op, credential)
}

// open returns the conversation that the request names, if its credential
// opens that one.
func (c *Channel) open(r *http.Request, op string) (claims, *conversation, error) {
	cl, err := c.authorise(r, op)
	if err != nil {
		return cl, nil, err
	}
	conv, err := c.opened(r, op, cl)
	return cl, conv, err
}

// openStream is open for an address with a token in it, as browsers can send no
// header with a WebSocket.
func (c *Channel) openStream(r *http.Request, op string) (*conversation, error) {
	token := r.URL.Query().Get("t")
	if token == "" {
		_, conv, err := c.open(r, op)
		return conv, err
	}
	cl, err := c.verify(op, token)
	if err == nil {
		err = c.checkOrigin(r, op, cl)
	}
	if err != nil {
		return nil, err
	}
	return c.opened(r, op, cl)
}

func (c *Channel) opened(r *http.Request, op string, cl claims) (*conversation, error) {
	id := r.PathValue("conversation")
	if cl.Conversation != "" && cl.Conversation != id {
		return nil, forbidden(op, "the token is for another conversation")
	}
	return c.find(r.Context(), op, id)
}

// checkOrigin refuses pages that enhanced authentication does not trust.
func (c *Channel) checkOrigin(r *http.Request, op string, cl claims) error {
	given := r.Header.Values("Origin")
	if len(c.cfg.TrustedOrigins) == 0 || len(given) == 0 {
		return nil
	}
	if len(given) > 1 || !listed(given[0], c.cfg.TrustedOrigins) && !listed(given[0], cl.TrustedOrigins) {
		return forbidden(op, "pages of this origin are not trusted")
	}
	return nil
}

func unauthorized(op string) error {
	return fault(op, http.StatusUnauthorized, directline.CodeUnauthorized, "send Authorization: Bearer with a secret or a token")
}

func forbidden(op, message string) error {
	return fault(op, http.StatusForbidden, directline.CodeForbidden, message)
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// mac is what nobody can say of value who does not know key.
func mac(key []byte, value string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(value))
	return h.Sum(nil)
}
