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
	renewBefore   = 5 * time.Minute  // before a token ends, or a tenth of its life if that is less
	renewAgain    = 30 * time.Second // pause after a renewal that failed, while the old token is good
	unknownLife   = 5 * time.Minute  // of a token that does not say
	maxTokenKinds = 1000             // scopes remembered per connection
)

// A token is one of the agent's own.
type token struct {
	access string
	renew  time.Time // from here on, a new one is fetched while this one is used
	ends   time.Time
}

// A source obtains and keeps the tokens of one connection, one per scope.
type source struct {
	conn     Connection
	tokenURL string
	scopes   string // for everybody but other agents
	client   *http.Client
	log      *slog.Logger
	tokens   *cache[string, *shared[token]]
}

// token returns a token for scopes, which are separated by spaces.
func (s *source) token(ctx context.Context, scopes string) (string, error) {
	kept := s.tokens.getOr(scopes, func() *shared[token] {
		kept := &shared[token]{}
		kept.fetch = func(ctx context.Context) (token, error) {
			fresh, err := s.fetch(ctx, scopes)
			if old, _ := kept.last(); err != nil && old.good() {
				s.log.WarnContext(ctx, "auth: token not renewed; the old one is used until it ends", "err", err)
			}
			return fresh, err
		}
		return kept
	})
	t, err := kept.get(ctx, token.good, func(t token, tried time.Time) bool {
		return !t.good() || time.Now().After(t.renew) && time.Since(tried) >= renewAgain
	})
	if _, ok := errors.AsType[*TokenError](err); err != nil && !ok {
		err = fmt.Errorf("auth: waiting for a token for connection %q: %w", s.conn.Name, err)
	}
	if err != nil {
		return "", err
	}
	return t.access, nil
}

func (t token) good() bool { return time.Now().Before(t.ends) }

func (s *source) fetch(ctx context.Context, scopes string) (token, error) {
	config := clientcredentials.Config{
		ClientID:     s.conn.ClientID,
		ClientSecret: s.conn.ClientSecret,
		TokenURL:     s.tokenURL,
		Scopes:       []string{scopes},
		AuthStyle:    oauth2.AuthStyleInParams,
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.client)
	fresh, err := config.Token(ctx)
	if e := s.failure(err); e != nil && e.Status == http.StatusRequestTimeout {
		fresh, err = config.Token(ctx) // as MSAL does (proactive-hosting-auth case 93)
	}
	if err != nil {
		return token{}, s.failure(err)
	}
	if fresh.Expiry.IsZero() {
		fresh.Expiry = time.Now().Add(unknownLife)
	}
	life := time.Until(fresh.Expiry)
	if life <= 0 {
		return token{}, &TokenError{Connection: s.conn.Name, Err: errors.New("it issued a token that has ended already")}
	}
	return token{fresh.AccessToken, fresh.Expiry.Add(-min(renewBefore, life/10)), fresh.Expiry}, nil
}

// failure turns an error of package oauth2, which quotes the whole answer, into
// one of ours that can be logged.
func (s *source) failure(err error) *TokenError {
	if err == nil {
		return nil
	}
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return &TokenError{Connection: s.conn.Name, Err: err}
	}
	return &TokenError{
		Connection: s.conn.Name,
		Status:     answer.Response.StatusCode,
		Code:       s.clean(answer.ErrorCode),
		Message:    s.clean(answer.ErrorDescription),
	}
}

// clean removes the secret, should the endpoint have repeated it.
func (s *source) clean(text string) string {
	secret := s.conn.ClientSecret
	text = strings.NewReplacer(secret, "(secret)", url.QueryEscape(secret), "(secret)").Replace(text)
	return clip(text, 512)
}
