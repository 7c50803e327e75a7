package directline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is Microsoft's service. Bots that are bound to a region have
// another: https://europe.directline.botframework.com,
// https://india.directline.botframework.com, or, in China,
// https://directline.botframework.azure.cn. (directline 7)
const DefaultBaseURL = "https://directline.botframework.com"

// Config says which service a [Client] talks to, and as whom. The zero Config
// is for Microsoft's service, which then refuses everything: give it a Secret
// or a Token.
type Config struct {
	// BaseURL is where the service is, with or without "/v3/directline" at
	// the end. Plain http is for loopback addresses only, since whoever reads
	// along could take the secret. Default [DefaultBaseURL].
	BaseURL string

	// Secret opens every conversation of the agent and never expires. It
	// belongs on servers. At most one of Secret and Token may be set; a local
	// channel without a secret needs neither.
	Secret string

	// Token opens one conversation. It is refreshed before half of its life
	// is over. (directline 2)
	Token string

	// HTTPClient carries the requests and opens the sockets. Its Transport
	// and Timeout are used; its cookies are not, and redirects are refused,
	// since they could lead the secret astray. The default Timeout, also in
	// place of zero, is 1 minute, which exceeds the 15 seconds that an agent
	// has to answer.
	HTTPClient *http.Client

	// Logger gets one line for each lost connection and each activity that
	// cannot be read. Default [slog.Default].
	Logger *slog.Logger
}

// A Client starts and resumes conversations. It is safe for concurrent use.
type Client struct {
	base          string // ends with /v3/directline
	host          string
	secret, token string
	http          *http.Client
	log           *slog.Logger
}

// New checks cfg.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cmp.Or(cfg.BaseURL, DefaultBaseURL))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("directline: Config.BaseURL must be an address such as " + DefaultBaseURL)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("directline: %s is reached by plain http, so others could read the secret and the conversation; use https", u.Host)
	case cfg.Secret != "" && cfg.Token != "":
		return nil, errors.New("directline: set Config.Secret or Config.Token, not both")
	}
	from := cfg.HTTPClient
	if from == nil {
		from = new(http.Client)
	}
	base := strings.TrimSuffix(strings.TrimRight(u.String(), "/"), "/v3/directline")
	return &Client{
		base: strings.TrimRight(base, "/") + "/v3/directline", host: u.Host,
		secret: cfg.Secret, token: cfg.Token,
		http: &http.Client{
			Transport: from.Transport, Timeout: cmp.Or(from.Timeout, time.Minute),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		log: cmp.Or(cfg.Logger, slog.Default()),
	}, nil
}

func loopback(host string) bool {
	host = strings.ToLower(host)
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// GenerateToken exchanges the client's secret for a token, to be handed to a
// page or program that must not see the secret. It opens one new conversation,
// which the agent does not hear of yet. The id of a user must begin with
// [UserIDPrefix]. (directline 2)
func (c *Client) GenerateToken(ctx context.Context, p Parameters) (Conversation, error) {
	conv, _, err := c.conversation(ctx, c.secret, request{op: "generate token", method: http.MethodPost, path: "/tokens/generate"}, &p)
	return conv, err
}

// Start begins a conversation, or, with a token whose conversation has begun
// already, goes on with that one from its beginning.
func (c *Client) Start(ctx context.Context, p Parameters) (*Chat, error) {
	r := request{op: "start conversation", method: http.MethodPost, path: "/conversations"}
	conv, status, err := c.conversation(ctx, cmp.Or(c.secret, c.token), r, &p)
	if err != nil {
		return nil, err
	}
	chat := newChat(c, conv.ID, "")
	chat.User = p.User
	chat.accept(ctx, conv)
	if status == http.StatusCreated { // else the stream would leave out what has been said
		chat.offer(conv.StreamURL)
	}
	return chat, nil
}

// Resume goes on with a conversation after a watermark, or, without one, from
// the beginning, as far as the service remembers it. An unknown conversation is
// [activity.ErrNotFound].
func (c *Client) Resume(ctx context.Context, id, watermark string) (*Chat, error) {
	chat := newChat(c, id, watermark)
	if err := chat.reopen(ctx); err != nil {
		return nil, err
	}
	return chat, nil
}

// conversation makes a request whose answer is a conversation.
func (c *Client) conversation(ctx context.Context, credential string, r request, p *Parameters) (conv Conversation, status int, err error) {
	if p != nil {
		if r.body, err = json.Marshal(p); err != nil {
			return conv, 0, fmt.Errorf("directline: %s: %w", r.op, err)
		}
	}
	answer, err := c.call(ctx, credential, r)
	if err != nil {
		return conv, 0, err
	}
	conv, err = r.conversation(c.host, answer.body)
	return conv, answer.status, err
}
