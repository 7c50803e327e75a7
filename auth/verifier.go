package auth

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/outspoken-go/outspoken/activity"
)

const (
	maxHeader   = 16 << 10 // bytes of an Authorization header
	maxVerified = 4096     // tokens remembered as verified
	clockSkew   = 5 * time.Minute
)

// VerifierConfig says whose tokens are accepted. Audiences is required. The
// fields are named as in the TokenValidation section of the other SDKs.
type VerifierConfig struct {
	// Audiences are the agent's client ids. A token must be meant for one.
	Audiences []string

	// TenantID is the Entra tenant whose applications may call, besides the
	// Bot Framework. "common" and "organizations" admit all tenants of the
	// cloud. Default: only Microsoft's own.
	TenantID string

	// ValidIssuers, if set, are the only issuers accepted. To keep channels,
	// list the Bot Framework's own as well: https://api.botframework.com.
	ValidIssuers []string

	// OpenIDMetadataURL is where the keys of all issuers but the Bot
	// Framework's are found: https, or http on loopback. Default: Microsoft
	// Entra of the cloud.
	OpenIDMetadataURL string

	// AllowedCallers are the app ids that may call with a token that is not
	// the Bot Framework's. Empty, or with "*": any.
	AllowedCallers []string

	// AzureBotServiceOnly accepts the Bot Framework and nobody else, whatever
	// TenantID and ValidIssuers say.
	AzureBotServiceOnly bool

	// IsGov selects the US government cloud. The cloud in China is selected
	// by listing its issuers in ValidIssuers.
	IsGov bool

	// HTTPClient fetches keys. Redirects are not followed and a request ends
	// after 10 seconds. Default [http.DefaultClient].
	HTTPClient *http.Client

	// Logger gets a line when keys could not be refreshed. Default
	// [slog.Default].
	Logger *slog.Logger
}

// A Verifier tells who is calling from the token of a request.
type Verifier struct {
	audiences []string
	callers   []string         // nil: any
	issuers   map[string]trust // by issuer in lower case
	anyTenant *regexp.Regexp   // more issuers, or nil
	entra     trust            // what those more issuers get

	parser   *jwt.Parser
	times    *jwt.Validator
	verified *cache[[sha256.Size]byte, verified]
}

// A trust is how tokens of an issuer are checked.
type trust struct {
	keys *keySet
	bot  bool // the Bot Framework: has no tenant and no calling app
}

// A verified token is not checked again until it ends or its key goes.
type verified struct {
	id   activity.Identity
	ends time.Time
	key  *key
	keys *keySet
}

// NewVerifier checks cfg. It does no I/O: keys are fetched when first needed.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	if len(cfg.Audiences) == 0 || slices.Contains(cfg.Audiences, "") {
		return nil, errors.New("auth: TokenValidation__Audiences must name the agent's client id, and no empty one")
	}
	if slices.Contains(cfg.ValidIssuers, "") {
		return nil, errors.New("auth: TokenValidation__ValidIssuers contains an empty issuer")
	}
	cloud := cfg.cloud()
	metadata := cmp.Or(cfg.OpenIDMetadataURL, cloud.metadata)
	if _, err := keySource(metadata); err != nil {
		return nil, fmt.Errorf("auth: TokenValidation__OpenIdMetadataUrl %q: %w", metadata, err)
	}
	client, log := httpClient(cfg.HTTPClient), cmp.Or(cfg.Logger, slog.Default())
	v := &Verifier{
		audiences: slices.Clone(cfg.Audiences),
		issuers:   map[string]trust{},
		entra:     trust{keys: newKeySet(metadata, client, log)},
		parser: jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Name}), jwt.WithJSONNumber(),
			jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation()), // claims are checked before the key is looked up
		times:    jwt.NewValidator(jwt.WithLeeway(clockSkew), jwt.WithExpirationRequired()),
		verified: newCache[[sha256.Size]byte, verified](maxVerified),
	}
	if !slices.Contains(cfg.AllowedCallers, "*") {
		v.callers = slices.Clone(cfg.AllowedCallers)
	}
	issuers := cfg.ValidIssuers
	switch tenant := cfg.TenantID; {
	case cfg.AzureBotServiceOnly:
		issuers = []string{cloud.bot}
	case len(issuers) > 0:
	case tenant == "common" || tenant == "organizations":
		issuers, v.anyTenant = cloud.issuers(""), cloud.anyTenant()
	case tenant == "" || isGUID(tenant):
		issuers = cloud.issuers(tenant)
	default:
		return nil, fmt.Errorf("auth: TokenValidation__TenantId %q must be a tenant's GUID, common or organizations", tenant)
	}
	for _, issuer := range issuers {
		v.issuers[strings.ToLower(issuer)] = v.entra
	}
	for _, c := range clouds {
		if _, ok := v.issuers[c.bot]; ok {
			v.issuers[c.bot] = trust{newKeySet(c.botMetadata, client, log), true}
		}
	}
	return v, nil
}

func (cfg VerifierConfig) cloud() cloud {
	switch {
	case cfg.IsGov:
		return govCloud
	case slices.Contains(cfg.ValidIssuers, chinaCloud.bot):
		return chinaCloud
	}
	return publicCloud
}
