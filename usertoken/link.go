package usertoken

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// Provider is the display name and id of the simulated identity provider.
const Provider = "simulated"

const (
	linkLife = 15 * time.Minute // as long as agents wait for a sign-in (proactive-hosting-auth 7)
	maxURL   = 2048             // bytes of a finalRedirect
)

// A signIn is a link that is waiting for a person. There is one per user and
// connection; asking again gives the same link.
type signIn struct {
	ID           string    `json:"id"`
	Resource     string    `json:"resource"`     // id of the token exchange resource
	Conversation string    `json:"conversation"` // where the agent asked
	UserName     string    `json:"userName,omitempty"`
	Return       string    `json:"return,omitempty"`  // finalRedirect
	Nonce        string    `json:"nonce,omitempty"`   // of the form that was last shown
	Session      string    `json:"session,omitempty"` // digest of the cookie of the conversation's browser
	Expires      time.Time `json:"expires"`
}

// GET GetSignInUrl?state&finalRedirect: the link as text.
func (s *Service) getSignInURL(w http.ResponseWriter, r *http.Request) error {
	resource, err := s.openFrom(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(resource.SignInLink))
	return nil
}

// GET GetSignInResource?state&finalRedirect.
func (s *Service) getSignInResource(w http.ResponseWriter, r *http.Request) error {
	resource, err := s.openFrom(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, resource)
	return nil
}

func (s *Service) openFrom(r *http.Request) (activity.SignInResource, error) {
	q := r.URL.Query()
	st, err := parseState(q.Get("state"))
	if err != nil {
		return activity.SignInResource{}, err
	}
	return s.open(r.Context(), st.who(), st, q.Get("finalRedirect"))
}

// open makes a link for the user, or prolongs the one there is.
func (s *Service) open(ctx context.Context, w who, st state, finalRedirect string) (activity.SignInResource, error) {
	if finalRedirect != "" && !s.mayReturnTo(finalRedirect) {
		return activity.SignInResource{}, badArgument("finalRedirect must be an http or https address of this machine or of this service")
	}
	var id, resource string
	err := s.update(ctx, w.key(), func(r *record) (bool, error) {
		c := r.at(w)
		if c.SignIn == nil || time.Now().After(c.SignIn.Expires) {
			c.SignIn = &signIn{ID: random(), Resource: random()}
		}
		c.SignIn.Conversation = st.Conversation.Conversation.ID
		c.SignIn.UserName = st.Conversation.User.Name
		c.SignIn.Return = finalRedirect
		c.SignIn.Expires = time.Now().Add(linkLife)
		id, resource = c.SignIn.ID, c.SignIn.Resource
		return true, nil
	})
	if err != nil {
		return activity.SignInResource{}, err
	}
	query := "?id=" + strings.TrimPrefix(w.key(), prefix) + "." + id
	return activity.SignInResource{
		SignInLink:            s.cfg.BaseURL + "/api/botsignin/signin" + query,
		TokenExchangeResource: &activity.TokenExchangeResource{ID: resource, URI: resourceURI(w.connection), ProviderID: Provider},
		TokenPostResource:     &activity.TokenPostResource{SASURL: s.cfg.BaseURL + "/api/botsignin/token" + query},
	}, nil
}

// resourceURI names the connection to whoever gives out tokens for a silent
// sign-in.
func resourceURI(connection string) string {
	return "api://" + Provider + "/" + url.PathEscape(connection)
}

func (s *Service) mayReturnTo(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && len(raw) <= maxURL && fits(raw, maxURL) && s.ours(u)
}

var linkID = regexp.MustCompile(`^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$`)

// errNoLink is told to people and programs alike.
var errNoLink = notFound("this sign-in link is used up or out of date; ask the agent for a new one")

// follow applies fn to the sign-in that id names.
func (s *Service) follow(ctx context.Context, id string, fn func(c *connection, w who) (bool, error)) error {
	m := linkID.FindStringSubmatch(id)
	if m == nil {
		return errNoLink
	}
	return s.update(ctx, prefix+m[1], func(r *record) (bool, error) {
		for name, c := range r.Connections {
			if c.SignIn != nil && same(c.SignIn.ID, m[2]) && time.Now().Before(c.SignIn.Expires) {
				return fn(c, who{r.Channel, r.User, name})
			}
		}
		return false, errNoLink
	})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
