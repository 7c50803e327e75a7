package connector

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/auth"
)

// A TokenSource gives the token that a call carries. It is called once per
// call, by many goroutines at a time, so it should cache. An empty token sends
// no Authorization header. An error ends the call before anything is sent.
type TokenSource interface {
	Token(ctx context.Context, to activity.Conversation) (string, error)
}

// A HostChecker says whether a service URL may be called, and so be given a
// token. It is called by many goroutines at a time; [auth.Hosts]
// is one.
type HostChecker interface {
	Check(serviceURL string) error
}

// Config says how a [Client] calls. The zero Config calls Microsoft's hosts
// without a token.
type Config struct {
	// Tokens gives the token of each call. Default: none is sent.
	Tokens TokenSource

	// Hosts decides which service URLs may be called. Default: Microsoft's
	// hosts by https, as [auth.NewHosts] gives them, and no others.
	Hosts HostChecker

	// HTTPClient carries the requests. Its Transport and Timeout are used,
	// the latter for each attempt including the reading of the answer; its
	// cookies and redirects are not. Default: 1 minute, and, also in place
	// of a nil Transport, one that keeps many connections.
	HTTPClient *http.Client

	// UserAgent is the User-Agent header. Default "outspoken" with the Go
	// version and the platform.
	UserAgent string

	// AgentName is how an agent with an identity of its own in a directory
	// introduces itself to the channel: letters, digits, spaces, "_" and "-".
	// Default "outspoken".
	AgentName string

	// Logger gets one line per repeated request. Default [slog.Default].
	Logger *slog.Logger

	// MaxWait is how long after the start of its first attempt a call may
	// start another. Attempts and the waits between them count alike. Waits
	// end after MaxWait in all, then the call returns the last error with its
	// retry time. The last attempt may end later, by the Timeout of
	// HTTPClient. Default 30 seconds; negative never repeats a request.
	MaxWait time.Duration

	// OnRetry, unless nil, is told of each repeated request, for metrics. op
	// is what is asked, such as "send". It is called by many goroutines at a
	// time.
	OnRetry func(op string)
}

// A Client calls channels. It is safe for concurrent use; a process needs one.
type Client struct {
	tokens    TokenSource
	hosts     HostChecker
	transport http.RoundTripper
	timeout   time.Duration
	maxWait   time.Duration
	log       *slog.Logger
	onRetry   func(op string) // or nil
	userAgent []string        // as header values, shared by all requests
	agentName []string        // likewise
	bases     bases
}

// New makes a Client. It panics when cfg.UserAgent or cfg.AgentName cannot stand
// in a header.
func New(cfg Config) *Client {
	if cfg.UserAgent == "" {
		cfg.UserAgent = "outspoken (" + runtime.Version() + "; " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	}
	if !headerSafe(cfg.UserAgent) {
		panic("connector: Config.UserAgent has characters that cannot stand in a header")
	}
	if cfg.AgentName == "" {
		cfg.AgentName = "outspoken"
	}
	if !isAgentName(cfg.AgentName) {
		panic("connector: Config.AgentName has other characters than letters, digits, spaces, _ and -")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.MaxWait == 0 {
		cfg.MaxWait = 30 * time.Second
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Timeout: time.Minute}
	}
	c := &Client{
		tokens: cfg.Tokens, hosts: cfg.Hosts,
		transport: cfg.HTTPClient.Transport, timeout: cfg.HTTPClient.Timeout,
		maxWait: cfg.MaxWait, log: cfg.Logger, onRetry: cfg.OnRetry, userAgent: []string{cfg.UserAgent},
		agentName: []string{cfg.AgentName},
	}
	if c.hosts == nil {
		c.hosts, _ = auth.NewHosts(auth.HostsConfig{}) // only hosts of ours could be wrong
	}
	if c.transport == nil {
		c.transport = newTransport()
	}
	return c
}

// newTransport keeps enough connections for a busy agent, which talks to very
// few hosts, and gives up on dead ones.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConns:          1024,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // answers are a few bytes
		ForceAttemptHTTP2:     true,
	}
}

// headerSafe reports whether s can stand in a header: visible ASCII and
// spaces, which rules out a second header in disguise.
func headerSafe(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
