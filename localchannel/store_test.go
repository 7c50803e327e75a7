package localchannel_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

// plain hides all a store can do beyond the contract.
type plain struct{ storage.Store }

// A second channel on the same store is what a process finds after kill -9:
// the first one is not closed.
func TestRestart(t *testing.T) {
	for name, store := range map[string]storage.Store{"with List": storage.NewMemory(), "without": plain{storage.NewMemory()}} {
		t.Run(name, func(t *testing.T) {
			use := func(cfg *localchannel.Config) { cfg.Store = store }
			first := serve(t, use)
			conv := first.start(withAnna)
			first.post(conv.ID, "one")
			id := first.send(conv.ID, message("two"))
			first.send(conv.ID, activity.Activity{Type: "typing"})

			second := serve(t, use)
			var again struct{ StreamURL string }
			second.want(http.StatusOK, "GET", base+"/"+conv.ID+"?watermark=1", "", &again, "Authorization", "Bearer "+conv.Token)
			socket := dial(t, again.StreamURL)
			if set := next(t, socket); !slices.Equal(texts(set), []string{"two"}) || set.Watermark != "2" {
				t.Errorf("replayed %q up to %q", texts(set), set.Watermark)
			}
			a := message("two, corrected")
			a.ID = id
			if _, err := second.channel.Update(t.Context(), to(conv.ID), &a); err != nil {
				t.Error(err)
			}
			second.post(conv.ID, "three") // Anna is known: no conversationUpdate
			if got := second.agent.received(t, 1); got[0].ID != conv.ID+"|0000003" {
				t.Errorf("the agent got %s %s", got[0].Type, got[0].ID)
			}
			if set := second.history(conv.ID, ""); !slices.Equal(texts(set), []string{"one", "two, corrected", "three"}) {
				t.Errorf("history %q", texts(set))
			}
		})
	}
}

func TestLimits(t *testing.T) {
	store := storage.NewMemory()
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxConversations, cfg.MaxActivities = store, 2, 20 })
	first := f.start("")
	id := f.send(first.ID, message("0"))
	for range 25 {
		f.send(first.ID, message("more"))
	}
	set := f.history(first.ID, "")
	if n := len(set.Activities); n < 18 || n > 20 || set.Watermark != "26" {
		t.Errorf("%d activities kept up to %s, want 18 to 20 up to 26", n, set.Watermark)
	}
	if err := f.channel.Delete(t.Context(), to(first.ID), id); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("deleting what was dropped: %v", err)
	}
	f.start("")
	f.start("")
	f.agent.received(t, 3)
	if n := stored(t, store, "conversations/"); n != 2 {
		t.Errorf("%d conversations stored, want 2", n)
	}
}

// stored counts the keys below a prefix of the channel's.
func stored(t *testing.T, store *storage.Memory, prefix string) int {
	t.Helper()
	n := 0
	for _, err := range storage.All(t.Context(), store, "localchannel/"+prefix) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// Many begin at once: the limit holds, and nothing of those deleted is left.
func TestLimitHoldsForAllAtOnce(t *testing.T) {
	store := storage.NewMemory()
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxConversations = store, 5 })
	hello := message("hello")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				_, err := f.channel.CreateConversation(t.Context(), to(""), activity.ConversationParameters{Activity: &hello})
				if err != nil && !errors.Is(err, activity.ErrNotFound) { // deleted before it had its first activity
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var list struct{ Conversations []any }
	f.want(http.StatusOK, "GET", service, "", &list)
	if n := stored(t, store, "conversations/"); n != 5 || len(list.Conversations) != 5 {
		t.Errorf("%d conversations stored and %d known, want 5", n, len(list.Conversations))
	}
	if n := stored(t, store, "activities/"); n > 5 {
		t.Errorf("%d activities stored, want at most one of each conversation", n)
	}
}

// broken fails every write once it is broken.
type broken struct {
	*storage.Memory
	fail bool
}

func (b *broken) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	if b.fail {
		return nil, errors.New("disk full")
	}
	return b.Memory.Write(ctx, items)
}

func TestNothingIsAcknowledgedThatIsNotStored(t *testing.T) {
	store := &broken{Memory: storage.NewMemory()}
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store = store })
	conv := f.start("")
	f.agent.received(t, 1)
	store.fail = true
	f.want(http.StatusInternalServerError, "POST", base+"/"+conv.ID+"/activities", `{"type":"message","from":{"id":"anna"}}`, nil)
	f.want(http.StatusInternalServerError, "POST", base, "", nil)
	a := message("x")
	if _, err := f.channel.Send(t.Context(), to(conv.ID), &a); !activity.Retryable(err) {
		t.Errorf("send: %v, want an error that may pass", err)
	}
	f.agent.received(t, 1)
	store.fail = false
	f.post(conv.ID, "hello")
	if got := f.agent.received(t, 3); got[1].Type != "conversationUpdate" || got[2].ID != conv.ID+"|0000001" {
		t.Errorf("the agent got %s, then %s", got[1].Type, got[2].ID)
	}
}
