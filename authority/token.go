package authority

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	tokenLife   = time.Hour
	renewBefore = 5 * time.Minute // before a token ends
	maxTokens   = 1000            // service URLs whose token is kept
	maxURL      = 2048            // bytes of a service URL
)

// A signed token is used again until it is about to end.
type signed struct {
	header string // "Bearer …"
	ends   time.Time
}

// Token is the value of the Authorization header with which a channel calls the
// agent about this service URL: a token like the Bot Connector's, for the
// agent's client id, with the service URL in its claim "serviceurl". A token is
// signed once and used until five minutes before its end.
func (a *Authority) Token(ctx context.Context, serviceURL string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("authority: token: %w", err)
	}
	if len(serviceURL) > maxURL {
		return "", fmt.Errorf("authority: token: the service URL has %d bytes, more than %d", len(serviceURL), maxURL)
	}
	now := time.Now()
	if kept, ok := a.kept(serviceURL); ok && now.Before(kept.ends.Add(-renewBefore)) {
		return kept.header, nil
	}
	token, err := a.sign(a.cfg.Issuer, a.cfg.ClientID, now, jwt.MapClaims{"serviceurl": serviceURL})
	if err != nil {
		return "", err
	}
	fresh := signed{"Bearer " + token, now.Add(tokenLife)}
	a.keep(serviceURL, fresh)
	return fresh.header, nil
}

// sign adds to claims what every token says.
func (a *Authority) sign(issuer, audience string, now time.Time, claims jwt.MapClaims) (string, error) {
	claims["iss"], claims["aud"] = issuer, audience
	claims["iat"], claims["nbf"], claims["exp"] = now.Unix(), now.Unix(), now.Add(tokenLife).Unix()
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"], t.Header["x5t"] = a.keyID, a.keyID
	token, err := t.SignedString(a.cfg.Key)
	if err != nil {
		return "", fmt.Errorf("authority: sign: %w", err)
	}
	return token, nil
}

func (a *Authority) kept(serviceURL string) (signed, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.tokens[serviceURL]
	return t, ok
}

func (a *Authority) keep(serviceURL string, t signed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.tokens) >= maxTokens {
		clear(a.tokens) // rare, and signing is all that is lost
	}
	a.tokens[serviceURL] = t
}
