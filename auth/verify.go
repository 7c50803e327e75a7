package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/outspoken-go/outspoken/activity"
)

// Verify returns whom the token speaks for, given all values of a request's
// Authorization header; there must be exactly one. The error is an [*Error].
//
// A token seen before costs one hash; call it on every request.
func (v *Verifier) Verify(ctx context.Context, authorization []string) (activity.Identity, error) {
	raw, err := bearer(authorization)
	if err != nil {
		return activity.Identity{}, err
	}
	digest := sha256.Sum256([]byte(raw))
	known, ok := v.verified.get(digest)
	if ok && time.Now().Before(known.ends) && known.keys.holds(known.key) {
		return known.id, nil
	}
	fresh, err := v.verify(ctx, raw)
	if err != nil {
		return activity.Identity{}, err
	}
	v.verified.put(digest, fresh)
	return fresh.id, nil
}

// bearer returns the token of an Authorization header.
func bearer(authorization []string) (string, error) {
	if len(authorization) == 0 || len(authorization) == 1 && authorization[0] == "" {
		return "", &Error{Status: http.StatusUnauthorized, Public: "a bearer token is required"}
	}
	if len(authorization) > 1 {
		return "", refuse("the request has %d Authorization headers instead of one", len(authorization))
	}
	if len(authorization[0]) > maxHeader {
		return "", refuse("the Authorization header has %d bytes, more than %d", len(authorization[0]), maxHeader)
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse("the Authorization scheme is not Bearer") // what it is may be a bare token
	}
	return strings.TrimSpace(token), nil
}

// verify checks a token that is not remembered.
func (v *Verifier) verify(ctx context.Context, raw string) (verified, error) {
	var token verified
	var reason error // of the key function, without what the parser wraps around it
	claims := jwt.MapClaims{}
	_, err := v.parser.ParseWithClaims(raw, claims, func(t *jwt.Token) (any, error) {
		token, reason = v.candidate(ctx, t.Header, claims)
		if reason != nil {
			return nil, reason
		}
		return token.key.public, nil
	})
	if reason != nil {
		err = reason
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return verified{}, e
	}
	if err != nil {
		return verified{}, refuse("%w", err)
	}
	return token, nil
}

// candidate is what the token proves if its signature fits the key.
func (v *Verifier) candidate(ctx context.Context, header map[string]any, claims jwt.MapClaims) (verified, error) {
	if _, ok := header["crit"]; ok {
		return verified{}, errors.New("its header demands extensions (crit); none are supported")
	}
	trust, audience, err := v.check(claims)
	if err != nil {
		return verified{}, err
	}
	keyID, _ := header["kid"].(string)
	k, err := trust.keys.key(ctx, keyID)
	if err != nil {
		return verified{}, err
	}
	if issuer, _ := claims.GetIssuer(); !k.signsFor(issuer) {
		return verified{}, fmt.Errorf("key %.100q belongs to %q, the token is from %q", keyID, k.issuer, issuer)
	}
	ends, err := claims.GetExpirationTime()
	if err != nil {
		return verified{}, err
	}
	return verified{
		id:   activity.Identity{Claims: scalars(claims, audience), Endorsements: k.endorsements},
		ends: ends.Time,
		key:  k,
		keys: trust.keys,
	}, nil
}
