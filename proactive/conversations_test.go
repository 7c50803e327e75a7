package proactive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A counting store counts its writes, and fails them while it is full.
type counting struct {
	*storage.Memory
	mu     sync.Mutex
	writes int
	full   error
}

func (c *counting) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full != nil {
		return nil, c.full
	}
	etags, err := c.Memory.Write(ctx, items)
	if err == nil {
		c.writes++
	}
	return etags, err
}

func newStore() *counting { return &counting{Memory: storage.NewMemory()} }

// deaf is a Connector that says nothing.
type deaf struct{ agent.Connector }

func (deaf) Send(context.Context, activity.Conversation, *activity.Activity) (activity.ResourceResponse, error) {
	return activity.ResourceResponse{}, nil
}

// newAgent is an adapter whose turns pass Capture.
func newAgent(c *proactive.Conversations, h agent.Handler) *agent.Adapter {
	app := agent.New(agent.Config{Logger: slog.New(slog.DiscardHandler)})
	app.Use(c.Capture)
	app.OnFallback(h)
	return agent.NewAdapter(app, deaf{}, agent.AdapterConfig{})
}

func nothing(context.Context, *agent.Turn) error { return nil }

func message(edits ...func(*activity.Activity)) activity.Inbound {
	a := &activity.Activity{
		Type: activity.TypeMessage, ID: "in-1", ChannelID: "msteams", ServiceURL: "https://smba.example/", Text: "hi",
		From: activity.ChannelAccount{ID: "29:ada"}, Recipient: activity.ChannelAccount{ID: "28:bot-1"},
		Conversation: activity.ConversationAccount{ID: "conv-1", TenantID: "tenant-1"},
	}
	for _, edit := range edits {
		edit(a)
	}
	return activity.Inbound{Activity: a, Identity: activity.Identity{Claims: map[string]string{"aud": "bot-1", "exp": "1", "oid": "x"}}}
}

func process(t *testing.T, ad *agent.Adapter, in activity.Inbound) {
	t.Helper()
	if _, err := ad.Process(t.Context(), in); err != nil {
		t.Fatalf("Process = %v", err)
	}
}

func TestCapture(t *testing.T) {
	t.Run("case 30 an inbound turn stores its conversation before the handler runs", func(t *testing.T) {
		store := newStore()
		c := proactive.NewConversations(store)
		process(t, newAgent(c, func(ctx context.Context, tn *agent.Turn) error {
			_, err := c.Get(ctx, "conv-1")
			return err
		}), message())
		got, err := c.Get(t.Context(), "conv-1")
		want := activity.Conversation{
			Reference: activity.ConversationReference{
				ChannelID: "msteams", ServiceURL: "https://smba.example/",
				User: activity.ChannelAccount{ID: "29:ada"}, Agent: activity.ChannelAccount{ID: "28:bot-1"},
				Conversation: activity.ConversationAccount{ID: "conv-1", TenantID: "tenant-1"},
			},
			Claims: map[string]string{"aud": "bot-1"},
		}
		if diff := cmp.Diff(text(t, want), text(t, got)); err != nil || diff != "" {
			t.Errorf("Get = %v, conversation differs (-want +got):\n%s", err, diff)
		}
		items, err := store.Read(t.Context(), "proactive/conversations/conv-1")
		if err != nil || len(items) != 1 {
			t.Errorf("case 30: under its key there are %d items, %v, want one", len(items), err)
		}
	})
	t.Run("an unchanged address causes no write", func(t *testing.T) {
		store := newStore()
		ad := newAgent(proactive.NewConversations(store), nothing)
		for i := range 5 {
			process(t, ad, message(func(a *activity.Activity) { a.ID, a.Text = fmt.Sprint("in-", i), fmt.Sprint("text ", i) }))
		}
		if store.writes != 1 {
			t.Errorf("5 turns caused %d writes, want 1", store.writes)
		}
	})
	t.Run("a service URL that moved is stored, and so is one that moved back", func(t *testing.T) {
		store := newStore()
		c := proactive.NewConversations(store)
		ad := newAgent(c, nothing)
		for i, url := range []string{"https://smba.example/", "https://new.example/", "https://smba.example/"} {
			process(t, ad, message(func(a *activity.Activity) { a.ServiceURL = url }))
			got, err := c.Get(t.Context(), "conv-1")
			if err != nil || got.Reference.ServiceURL != url || store.writes != i+1 {
				t.Errorf("Get = %q, %v after %d writes, want %q after %d", got.Reference.ServiceURL, err, store.writes, url, i+1)
			}
		}
	})
	t.Run("a proactive turn stores nothing", func(t *testing.T) {
		store := newStore()
		c := proactive.NewConversations(store)
		ad := newAgent(c, nothing)
		to := activity.Conversation{Reference: message().Activity.Reference()}
		if err := ad.Continue(t.Context(), to, nothing); err != nil {
			t.Fatal(err)
		}
		if store.writes != 0 {
			t.Errorf("%d writes, want none", store.writes)
		}
	})
	t.Run("when the store fails so does the turn, and the next one tries again", func(t *testing.T) {
		store := newStore()
		c := proactive.NewConversations(store)
		ran := 0
		ad := newAgent(c, func(context.Context, *agent.Turn) error { ran++; return nil })
		store.full = errors.New("disk full")
		if _, err := ad.Process(t.Context(), message()); !errors.Is(err, store.full) || ran != 0 {
			t.Errorf("Process = %v, handler ran %d times", err, ran)
		}
		store.full = nil
		process(t, ad, message())
		if _, err := c.Get(t.Context(), "conv-1"); err != nil || ran != 1 {
			t.Errorf("Get = %v, handler ran %d times", err, ran)
		}
	})
	t.Run("turns of many conversations may pass at once", func(t *testing.T) {
		store := newStore()
		c := proactive.NewConversations(store)
		ad := newAgent(c, nothing)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				in := message(func(a *activity.Activity) { a.Conversation.ID = fmt.Sprint("conv-", i%10) })
				if _, err := ad.Process(t.Context(), in); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if store.writes != 10 {
			t.Errorf("%d writes, want 10", store.writes)
		}
	})
}

func text(t *testing.T, conv activity.Conversation) string {
	t.Helper()
	raw, err := conv.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestGet(t *testing.T) {
	c := proactive.NewConversations(newStore())
	t.Run("case 32 what is unknown is not found, and can be deleted; without an id neither works", func(t *testing.T) {
		if _, err := c.Get(t.Context(), "unknown"); !errors.Is(err, proactive.ErrConversationNotFound) {
			t.Errorf("Get = %v, want ErrConversationNotFound", err)
		}
		if err := c.Delete(t.Context(), "unknown"); err != nil {
			t.Errorf("Delete = %v", err)
		}
		_, errGet := c.Get(t.Context(), "")
		if errDelete := c.Delete(t.Context(), ""); !errors.Is(errGet, activity.ErrInvalid) || !errors.Is(errDelete, activity.ErrInvalid) {
			t.Errorf("without an id: Get = %v, Delete = %v, want ErrInvalid", errGet, errDelete)
		}
	})
	t.Run("case 31 what is stored again replaces what was there", func(t *testing.T) {
		for _, app := range []string{"first", "second"} {
			conv := activity.Conversation{Reference: message().Activity.Reference(), Claims: map[string]string{"aud": "bot-1", "appid": app}}
			if _, err := c.Store(t.Context(), conv); err != nil {
				t.Fatal(err)
			}
		}
		got, err := c.Get(t.Context(), "conv-1")
		if err != nil || got.Claims["appid"] != "second" || got.Reference.ActivityID != "in-1" {
			t.Errorf("Get = %v, %v, want the second, with its activity id", text(t, got), err)
		}
	})
	t.Run("a conversation without an id cannot be stored", func(t *testing.T) {
		if _, err := c.Store(t.Context(), activity.Conversation{}); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("Store = %v, want ErrInvalid", err)
		}
	})
	t.Run("case 35 documents of the other SDKs are read", func(t *testing.T) {
		store := newStore()
		for id, doc := range map[string]string{
			"net": `{"$type":"Microsoft.Agents.Builder.App.Proactive.Conversation","reference":{"bot":{"id":"28:bot"},"conversation":{"id":"net"}},"claims":{"aud":"bot"}}`,
			"js":  `{"reference":{"agent":{"id":"28:bot"},"conversation":{"id":"js"}},"claims":{"aud":"bot"}}`,
		} {
			if _, err := store.Memory.Write(t.Context(), map[string]storage.Item{"proactive/conversations/" + id: {Value: []byte(doc)}}); err != nil {
				t.Fatal(err)
			}
			got, err := proactive.NewConversations(store).Get(t.Context(), id)
			if err != nil || got.Reference.Agent.ID != "28:bot" || got.Claims["aud"] != "bot" {
				t.Errorf("Get(%q) = %s, %v", id, text(t, got), err)
			}
		}
	})
}

func TestAll(t *testing.T) {
	const n = 1234 // several pages
	store := newStore()
	c := proactive.NewConversations(store)
	var want []string
	for i := range n {
		conv := activity.Conversation{Reference: message().Activity.Reference()}
		conv.Reference.Conversation.ID = fmt.Sprintf("conv-%04d", i)
		want = append(want, conv.Reference.Conversation.ID)
		if _, err := c.Store(t.Context(), conv); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Memory.Write(t.Context(), map[string]storage.Item{"proactive/other": {Value: []byte(`1`)}}); err != nil {
		t.Fatal(err)
	}
	t.Run("all pages come in the order of their ids, also from a new instance on the same store", func(t *testing.T) {
		var got []string
		for e, err := range proactive.NewConversations(store).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Conversation.Reference.Conversation.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ids differ (-want +got):\n%s", diff)
		}
	})
	t.Run("the walk may be left", func(t *testing.T) {
		n := 0
		for _, err := range c.All(t.Context()) {
			if n++; err != nil || n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%d steps, want 3", n)
		}
	})
	t.Run("a document that is no conversation is an error of its own", func(t *testing.T) {
		store := newStore()
		for id, doc := range map[string]string{"a": `{"reference":5}`, "b": `{"reference":{"conversation":{"id":"b"}}}`} {
			if _, err := store.Memory.Write(t.Context(), map[string]storage.Item{"proactive/conversations/" + id: {Value: []byte(doc)}}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for e, err := range proactive.NewConversations(store).All(t.Context()) {
			got = append(got, fmt.Sprint(e.Conversation.Reference.Conversation.ID, err != nil))
		}
		if diff := cmp.Diff([]string{"true", "bfalse"}, got); diff != "" {
			t.Errorf("walk differs (-want +got):\n%s", diff)
		}
	})
	t.Run("a store that cannot list says so", func(t *testing.T) {
		var got error
		for _, err := range proactive.NewConversations(struct{ storage.Store }{storage.NewMemory()}).All(t.Context()) {
			got = err
		}
		if !errors.Is(got, storage.ErrNotSupported) {
			t.Errorf("All yields %v, want ErrNotSupported", got)
		}
	})
}

// An address survives the process that met it: another one, on the same store,
// can send there.
func TestAnotherInstanceCanSend(t *testing.T) {
	store := newStore()
	process(t, newAgent(proactive.NewConversations(store), nothing), message())

	c := proactive.NewConversations(store)
	conv, err := c.Get(t.Context(), "conv-1")
	if err != nil {
		t.Fatal(err)
	}
	ad := newAgent(c, nothing)
	if _, err := ad.Send(t.Context(), conv, activity.Message("Your report is ready!")); err != nil {
		t.Errorf("Send = %v", err)
	}
}

// In a group everybody speaks in turn; that is no new address.
func TestCaptureIgnoresWhoSpeaksInAGroup(t *testing.T) {
	store := newStore()
	ad := newAgent(proactive.NewConversations(store), nothing)
	for i := range 10 {
		in := message(func(a *activity.Activity) {
			a.Conversation.IsGroup = true
			a.From.ID = fmt.Sprint("29:user-", i%2)
		})
		if _, err := ad.Process(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	if store.writes != 1 {
		t.Errorf("two people who alternate caused %d writes, want 1", store.writes)
	}
}

// A continuation in a group has the state and the tokens of the stored user, so
// nobody becomes that by speaking when the address changes or a mark is cleared.
func TestCaptureKeepsTheUserOfAGroup(t *testing.T) {
	c := proactive.NewConversations(newStore())
	ad := newAgent(c, func(ctx context.Context, tn *agent.Turn) error {
		if tn.Activity.Text != "subscribe" {
			return nil
		}
		_, err := c.Store(ctx, tn.Conversation())
		return err
	})
	says := func(user, text, url string) {
		process(t, ad, message(func(a *activity.Activity) {
			a.Conversation.IsGroup, a.From.ID, a.Text, a.ServiceURL = true, user, text, url
		}))
	}
	says("29:eve", "hi", "https://smba.example/")
	says("29:ada", "subscribe", "https://smba.example/")
	says("29:bob", "hi", "https://new.example/")
	if err := c.Mark(t.Context(), "conv-1", proactive.StatusBlocked, "x"); err != nil {
		t.Fatal(err)
	}
	says("29:eve", "hi", "https://new.example/")
	e, err := c.Find(t.Context(), "conv-1")
	r := e.Conversation.Reference
	if err != nil || r.User.ID != "29:ada" || r.ServiceURL != "https://new.example/" || e.Mark.Status != "" {
		t.Errorf("Find = user %q at %s, mark %q, %v", r.User.ID, r.ServiceURL, e.Mark.Status, err)
	}
}

// An activity without a service URL, which is answered in its HTTP response,
// says nothing about where the conversation is.
func TestCaptureKeepsTheAddressWithoutServiceURL(t *testing.T) {
	known := proactive.NewConversations(newStore())
	ad := newAgent(known, nothing)
	for _, in := range []activity.Inbound{message(), message(func(a *activity.Activity) { a.ServiceURL = "" })} {
		if _, err := ad.Process(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	conv, err := known.Get(t.Context(), "conv-1")
	if err != nil || conv.Reference.ServiceURL != "https://smba.example/" {
		t.Errorf("the stored address is %q, %v", conv.Reference.ServiceURL, err)
	}
}
