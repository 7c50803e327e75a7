package authority

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// BotFrameworkIssuer is the issuer of the Bot Connector's tokens. Agents fetch
// the keys for it from Microsoft, unless they can be told otherwise.
const BotFrameworkIssuer = "https://api.botframework.com"

// BotFrameworkAudience is whom the agent's tokens are for: channels.
const BotFrameworkAudience = "https://api.botframework.com"

// Config says who the agent is. BaseURL and ClientID are required.
type Config struct {
	// BaseURL is where the handler is reached, such as
	// http://127.0.0.1:3979: http or https, without a path.
	BaseURL string

	// ClientID is the agent's app id: whom the channel's tokens are for.
	ClientID string

	// ClientSecret is what the agent shows to get tokens. Without one it
	// gets none.
	ClientSecret string

	// TenantID is the tenant of the agent, one segment of a path. Default
	// "botframework.com", which SDKs assume when they are told none.
	TenantID string

	// Issuer stands in the channel's tokens. Default BaseURL/TenantID/v2.0;
	// see the package comment on [BotFrameworkIssuer].
	Issuer string

	// Key signs, RSA of 2048 bits or more. Default: a new one, so that a
	// restart makes all tokens worthless.
	Key *rsa.PrivateKey
}

// An Authority issues tokens to channel and agent, and checks the agent's.
type Authority struct {
	cfg   Config
	keyID string

	mu     sync.Mutex
	tokens map[string]signed // by service URL
}

var isSegment = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`).MatchString

// New checks cfg and, if it has no key, makes one, which takes a moment. It
// does no I/O.
func New(cfg Config) (*Authority, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil ||
		strings.Trim(base.Path, "/") != "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("authority: BaseURL %q must be a URL without path, such as http://127.0.0.1:3979", cfg.BaseURL)
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	if cfg.ClientID == "" {
		return nil, errors.New("authority: ClientID is missing: set the agent's app id")
	}
	if cfg.ClientID == BotFrameworkAudience {
		return nil, errors.New("authority: ClientID is the audience of channels, so that the agent's own tokens would pass for theirs")
	}
	cfg.TenantID = cmp.Or(cfg.TenantID, "botframework.com")
	if !isSegment(cfg.TenantID) || cfg.TenantID == "v1" {
		return nil, fmt.Errorf("authority: TenantID %q must be a GUID or a domain", cfg.TenantID)
	}
	if cfg.Key == nil {
		if cfg.Key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return nil, fmt.Errorf("authority: make a key: %w", err)
		}
	}
	if bits := cfg.Key.N.BitLen(); bits < 2048 {
		return nil, fmt.Errorf("authority: Key has %d bits, agents ask for 2048 or more", bits)
	}
	a := &Authority{cfg: cfg, tokens: map[string]signed{}}
	a.cfg.Issuer = cmp.Or(cfg.Issuer, a.tenantIssuer())
	sum := sha256.Sum256(cfg.Key.N.Bytes())
	a.keyID = base64.RawURLEncoding.EncodeToString(sum[:20])
	return a, nil
}

// Issuer is the issuer of the channel's tokens.
func (a *Authority) Issuer() string { return a.cfg.Issuer }

// MetadataURL is where agents find the issuer's keys: its OpenID metadata.
func (a *Authority) MetadataURL() string {
	if a.cfg.Issuer == a.tenantIssuer() {
		return a.tenantURL() + tenantMetadataPath
	}
	return a.cfg.BaseURL + metadataPath
}

// TokenURL is where the agent gets its tokens.
func (a *Authority) TokenURL() string { return a.tenantURL() + tokenPath }

func (a *Authority) tenantURL() string    { return a.cfg.BaseURL + "/" + a.cfg.TenantID }
func (a *Authority) tenantIssuer() string { return a.tenantURL() + "/v2.0" }
