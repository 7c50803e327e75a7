package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// FuzzAuthorization: whatever the header holds, Verify does not panic, accepts
// nothing that was not signed, and asks nobody for keys unless the token could
// be a real one.
func FuzzAuthorization(f *testing.F) {
	encode := base64.RawURLEncoding.EncodeToString
	kid := map[string]any{"kid": "key-1"}
	f.Add(mint(f, goodClaims(nil))[0])
	f.Add(mintWith(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid, goodClaims(nil))[0])
	f.Add(mintWith(f, jwt.SigningMethodHS256, []byte("x"), kid, goodClaims(nil))[0])
	f.Add("Bearer " + encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(`null`)) + ".")
	f.Add("Bearer " + encode([]byte(`{"alg":["RS256"],"kid":{}}`)) + "." + encode([]byte(`{"aud":[1],"exp":1e400}`)) + ".AA")
	f.Add("bearer  a.b.c")
	f.Add("Basic x")
	f.Fuzz(func(t *testing.T, header string) {
		host := newKeyHost()
		host.keys[0] = publicJWK("key-1", secondKey(), nil) // nobody signs with it
		_, err := newVerifier(t, host).Verify(t.Context(), []string{header})
		wantVerdict(t, err, false)
		if host.count() > 0 && !plausible(header) {
			t.Errorf("keys were fetched for %q", header)
		}
	})
}

// plausible: three parts, RS256, for us, from an issuer we know.
func plausible(header string) bool {
	_, token, _ := strings.Cut(header, " ")
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return false
	}
	var head struct{ Alg string }
	claims := map[string]any{}
	for i, into := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.NewDecoder(strings.NewReader(string(raw))).Decode(into) != nil {
			return false
		}
	}
	return head.Alg == "RS256" && claims["iss"] != nil && claims["aud"] != nil && claims["exp"] != nil
}
