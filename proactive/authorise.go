package proactive

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// An Authoriser says whom a request comes from, or refuses it. The Identity may
// be empty for a caller who has no token. An error means 401, or what its
// method HTTPStatus() (status int, public string) says. It is called by many
// goroutines at once and must leave the body readable.
type Authoriser func(r *http.Request) (activity.Identity, error)

// A Verifier checks the values of an Authorization header; auth.Verifier is
// one.
type Verifier interface {
	Verify(ctx context.Context, authorization []string) (activity.Identity, error)
}

// Tokens admits the tokens that the messaging endpoint admits. Without callers
// that is every channel, and every app that may send the agent messages; with
// them it is only the apps with these client ids, by the claim appid or azp as
// the version of the token says. Give them wherever a channel has no business
// to trigger. (note N8)
func Tokens(v Verifier, callers ...string) Authoriser {
	return func(r *http.Request) (activity.Identity, error) {
		id, err := v.Verify(r.Context(), r.Header["Authorization"])
		if err != nil {
			return activity.Identity{}, err
		}
		if len(callers) > 0 && !slices.ContainsFunc(callers, func(c string) bool { return c != "" && strings.EqualFold(c, id.Caller()) }) {
			return activity.Identity{}, unknownCaller(fmt.Sprintf("app %.100q may not trigger", id.Caller()))
		}
		return id, nil
	}
}

// BearerKeys admits requests with "Authorization: Bearer KEY" and one of these
// keys. Make them of at least 16 random bytes; with several, one can be
// replaced while the other is in use. No key, or an empty one, panics.
func BearerKeys(keys ...string) Authoriser {
	if len(keys) == 0 || slices.Contains(keys, "") {
		panic("proactive: BearerKeys needs keys, and no empty one")
	}
	sums := make([][sha256.Size]byte, len(keys))
	for i, k := range keys {
		sums[i] = sha256.Sum256([]byte(k))
	}
	return func(r *http.Request) (activity.Identity, error) {
		given := r.Header["Authorization"]
		if len(given) != 1 {
			return activity.Identity{}, unknownCaller("a bearer key is required")
		}
		scheme, key, _ := strings.Cut(given[0], " ")
		sum, equal := sha256.Sum256([]byte(strings.TrimSpace(key))), 0
		for i := range sums { // all of them, so that time tells nothing
			equal |= subtle.ConstantTimeCompare(sum[:], sums[i][:])
		}
		if !strings.EqualFold(scheme, "Bearer") || equal != 1 {
			return activity.Identity{}, unknownCaller("the bearer key is not valid")
		}
		return activity.Identity{}, nil
	}
}

// AnyOf admits whom one of these admits, asked in order. Of their refusals, one
// that is no 401 counts more: whoever could not tell may have admitted.
func AnyOf(these ...Authoriser) Authoriser {
	return func(r *http.Request) (activity.Identity, error) {
		refused := []error{unknownCaller("nobody admits the caller")}
		for _, a := range these {
			id, err := a(r)
			if err == nil {
				return id, nil
			}
			if status, _, _ := describe(unauthorised(err)); status != http.StatusUnauthorized {
				refused = slices.Insert(refused, 0, err)
			} else {
				refused = append(refused, err)
			}
		}
		return activity.Identity{}, errors.Join(refused...)
	}
}

// Middleware guards routes of one's own as the triggers are guarded: a request
// that is refused does not reach next. Bodies are bounded to 4 MiB.
func (a Authoriser) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, _, err := a.bounded(w, r, 4<<20)
		if err != nil {
			errorAnswer(unauthorised(err)).write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bounded asks a, which may read the body up to its limit, and returns the
// request to go on with. It is a copy: of a request whose body was replaced,
// net/http would wait for the body before it answers.
func (a Authoriser) bounded(w http.ResponseWriter, r *http.Request, most int64) (*http.Request, activity.Identity, error) {
	body := r.Body
	if body == nil { // only in a request made by hand
		body = http.NoBody
	}
	r = r.WithContext(r.Context())
	r.Body = http.MaxBytesReader(w, body, most)
	id, err := a(r)
	return r, id, err
}

func unknownCaller(why string) error {
	return &refusal{http.StatusUnauthorized, unauthorisedCode, why}
}
