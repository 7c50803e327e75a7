package middleware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// A Greeter says welcome to one member of the turn's conversation. Channels
// often tell no more of a member than the id; [agent.Turn.Member] asks for the
// rest.
type Greeter func(ctx context.Context, t *agent.Turn, member activity.ChannelAccount) error

// Welcome greets each member of a conversation once, whatever the order and
// grouping in which a channel tells of them: before the turn of the
// conversationUpdate that adds them, or, where a message comes first, before
// the turn of that message. In a group only those are greeted whom an update
// adds: who merely writes may have been there long before the agent. Nobody is
// greeted again who comes back, and neither the agent nor other agents are.
//
// Who was greeted is kept in store, for good, under keys that begin with
// "welcome/"; all processes of an agent should share it. nil means a memory of
// its own, which forgets when the process ends. It costs one read in the turns
// that may greet.
//
// The mark is set before greet runs, so that two processes never greet the
// same member, and does not depend on the rest of the turn. When greet fails
// the mark is taken away again, unless the message may have arrived all the
// same ([activity.ErrOutcomeUnknown]): the turn fails with the error of greet,
// and the next update or message tries again. A member whose greeting is cut
// off by a crash is not greeted again.
func Welcome(store storage.Store, greet Greeter) agent.Middleware {
	if greet == nil {
		panic("middleware: Welcome needs a function that greets")
	}
	if store == nil {
		store = storage.NewMemory()
	}
	w := welcome{store, greet}
	return func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			if err := w.members(ctx, t, newcomers(t)); err != nil {
				return err
			}
			return next(ctx, t)
		}
	}
}

// newcomers are the members that an activity may be the first to tell of.
func newcomers(t *agent.Turn) []activity.ChannelAccount {
	a := t.Activity
	var members []activity.ChannelAccount
	switch {
	case t.Proactive():
	case a.Is(activity.TypeConversationUpdate):
		members = a.MembersAdded
	case a.Is(activity.TypeMessage) && !inGroup(&a.Conversation) && !t.Identity.IsAgent():
		members = []activity.ChannelAccount{a.From}
	}
	var people []activity.ChannelAccount
	for _, m := range members {
		if m.ID != "" && m.ID != a.Recipient.ID && !m.HasRole(activity.RoleBot) && !m.HasRole(activity.RoleSkill) {
			people = append(people, m)
		}
	}
	return people
}

func inGroup(c *activity.ConversationAccount) bool {
	return c.IsGroup || c.ConversationType != "" && !strings.EqualFold(c.ConversationType, "personal")
}

type welcome struct {
	store storage.Store
	greet Greeter
}

// members greets those who were not greeted before.
func (w welcome) members(ctx context.Context, t *agent.Turn, members []activity.ChannelAccount) error {
	if len(members) == 0 {
		return nil
	}
	keys := make([]string, len(members))
	for i, m := range members {
		keys[i] = hashedKey("welcome/", t.Activity.ChannelID, t.Activity.Conversation.ID, m.ID)
	}
	greeted, err := w.store.Read(ctx, keys...)
	if err != nil {
		return fmt.Errorf("middleware: welcome: %w", err)
	}
	var failed error
	for i, m := range members {
		if _, ok := greeted[keys[i]]; !ok {
			failed = errors.Join(failed, w.member(ctx, t, keys[i], m))
		}
	}
	return failed
}

// member greets one, unless another turn is doing it.
func (w welcome) member(ctx context.Context, t *agent.Turn, key string, m activity.ChannelAccount) (err error) {
	_, err = w.store.Write(ctx, map[string]storage.Item{key: {Value: json.RawMessage("true"), New: true}})
	if errors.Is(err, storage.ErrConflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("middleware: welcome: %w", err)
	}
	said := false
	defer func() {
		if !said { // a panic, too
			w.forget(ctx, t, key)
		}
	}()
	err = w.greet(ctx, t, m)
	said = err == nil || errors.Is(err, activity.ErrOutcomeUnknown)
	if err != nil || !t.Activity.HasDeliveryMode(activity.DeliverExpectReplies) {
		return err
	}
	// The greeting is in the HTTP response, which is lost if the turn fails.
	return t.OnEnd(func(ctx context.Context, err error) {
		if err != nil {
			w.forget(ctx, t, key)
		}
	})
}

// forget lets a member be greeted at the next occasion.
func (w welcome) forget(ctx context.Context, t *agent.Turn, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := w.store.Delete(ctx, key); err != nil {
		t.Logger().WarnContext(ctx, "a member will not be greeted", "conversation", t.Activity.Conversation.ID,
			"activity", t.Activity.ID, "err", err)
	}
}
