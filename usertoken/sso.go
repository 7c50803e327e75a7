package usertoken

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// ConsentToken, given to exchange, is answered as if the user had yet to agree:
// 400 with the code ConsentRequired.
const ConsentToken = "simulated-consent-required"

const (
	ssoLife   = 5 * time.Minute
	ssoPrefix = "simulated-sso."
)

// An ssoClaim is what a token for a silent sign-in says.
type ssoClaim struct {
	Name    string `json:"name"`
	URI     string `json:"uri"`
	Expires int64  `json:"exp"` // Unix seconds
}

// POST ssotoken {"user": name, "uri": of the exchange resource}: the token
// that a page offers to the agent in a signin/tokenExchange.
func (s *Service) ssoToken(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		User string `json:"user"`
		URI  string `json:"uri"`
	}
	if err := readJSON(r, &body); err != nil {
		return err
	}
	name, ok := cleanName(body.User)
	if !ok {
		return badArgument("user must be a name of 1 to 100 characters")
	}
	if !fits(body.URI, maxURL) || !strings.HasPrefix(body.URI, resourceURI("")) {
		return badArgument("uri must be that of a token exchange resource, which begins with " + resourceURI(""))
	}
	claim, err := json.Marshal(ssoClaim{name, body.URI, time.Now().Add(ssoLife).Unix()})
	if err != nil {
		return err
	}
	text := base64.RawURLEncoding.EncodeToString(claim)
	writeJSON(w, http.StatusOK, map[string]string{"token": ssoPrefix + text + "." + s.mac(text)})
	return nil
}

func (s *Service) mac(text string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// checkSSO returns whose token it is, if it is one of ours for the connection.
func (s *Service) checkSSO(token, connection string) (name string, err error) {
	if token == ConsentToken {
		return "", fault(http.StatusBadRequest, "ConsentRequired", "the user has to agree first; show the sign-in card")
	}
	text, mac, _ := strings.Cut(strings.TrimPrefix(token, ssoPrefix), ".")
	bad := fault(http.StatusBadRequest, "InvalidToken", "the token is not one that this service gave out for the connection, or it is out of date")
	if !strings.HasPrefix(token, ssoPrefix) || !same(mac, s.mac(text)) {
		return "", bad
	}
	var claim ssoClaim
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(plain, &claim) != nil || claim.URI != resourceURI(connection) || time.Now().Unix() >= claim.Expires {
		return "", bad
	}
	return claim.Name, nil
}

// POST exchange?userId&connectionName&channelId {uri?, token?}: a token for a
// token of silent sign-in; with only a uri, the token of a user who is signed
// in, else 404.
func (s *Service) exchange(w http.ResponseWriter, r *http.Request) error {
	whose := queryWho(r.URL.Query())
	if err := whose.check(); err != nil {
		return err
	}
	var body struct{ URI, Token string }
	if err := readJSON(r, &body); err != nil {
		return err
	}
	var t *userToken
	var err error
	switch {
	case body.Token != "":
		t, err = s.signInWith(r.Context(), whose, body.Token)
	case body.URI != "":
		if t, err = s.token(r.Context(), whose, ""); err == nil && t == nil {
			err = notFound("the user is not signed in")
		}
	default:
		err = badArgument("the body needs a token or a uri")
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, t.response(whose))
	return nil
}

// signInWith signs the user in with a token of silent sign-in.
func (s *Service) signInWith(ctx context.Context, w who, sso string) (t *userToken, err error) {
	name, err := s.checkSSO(sso, w.connection)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, w.key(), func(r *record) (bool, error) {
		t = s.mint(w, w.connection, name)
		*r.at(w) = connection{Token: t}
		return true, nil
	})
	return t, err
}

// POST token?id {"token"}: the address in a token post resource, where a client
// leaves a token of silent sign-in instead of sending an invoke. It answers no
// token.
func (s *Service) postToken(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Token string }
	if err := readJSON(r, &body); err != nil {
		return err
	}
	err := s.follow(r.Context(), r.URL.Query().Get("id"), func(c *connection, w who) (bool, error) {
		name, err := s.checkSSO(body.Token, w.connection)
		if err != nil {
			return false, err
		}
		*c = connection{Token: s.mint(w, w.connection, name)}
		return true, nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}
