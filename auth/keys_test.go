package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func rotated(t *testing.T, id string) []string {
	return mintWith(t, jwt.SigningMethodRS256, secondKey(), map[string]any{"kid": id}, goodClaims(nil))
}

func TestKeyRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newKeyHost()
		v := newVerifier(t, host)
		old := mint(t, goodClaims(nil))
		_, err := v.Verify(t.Context(), old)
		wantVerdict(t, err, true)

		host.set(func(h *keyHost) { h.keys[0] = publicJWK("key-2", secondKey(), nil) })
		_, err = v.Verify(t.Context(), rotated(t, "key-2"))
		wantVerdict(t, err, false) // fetched less than a minute ago

		time.Sleep(refetchAfter)
		_, err = v.Verify(t.Context(), rotated(t, "key-2"))
		wantVerdict(t, err, true)
		_, err = v.Verify(t.Context(), old) // remembered, but its key is gone
		wantVerdict(t, err, false)
		if got := host.count(); got != 2 {
			t.Errorf("keys were fetched %d times, want 2", got)
		}
	})
}

func TestUnknownKeysMakeNoFloodOfFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newKeyHost()
		host.delay = time.Second
		v := newVerifier(t, host)
		for minute := range 3 {
			var wg sync.WaitGroup
			for i := range 200 {
				wg.Go(func() {
					_, err := v.Verify(t.Context(), rotated(t, fmt.Sprint(minute, "-", i)))
					wantVerdict(t, err, false)
				})
			}
			wg.Wait()
			time.Sleep(refetchAfter)
		}
		if got := host.count(); got != 3 {
			t.Errorf("600 unknown keys in three minutes: keys fetched %d times, want 3", got)
		}
	})
}

func TestOldKeysServeWhileTheIssuerIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newKeyHost()
		v := newVerifier(t, host)
		token := mint(t, goodClaims(map[string]any{"exp": time.Now().Add(48 * time.Hour).Unix()}))
		verify := func() error { _, err := v.Verify(t.Context(), token); return err }
		wantVerdict(t, verify(), true)

		host.set(func(h *keyHost) { h.down = true })
		time.Sleep(keysMaxAge + time.Minute)
		wantVerdict(t, verify(), true)
		synctest.Wait()
		wantVerdict(t, verify(), true)

		// Back again, and the key was withdrawn meanwhile: the next fetch
		// happens in the background and ends its use.
		host.set(func(h *keyHost) { h.down, h.keys[0] = false, publicJWK("key-2", secondKey(), nil) })
		time.Sleep(refetchAfter)
		wantVerdict(t, verify(), true)
		synctest.Wait()
		wantVerdict(t, verify(), false)
	})
}

func TestNoKeysAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newKeyHost()
		host.down = true
		v := newVerifier(t, host)
		token := mint(t, goodClaims(nil))
		_, err := v.Verify(t.Context(), token)
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusServiceUnavailable || !strings.Contains(err.Error(), "500") {
			t.Errorf("got %v, want an *Error with 503 that says what the issuer answered", err)
		}
		host.set(func(h *keyHost) { h.down = false })
		time.Sleep(retryAfter)
		_, err = v.Verify(t.Context(), token)
		wantVerdict(t, err, true)
	})
}

func TestGivingUpDoesNotEndTheFetchForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newKeyHost()
		host.delay = 2 * time.Second
		v := newVerifier(t, host)
		token := mint(t, goodClaims(nil))
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := v.Verify(ctx, token); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
		})
		wg.Go(func() {
			_, err := v.Verify(t.Context(), token)
			wantVerdict(t, err, true)
		})
		wg.Wait()
		if got := host.count(); got != 1 {
			t.Errorf("keys were fetched %d times, want 1", got)
		}
	})
}

func TestVerifiedTokenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier(t, newKeyHost())
		token := mint(t, goodClaims(nil))
		for _, wait := range []time.Duration{0, 59 * time.Minute, 5 * time.Minute} {
			time.Sleep(wait)
			_, err := v.Verify(t.Context(), token)
			wantVerdict(t, err, true)
		}
		time.Sleep(2 * time.Minute)
		_, err := v.Verify(t.Context(), token)
		wantVerdict(t, err, false)
	})
}

func TestKeysThatAreNotUsed(t *testing.T) {
	tests := []struct {
		name string
		more map[string]any
	}{
		{"for encryption", map[string]any{"use": "enc"}},
		{"elliptic", map[string]any{"kty": "EC"}},
		{"exponent 1", map[string]any{"e": "AQ"}},
		{"modulus too small", map[string]any{"n": "AQAB"}},
		{"modulus is no base64", map[string]any{"n": "%"}},
		{"of another tenant", map[string]any{"issuer": "https://login.microsoftonline.com/" + otherGUID + "/v2.0"}},
		{"of another issuer", map[string]any{"issuer": "https://id.test"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := newKeyHost()
			host.keys = []map[string]any{publicJWK("key-1", firstKey(), tt.more), publicJWK("key-2", secondKey(), nil)}
			_, err := newVerifier(t, host).Verify(t.Context(), mint(t, goodClaims(nil)))
			wantVerdict(t, err, false)
		})
	}
	for _, issuer := range []string{"https://login.microsoftonline.com/{tenantid}/v2.0", entraV2} {
		host := newKeyHost()
		host.keys[0]["issuer"] = issuer
		_, err := newVerifier(t, host).Verify(t.Context(), mint(t, goodClaims(map[string]any{"iss": entraV1})))
		wantVerdict(t, err, true)
	}
}

func TestKeysFromElsewhere(t *testing.T) {
	tests := []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"plain http", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"jwks_uri":"http://keys.test/"}`) }, "must be https"},
		{"loopback for a public issuer", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"jwks_uri":"http://127.0.0.1/"}`) }, "must be https"},
		{"a file", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"jwks_uri":"file:///etc/keys"}`) }, "must be https"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "302"},
		{"too long", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", keysMaxBytes+1), "{}") }, "more than"},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "no valid JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newVerifier(t, tt.h).Verify(t.Context(), mint(t, goodClaims(nil)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}
