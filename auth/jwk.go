package auth

import (
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
)

// A key is an RSA key that signs tokens.
type key struct {
	id           string
	public       *rsa.PublicKey
	issuer       string // the only issuer that may use it; may contain "{tenantid}"
	endorsements []string
}

// A jwk is a JSON web key (RFC 7517) with the additions of Microsoft.
type jwk struct {
	Type         string   `json:"kty"`
	Use          string   `json:"use"`
	ID           string   `json:"kid"`
	N            string   `json:"n"`
	E            string   `json:"e"`
	Issuer       string   `json:"issuer"`
	Endorsements []string `json:"endorsements"`
}

// key returns the RSA signing key, or nil when it is something else.
func (j jwk) key() *key {
	n, errN := base64.RawURLEncoding.DecodeString(strings.TrimRight(j.N, "="))
	e, errE := base64.RawURLEncoding.DecodeString(strings.TrimRight(j.E, "="))
	if j.Type != "RSA" || j.Use == "enc" || j.ID == "" || errN != nil || errE != nil || len(e) > 4 {
		return nil
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if bits := public.N.BitLen(); bits < 2048 || bits > 8192 || public.E < 3 || public.E > 1<<31-1 || public.E%2 == 0 {
		return nil
	}
	return &key{id: j.ID, public: public, issuer: j.Issuer, endorsements: j.Endorsements}
}

// signsFor reports whether the key may sign tokens of this issuer. In the keys
// that all tenants of Entra share, some are for one tenant only.
func (k *key) signsFor(issuer string) bool {
	if k.issuer == "" || strings.EqualFold(k.issuer, issuer) {
		return true
	}
	tenant := firstSegment(k.issuer)
	return strings.EqualFold(tenant, "{tenantid}") || isGUID(tenant) && strings.EqualFold(tenant, firstSegment(issuer))
}
