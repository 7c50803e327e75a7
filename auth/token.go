package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	renewBefore = 5 * time.Minute  // before a token ends, or a tenth of its life if that is less
	renewAgain  = 30 * time.Second // pause after a renewal that failed, while the old token is good
	unknownLife = 5 * time.Minute  // of a token that does not say
	maxTokens   = 4096             // remembered per connection
)

// A token is one of the agent's own.
type token struct {
	access string
	renew  time.Time // from here on, a new one is fetched while this one is used
	ends   time.Time
}

// A source obtains and keeps the tokens of one connection, one per want, and
// those that users' tokens were exchanged for.
type source struct {
	conn      Connection
	scopes    string // for everybody but other agents
	client    *http.Client
	log       *slog.Logger
	tokens    *cache[want, *shared[token]]
	exchanged *cache[exchange, *shared[token]]
}

// A want says which token is needed. All but scopes is for agentic identities.
type want struct {
	scopes   string // separated by spaces
	step     step   // whose token
	tenant   string // "" is the connection's own
	instance string // id of the agent's app
	user     string // id of the agent's user account
}

// token returns the token that is wanted.
func (s *source) token(ctx context.Context, w want) (string, error) {
	kept := s.tokens.getOr(w, func() *shared[token] {
		kept := &shared[token]{}
		kept.fetch = func(ctx context.Context) (token, error) {
			fresh, err := s.fetch(ctx, w)
			if old, _ := kept.last(); err != nil && old.good() {
				s.log.WarnContext(ctx, "auth: token not renewed; the old one is used until it ends", "err", err)
			}
			return fresh, err
		}
		return kept
	})
	t, err := kept.get(ctx, token.good, token.due)
	if err != nil {
		return "", s.waiting(err)
	}
	return t.access, nil
}

// waiting says what a caller waited for who gave up; a [*TokenError] says so
// itself.
func (s *source) waiting(err error) error {
	if _, ok := errors.AsType[*TokenError](err); ok {
		return err
	}
	return fmt.Errorf("auth: waiting for a token for connection %q: %w", s.conn.Name, err)
}

func (t token) good() bool { return time.Now().Before(t.ends) }

// fresh reports whether the token is not about to end.
func (t token) fresh() bool { return !time.Now().After(t.renew) }

// due reports whether to ask for a new token after the last try.
func (t token) due(tried time.Time) bool {
	return !t.good() || !t.fresh() && time.Since(tried) >= renewAgain
}

func (s *source) fetch(ctx context.Context, w want) (token, error) {
	config, err := s.grant(ctx, w)
	if err != nil {
		return token{}, err
	}
	return s.ask(ctx, w.owner(), config)
}

// ask sends one request to the token endpoint. Owner is whose token it is, for
// people.
func (s *source) ask(ctx context.Context, owner string, config *clientcredentials.Config) (token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.client)
	fresh, err := config.Token(ctx)
	if e := s.failure(err, owner, config); e != nil && e.Status == http.StatusRequestTimeout {
		fresh, err = config.Token(ctx) // as MSAL does (proactive-hosting-auth case 93)
	}
	if err != nil {
		return token{}, s.failure(err, owner, config)
	}
	if fresh.Expiry.IsZero() {
		fresh.Expiry = time.Now().Add(unknownLife)
	}
	life := time.Until(fresh.Expiry)
	if life <= 0 {
		return token{}, s.failure(errors.New("it issued a token that has ended already"), owner, config)
	}
	return token{fresh.AccessToken, fresh.Expiry.Add(-min(renewBefore, life/10)), fresh.Expiry}, nil
}

// failure turns an error of package oauth2, which quotes the whole answer, into
// one of ours that can be logged.
func (s *source) failure(err error, owner string, asked *clientcredentials.Config) *TokenError {
	if err == nil {
		return nil
	}
	e := &TokenError{Connection: s.conn.Name, For: owner}
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		if text := clean(err.Error(), asked); text != err.Error() {
			err = errors.New(text) // it quoted what it could not read
		}
		e.Err = err
		return e
	}
	e.Status = answer.Response.StatusCode
	e.Code, e.Message = clean(answer.ErrorCode, asked), clean(answer.ErrorDescription, asked)
	return e
}

// clean removes what was secret in the request, should the endpoint have
// repeated it.
func clean(text string, asked *clientcredentials.Config) string {
	params := asked.EndpointParams
	for _, secret := range []string{asked.ClientSecret, params.Get(paramAssertion), params.Get(paramInstanceToken), params.Get(paramUserToken)} {
		if secret != "" {
			text = strings.NewReplacer(secret, "(secret)", url.QueryEscape(secret), "(secret)").Replace(text)
		}
	}
	return clip(text, 512)
}
