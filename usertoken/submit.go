package usertoken

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	deliverTime = 30 * time.Second

	// eventTokens brings the agent a token with no code. (proactive-hosting-auth 7)
	eventTokens = "tokens/response"
)

// submit takes the form. It ends with a code, or, in the browser that the
// conversation is open in, by telling the agent.
func (s *Service) submit(r *http.Request) (view, error) {
	if !s.fromOwnForm(r) {
		return view{}, fault(http.StatusForbidden, "Forbidden", "the form can only be sent by the sign-in page")
	}
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return view{}, fault(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "the form is larger than 64 KB")
		}
		return view{}, fault(http.StatusBadRequest, "BadSyntax", "the form cannot be read")
	}
	var (
		id          = r.URL.Query().Get("id")
		name, named = cleanName(r.PostForm.Get("name"))
		v           view
		problem     error
		tell        *tokenEvent
	)
	err := s.follow(r.Context(), id, func(c *connection, w who) (bool, error) {
		v, problem, tell = view{Connection: w.connection, User: w.user}, nil, nil
		si := c.SignIn
		if si.Nonce == "" || !same(r.PostForm.Get("nonce"), si.Nonce) {
			return false, fault(http.StatusConflict, "Conflict", "this page is out of date; open the sign-in link again")
		}
		si.Nonce = ""
		switch {
		case r.PostForm.Get("action") == "cancel":
			v.Title, v.Done, v.Return = "Not signed in", "You did not sign in. The link in the chat still works.", si.Return
		case !named:
			v = form(si, w, id, "")
			problem = badArgument("Enter a name of 1 to 100 characters.")
		case si.inSession(r) && s.cfg.Deliver != nil:
			v.Title, v.Name, v.Return = "Signed in", name, si.Return
			v.Done = "The agent has been told. You can close this window and go on in the chat."
			token := s.mint(w, w.connection, name)
			tell = &tokenEvent{w, si.Conversation, si.UserName, token}
			*c = connection{Token: token}
		default:
			c.Code = newCode(name)
			c.SignIn = nil
			v.Title, v.Name, v.Return = "One more step", name, si.Return
			v.Code, v.Digits = c.Code.Code, strings.Join(strings.Split(c.Code.Code, ""), " ")
			v.Minutes = int(codeLife.Minutes())
		}
		return true, nil
	})
	if err != nil {
		return view{}, err
	}
	if tell != nil && !s.tell(r.Context(), tell) {
		v.Done = "The agent could not be told just now. Write to it in the chat: you are signed in."
	}
	return v, problem
}

// A tokenEvent is a token that the agent is to hear of.
type tokenEvent struct {
	who
	conversation, userName string
	token                  *userToken
}

// tell is not cut short by a person who closes the page.
func (s *Service) tell(ctx context.Context, e *tokenEvent) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverTime)
	defer cancel()
	response := e.token.response(e.who)
	a, err := activity.Event(eventTokens, &response)
	if err == nil {
		a.From = activity.ChannelAccount{ID: e.user, Name: e.userName}
		err = s.cfg.Deliver(ctx, e.conversation, a)
	}
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "user tokens: the agent was not told of a sign-in", "conversation", e.conversation, "channel", e.channel, "err", err)
	}
	return err == nil
}

// fromOwnForm refuses forms of other pages, even of this machine. What is no
// browser sends neither header; the nonce holds for everybody.
func (s *Service) fromOwnForm(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	u, err := url.Parse(origin)
	return origin == "" || err == nil && (strings.EqualFold(u.Host, r.Host) || originOf(u) == s.origin)
}
