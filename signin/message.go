package signin

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

var isCode = regexp.MustCompile(`^[0-9]{6}$`).MatchString

// message takes what the user writes while a sign-in is under way.
func (s *step) message(ctx context.Context) error {
	a := *s.t.Activity // RemoveRecipientMention changes it
	text := strings.TrimSpace(a.RemoveRecipientMention())
	if text == "" {
		return s.next(ctx, s.t) // a file, or a card that was filled in
	}
	fl, _, err := s.load(ctx, s.key)
	switch {
	case err != nil:
		return err
	case !fl.active():
		return s.next(ctx, s.t)
	case fl.expired() && isCode(text):
		return s.fail(ctx, ErrTimedOut)
	case fl.expired():
		if _, err := s.end(ctx, s.key); err != nil {
			return err
		}
		return s.next(ctx, s.t) // the user has gone on to something else
	case s.isCancel(text):
		_, err := s.end(ctx, s.key)
		return err
	}
	teams := a.OnChannel(activity.ChannelTeams) // which sends codes as invokes
	if teams || !isCode(text) {
		ready, err := s.meanwhile(ctx, fl.Connections)
		switch {
		case err != nil:
			return err
		case ready:
			return s.next(ctx, s.t)
		case teams:
			return s.t.SendText(ctx, s.cfg.Texts.InProgress)
		}
		return s.missed(ctx)
	}
	right, err := s.redeem(ctx, fl.Connections, text)
	if err != nil || right {
		return err
	}
	return s.missed(ctx)
}

// meanwhile reports whether the user has signed in to all, unknown to the agent:
// in another conversation, or because the channel's word was lost. What waited
// then comes first.
func (s *step) meanwhile(ctx context.Context, connections []string) (bool, error) {
	for _, name := range connections {
		if _, err := s.connection(name); err != nil {
			return false, nil // another version of the agent knew it
		}
	}
	missing, err := s.Missing(ctx, s.t, connections)
	if err != nil || len(missing) > 0 {
		return false, err
	}
	for _, name := range connections {
		token, _ := s.kept(s.t).get(name)
		if err := s.succeed(ctx, name, token); err != nil {
			return false, err
		}
	}
	return true, nil
}

// redeem signs the user in with a code, and reports whether that worked. A
// code does not say which connection it belongs to.
func (s *step) redeem(ctx context.Context, connections []string, code string) (right bool, err error) {
	for _, name := range connections {
		c, err := s.connection(name)
		if err != nil {
			continue // as above
		}
		token, err := s.cfg.Tokens.Token(ctx, s.to, c.OAuthConnection, code)
		switch {
		case refused(err):
			continue
		case err != nil:
			return right, fmt.Errorf("signin: redeem the code for %q: %w", name, err)
		case token.Token == "":
			continue
		}
		right = true
		if err := s.succeed(ctx, name, token); err != nil {
			return right, err
		}
	}
	return right, nil
}

// miss counts a wrong code, and reports whether the flow goes on.
func (s *step) miss(ctx context.Context) (again bool, err error) {
	fl, err := s.change(ctx, s.key, func(fl *flow) bool {
		fl.Tries++
		return fl.active()
	})
	return err == nil && fl.active() && fl.Tries < s.cfg.Tries, err
}

// missed answers a wrong code, or something else in its place.
func (s *step) missed(ctx context.Context) error {
	again, err := s.miss(ctx)
	if err != nil {
		return err
	}
	if again {
		return s.t.SendText(ctx, s.cfg.Texts.WrongCode)
	}
	return s.fail(ctx, ErrWrongCode)
}
