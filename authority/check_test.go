package authority_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/authority"
)

func call(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, service, nil)
	for _, h := range headers {
		r.Header.Add("Authorization", h)
	}
	return r
}

func TestCheck(t *testing.T) {
	a := start(t, nil)
	forger := start(t, func(cfg *authority.Config) { cfg.Key = otherKey() })
	restarted := start(t, nil) // the same key, another address
	good := agentToken(t, a)
	// forged is a token with the right key, but not of the right kind.
	forged := func(change func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(good, claims); err != nil {
			t.Fatal(err)
		}
		change(claims)
		token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key())
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + token
	}
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"aud": authority.BotFrameworkAudience}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		headers []string
		status  int // 0: accepted
	}{
		{"the agent's token", []string{"Bearer " + good}, 0},
		{"another casing of Bearer", []string{"bearer " + good}, 0},
		{"no token", nil, 401},
		{"an empty header", []string{""}, 401},
		{"another scheme", []string{"Basic " + good}, 401},
		{"two headers", []string{"Bearer " + good, "Bearer " + good}, 401},
		{"garbage", []string{"Bearer a.b.c"}, 401},
		{"not signed", []string{"Bearer " + unsigned}, 401},
		{"cut off", []string{"Bearer " + good[:len(good)-8]}, 401},
		{"longer than allowed", []string{"Bearer " + good + strings.Repeat("x", 20<<10)}, 401},
		{"signed with another key", []string{"Bearer " + agentToken(t, forger)}, 401},
		{"of an authority elsewhere with the same key", []string{"Bearer " + agentToken(t, restarted)}, 403},
		{"nothing changed", []string{forged(func(jwt.MapClaims) {})}, 0},
		{"for another audience", []string{forged(func(c jwt.MapClaims) { c["aud"] = "https://graph.microsoft.com" })}, 403},
		{"for two audiences", []string{forged(func(c jwt.MapClaims) { c["aud"] = []string{authority.BotFrameworkAudience, "x"} })}, 403},
		{"of another app", []string{forged(func(c jwt.MapClaims) { c["appid"] = "another" })}, 403},
		{"without an end", []string{forged(func(c jwt.MapClaims) { delete(c, "exp") })}, 401},
		{"not yet valid", []string{forged(func(c jwt.MapClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() })}, 401},
		{"the channel's own token", []string{channelToken(t, a)}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := a.Check(call(tt.headers...))
			got := 0
			if e, ok := errors.AsType[*activity.Error](err); ok {
				got = e.Status
			} else if err != nil {
				t.Errorf("not an *activity.Error: %v", err)
			}
			if got != tt.status {
				t.Errorf("got status %d (%v), want %d", got, err, tt.status)
			}
			if err != nil && strings.Contains(err.Error(), good) {
				t.Error("the error quotes the token")
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	a, err := authority.New(authority.Config{BaseURL: "http://127.0.0.1:1", ClientID: clientID, ClientSecret: secret, Key: key()})
	if err != nil {
		f.Fatal(err)
	}
	header, err := a.Token(context.Background(), service)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(header)
	f.Add("Bearer eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, header string) {
		if err := a.Check(call(header)); err == nil {
			t.Errorf("accepted %q, which was never issued to the agent", header)
		}
	})
}
