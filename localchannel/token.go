package localchannel

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/directline"
)

const (
	tokenLife  = 30 * time.Minute
	streamLife = time.Minute // of the token in a stream address (directline 2)
)

// claims are what a token says: which conversation it opens, and for whom.
// Clients read user. (directline 2)
type claims struct {
	Conversation string `json:"conv"`
	User         string `json:"user,omitempty"`
	Name         string `json:"name,omitempty"`
	jwt.RegisteredClaims
}

func (c *Channel) sign(cl claims, life time.Duration) string {
	now := time.Now()
	cl.IssuedAt, cl.ExpiresAt, cl.ID = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(life)), newID()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, cl).SignedString(c.key)
	if err != nil {
		panic("localchannel: sign: " + err.Error()) // the key is bytes and the claims are strings
	}
	return token
}

// bearer is the credential of a request. DirectLineJS without one sends
// "Bearer " or "Bearer undefined".
func bearer(r *http.Request, op string) (string, error) {
	header := strings.TrimSpace(r.Header.Get("Authorization"))
	scheme, token, _ := strings.Cut(header, " ")
	if header != "" && !strings.EqualFold(scheme, "Bearer") {
		return "", fault(op, http.StatusUnauthorized, directline.CodeUnauthorized, "send Authorization: Bearer with a token, or no such header")
	}
	if token == "undefined" || token == "null" {
		token = ""
	}
	return strings.TrimSpace(token), nil
}

// verify returns what a token says. Nobody needs one here, so no token, and
// what some client keeps as its secret, say nothing; but one of ours that is
// out of date or forged is refused.
func (c *Channel) verify(op, token string) (claims, error) {
	var cl claims
	if strings.Count(token, ".") != 2 {
		return cl, nil
	}
	_, err := jwt.ParseWithClaims(token, &cl, func(*jwt.Token) (any, error) { return c.key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return claims{}, fault(op, http.StatusForbidden, directline.CodeTokenExpired, "the token has expired; get a new one")
	case err != nil || !validID(cl.Conversation):
		return claims{}, fault(op, http.StatusForbidden, directline.CodeForbidden, "this is not a token of this channel; get a new one")
	}
	return cl, nil
}

// authorise returns what the credential of the request says.
func (c *Channel) authorise(r *http.Request, op string) (claims, error) {
	token, err := bearer(r, op)
	if err != nil {
		return claims{}, err
	}
	return c.verify(op, token)
}

// open returns the conversation that the request names, if its credential, or
// the token instead of it, opens that one.
func (c *Channel) open(r *http.Request, op, token string) (claims, *conversation, error) {
	cl, err := c.authorise(r, op)
	if err == nil && token != "" {
		cl, err = c.verify(op, token)
	}
	if err != nil {
		return cl, nil, err
	}
	id := r.PathValue("conversation")
	if cl.Conversation != "" && cl.Conversation != id {
		return cl, nil, fault(op, http.StatusForbidden, directline.CodeForbidden, "the token is for another conversation")
	}
	conv, err := c.find(r.Context(), op, id)
	return cl, conv, err
}

// generate serves POST tokens/generate. The agent hears nothing of it.
func (c *Channel) generate(w http.ResponseWriter, r *http.Request) error {
	const op = "generate token"
	p, err := readParameters(w, r, op)
	if err != nil {
		return err
	}
	cl, err := c.authorise(r, op)
	switch {
	case err != nil:
		return err
	case cl.Conversation != "":
		return fault(op, http.StatusForbidden, directline.CodeForbidden, "a token cannot generate tokens; refresh it instead")
	case p.User.ID != "" && !strings.HasPrefix(p.User.ID, directline.UserIDPrefix):
		return fault(op, http.StatusBadRequest, directline.CodeBadArgument, "user.id must begin with "+directline.UserIDPrefix)
	}
	return c.grant(w, claims{Conversation: newID(), User: p.User.ID, Name: p.User.Name})
}

// refresh serves POST tokens/refresh.
func (c *Channel) refresh(w http.ResponseWriter, r *http.Request) error {
	const op = "refresh token"
	cl, err := c.authorise(r, op)
	if err == nil && cl.Conversation == "" {
		err = fault(op, http.StatusForbidden, directline.CodeForbidden, "only a token can be refreshed")
	}
	if err != nil {
		return err
	}
	return c.grant(w, cl)
}

func (c *Channel) grant(w http.ResponseWriter, cl claims) error {
	writeJSON(w, http.StatusOK, directline.Conversation{ID: cl.Conversation, Token: c.sign(cl, tokenLife), ExpiresIn: int(tokenLife.Seconds())})
	return nil
}
