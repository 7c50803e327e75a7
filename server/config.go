package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/background"
)

// DefaultAddr is where a server listens unless told otherwise.
const DefaultAddr = "127.0.0.1:3978"

// Config says how a [Server] is put together. The zero Config serves one
// agent on [DefaultAddr] without any authentication, for this machine only.
type Config struct {
	// Addr is the address to listen on. Without connections it must be a
	// loopback address. Default [DefaultAddr].
	Addr string

	// Connections are the agent's credentials. Without any the server runs in
	// anonymous mode: it listens on loopback only, asks callers for no token
	// and sends none.
	Connections auth.ConnectionsConfig

	// Validation says whose tokens are accepted. Audiences default to the
	// client ids of Connections.
	Validation auth.VerifierConfig

	// Hosts are trusted besides Microsoft's: tokens go to no other.
	Hosts auth.HostsConfig

	// TokenService is the address of the service that keeps users' tokens, for
	// [Config.UserTokens]. Default: that of the cloud.
	TokenService string

	// AgentName is how an agent with an identity of its own in a directory
	// introduces itself to the channel: up to 256 letters, digits, spaces, "_"
	// and "-". Default "outspoken".
	AgentName string

	// Proactive says how the agent speaks first.
	Proactive Proactive

	// Background is the queue for work that outlives turns, given here so that
	// handlers can have it before there is a Server. The Server shuts it down,
	// so it is for one only. Default: a new one; see [Server.Background].
	Background *background.Queue

	// MetricsKey, shown as a bearer token, lets other machines read /metrics.
	// This machine always may. Default: nobody else.
	MetricsKey Secret

	// Origins are web origins, such as "https://example.com", whose pages may
	// call this server in anonymous mode. Pages on loopback always may.
	Origins []string

	// Grace is how long a stopping server waits for its turns. Default 60
	// seconds.
	Grace time.Duration

	// Logger gets the server's log. Default [slog.Default].
	Logger *slog.Logger

	// Warnings are settings that had no effect; the server logs them when it
	// starts.
	Warnings []string

	work background.Config // of the queue that New makes
	err  error             // of FromEnv
}

// FromEnv reads the configuration from the environment and, if
// OUTSPOKEN_CONFIG names one, a JSON file with the same names nested in
// sections. The environment wins. docs/configuration.md lists every name. A
// mistake is returned by [New] and [Run].
func FromEnv() Config {
	env := parseEnviron(os.Environ())
	file := settings{}
	if path := env.get("OUTSPOKEN_CONFIG"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return Config{err: fmt.Errorf("server: OUTSPOKEN_CONFIG: %w", err)}
		}
		if file, err = parseJSON(data); err != nil {
			return Config{err: fmt.Errorf("server: OUTSPOKEN_CONFIG %s: %w", path, err)}
		}
	}
	cfg, err := fromSettings(file.under(env))
	cfg.Warnings = append(env.unknown(true), file.unknown(false)...)
	cfg.err = err
	return cfg
}

// connection names used for settings without a name.
const defaultConnection = "ServiceConnection"

func fromSettings(s settings) (Config, error) {
	var cfg Config
	var errs []error
	flag := func(name string) bool {
		b, err := s.bool(name, false)
		errs = append(errs, err)
		return b
	}
	for _, name := range s.connectionNames() {
		set := func(key string) string { return s.get("Connections__" + name + "__Settings__" + key) }
		cfg.Connections.Connections = append(cfg.Connections.Connections, auth.Connection{
			Name:         name,
			AuthType:     set("AuthType"),
			ClientID:     set("ClientId"),
			ClientSecret: set("ClientSecret"),
			TenantID:     set("TenantId"),
			Authority:    cmp.Or(set("AuthorityEndpoint"), set("Authority")),
			Scopes:       s.list("Connections__" + name + "__Settings__Scopes"),
			Alternate:    cmp.Or(set("AltBlueprintConnectionName"), set("AlternateBlueprintConnectionName")),
		})
	}
	if len(cfg.Connections.Connections) == 0 {
		if id := s.get("clientId", "MicrosoftAppId"); id != "" {
			cfg.Connections.Connections = []auth.Connection{{
				Name:         defaultConnection,
				AuthType:     legacyAuthType(s.get("MicrosoftAppType")),
				ClientID:     id,
				ClientSecret: s.get("clientSecret", "MicrosoftAppPassword"),
				TenantID:     s.get("tenantId", "MicrosoftAppTenantId"),
				Authority:    s.get("authorityEndpoint", "authority"),
				Scopes:       s.list("scopes"),
			}}
		}
	}
	for _, i := range s.children("ConnectionsMap") {
		set := func(key string) string { return s.get("ConnectionsMap__" + i + "__" + key) }
		cfg.Connections.Map = append(cfg.Connections.Map, auth.MapItem{
			ServiceURL: set("ServiceUrl"), Audience: set("Audience"), Connection: set("Connection"),
		})
	}
	cfg.Validation = auth.VerifierConfig{
		Audiences:           s.list("TokenValidation__Audiences"),
		TenantID:            s.get("TokenValidation__TenantId"),
		ValidIssuers:        s.list("TokenValidation__ValidIssuers"),
		OpenIDMetadataURL:   s.get("TokenValidation__OpenIdMetadataUrl"),
		AllowedCallers:      s.list("TokenValidation__AllowedCallers"),
		AzureBotServiceOnly: flag("TokenValidation__AzureBotServiceOnly"),
		IsGov:               flag("TokenValidation__IsGov"),
	}
	defaults, err := s.bool("OutboundHostValidator__IncludeDefaultMicrosoftHosts", true)
	errs = append(errs, err)
	cfg.Hosts = auth.HostsConfig{Hosts: s.list("OutboundHostValidator__Hosts"), OnlyListed: !defaults}
	cfg.Origins = s.list("OUTSPOKEN_ORIGINS")
	cfg.Addr = s.address(len(cfg.Connections.Connections) > 0)
	cfg.Grace, err = s.duration("OUTSPOKEN_GRACE")
	errs = append(errs, err)
	cfg.TokenService = s.get("TOKEN_SERVICE_ENDPOINT", "RestChannelServiceClientFactory__TokenServiceEndpoint")
	cfg.MetricsKey = Secret(s.get("OUTSPOKEN_METRICS_KEY"))
	cfg.Proactive, err = s.proactive()
	errs = append(errs, err)
	cfg.work, err = s.background()
	errs = append(errs, err)
	return cfg, errors.Join(errs...)
}

func (s settings) proactive() (Proactive, error) {
	fail, err := s.bool("AgentApplication__Proactive__FailOnUnsignedInConnections", true)
	fail, err2 := s.bool("Proactive__FailOnUnsignedInConnections", fail)
	auth, err3 := s.bool("Proactive__RequireAuth", true)
	return Proactive{
		KeepUnsignedIn:  !fail,
		TeamsServiceURL: s.get("Proactive__TeamsServiceUrl"),
		Path:            s.get("Proactive__Path"),
		Key:             Secret(s.get("Proactive__Key")),
		WebhookSecret:   Secret(s.get("Proactive__WebhookSecret")),
		Callers:         s.list("Proactive__AllowedCallers"),
		Open:            !auth,
	}, errors.Join(err, err2, err3)
}

func (s settings) background() (cfg background.Config, err error) {
	var errs [3]error
	cfg.Workers, errs[0] = s.count("OUTSPOKEN_BACKGROUND_WORKERS")
	cfg.Depth, errs[1] = s.count("OUTSPOKEN_BACKGROUND_DEPTH")
	cfg.Grace, errs[2] = s.duration("OUTSPOKEN_BACKGROUND_GRACE")
	return cfg, errors.Join(errs[:]...)
}

// legacyAuthType lets a managed identity fail by its own name rather than for
// want of a secret.
func legacyAuthType(appType string) string {
	if strings.EqualFold(appType, "UserAssignedMSI") {
		return appType
	}
	return "" // SingleTenant, MultiTenant: a secret
}

// connectionNames lists the connections, by name since variables have no
// order; the one that other SDKs call ServiceConnection comes first, so that it
// speaks where ConnectionsMap does not say otherwise.
func (s settings) connectionNames() []string {
	names := s.children("Connections")
	slices.SortStableFunc(names, func(a, b string) int {
		first := func(name string) int {
			if strings.EqualFold(name, defaultConnection) {
				return 0
			}
			return 1
		}
		return first(a) - first(b)
	})
	return names
}

// address is OUTSPOKEN_ADDR, or the PORT that hosting platforms set: on all
// interfaces when callers are authenticated, else on loopback.
func (s settings) address(authenticated bool) string {
	port := s.get("PORT")
	switch {
	case s.get("OUTSPOKEN_ADDR") != "":
		return s.get("OUTSPOKEN_ADDR")
	case port == "":
		return DefaultAddr
	case authenticated:
		return ":" + port
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// complete fills in defaults and checks what belongs together.
func (cfg *Config) complete() error {
	if cfg.err != nil {
		return cfg.err
	}
	cfg.Addr = cmp.Or(cfg.Addr, DefaultAddr)
	cfg.Grace = cmp.Or(cfg.Grace, time.Minute)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	cfg.Validation.Audiences = slices.Clip(cfg.Validation.Audiences) // the caller's stay as they are
	for i := range cfg.Connections.Connections {
		c := &cfg.Connections.Connections[i]
		if len(cfg.Validation.Audiences) == 0 || !slices.Contains(cfg.Validation.Audiences, c.ClientID) {
			cfg.Validation.Audiences = append(cfg.Validation.Audiences, c.ClientID)
		}
		if !strings.Contains(c.TenantID, ".") { // a domain says where to ask for tokens, not whose to accept
			cfg.Validation.TenantID = cmp.Or(cfg.Validation.TenantID, c.TenantID)
		}
	}
	if _, _, err := net.SplitHostPort(cfg.Addr); err != nil {
		return fmt.Errorf("server: address %q: write host:port, such as %s", cfg.Addr, DefaultAddr)
	}
	if len(cfg.Validation.Audiences) > 0 && len(cfg.Connections.Connections) == 0 {
		return errors.New("server: TokenValidation__Audiences without a connection makes an agent that can be called but cannot answer; " +
			"configure Connections__" + defaultConnection + "__Settings__ClientId and ClientSecret")
	}
	if cfg.AgentName != "" && !isAgentName(cfg.AgentName) {
		return errors.New("server: Config.AgentName may hold up to 256 letters, digits, spaces, _ and -, and nothing else")
	}
	if cfg.anonymous() && !loopback(cfg.Addr) {
		return fmt.Errorf("server: without credentials the server would obey anyone who reaches %s; "+
			"configure Connections__%s__Settings__ClientId, or listen on %s", cfg.Addr, defaultConnection, DefaultAddr)
	}
	return cfg.Proactive.check()
}

// isAgentName matches what package connector takes.
var isAgentName = regexp.MustCompile(`^[A-Za-z0-9 _-]{1,256}$`).MatchString

// anonymous reports whether callers need no token.
func (cfg *Config) anonymous() bool {
	return len(cfg.Connections.Connections) == 0
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
