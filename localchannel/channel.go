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
	"sync/atomic"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

// Config says whom a [Channel] serves and how. Agent and BaseURL are required.
type Config struct {
	// Agent is the messaging endpoint of the agent, such as
	// "http://127.0.0.1:3978/api/messages".
	Agent string

	// BaseURL is where the agent, and for files the pages of clients, reach
	// this channel, such as
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

	// Token gives the Authorization header ("Bearer …") with which the channel
	// calls the agent for an activity that carries this service URL. Nil, or
	// "": none is sent. An error fails the delivery. It is called for every
	// delivery, concurrently, so it should cache.
	Token func(ctx context.Context, serviceURL string) (string, error)

	// CheckAgent says whether a caller of the Connector service over HTTP may
	// come in. Its error is an [*activity.Error] with the status to answer, or
	// means 401. Default: whoever may reach the channel.
	CheckAgent func(r *http.Request) error

	// Watch is told of every exchange with the agent, in either direction,
	// when it is over. It must return fast; calls may be concurrent.
	Watch func(Exchange)

	// Secret opens every conversation. With one, Direct Line asks clients for
	// it, or for a token that opens one conversation, as a bearer; and it
	// answers other machines and every origin. Without one, whoever is on this
	// machine may come in, and nobody else.
	Secret string

	// TrustedOrigins turns enhanced authentication on: a page may call Direct
	// Line only if its origin, such as "https://shop.example", is listed here
	// or in its token. Callers that are no pages send no origin and may go on.
	// (directline 3)
	TrustedOrigins []string

	// MaxUpload is how many bytes the files of one upload may have together.
	// Default 20 MB. All files that are kept have at most ten times as much;
	// beyond that the oldest are deleted.
	MaxUpload int64

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
	// whose pages may call what asks for no secret, beside those of this
	// machine.
	AllowedOrigins []string
}

// A Channel is a Direct Line server and Connector service in front of one
// agent. All methods may be called concurrently.
type Channel struct {
	cfg       Config
	base      string       // of the Connector service
	moves     atomic.Int64 // of the Connector service
	key       []byte       // signs tokens
	ownClient bool         // cfg.HTTPClient was made here
	files     files

	life context.Context // ends with Close; not that of any caller
	end  context.CancelFunc
	work sync.WaitGroup // requests, calls, sockets

	faults    faults
	admission sync.Mutex // held while a conversation is admitted

	mu            sync.Mutex
	closed        bool
	conversations map[string]*conversation
	persons       map[string]string // whose personal conversation in Teams is which
}

// New checks cfg and reads from the store which conversations there are. A
// store that is no [storage.Lister] works too, but MaxConversations and the
// list of conversations then count only those met since New.
func New(ctx context.Context, cfg Config) (*Channel, error) {
	if !absolute(cfg.Agent) || !absolute(cfg.BaseURL) {
		return nil, errors.New("localchannel: Config.Agent and Config.BaseURL must be absolute http or https addresses")
	}
	if strings.TrimSpace(cfg.Secret) != cfg.Secret {
		return nil, errors.New("localchannel: Config.Secret begins or ends with white space, which no client can send")
	}
	if min(cfg.MaxUpload, int64(cfg.AgentTimeout), int64(cfg.KeepAlive), int64(cfg.MaxConversations), int64(cfg.MaxActivities)) < 0 {
		return nil, errors.New("localchannel: the limits and times of Config must not be negative; 0 is the default")
	}
	if cfg.Store == nil {
		cfg.Store = storage.NewMemory()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	ownClient := cfg.HTTPClient == nil
	if ownClient {
		cfg.HTTPClient = newHTTPClient()
	}
	cfg.ChannelID = cmp.Or(cfg.ChannelID, "directline")
	if !validID(cfg.ChannelID) {
		return nil, errors.New("localchannel: Config.ChannelID must be the id of a channel, such as msteams")
	}
	cfg.AgentID, cfg.AgentName = cmp.Or(cfg.AgentID, "agent"), cmp.Or(cfg.AgentName, "Agent")
	cfg.AgentTimeout = cmp.Or(cfg.AgentTimeout, 15*time.Second)
	cfg.KeepAlive = cmp.Or(cfg.KeepAlive, 25*time.Second)
	cfg.MaxConversations = cmp.Or(cfg.MaxConversations, 20_000)
	cfg.MaxActivities = cmp.Or(cfg.MaxActivities, 1_000)
	cfg.MaxUpload = cmp.Or(cfg.MaxUpload, 20_000_000)

	c := &Channel{
		cfg:           cfg,
		ownClient:     ownClient,
		base:          strings.TrimRight(cfg.BaseURL, "/") + "/connector/",
		persons:       map[string]string{},
		conversations: map[string]*conversation{},
	}
	c.life, c.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := errors.Join(c.loadKey(ctx), c.loadConversations(ctx), c.loadFiles(ctx)); err != nil {
		c.end()
		return nil, fmt.Errorf("localchannel: load: %w", err)
	}
	return c, nil
}

// newHTTPClient follows no redirects, and keeps a connection for each of many
// conversations: all its calls are for one host.
func newHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 256, 256
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// Close ends every socket and every call under way, and waits for them. Stop
// the HTTP server first to let requests finish. The store stays open.
func (c *Channel) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.work.Wait()
	if c.ownClient {
		c.cfg.HTTPClient.CloseIdleConnections()
	}
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
