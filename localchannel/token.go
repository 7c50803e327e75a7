package localchannel

import (
	"cmp"
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

	maxClaimBytes = 4000 // of all that a client wants in its token
)

// claims are what a token says: which conversation it opens, for whom, and
// from which pages. Clients read user. (directline 2)
type claims struct {
	Conversation   string   `json:"conv"`
	User           string   `json:"user,omitempty"`
	Name           string   `json:"name,omitempty"`
	ETag           string   `json:"etag,omitempty"`
	TrustedOrigins []string `json:"origins,omitempty"`
	Stream         bool     `json:"stream,omitempty"` // it opens the stream and nothing else
	jwt.RegisteredClaims
}

// claimsFor are the claims that parameters ask for.
func claimsFor(p directline.Parameters) claims {
	return claims{User: p.User.ID, Name: p.User.Name, ETag: p.ETag, TrustedOrigins: p.TrustedOrigins}
}

func (c *Channel) sign(cl claims, life time.Duration) string {
	now := time.Now()
	cl.RegisteredClaims = jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)), ID: newID()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, cl).SignedString(c.key)
	if err != nil {
		panic("localchannel: sign: " + err.Error()) // the key is bytes and the claims are strings
	}
	return token
}

// verify returns what a token says, if it is one of ours and not out of date.
func (c *Channel) verify(op, token string) (claims, error) {
	var cl claims
	_, err := jwt.ParseWithClaims(token, &cl, func(*jwt.Token) (any, error) { return c.key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return claims{}, fault(op, http.StatusForbidden, directline.CodeTokenExpired, "the token has expired; get a new one")
	case err != nil || !validID(cl.Conversation):
		return claims{}, forbidden(op, "this is neither the secret nor a token of this channel; get a new token")
	}
	return cl, nil
}

// GenerateToken returns a token for a conversation, as POST tokens/generate
// does, for a page of this process whose user needs no secret. An empty
// conversation means a new one, which begins when the client starts it. Any
// user id will do.
func (c *Channel) GenerateToken(p directline.Parameters, conversation string) directline.Conversation {
	cl := claimsFor(p)
	cl.Conversation = cmp.Or(conversation, c.newConversationID())
	return c.grant(cl)
}

// generate serves POST tokens/generate. The agent hears nothing of it.
func (c *Channel) generate(w http.ResponseWriter, r *http.Request) error {
	const op = "generate token"
	cl, err := c.authorise(r, op)
	if err == nil && cl.Conversation != "" {
		err = forbidden(op, "a token cannot generate tokens; refresh it instead")
	}
	if err != nil {
		return err
	}
	p, err := readParameters(w, r, op)
	if err != nil {
		return err
	}
	if p.User.ID != "" && !strings.HasPrefix(p.User.ID, directline.UserIDPrefix) {
		return fault(op, http.StatusBadRequest, directline.CodeBadArgument, "user.id must begin with "+directline.UserIDPrefix)
	}
	writeJSON(w, http.StatusOK, c.GenerateToken(p, ""))
	return nil
}

// refresh serves POST tokens/refresh.
func (c *Channel) refresh(w http.ResponseWriter, r *http.Request) error {
	const op = "refresh token"
	cl, err := c.authorise(r, op)
	if err == nil && cl.Conversation == "" {
		err = forbidden(op, "only a token can be refreshed")
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, c.grant(cl))
	return nil
}

func (c *Channel) grant(cl claims) directline.Conversation {
	return directline.Conversation{ID: cl.Conversation, Token: c.sign(cl, tokenLife), ExpiresIn: int(tokenLife.Seconds()), ETag: cl.ETag}
}
