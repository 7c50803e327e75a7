package authority

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
)

// The paths, the later ones below the tenant.
const (
	metadataPath       = "/v1/.well-known/openidconfiguration"
	keysPath           = "/v1/.well-known/keys"
	tenantMetadataPath = "/v2.0/.well-known/openid-configuration"
	tenantKeysPath     = "/discovery/v2.0/keys"
	tokenPath          = "/oauth2/v2.0/token"
)

// endorsements are the channels that the key may speak for: all those that a
// local channel can act as.
var endorsements = []string{"msteams", "webchat", "directline", "emulator", "agents"}

// A jwk is a JSON web key (RFC 7517) as Microsoft publishes them.
type jwk struct {
	Type         string   `json:"kty"`
	Use          string   `json:"use"`
	Algorithm    string   `json:"alg"`
	ID           string   `json:"kid"`
	Thumbprint   string   `json:"x5t"`
	N            string   `json:"n"`
	E            string   `json:"e"`
	Endorsements []string `json:"endorsements"`
}

// Handler serves the keys and the agent's tokens, at the addresses in the
// package comment.
func (a *Authority) Handler() http.Handler {
	mux := http.NewServeMux()
	tenant := "/" + a.cfg.TenantID
	mux.HandleFunc("GET "+metadataPath, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, a.metadata(a.cfg.Issuer, a.cfg.BaseURL+keysPath))
	})
	mux.HandleFunc("GET "+tenant+tenantMetadataPath, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, a.metadata(a.tenantIssuer(), a.tenantURL()+tenantKeysPath))
	})
	mux.HandleFunc("GET "+keysPath, a.serveKeys)
	mux.HandleFunc("GET "+tenant+tenantKeysPath, a.serveKeys)
	mux.HandleFunc("POST "+tenant+tokenPath, a.serveToken)
	return mux
}

func (a *Authority) metadata(issuer, keys string) map[string]any {
	return map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                a.tenantURL() + "/oauth2/v2.0/authorize", // MSAL wants it named
		"token_endpoint":                        a.TokenURL(),
		"jwks_uri":                              keys,
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
	}
}

func (a *Authority) serveKeys(w http.ResponseWriter, _ *http.Request) {
	public := a.cfg.Key.PublicKey
	answer(w, http.StatusOK, map[string][]jwk{"keys": {{
		Type:         "RSA",
		Use:          "sig",
		Algorithm:    "RS256",
		ID:           a.keyID,
		Thumbprint:   a.keyID,
		N:            base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		E:            base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		Endorsements: endorsements,
	}}})
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("authority: answer: " + err.Error()) // strings only
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body)
}
