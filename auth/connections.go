package auth

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// ConnectionsConfig is the agent's identities and which of them speaks where.
type ConnectionsConfig struct {
	// Connections by order; without Map, the first one speaks everywhere.
	Connections []Connection

	// Map is searched in order for an item that fits. Default: everything
	// goes to the first connection.
	Map []MapItem

	// HTTPClient asks for tokens. Redirects are not followed and a request
	// ends after 10 seconds. Default [http.DefaultClient].
	HTTPClient *http.Client

	// Logger gets a line when a token could not be renewed in time. Default
	// [slog.Default].
	Logger *slog.Logger
}

// A MapItem names the connection for some conversations. The fields are those
// of ConnectionsMap.
type MapItem struct {
	// ServiceURL is a pattern for the service URL. Empty and "*" fit all.
	// Otherwise it is scheme://host/path, each part a regular expression
	// ignoring case: scheme and host must fit as a whole, the path from its
	// start; scheme:// and path may be left out. Unlike in other SDKs,
	// "smba.trafficmanager.net" does not fit "smba.trafficmanager.net.evil.tld".
	ServiceURL string

	// Audience is the client id that the conversation belongs to, ignoring
	// case. Empty fits all.
	Audience string

	// Connection is the name of a connection.
	Connection string
}

// Connections obtain and keep the agent's own tokens, and those it gets on
// behalf of users.
type Connections struct {
	sources map[string]*source // by name in lower case
	routes  []route
}

type route struct {
	url      urlPattern
	audience string
	source   *source
}

// NewConnections checks cfg. It does no I/O: tokens are fetched when first
// needed. No connections at all is fine for an anonymous agent.
func NewConnections(cfg ConnectionsConfig) (*Connections, error) {
	c := &Connections{sources: map[string]*source{}}
	client, log := httpClient(cfg.HTTPClient), cmp.Or(cfg.Logger, slog.Default())
	for _, conn := range cfg.Connections {
		if err := conn.check(); err != nil {
			return nil, err
		}
		name := strings.ToLower(conn.Name)
		if c.sources[name] != nil {
			return nil, fmt.Errorf("auth: there are two connections named %q", conn.Name)
		}
		c.sources[name] = &source{
			conn:   conn,
			scopes: conn.scopes(),
			client: client,
			log:    log,
			tokens: newCache[want, *shared[token]](maxTokens),

			exchanged: newCache[exchange, *shared[token]](maxTokens),
		}
	}
	for _, conn := range cfg.Connections {
		if conn.Alternate != "" && c.sources[strings.ToLower(conn.Alternate)] == nil {
			return nil, fmt.Errorf("auth: Connections__%s__Settings__AlternateBlueprintConnectionName: there is no connection %q", conn.Name, conn.Alternate)
		}
	}
	items := cfg.Map
	if len(items) == 0 && len(cfg.Connections) > 0 {
		items = []MapItem{{Connection: cfg.Connections[0].Name}}
	}
	for i, item := range items {
		pattern, err := compileURLPattern(item.ServiceURL)
		if err != nil {
			return nil, fmt.Errorf("auth: ConnectionsMap__%d__ServiceUrl: %w", i, err)
		}
		source := c.sources[strings.ToLower(item.Connection)]
		if source == nil {
			return nil, fmt.Errorf("auth: ConnectionsMap__%d__Connection: there is no connection %q", i, item.Connection)
		}
		c.routes = append(c.routes, route{pattern, item.Audience, source})
	}
	return c, nil
}

// Token returns a token for calls into the conversation, or "" when they go
// without: for an anonymous identity, for an agent without connections, and for
// Copilot Studio's connector users. (proactive-hosting-auth 3.4 and 6.2)
//
// The connection is chosen by the claims' audience and the service URL. An agent
// whose account is agentic speaks under that identity; see the package's
// documentation. Otherwise, if the claims show that the caller is another
// agent, the token is for that agent, else for the connection's own scopes. So
// claims and accounts from outside must be checked before, and the service URL
// with [Hosts.Check].
//
// A failure of the token endpoint is a [*TokenError]. An identity that no token
// can be asked for, such as one without an id, is [activity.ErrInvalid].
func (c *Connections) Token(ctx context.Context, to activity.Conversation) (string, error) {
	id := to.Identity()
	if id.Anonymous() || to.Reference.Agent.HasRole(activity.RoleConnectorUser) {
		return "", nil
	}
	if len(c.sources) == 0 && id.Claims["iss"] == "" {
		return "", nil // no token ever came from there
	}
	source, err := c.speaker(&to)
	if err != nil {
		return "", err
	}
	if to.Reference.Agent.Agentic() {
		return source.agentic(ctx, &to)
	}
	if !id.IsAgent() {
		return source.token(ctx, want{scopes: source.scopes})
	}
	if !isAppID(id.Caller()) {
		return "", fmt.Errorf("auth: calling app %.100q: %w as an app id; no token was asked for", id.Caller(), activity.ErrInvalid)
	}
	return source.token(ctx, want{scopes: id.Caller() + "/.default"})
}

// speaker is the connection that speaks in the conversation.
func (c *Connections) speaker(to *activity.Conversation) (*source, error) {
	audience := to.Identity().Audience()
	source := c.choose(audience, to.Reference.ServiceURL)
	if source == nil {
		return nil, fmt.Errorf("auth: no connection fits audience %.100q and service URL %.200q; "+
			"add one to ConnectionsMap, or an item with ServiceUrl \"*\"", audience, to.Reference.ServiceURL)
	}
	if name := source.conn.Alternate; name != "" && to.Reference.Agent.Agentic() {
		source = c.sources[strings.ToLower(name)]
	}
	return source, nil
}

func (c *Connections) choose(audience, serviceURL string) *source {
	for _, r := range c.routes {
		if (r.audience == "" || strings.EqualFold(r.audience, audience)) && r.url.matches(serviceURL) {
			return r.source
		}
	}
	return nil
}

// isAppID keeps a claim from smuggling another resource into a scope, such as
// https://graph.microsoft.com, or a second scope.
var isAppID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString
