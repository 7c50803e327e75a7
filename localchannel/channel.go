package localchannel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

// Config says whom a [Channel] serves and how. Agent and BaseURL are required.
type Config struct {
	// Agent is the messaging endpoint of the agent, such as
	// "http://127.0.0.1:3978/api/messages".
	Agent string

	// BaseURL is where the agent reaches this channel, such as
	// "http://127.0.0.1:3979". Activities carry BaseURL + "/connector/" as
	// their serviceUrl.
	BaseURL string

	// ChannelID is the channel that the agent sees. Default "directline".
	ChannelID string

	// AgentID and AgentName are the agent's account in conversations.
	// Defaults "agent" and "Agent".
	AgentID, AgentName string

	// Store keeps conversations and their history, under keys that begin with
	// "localchannel/". Default a [storage.Memory].
	Store storage.Store

	// Logger gets one line for each activity that the agent did not take.
	// Default [slog.Default].
	Logger *slog.Logger

	// HTTPClient calls the agent. By default a client that follows no
	// redirects.
	HTTPClient *http.Client

	// AgentTimeout is how long the agent has to answer. Default 15 seconds,
	// as in Direct Line.
	AgentTimeout time.Duration

	// KeepAlive is how often a socket carries an empty frame, so that proxies
	// leave it open. Default 25 seconds.
	KeepAlive time.Duration

	// MaxConversations is how many conversations are kept. Starting one more
	// deletes the one that was idle longest. Default 20,000.
	MaxConversations int

	// MaxActivities is how many activities of a conversation are kept. Past
	// that the oldest tenth is deleted. Default 1,000.
	MaxActivities int

	// AllowedOrigins lists web origins, such as "https://intranet.example",
	// whose pages may call the channel beside those of this machine.
	AllowedOrigins []string
}

// A Channel is a Direct Line server and Connector service in front of one
// agent. All methods may be called concurrently.
type Channel struct {
	cfg        Config
	serviceURL string
	key        []byte // signs tokens

	life context.Context // ends with Close; not that of any caller
	end  context.CancelFunc
	work sync.WaitGroup // requests, calls, sockets

	admission sync.Mutex // held while a conversation is admitted

	mu            sync.Mutex
	closed        bool
	conversations map[string]*conversation
}

// New checks cfg and reads from the store which conversations there are. A
// store that is no [storage.Lister] works too, but MaxConversations and the
// list of conversations then count only those met since New.
func New(ctx context.Context, cfg Config) (*Channel, error) {
	if !absolute(cfg.Agent) || !absolute(cfg.BaseURL) {
		return nil, errors.New("localchannel: Config.Agent and Config.BaseURL must be absolute http or https addresses")
	}
	if cfg.Store == nil {
		cfg.Store = storage.NewMemory()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	cfg.ChannelID = cmp.Or(cfg.ChannelID, "directline")
	cfg.AgentID, cfg.AgentName = cmp.Or(cfg.AgentID, "agent"), cmp.Or(cfg.AgentName, "Agent")
	cfg.AgentTimeout = cmp.Or(cfg.AgentTimeout, 15*time.Second)
	cfg.KeepAlive = cmp.Or(cfg.KeepAlive, 25*time.Second)
	cfg.MaxConversations = cmp.Or(cfg.MaxConversations, 20_000)
	cfg.MaxActivities = cmp.Or(cfg.MaxActivities, 1_000)

	c := &Channel{
		cfg:           cfg,
		serviceURL:    strings.TrimRight(cfg.BaseURL, "/") + "/connector/",
		conversations: map[string]*conversation{},
	}
	c.life, c.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := errors.Join(c.loadKey(ctx), c.loadConversations(ctx)); err != nil {
		c.end()
		return nil, fmt.Errorf("localchannel: load: %w", err)
	}
	return c, nil
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// ServiceURL is the address of the Connector service, which the agent sees in
// every activity.
func (c *Channel) ServiceURL() string { return c.serviceURL }

// Owns reports whether serviceURL is the one of this channel.
func (c *Channel) Owns(serviceURL string) bool {
	return strings.EqualFold(strings.TrimRight(serviceURL, "/"), strings.TrimRight(c.serviceURL, "/"))
}

// Close ends every socket and every call under way, and waits for them. Stop
// the HTTP server first to let requests finish. The store stays open.
func (c *Channel) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.work.Wait()
	return nil
}

// begin counts a piece of work that Close waits for, until c.work.Done.
func (c *Channel) begin(op string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fault(op, http.StatusServiceUnavailable, "ServiceUnavailable", "the local channel is shutting down")
	}
	c.work.Add(1)
	return nil
}
