package agenttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A Target holds an [agent.Connector] to be tested by [TestConnector].
type Target struct {
	Connector agent.Connector

	// Conversation is one that exists on the channel, with its user in it.
	Conversation activity.Conversation

	// Texts are the texts that reached the conversation, oldest first. On a
	// channel that cannot change what was said, an edit is one more text.
	Texts func() []string
}

// TestConnector checks that a connector keeps the promises that agents rely on,
// by itself and behind an [agent.Adapter]. open returns a new, empty target
// each time and closes it with t.Cleanup if it must be closed.
func TestConnector(t *testing.T, open func(t *testing.T) Target) {
	for _, test := range connectorTests {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	for _, test := range adapterTests {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

type connectorTest struct {
	name string
	run  func(*testing.T, Target)
}

var connectorTests = []connectorTest{
	{"what is sent arrives in order, under different ids", func(t *testing.T, x Target) {
		first, second := x.send(t, "one"), x.send(t, "two")
		if first == "" || first == second {
			t.Errorf("ids %q and %q, want two different ones", first, second)
		}
		x.want(t, "one", "two")
	}},
	{"the activity is not changed", func(t *testing.T, x Target) {
		a := x.message("hello")
		before := encode(a)
		if _, err := x.Connector.Send(t.Context(), x.Conversation, a); err != nil {
			t.Fatal(err)
		}
		if after := encode(a); after != before {
			t.Errorf("Send changed its argument from %s\nto %s", before, after)
		}
	}},
	{"concurrent sends all arrive", func(t *testing.T, x Target) {
		var want []string
		var all sync.WaitGroup
		for i := range 20 {
			text := fmt.Sprintf("message %02d", i)
			want = append(want, text)
			all.Go(func() { x.send(t, text) })
		}
		all.Wait()
		if got := slices.Sorted(slices.Values(x.Texts())); !slices.Equal(got, want) {
			t.Errorf("arrived: %q, want all of %q", got, want)
		}
	}},
	{"nothing is sent when the context has ended", func(t *testing.T, x Target) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := x.Connector.Send(ctx, x.Conversation, x.message("late")); !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want context.Canceled", err)
		}
		x.want(t)
	}},
	{"an address without conversation is refused", func(t *testing.T, x Target) {
		to := x.Conversation
		to.Reference.Conversation.ID = ""
		a := x.message("where to?")
		a.Conversation.ID = ""
		if _, err := x.Connector.Send(t.Context(), to, a); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("error = %v, want activity.ErrInvalid", err)
		}
		x.want(t)
	}},
	{"an update is seen, and its id stays good", func(t *testing.T, x Target) {
		id := x.send(t, "Helo")
		for _, text := range []string{"Hallo", "Hello"} {
			a := x.message(text)
			a.ID = id
			if _, err := x.Connector.Update(t.Context(), x.Conversation, a); err != nil {
				t.Fatal(err)
			}
		}
		if got := x.Texts(); len(got) == 0 || got[len(got)-1] != "Hello" {
			t.Errorf("arrived: %q, want the edit last", got)
		}
	}},
	{"what was deleted, or never was, is not found", func(t *testing.T, x Target) {
		id := x.send(t, "oops")
		if err := x.Connector.Delete(t.Context(), x.Conversation, id); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{id, "no-such-activity"} {
			a := x.message("again")
			a.ID = id
			if _, err := x.Connector.Update(t.Context(), x.Conversation, a); !errors.Is(err, activity.ErrNotFound) {
				t.Errorf("update of %s: error = %v, want activity.ErrNotFound", id, err)
			}
			if err := x.Connector.Delete(t.Context(), x.Conversation, id); !errors.Is(err, activity.ErrNotFound) {
				t.Errorf("deletion of %s: error = %v, want activity.ErrNotFound", id, err)
			}
		}
	}},
	{"the user is a member, a stranger is not", func(t *testing.T, x Target) {
		user := x.Conversation.Reference.User.ID
		got, err := x.Connector.Member(t.Context(), x.Conversation, user)
		if err != nil || got.ID != user {
			t.Errorf("Member(%q) = %q, %v", user, got.ID, err)
		}
		if _, err := x.Connector.Member(t.Context(), x.Conversation, "no-such-member"); !errors.Is(err, activity.ErrNotFound) {
			t.Errorf("Member of a stranger: error = %v, want activity.ErrNotFound", err)
		}
		var ids []string
		for token, pages := "", 0; pages == 0 || token != ""; pages++ {
			page, err := x.Connector.Members(t.Context(), x.Conversation, 1, token)
			if err != nil || pages > 100 {
				t.Fatalf("page %d of the members: %v", pages, err)
			}
			for _, m := range page.Members {
				ids = append(ids, m.ID)
			}
			token = page.ContinuationToken
		}
		if !slices.Contains(ids, user) {
			t.Errorf("Members = %q, want %q among them", ids, user)
		}
	}},
	{"a created conversation can be spoken to", func(t *testing.T, x Target) {
		ref := &x.Conversation.Reference
		r, err := x.Connector.CreateConversation(t.Context(), x.Conversation, activity.ConversationParameters{
			Agent: ref.Agent, Members: []activity.ChannelAccount{ref.User},
		})
		if err != nil || r.ID == "" {
			t.Fatalf("CreateConversation = %q, %v", r.ID, err)
		}
		x.Conversation.Reference.Conversation = activity.ConversationAccount{ID: r.ID}
		x.send(t, "hello")
	}},
}

func (x Target) message(text string) *activity.Activity {
	a := activity.Message(text)
	x.Conversation.Reference.Apply(a)
	return a
}

func (x Target) send(t *testing.T, text string) string {
	t.Helper()
	r, err := x.Connector.Send(t.Context(), x.Conversation, x.message(text))
	if err != nil {
		t.Errorf("Send(%q): %v", text, err)
	}
	return r.ID
}

func (x Target) want(t *testing.T, texts ...string) {
	t.Helper()
	if got := x.Texts(); !slices.Equal(got, texts) {
		t.Errorf("arrived: %s\nwant: %s", strings.Join(got, " | "), strings.Join(texts, " | "))
	}
}
