package usertoken

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	tokenLife  = time.Hour
	renewAt    = 10 * time.Minute // before the end of a token
	codeLife   = 5 * time.Minute
	codeChecks = 5 // wrong tries
)

// A userToken shows who signed in.
type userToken struct {
	Token   string    `json:"token"`
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`
}

// mint makes a token that looks like a JSON web token without a signature, so
// that an agent can read the name.
func (s *Service) mint(w who, audience, name string) *userToken {
	now := time.Now()
	t := &userToken{Name: name, Expires: now.Add(tokenLife).Truncate(time.Second)}
	claims, err := json.Marshal(map[string]any{
		"iss":       s.cfg.BaseURL + "/api/botsignin/",
		"aud":       audience,
		"sub":       w.user,
		"name":      name,
		"simulated": true,
		"iat":       now.Unix(),
		"exp":       t.Expires.Unix(),
		"jti":       random(),
	})
	if err != nil {
		panic("usertoken: mint: " + err.Error()) // strings and numbers
	}
	enc := base64.RawURLEncoding
	t.Token = enc.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + enc.EncodeToString(claims) + "."
	return t
}

// renew replaces a token that is about to end, as a refresh token would.
func (s *Service) renew(c *connection, w who) (renewed bool) {
	if c.Token == nil || time.Until(c.Token.Expires) > renewAt {
		return false
	}
	c.Token = s.mint(w, w.connection, c.Token.Name)
	return true
}

func (t *userToken) response(w who) activity.TokenResponse {
	return activity.TokenResponse{
		ChannelID:      w.channel,
		ConnectionName: w.connection,
		Token:          t.Token,
		Expiration:     activity.At(t.Expires),
	}
}

// A magicCode proves that whoever signed in on the page also writes in the chat.
type magicCode struct {
	Code    string    `json:"code"`
	Name    string    `json:"name"` // who signed in
	Wrong   int       `json:"wrong,omitempty"`
	Expires time.Time `json:"expires"`
}

func newCode(name string) *magicCode {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic("usertoken: code: " + err.Error()) // the reader never fails
	}
	return &magicCode{Code: fmt.Sprintf("%06d", n), Name: name, Expires: time.Now().Add(codeLife)}
}

// redeem turns the right code into a token. A code serves once, and one that
// was missed too often is gone.
func (s *Service) redeem(c *connection, w who, given string) (changed bool) {
	if c.Code == nil || given == "" {
		return false
	}
	switch {
	case time.Now().After(c.Code.Expires):
		c.Code = nil
	case subtle.ConstantTimeCompare([]byte(given), []byte(c.Code.Code)) == 1:
		c.Token, c.Code, c.SignIn = s.mint(w, w.connection, c.Code.Name), nil, nil
	default:
		if c.Code.Wrong++; c.Code.Wrong >= codeChecks {
			c.Code = nil
		}
	}
	return true
}
