package proactive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// send sends one activity.
func (h *triggers) send(r *http.Request, t trigger, body []byte) (action, error) {
	a, to := new(activity.Activity), activity.Conversation{}
	if t.id != "" {
		if err := decodeBody(body, badSendByID, a); err != nil {
			return nil, err
		}
	} else {
		var in struct{ Conversation, Activity json.RawMessage }
		err := decodeBody(body, badSendInline, &in)
		switch {
		case err != nil:
		case absent(in.Activity):
			err = missing("activity")
		case absent(in.Conversation):
			err = missing("conversation")
		default:
			err = errors.Join(decodeBody(in.Activity, badSendInline, a), decodeBody(in.Conversation, badSendInline, &to))
		}
		if err == nil {
			err = h.trust(&to)
		}
		if err != nil {
			return nil, err
		}
	}
	if a.Is(activity.TypeDelay) { // would keep the request waiting, and say nothing
		return nil, &InvalidError{"activity.type", "is delay, which is not sent"}
	}
	return func(ctx context.Context) (answer, bool) {
		var id string
		var err error
		if t.id != "" {
			id, err = h.m.Send(ctx, t.id, a)
		} else {
			id, err = h.m.SendTo(ctx, to, a)
		}
		if err != nil {
			return h.failed(r, t, err), untouched(err) || activity.Retryable(err)
		}
		return answerJSON(struct {
			ID string `json:"id"`
		}{id}), false
	}, nil
}

// resume runs a continuation.
func (h *triggers) resume(r *http.Request, t trigger, body []byte) (action, error) {
	var in struct {
		Reference, Conversation, Value json.RawMessage
		ValueType                      string
	}
	var to activity.Conversation
	if t.id == "" {
		err := decodeBody(body, badContinue, &in)
		switch {
		case err != nil:
		case absent(in.Reference) && !absent(in.Conversation):
			err = decodeBody(in.Conversation, badContinue, &to)
		default:
			in.Value = nil // not the conversation's
			err = decodeBody(body, badContinue, &to)
		}
		if err == nil {
			err = h.trust(&to)
		}
		if err != nil {
			return nil, err
		}
	}
	event, err := payload(r, in.Value, in.ValueType)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (answer, bool) {
		ran, handler := noting(t.continuation.Handler)
		call := Call{Activity: event, SignIn: t.continuation.SignIn}
		var err error
		if t.id != "" {
			err = h.m.Continue(ctx, t.id, handler, call)
		} else {
			err = h.m.ContinueIn(ctx, to, handler, call)
		}
		if err != nil {
			return h.failed(r, t, within(*ran, err)), !*ran && untouched(err)
		}
		return answer{Status: http.StatusOK}, false
	}, nil
}

// create makes a conversation.
func (h *triggers) create(r *http.Request, t trigger, id activity.Identity, body []byte) (action, error) {
	var in struct {
		CreateConversation
		ContinueConversation bool `json:"continueConversation"`
	}
	if err := decodeBody(body, badCreate, &in); err != nil {
		return nil, err
	}
	c := &in.CreateConversation
	c.AgentClientID = strings.TrimSpace(c.AgentClientID)
	c.Claims = id.Claims
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.AgentClientID != "" {
		ours, ok := h.own(plainID(c.AgentClientID))
		if !ok {
			return nil, foreign("agentClientId")
		}
		c.AgentClientID = ours
	}
	event, err := payload(r, nil, "")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (answer, bool) {
		var handler agent.Handler
		ran := new(bool)
		if in.ContinueConversation {
			ran, handler = noting(t.continuation.Handler)
		}
		made, err := h.m.Create(ctx, *c, handler, Call{Activity: event, SignIn: t.continuation.SignIn})
		if made.Reference.Conversation.ID == "" {
			if err == nil {
				err = errors.New("proactive: the channel named no conversation")
			}
			return h.failed(r, t, err), untouched(err) || activity.Retryable(err)
		}
		a := answerJSON(made)
		if err != nil { // it exists, and must not be created again (note N4)
			status, code, _ := describe(within(*ran, err))
			a.ContinuationError = cmp.Or(code, strconv.Itoa(status))
			h.log(r, t, a, err)
		}
		return a, false
	}, nil
}

// noting returns h and whether it was called.
func noting(h agent.Handler) (*bool, agent.Handler) {
	ran := new(bool)
	return ran, func(ctx context.Context, t *agent.Turn) error {
		*ran = true
		return h(ctx, t)
	}
}

// within hides what a handler failed to find, which is not what was asked for.
func within(ran bool, err error) error {
	if ran && (errors.Is(err, ErrConversationNotFound) || errors.Is(err, ErrAmbiguous) || errors.Is(err, ErrMarked)) {
		return fmt.Errorf("proactive: continuation: %v", err)
	}
	return err
}

// untouched reports whether err says that nothing was done, unless it comes
// from a handler.
func untouched(err error) bool {
	if _, answered := errors.AsType[*activity.Error](err); answered {
		return false
	}
	for _, refused := range []error{ErrConversationNotFound, ErrAmbiguous, ErrMarked, ErrUserNotSignedIn, agent.ErrBusy, activity.ErrInvalid, activity.ErrUntrustedHost} {
		if errors.Is(err, refused) {
			return true
		}
	}
	return false
}
