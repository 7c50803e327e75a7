package signin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/signin"
)

// turn runs h as a message's turn and returns its error.
func (wd *world) turn(h agent.Handler) error {
	wd.t.Helper()
	app := agent.New(agent.Config{Storage: wd.app.Storage(), OnError: func(context.Context, *agent.Turn, error) {}})
	app.Use(wd.flows.Middleware)
	app.OnMessage(h)
	_, _, err := agenttest.NewChannel(wd.t, app, agenttest.Config{ChannelID: activity.ChannelWebChat}).Conversation("conversation").
		Process(wd.t.Context(), activity.Message("go"))
	return err
}

// Token asks the service once per turn, and again when the token is about to
// end.
func TestTokenIsAskedForOncePerTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wd := start(t, "", nil)
		ends := func(in time.Duration) {
			wd.service.tokens["user/graph-aad"] = activity.TokenResponse{Token: "T", Expiration: activity.At(time.Now().Add(in))}
		}
		ends(time.Hour)
		err := wd.turn(func(ctx context.Context, tn *agent.Turn) error {
			var wg sync.WaitGroup
			for range 3 {
				if token, err := wd.flows.Token(ctx, tn, "graph"); err != nil || token.Token != "T" {
					t.Errorf("got %v %v", token.Token, err)
				}
			}
			if n := wd.service.count("token"); n != 1 {
				t.Errorf("asked %d times", n)
			}
			for range 10 {
				wg.Go(func() { wd.flows.Token(ctx, tn, "graph"); wd.flows.Missing(ctx, tn, []string{"graph"}) })
			}
			wg.Wait()
			time.Sleep(56 * time.Minute)
			ends(time.Hour)
			wd.flows.Token(ctx, tn, "graph")
			if n := wd.service.count("token"); n != 2 {
				t.Errorf("asked %d times, want 2", n)
			}
			delete(wd.service.tokens, "user/graph-aad")
			time.Sleep(time.Hour)
			if _, err := wd.flows.Token(ctx, tn, "graph"); !errors.Is(err, signin.ErrNotSignedIn) {
				t.Errorf("the token is gone: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestMissing(t *testing.T) {
	wd := start(t, "", nil)
	wd.service.signIn("user", "mail")
	err := wd.turn(func(ctx context.Context, tn *agent.Turn) error {
		missing, err := wd.flows.Missing(ctx, tn, []string{"mail", "graph"})
		if err != nil || strings.Join(missing, "|") != "graph" {
			t.Errorf("got %q %v", missing, err)
		}
		if missing, err := wd.flows.Missing(ctx, tn, nil); err != nil || len(missing) > 0 {
			t.Errorf("got %q %v", missing, err)
		}
		if _, err := wd.flows.Missing(ctx, tn, []string{"other"}); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("an unknown name: %v", err)
		}
		wd.service.err["token"] = activity.ErrUnavailable
		if _, err := wd.flows.Missing(ctx, tn, []string{"graph"}); !errors.Is(err, activity.ErrUnavailable) {
			t.Errorf("the service is down: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// In a proactive turn tokens are there, but nobody is asked to sign in. (S1-027;
// S1-059: of two connections, the right one's)
func TestProactiveTurn(t *testing.T) {
	wd := start(t, "", nil)
	h := wd.flows.Require("graph")(func(ctx context.Context, tn *agent.Turn) error {
		token, err := wd.flows.Token(ctx, tn, "graph")
		if err != nil {
			return err
		}
		mail, err := wd.flows.Token(ctx, tn, "mail")
		if err != nil {
			return err
		}
		return tn.SendText(ctx, token.Token+", "+mail.Token)
	})
	if err := wd.Adapter().Continue(t.Context(), wd.Conversation(), h); !errors.Is(err, signin.ErrNotSignedIn) || !strings.Contains(err.Error(), "graph") {
		t.Errorf("got %v", err)
	}
	if n := len(wd.Unread()); n > 0 || wd.active() || wd.service.count("offer") > 0 {
		t.Errorf("%d activities, flow %v", n, wd.active())
	}
	wd.service.signIn("user", "graph-aad")
	wd.service.signIn("user", "mail")
	if err := wd.Adapter().Continue(t.Context(), wd.Conversation(), h); err != nil {
		t.Error(err)
	}
	agenttest.WantTexts(t, wd.Wait(1), "token of user for graph-aad, token of user for mail")
}

func TestSignOut(t *testing.T) {
	wd := start(t, "", nil)
	wd.service.signIn("user", "graph-aad")
	agenttest.WantTexts(t, wd.SendText("me"), "token of user for graph-aad")
	agenttest.WantTexts(t, wd.SendText("sign out"), "signed out")
	if card := wd.card("me"); card.ConnectionName != "graph-aad" {
		t.Errorf("card %+v", card)
	}

	wd = start(t, activity.ChannelTeams, nil)
	wd.card("me")
	wd.app.OnEvent("leave", func(ctx context.Context, tn *agent.Turn) error { return wd.flows.SignOut(ctx, tn, "graph") })
	wd.Event("leave", nil)
	if wd.active() {
		t.Error("the sign-in under way goes on")
	}
	wd.app.OnEvent("kept", func(ctx context.Context, tn *agent.Turn) error {
		wd.service.signIn("user", "graph-aad")
		if _, err := wd.flows.Token(ctx, tn, "graph"); err != nil {
			t.Error(err)
		}
		if err := wd.flows.SignOut(ctx, tn, "graph"); err != nil {
			t.Error(err)
		}
		if _, err := wd.flows.Token(ctx, tn, "graph"); !errors.Is(err, signin.ErrNotSignedIn) {
			t.Errorf("the turn keeps the token: %v", err)
		}
		return wd.flows.SignOut(ctx, tn, "unknown")
	})
	a := &activity.Activity{Type: activity.TypeEvent, Name: "kept"}
	if _, _, err := wd.Process(t.Context(), a); !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// exchanger is a fake of the on-behalf-of flow.
type exchanger struct {
	calls []string
	err   error
}

func (e *exchanger) OnBehalfOf(_ context.Context, to activity.Conversation, connection, token string, scopes []string) (activity.TokenResponse, error) {
	e.calls = append(e.calls, strings.Join(append([]string{to.Reference.User.ID, connection, token}, scopes...), " "))
	return activity.TokenResponse{Token: "for " + strings.Join(scopes, " ")}, e.err
}

// case 101: the on-behalf-of exchange needs an exchangeable token; its failure
// signs the user out.
func TestCase101_OnBehalfOf(t *testing.T) {
	e := &exchanger{}
	wd := start(t, "", func(cfg *signin.Config) {
		cfg.OnBehalfOf = e
		cfg.Connections[0].Scopes, cfg.Connections[0].OnBehalfOf = []string{"a", "b"}, "Service"
	})
	token := activity.TokenResponse{Token: "T", Expiration: "2999-01-01T00:00:00Z"}
	wd.service.tokens["user/graph-aad"] = token
	get := func(want string, is error, scopes ...string) {
		t.Helper()
		err := wd.turn(func(ctx context.Context, tn *agent.Turn) error {
			for range 2 {
				var got activity.TokenResponse
				var err error
				if scopes == nil {
					got, err = wd.flows.Token(ctx, tn, "graph")
				} else {
					got, err = wd.flows.TokenFor(ctx, tn, "graph", scopes...)
				}
				if err != nil {
					return err
				}
				if got.Token != want {
					t.Errorf("got %q, want %q", got.Token, want)
				}
			}
			return nil
		})
		if !errors.Is(err, is) {
			t.Errorf("got %v, want %v", err, is)
		}
	}
	get("", signin.ErrNotExchangeable)
	if len(e.calls) > 0 || wd.service.count("sign out") > 0 {
		t.Errorf("calls %q, %v", e.calls, wd.service.calls)
	}
	token.IsExchangeable = true
	wd.service.tokens["user/graph-aad"] = token
	get("for a b", nil)
	get("for c", nil, "c")
	get("", activity.ErrInvalid, []string{}...)
	if want := "user Service T a b|user Service T c"; strings.Join(e.calls[:2], "|") != want {
		t.Errorf("calls %q, want %q", e.calls, want)
	}
	e.err = &activity.Error{Status: 503}
	get("", activity.ErrUnavailable)
	if wd.service.count("sign out") > 0 {
		t.Error("signed out although the exchange may work later")
	}
	e.err = errors.New("interaction required")
	get("", e.err)
	if wd.service.count("sign out") != 1 || wd.service.tokens["user/graph-aad"].Token != "" {
		t.Error("not signed out")
	}
	get("", signin.ErrNotSignedIn)

	wd = start(t, "", nil) // no exchanger
	wd.service.signIn("user", "graph-aad")
	err := wd.turn(func(ctx context.Context, tn *agent.Turn) error {
		_, err := wd.flows.TokenFor(ctx, tn, "graph", "x")
		return err
	})
	if !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
