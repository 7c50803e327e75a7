package auth

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/outspoken-go/outspoken/activity"
)

// A step is one of the tokens of an agentic identity, each of which is shown
// for the next. (proactive-hosting-auth 6.3)
type step int

const (
	ofConnection step = iota // no step: the connection's own token
	ofApp                    // says that the connection's app stands behind the instance
	ofInstance               // the instance's own
	ofUser                   // of the user account that the instance acts as
)

const (
	// exchangeScope is what the tokens on the way are good for.
	exchangeScope = "api://AzureAdTokenExchange/.default"

	// apxScope is the service that agentic users talk to unless the connection
	// has scopes. (proactive-hosting-auth 3.4)
	apxScope = "5a807f24-c9de-44ee-a3a7-329e88a00ffc/.default"

	paramAssertion     = "client_assertion"
	paramInstanceToken = "user_federated_identity_credential"
	jwtAssertion       = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523, 2.2
)

// agentic returns the token that an agent with an identity of its own speaks
// with in the conversation.
func (s *source) agentic(ctx context.Context, to *activity.Conversation) (string, error) {
	agent := &to.Reference.Agent
	w := want{
		scopes:   exchangeScope,
		step:     ofInstance,
		tenant:   cmp.Or(agent.TenantID, to.Reference.Conversation.TenantID),
		instance: agent.AgenticAppID,
	}
	if agent.HasRole(activity.RoleAgenticUser) {
		w.step, w.user, w.scopes = ofUser, agent.AgenticUserID, apxScope
		if len(s.conn.Scopes) > 0 {
			w.scopes = s.scopes
		}
	}
	if err := w.check(); err != nil {
		return "", err
	}
	return s.token(ctx, w)
}

// isDirectoryID matches the GUIDs, domains and user names of a directory, none
// of which can leave its place in a URL.
var isDirectoryID = regexp.MustCompile(`^[A-Za-z0-9_-]+(?:[.@][A-Za-z0-9_-]+)*$`).MatchString

// check refuses ids, which come from outside, that no token can be asked for.
func (w want) check() error {
	for _, id := range []struct {
		name, value string
		needed      bool
	}{
		{"agenticAppId", w.instance, true},
		{"agenticUserId", w.user, w.step == ofUser},
		{"tenantId", w.tenant, false},
	} {
		if id.value == "" && !id.needed {
			continue
		}
		if len(id.value) > 256 || !isDirectoryID(id.value) {
			return fmt.Errorf("auth: %s %.100q of the agent's account: %w as an id; no token was asked for", id.name, id.value, activity.ErrInvalid)
		}
	}
	return nil
}

// owner is whose token is wanted, for people.
func (w want) owner() string {
	switch w.step {
	case ofApp:
		return fmt.Sprintf("app token for instance %q", w.instance)
	case ofInstance:
		return fmt.Sprintf("instance %q", w.instance)
	case ofUser:
		return fmt.Sprintf("user %q of instance %q", w.user, w.instance)
	}
	return ""
}

// grant is the request for a token. The tokens that have to be shown for it are
// obtained before, unless they are known.
func (s *source) grant(ctx context.Context, w want) (*clientcredentials.Config, error) {
	c := &clientcredentials.Config{Scopes: []string{w.scopes}, AuthStyle: oauth2.AuthStyleInParams}
	var err error
	if c.TokenURL, err = s.conn.tokenURL(w.tenant); err != nil {
		return nil, &TokenError{Connection: s.conn.Name, For: w.owner(), Err: err}
	}
	if w.step == ofConnection || w.step == ofApp {
		c.ClientID, c.ClientSecret = s.conn.ClientID, s.conn.ClientSecret
		if w.step == ofApp {
			c.EndpointParams = url.Values{"fmi_path": {w.instance}}
		}
		return c, nil
	}
	app, err := s.token(ctx, w.before(ofApp))
	if err != nil {
		return nil, err
	}
	c.ClientID = w.instance
	c.EndpointParams = url.Values{paramAssertion: {app}, "client_assertion_type": {jwtAssertion}}
	if w.step == ofInstance {
		return c, nil
	}
	instance, err := s.token(ctx, w.before(ofInstance))
	if err != nil {
		return nil, err
	}
	c.EndpointParams.Set("grant_type", "user_fic")
	c.EndpointParams.Set("user_id", w.user)
	c.EndpointParams.Set(paramInstanceToken, instance)
	return c, nil
}

// before is the token of an earlier step on the way to w.
func (w want) before(s step) want {
	return want{scopes: exchangeScope, step: s, tenant: w.tenant, instance: w.instance}
}
