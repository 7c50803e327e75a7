package auth

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
)

// AuthClientSecret is the [Connection.AuthType] of an app with a secret.
const AuthClientSecret = "ClientSecret"

// BotFrameworkAudience is what tokens for channels are asked for by default.
const BotFrameworkAudience = "https://api.botframework.com"

// A Connection is one of the agent's own identities: an app registration and
// how to prove it. The fields are those of Connections__NAME__Settings.
//
// Printing or logging a Connection shows its name and client id only.
type Connection struct {
	Name string

	// AuthType is how the app proves itself. Only [AuthClientSecret], the
	// default, is supported.
	AuthType string

	ClientID     string // the app id; required
	ClientSecret string `json:"-"` // required

	// TenantID is the tenant, by GUID or domain, that issues the tokens.
	// Default "botframework.com", for a multi-tenant registration.
	TenantID string

	// Authority is the AuthorityEndpoint: https, or http on loopback. A path
	// in it is taken for the tenant and wins over TenantID. Default
	// https://login.microsoftonline.com.
	Authority string

	// Scopes are asked for unless the caller is another agent. "{instance}" in
	// a scope means [BotFrameworkAudience]. Default
	// https://api.botframework.com/.default; other clouds need their own. For
	// agentic users the default is the service behind the channel "agents".
	Scopes []string

	// Alternate is the AlternateBlueprintConnectionName: the connection that
	// takes the place of this one for agentic identities, where their blueprint
	// is another app. Default none.
	Alternate string
}

// Format keeps the secret out of everything that is printed.
func (c Connection) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "connection %q (client id %q)", c.Name, c.ClientID)
}

// LogValue keeps the secret out of logs.
func (c Connection) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", c.Name), slog.String("clientId", c.ClientID))
}

func (c Connection) check() error {
	setting := func(name, problem string) error {
		return fmt.Errorf("auth: Connections__%s__Settings__%s %s", cmp.Or(c.Name, "NAME"), name, problem)
	}
	switch {
	case c.Name == "":
		return errors.New("auth: a connection has no name")
	case c.AuthType != "" && !strings.EqualFold(c.AuthType, AuthClientSecret):
		return setting("AuthType", fmt.Sprintf("is %q; supported: %s", c.AuthType, AuthClientSecret))
	case c.ClientID == "":
		return setting("ClientId", "is missing: set the app id of the registration")
	case c.ClientSecret == "":
		return setting("ClientSecret", "is missing: set the secret of the registration")
	}
	if _, err := c.tokenURL(""); err != nil {
		return setting("AuthorityEndpoint", err.Error())
	}
	return nil
}

// tokenURL is the token endpoint of the authority. A tenant, unless "", takes
// the place of the connection's own; an authority that names one by its domain
// stays as it is. (proactive-hosting-auth 6.3)
func (c Connection) tokenURL(tenant string) (string, error) {
	u, err := url.Parse(cmp.Or(c.Authority, "https://login.microsoftonline.com"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("must be a URL such as https://login.microsoftonline.com")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "", errors.New("must be https, or http on loopback: the secret is sent there")
	}
	if strings.Trim(u.Path, "/") == "" {
		u = u.JoinPath(url.PathEscape(cmp.Or(tenant, c.TenantID, "botframework.com")))
	} else if tenant != "" {
		segments := strings.Split(u.Path, "/")
		if i := slices.IndexFunc(segments, func(s string) bool { return s == "common" || isGUID(s) }); i >= 0 {
			segments[i] = tenant
			u.Path, u.RawPath = strings.Join(segments, "/"), ""
		}
	}
	return u.JoinPath("oauth2/v2.0/token").String(), nil
}

// scopes are what the connection asks for by itself.
func (c Connection) scopes() string {
	if len(c.Scopes) == 0 {
		return BotFrameworkAudience + "/.default"
	}
	return strings.ReplaceAll(strings.Join(c.Scopes, " "), "{instance}", BotFrameworkAudience)
}
