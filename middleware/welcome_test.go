package middleware_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/middleware"
	"github.com/outspoken-go/outspoken/storage"
)

// newWelcoming is an echo that welcomes, over store.
func newWelcoming(store storage.Store) *agent.App {
	app := newEcho()
	app.Use(middleware.Welcome(store, sayWelcome))
	return app
}

func sayWelcome(ctx context.Context, t *agent.Turn, member activity.ChannelAccount) error {
	return t.SendText(ctx, "Welcome "+member.ID)
}

var (
	bot = activity.ChannelAccount{ID: "agent"}
	ann = activity.ChannelAccount{ID: "ann"}
	ben = activity.ChannelAccount{ID: "ben"}
)

func added(members ...activity.ChannelAccount) *activity.Activity {
	return &activity.Activity{Type: activity.TypeConversationUpdate, From: ann, MembersAdded: members}
}

func says(from activity.ChannelAccount) *activity.Activity {
	return &activity.Activity{Type: activity.TypeMessage, From: from, Text: "hi"}
}

func inGroup(a *activity.Activity) *activity.Activity {
	a.Conversation = activity.ConversationAccount{ID: "group", IsGroup: true}
	return a
}

// S2-06: channels differ in order and grouping of updates. Every script gives
// exactly one welcome to each, before anything else that is said.
func TestS2_06_WelcomeOnce(t *testing.T) {
	in := func(kind string, a *activity.Activity) *activity.Activity {
		a.Conversation = activity.ConversationAccount{ID: "teams", ConversationType: kind}
		return a
	}
	fromBot := says(activity.ChannelAccount{ID: "other", Role: activity.RoleBot})
	event := &activity.Activity{Type: activity.TypeEvent, Name: "ping", From: ann}
	tests := []struct {
		name   string
		script []*activity.Activity
		want   []string
	}{
		{"update first", []*activity.Activity{added(bot), added(ann), says(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"message first", []*activity.Activity{says(ann), added(ann), added(bot)}, []string{"Welcome ann", "You said: hi"}},
		{"message between the updates", []*activity.Activity{added(bot), says(ann), added(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"both members in one", []*activity.Activity{added(bot, ann), says(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"both members in one, the other way round", []*activity.Activity{added(ann, bot), says(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"split, the user first", []*activity.Activity{added(ann), added(bot), says(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"no update at all", []*activity.Activity{says(ann), says(ann)}, []string{"Welcome ann", "You said: hi", "You said: hi"}},
		{"no message at all", []*activity.Activity{added(bot, ann)}, []string{"Welcome ann"}},
		{"the same update again", []*activity.Activity{added(bot, ann), added(bot, ann), says(ann), added(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"the same member twice in one", []*activity.Activity{added(ann, ann)}, []string{"Welcome ann"}},
		{"gone and back", []*activity.Activity{added(ann), {Type: activity.TypeConversationUpdate, From: ann, MembersRemoved: []activity.ChannelAccount{ann}}, added(ann), says(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"the agent alone", []*activity.Activity{added(bot)}, nil},
		{"a member without an id", []*activity.Activity{added(activity.ChannelAccount{Name: "Nobody"})}, nil},
		{"another agent", []*activity.Activity{added(activity.ChannelAccount{ID: "other", Role: activity.RoleBot}), fromBot}, []string{"You said: hi"}},
		{"an event is no occasion", []*activity.Activity{event, says(ann)}, []string{"Welcome ann", "You said: hi"}},
		{"two people in one update", []*activity.Activity{inGroup(added(ann, bot, ben))}, []string{"Welcome ann", "Welcome ben"}},
		{"each new person of a group", []*activity.Activity{inGroup(added(bot, ann)), inGroup(added(ben)), inGroup(says(ben)), inGroup(added(ann, ben))}, []string{"Welcome ann", "Welcome ben", "You said: hi"}},
		{"a message first in a group", []*activity.Activity{inGroup(says(ann)), inGroup(added(ann))}, []string{"You said: hi", "Welcome ann"}},
		{"who was in the group before the agent", []*activity.Activity{inGroup(added(bot)), inGroup(says(ben))}, []string{"You said: hi"}},
		{"Teams, alone", []*activity.Activity{in("personal", says(ann)), in("personal", added(ann, bot))}, []string{"Welcome ann", "You said: hi"}},
		{"Teams, a chat of several", []*activity.Activity{in("groupChat", says(ann))}, []string{"You said: hi"}},
		{"Teams, a channel", []*activity.Activity{in("channel", says(ann)), in("channel", added(ann))}, []string{"You said: hi", "Welcome ann"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := agenttest.Start(t, newWelcoming(nil))
			var got []string
			for _, a := range tt.script {
				got = append(got, c.Send(a).Texts()...)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("the agent said %q, want %q", got, tt.want)
			}
		})
	}
}

// S2-06: the same person is new in another conversation and on another channel.
func TestS2_06_WelcomeElsewhere(t *testing.T) {
	c := agenttest.Start(t, newWelcoming(nil))
	for _, change := range []func(*activity.Activity){
		func(*activity.Activity) {},
		func(a *activity.Activity) { a.Conversation.ID = "elsewhere" },
		func(a *activity.Activity) { a.ChannelID = activity.ChannelTeams },
	} {
		a := added(ann)
		change(a)
		agenttest.WantTexts(t, c.Send(a), "Welcome ann")
	}
}

// S2-06: a reconnect, a restart and a second process share the store, and the
// welcome.
func TestS2_06_WelcomeAcrossProcesses(t *testing.T) {
	store := storage.NewMemory()
	agenttest.WantTexts(t, agenttest.Start(t, newWelcoming(store)).Send(added(bot, ann)), "Welcome ann")
	again := agenttest.Start(t, newWelcoming(store))
	agenttest.WantTexts(t, again.Send(added(bot, ann)))
	agenttest.WantTexts(t, again.Send(says(ann)), "You said: hi")
}

// S2-06: turns of the same conversation that run side by side, in one process
// and in two that both have read that nobody was greeted.
func TestS2_06_WelcomeConcurrently(t *testing.T) {
	store := &rendezvous{Store: storage.NewMemory()}
	cfg := agenttest.Config{Adapter: agent.AdapterConfig{Concurrent: true}}
	one := agenttest.NewChannel(t, newWelcoming(store), cfg).Conversation("a")
	two := agenttest.NewChannel(t, newWelcoming(store), cfg).Conversation("a")
	scripts := []func() agenttest.Replies{
		func() agenttest.Replies { return one.Send(added(bot, ann)) },
		func() agenttest.Replies { return one.Send(says(ann)) },
		func() agenttest.Replies { return two.Send(says(ann)) },
		func() agenttest.Replies { return two.Send(added(ann)) },
	}
	store.all.Add(len(scripts))
	said := make([][]string, len(scripts))
	var turns sync.WaitGroup
	for i, run := range scripts {
		turns.Go(func() { said[i] = run().Texts() })
	}
	turns.Wait()
	got := slices.Sorted(slices.Values(slices.Concat(said...)))
	if want := []string{"Welcome ann", "You said: hi", "You said: hi"}; !slices.Equal(got, want) {
		t.Errorf("the agent said %q, want %q", got, want)
	}
}

// rendezvous is a store whose readers wait for each other.
type rendezvous struct {
	storage.Store
	all sync.WaitGroup
}

func (r *rendezvous) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	items, err := r.Store.Read(ctx, keys...)
	r.all.Done()
	r.all.Wait()
	return items, err
}

// S2-06: a handler that fails saves no state, but what was said was said.
func TestS2_06_WelcomeAndAHandlerThatFails(t *testing.T) {
	app := agent.New(agent.Config{Logger: quiet, OnError: func(context.Context, *agent.Turn, error) {}})
	app.Use(middleware.Welcome(app.Storage(), sayWelcome))
	app.OnMessage(func(context.Context, *agent.Turn) error { return errors.New("out of paper") })
	c := agenttest.Start(t, app)
	for _, want := range [][]string{{"Welcome ann"}, nil} {
		replies, _, err := c.Process(t.Context(), says(ann))
		if got := replies.Texts(); err == nil || !slices.Equal(got, want) {
			t.Errorf("the agent said %q, error %v, want %q and one", got, err, want)
		}
	}

	// In a response that was never sent, nothing was said.
	c = agenttest.NewChannel(t, app, agenttest.Config{}).Conversation("other")
	a := says(ann)
	a.DeliveryMode = activity.DeliverExpectReplies
	for range 2 {
		replies, _, err := c.Process(t.Context(), a)
		if got := replies.Texts(); err == nil || !slices.Equal(got, []string{"Welcome ann"}) {
			t.Errorf("the agent wanted to say %q, error %v", got, err)
		}
	}
}

// S2-06: a greeting that failed is tried again at the next occasion, unless it
// may have arrived.
func TestS2_06_WelcomeThatFails(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want []string // at the second occasion
	}{
		{"refused", &activity.Error{Status: 500}, []string{"Welcome ann", "You said: hi"}},
		{"may have arrived", activity.ErrOutcomeUnknown, []string{"You said: hi"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := agenttest.Start(t, newWelcoming(nil))
			c.Connector().Fail(agenttest.Fault{Err: tt.err})
			if _, _, err := c.Process(t.Context(), added(bot, ann)); !errors.Is(err, tt.err) {
				t.Errorf("the turn ended with %v, want %v", err, tt.err)
			}
			agenttest.WantTexts(t, c.Send(says(ann)), tt.want...)
		})
	}
	t.Run("panicked", func(t *testing.T) {
		app, times := newEcho(), 0
		app.Use(middleware.Welcome(nil, func(ctx context.Context, t *agent.Turn, m activity.ChannelAccount) error {
			if times++; times == 1 {
				panic("a bug")
			}
			return sayWelcome(ctx, t, m)
		}))
		c := agenttest.Start(t, app)
		if _, _, err := c.Process(t.Context(), added(ann)); err == nil {
			t.Error("the turn did not fail")
		}
		agenttest.WantTexts(t, c.Send(added(ann)), "Welcome ann")
	})
	t.Run("one of two", func(t *testing.T) {
		c := agenttest.Start(t, newWelcoming(nil))
		c.Connector().Fail(agenttest.Fault{Err: &activity.Error{Status: 500}})
		replies, _, err := c.Process(t.Context(), inGroup(added(ann, ben)))
		if agenttest.WantTexts(t, replies, "Welcome ben"); err == nil {
			t.Error("the turn did not fail")
		}
		agenttest.WantTexts(t, c.Send(inGroup(added(ann, ben))), "Welcome ann")
	})
	t.Run("cut off", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, late := newEcho(), true
			app.Use(middleware.Timeout(time.Second), middleware.Welcome(nil, func(ctx context.Context, t *agent.Turn, m activity.ChannelAccount) error {
				if late {
					<-ctx.Done()
					return ctx.Err()
				}
				return sayWelcome(ctx, t, m)
			}))
			c := agenttest.Start(t, app)
			if _, _, err := c.Process(t.Context(), added(ann)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the turn ended with %v", err)
			}
			late = false
			agenttest.WantTexts(t, c.Send(added(ann)), "Welcome ann")
		})
	})
}

func TestWelcomeProactiveTurnsGreetNobody(t *testing.T) {
	c := agenttest.Start(t, newWelcoming(nil))
	err := c.Adapter().Continue(t.Context(), c.Conversation(), func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "psst") })
	if err != nil {
		t.Fatal(err)
	}
	agenttest.WantTexts(t, c.Unread(), "psst")
}

// Ids may be longer than keys of a store.
func TestWelcomeLongIDs(t *testing.T) {
	long := activity.ChannelAccount{ID: strings.Repeat("x", 5000)}
	c := agenttest.Start(t, newWelcoming(nil))
	if got := c.Send(added(long)).Texts(); len(got) != 1 {
		t.Errorf("the agent said %d things", len(got))
	}
}

func TestWelcomeStoreFails(t *testing.T) {
	for name, store := range map[string]storage.Store{"reading": brokenReader{}, "writing": halfBroken{storage.NewMemory()}} {
		t.Run(name, func(t *testing.T) {
			replies, _, err := agenttest.Start(t, newWelcoming(store)).Process(t.Context(), says(ann))
			if !errors.Is(err, storage.ErrClosed) || slices.Contains(replies.Texts(), "Welcome ann") {
				t.Errorf("the agent said %q, error %v, want storage.ErrClosed", replies.Texts(), err)
			}
		})
	}
}

type brokenReader struct{ storage.Store }

func (brokenReader) Read(context.Context, ...string) (map[string]storage.Item, error) {
	return nil, storage.ErrClosed
}

type halfBroken struct{ storage.Store }

func (halfBroken) Write(context.Context, map[string]storage.Item) (map[string]string, error) {
	return nil, storage.ErrClosed
}
