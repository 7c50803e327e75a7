package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// tokenExchange takes a token that the user's client has, for a sign-in
// without a word. Each of the user's devices offers one; the first is used.
func (s *step) tokenExchange(ctx context.Context) error {
	var value activity.TokenExchangeInvokeRequest
	if json.Unmarshal(s.t.Activity.Value, &value) != nil || value.Token == "" || value.ConnectionName == "" {
		return s.t.Respond(http.StatusBadRequest, problem("the value must have id, connectionName and token"))
	}
	fl, _, err := s.load(ctx, s.key)
	if err != nil {
		return err
	}
	claim := hashed("signin/exchange/", append(place(&s.to), value.ConnectionName, value.ID)...)
	c := s.awaited(&fl, value.ConnectionName)
	switch {
	case c == nil || fl.expired():
		return s.lateExchange(ctx, &value, claim, &fl)
	case value.ID == "":
		// cannot be told from others
	default:
		_, err := s.cfg.Storage.Write(ctx, map[string]storage.Item{claim: {Value: json.RawMessage("true"), New: true, TTL: s.cfg.Timeout + keep}})
		if errors.Is(err, storage.ErrConflict) {
			return s.answer(&value, http.StatusOK, "") // another device was first
		}
		if err != nil {
			return fmt.Errorf("signin: token exchange: %w", err)
		}
	}
	token, err := s.cfg.Tokens.ExchangeToken(ctx, s.to, c.OAuthConnection, value.Token)
	if token.Token != "" && err == nil {
		return errors.Join(s.answer(&value, http.StatusOK, ""), s.succeed(ctx, c.Name, token))
	}
	if err := s.cfg.Storage.Delete(context.WithoutCancel(ctx), claim); err != nil { // so that each device is told
		return fmt.Errorf("signin: token exchange: %w", err)
	}
	switch {
	case err == nil || refused(err):
		return s.answer(&value, http.StatusPreconditionFailed, "the user has to consent; show the sign-in button")
	case ctx.Err() != nil:
		return err // the caller is gone
	}
	err = s.fail(ctx, fmt.Errorf("signin: exchange the client's token for %q: %w", c.Name, err))
	return errors.Join(s.answer(&value, http.StatusBadRequest, "the token could not be exchanged"), err)
}

// lateExchange answers an exchange that no sign-in waits for: another device
// was first, the time is over, or it never belonged here.
func (s *step) lateExchange(ctx context.Context, value *activity.TokenExchangeInvokeRequest, claim string, fl *flow) error {
	items, err := s.cfg.Storage.Read(ctx, claim)
	if err != nil {
		return fmt.Errorf("signin: token exchange: %w", err)
	}
	_, claimed := items[claim]
	switch {
	case claimed:
		return s.answer(value, http.StatusOK, "")
	case fl.expired():
		return errors.Join(s.answer(value, http.StatusBadRequest, "the time for signing in is over"), s.fail(ctx, ErrTimedOut))
	case fl.active():
		return s.answer(value, http.StatusBadRequest, "the sign-in under way is for another connection")
	}
	return s.answer(value, http.StatusBadRequest, noFlow)
}

// answer tells the client what became of its token.
func (s *step) answer(value *activity.TokenExchangeInvokeRequest, status int, problem string) error {
	return s.t.Respond(status, activity.TokenExchangeInvokeResponse{
		ID: value.ID, ConnectionName: value.ConnectionName, FailureDetail: problem,
	})
}

// refused reports whether the service made nothing of what it was given (400).
func refused(err error) bool {
	e, ok := errors.AsType[*activity.Error](err)
	return ok && e.Status == http.StatusBadRequest
}
