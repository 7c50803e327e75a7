package proactive_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// tokens is a sign-in service: it keeps the token of the turn's user in the
// turn, as package signin does.
type tokens struct{}

var token = agent.NewTempKey[string]("token")

func (tokens) Missing(_ context.Context, t *agent.Turn, _ []string) ([]string, error) {
	if _, ok := token.Get(t); ok {
		return nil, errors.New("the turn has a token before it was asked for")
	}
	token.Set(t, "token of "+t.Activity.From.ID)
	return nil, nil
}

// S1-001, S1-103: fifty turns that go on at once, each of two agents and fifty users, never see
// a token, a value, a state or the credentials of another.
func TestContinuationsAreIsolated(t *testing.T) {
	const users = 50
	r := newRig(t, proactive.Config{SignIns: tokens{}})
	name := agent.UserKey[string]("name")
	var all sync.WaitGroup // every handler runs before any goes on
	all.Add(users)
	agent.OnContinue(r.app, "who", func(ctx context.Context, tn *agent.Turn, value string) error {
		if _, ok, err := name.Lookup(ctx, tn); ok || err != nil {
			return fmt.Errorf("the user has state: %v", err)
		}
		if err := name.Set(ctx, tn, value); err != nil {
			return err
		}
		all.Done()
		all.Wait()
		secret, _ := token.Get(tn)
		got, err := name.Get(ctx, tn)
		return errors.Join(err, tn.SendText(ctx, fmt.Sprint(secret, ", ", got, ", ", tn.Activity.From.ID)))
	}, "graph")
	for i := range users {
		r.known(t, fmt.Sprint("conv-", i), func(c *activity.Conversation) {
			c.Reference.User = activity.ChannelAccount{ID: fmt.Sprint("user-", i)}
			c.Claims = map[string]string{"aud": fmt.Sprint("agent-", i%2)}
		})
	}
	var runs sync.WaitGroup
	for i := range users {
		runs.Go(func() {
			if err := r.Run(t.Context(), fmt.Sprint("conv-", i), "who", fmt.Sprint("value-", i)); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	var got, want []string
	for _, a := range r.wire.all() {
		conv, _ := a.Body["conversation"].(map[string]any)
		to, _ := a.Body["recipient"].(map[string]any)
		got = append(got, fmt.Sprint(conv["id"], " ", to["id"], " ", a.Token, ": ", a.Body["text"]))
	}
	for i := range users {
		want = append(want, fmt.Sprintf("conv-%d user-%d Bearer for-agent-%d-: token of user-%d, value-%d, user-%d", i, i, i%2, i, i, i))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	for i := range users {
		key := fmt.Sprint("msteams/users/user-", i)
		items, err := r.state.Read(t.Context(), key)
		if want := fmt.Sprintf(`{"name":"value-%d"}`, i); err != nil || string(items[key].Value) != want {
			t.Errorf("%s holds %s, want %s", key, items[key].Value, want)
		}
	}
}
