package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// problem is the body of an invoke's answer that tells the client's developer
// what is wrong.
func problem(detail string) any {
	return activity.TokenExchangeInvokeResponse{FailureDetail: detail}
}

const noFlow = "no sign-in is under way for this user in this conversation"

// verifyState takes the code that the sign-in page gave to the client.
func (s *step) verifyState(ctx context.Context) error {
	var value struct {
		State string `json:"state"`
	}
	_ = json.Unmarshal(s.t.Activity.Value, &value) // no state is a wrong one
	fl, _, err := s.load(ctx, s.key)
	switch {
	case err != nil:
		return err
	case !fl.active():
		return s.t.Respond(http.StatusBadRequest, problem(noFlow))
	case fl.expired():
		return errors.Join(s.t.Respond(http.StatusOK, nil), s.fail(ctx, ErrTimedOut))
	case strings.EqualFold(value.State, "CancelledByUser"):
		_, err := s.end(ctx, s.key)
		return errors.Join(s.t.Respond(http.StatusOK, nil), err)
	}
	right := false
	if value.State != "" && len(value.State) <= 256 {
		right, err = s.redeem(ctx, fl.Connections, value.State)
	}
	switch {
	case err != nil:
		return err // answered 500
	case right:
		return s.t.Respond(http.StatusOK, nil)
	}
	again, err := s.miss(ctx)
	if err == nil && !again {
		err = s.fail(ctx, ErrWrongCode)
	}
	return errors.Join(s.t.Respond(http.StatusNotFound, nil), err)
}

// clientFailure takes the client's word that it could not sign in.
func (s *step) clientFailure(ctx context.Context) error {
	fl, _, err := s.load(ctx, s.key)
	switch {
	case err != nil:
		return err
	case !fl.active():
		return s.t.Respond(http.StatusBadRequest, problem(noFlow))
	}
	var value ClientError
	_ = json.Unmarshal(s.t.Activity.Value, &value) // a failure without words is one, too
	cause := &ClientError{Code: clip(value.Code, 128), Message: clip(value.Message, 512)}
	return errors.Join(s.t.Respond(http.StatusOK, nil), s.fail(ctx, cause))
}

// clip cuts text of others.
func clip(s string, size int) string {
	if len(s) > size {
		s = s[:size]
	}
	return strings.ToValidUTF8(s, "")
}

// tokensResponse takes the news that the user has signed in without a code.
// The token in it is not used: a client could send one that is not the user's.
// The service knows.
func (s *step) tokensResponse(ctx context.Context) error {
	var value struct {
		ConnectionName string `json:"connectionName"`
	}
	_ = json.Unmarshal(s.t.Activity.Value, &value)
	fl, _, err := s.load(ctx, s.key)
	if err != nil {
		return err
	}
	c := s.awaited(&fl, value.ConnectionName)
	switch {
	case c == nil:
		return nil // the service has the token for later
	case fl.expired():
		return s.fail(ctx, ErrTimedOut)
	}
	token, err := s.signedIn(ctx, s.t, c)
	if errors.Is(err, ErrNotSignedIn) {
		s.t.Logger().WarnContext(ctx, "the channel says that the user has signed in, but the user-token service has no token",
			"connection", c.Name, "conversation", s.to.Reference.Conversation.ID, "channel", s.to.Reference.ChannelID)
		return nil
	}
	if err != nil {
		return err
	}
	return s.succeed(ctx, c.Name, token)
}

// awaited is the connection of the flow that has this OAuth connection, nil if
// there is none.
func (s *step) awaited(fl *flow, oauth string) *Connection {
	for _, name := range fl.Connections {
		if c, err := s.connection(name); err == nil && c.OAuthConnection == oauth {
			return c
		}
	}
	return nil
}
