package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/endpoint"
)

// localIssuer marks activities of the process's own local channel.
const localIssuer = "outspoken:local"

// A localVerifier lets the process's own local channel in with a secret that
// lives as long as the process, while everybody else needs a token.
type localVerifier struct {
	endpoint.Verifier
	secret   string // the whole Authorization header
	audience string
	owns     func(serviceURL string) bool
}

func newLocalVerifier(v endpoint.Verifier, audience string, owns func(string) bool) *localVerifier {
	return &localVerifier{v, "Bearer " + rand.Text(), audience, owns}
}

func (l *localVerifier) Verify(ctx context.Context, authorization []string) (activity.Identity, error) {
	if len(authorization) == 1 && subtle.ConstantTimeCompare([]byte(authorization[0]), []byte(l.secret)) == 1 {
		return activity.Identity{Claims: map[string]string{"iss": localIssuer, "aud": l.audience}}, nil
	}
	return l.Verifier.Verify(ctx, authorization)
}

// Bind keeps the two worlds apart: the local channel's conversations are for
// the local channel alone.
func (l *localVerifier) Bind(id activity.Identity, a *activity.Activity) error {
	local := id.Claims["iss"] == localIssuer
	switch {
	case local != l.owns(a.ServiceURL):
		return errors.New("server: this service URL belongs to another channel than the caller")
	case local:
		return nil
	}
	return l.Verifier.Bind(id, a)
}

// RoundTrip carries the local channel's activities to the agent.
func (l *localVerifier) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", l.secret)
	return http.DefaultTransport.RoundTrip(r)
}
