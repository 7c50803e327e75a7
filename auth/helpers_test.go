package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	clientID   = "99999999-8888-7777-6666-555555555555"
	tenant     = "11111111-2222-3333-4444-555555555555"
	entraV2    = "https://login.microsoftonline.com/" + tenant + "/v2.0"
	entraV1    = "https://sts.windows.net/" + tenant + "/"
	botIssuer  = "https://api.botframework.com"
	otherGUID  = "aaaaaaaa-2222-3333-4444-555555555555"
	serviceURL = "https://smba.trafficmanager.net/amer/"
)

var (
	firstKey  = sync.OnceValue(newRSAKey)
	secondKey = sync.OnceValue(newRSAKey)
	quiet     = slog.New(slog.NewTextHandler(io.Discard, nil))
)

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// A keyHost is the OpenID metadata and keys of every issuer there is. It is
// used over loopback, or without sockets as the client's transport.
type keyHost struct {
	mu      sync.Mutex
	keys    []map[string]any
	down    bool
	delay   time.Duration
	fetches int // of keys
}

func newKeyHost() *keyHost {
	return &keyHost{keys: []map[string]any{publicJWK("key-1", firstKey(), nil)}}
}

func publicJWK(id string, key *rsa.PrivateKey, more map[string]any) map[string]any {
	j := map[string]any{
		"kty": "RSA", "use": "sig", "kid": id,
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
	maps.Copy(j, more)
	return j
}

func (h *keyHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	down, delay := h.down, h.delay
	h.mu.Unlock()
	time.Sleep(delay) // only ever within synctest
	if down {
		http.Error(w, "down", http.StatusInternalServerError)
		return
	}
	if r.URL.Path != "/keys" {
		scheme := "https"
		if r.URL.Host == "" { // came over a socket
			scheme = "http"
		}
		json.NewEncoder(w).Encode(map[string]string{"jwks_uri": scheme + "://" + r.Host + "/keys"})
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fetches++
	json.NewEncoder(w).Encode(map[string]any{"keys": h.keys})
}

func (h *keyHost) set(change func(h *keyHost)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(h)
}

func (h *keyHost) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fetches
}

// A transport answers requests without a socket.
type transport struct{ http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	go func() {
		rec := httptest.NewRecorder()
		r := r.Clone(r.Context())
		r.Host = r.URL.Host
		t.ServeHTTP(rec, r)
		done <- rec.Result()
	}()
	select {
	case resp := <-done:
		return resp, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func client(h http.Handler) *http.Client { return &http.Client{Transport: transport{h}} }

// newVerifier trusts the test tenant and gets its keys from h.
func newVerifier(t testing.TB, h http.Handler, change ...func(*VerifierConfig)) *Verifier {
	t.Helper()
	cfg := VerifierConfig{Audiences: []string{clientID}, TenantID: tenant, HTTPClient: client(h), Logger: quiet}
	for _, c := range change {
		c(&cfg)
	}
	v, err := NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// goodClaims are accepted; more adds to them, and a nil value takes away.
func goodClaims(more map[string]any) jwt.MapClaims {
	now := time.Now()
	claims := jwt.MapClaims{
		"iss": entraV2, "aud": clientID, "tid": tenant, "ver": "2.0", "azp": otherGUID,
		"nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, more)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}

// mint signs claims with the key "key-1".
func mint(t testing.TB, claims jwt.MapClaims) []string {
	t.Helper()
	return mintWith(t, jwt.SigningMethodRS256, firstKey(), map[string]any{"kid": "key-1"}, claims)
}

func mintWith(t testing.TB, method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) []string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	maps.Copy(token.Header, header)
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"Bearer " + signed}
}
