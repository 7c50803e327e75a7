package auth

import (
	"context"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
)

// Anonymous takes the place of a [Verifier] in development, when the agent has
// no client id: everybody may call, and nobody can show a token. Serve it on
// loopback only.
type Anonymous struct{}

// Verify accepts a request without an Authorization header, or with empty ones.
func (Anonymous) Verify(_ context.Context, authorization []string) (activity.Identity, error) {
	for _, value := range authorization {
		if value != "" {
			return activity.Identity{}, &Error{
				Status: http.StatusUnauthorized,
				Public: "no client id is configured, so this agent cannot check tokens; send none, or set its client id",
			}
		}
	}
	return activity.Identity{}, nil
}

// Bind accepts everything: there is no token to compare with.
func (Anonymous) Bind(activity.Identity, *activity.Activity) error { return nil }
