package proactive_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

// ids are the conversation ids of entries; a failure ends the test.
func ids(t *testing.T, entries iter.Seq2[proactive.Entry, error]) []string {
	t.Helper()
	var got []string
	for e, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Conversation.Reference.Conversation.ID)
	}
	return got
}

func wantIDs(t *testing.T, entries iter.Seq2[proactive.Entry, error], want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, ids(t, entries)); diff != "" {
		t.Errorf("ids differ (-want +got):\n%s", diff)
	}
}

func mustStore(t *testing.T, c *proactive.Conversations, conv activity.Conversation) {
	t.Helper()
	if _, err := c.Store(t.Context(), conv); err != nil {
		t.Fatal(err)
	}
}

// known is a complete address; edits change it.
func known(id string, edits ...func(*activity.Conversation)) activity.Conversation {
	conv := activity.Conversation{
		Claims: map[string]string{"aud": "bot-1"},
		Reference: activity.ConversationReference{
			ChannelID: "msteams", ServiceURL: "https://smba.example/",
			User: activity.ChannelAccount{ID: "29:ada", AADObjectID: "AAD-Ada"}, Agent: activity.ChannelAccount{ID: "28:bot-1"},
			Conversation: activity.ConversationAccount{ID: id, TenantID: "tenant-1"},
		},
	}
	for _, edit := range edits {
		edit(&conv)
	}
	return conv
}

// S1-018: the id that Store returns is that of the conversation, and finds it.
func TestS1_018_StoreReturnsTheID(t *testing.T) {
	c := proactive.NewConversations(newStore())
	id, err := c.Store(t.Context(), known("a:1"))
	if err != nil || id != "a:1" {
		t.Fatalf("Store = %q, %v", id, err)
	}
	if _, err := c.Get(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// Two agents, or two channels, on one store keep their conversations apart.
func TestSameIDTwice(t *testing.T) {
	store := newStore()
	c := proactive.NewConversations(store)
	teams := known("1")
	web := known("1", func(c *activity.Conversation) { c.Reference.ChannelID = "webchat" })
	other := known("1", func(c *activity.Conversation) { c.Claims["aud"] = "bot-2"; c.Reference.Agent.ID = "28:bot-2" })
	mustStore(t, c, teams)
	if got, err := c.Get(t.Context(), "1"); err != nil || got.Reference.ChannelID != "msteams" {
		t.Fatalf("a single one: Get = %v, %v", got, err)
	}
	mustStore(t, c, web)
	mustStore(t, c, other)

	_, err := c.Get(t.Context(), "1")
	if !errors.Is(err, proactive.ErrAmbiguous) {
		t.Fatalf("Get = %v, want ErrAmbiguous", err)
	}
	full := map[string]activity.Conversation{"msteams|bot-1|1": teams, "webchat|bot-1|1": web, "msteams|bot-2|1": other}
	for id, want := range full {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("the error does not name %s: %v", id, err)
		}
		e, err := c.Find(t.Context(), id)
		if err != nil || e.ID != id || text(t, e.Conversation) != text(t, want) {
			t.Errorf("Find(%q) = %s, %v", id, text(t, e.Conversation), err)
		}
	}
	if _, err := c.Get(t.Context(), "slack|bot-1|1"); !errors.Is(err, proactive.ErrConversationNotFound) {
		t.Errorf("another channel: Get = %v", err)
	}
	wantIDs(t, c.All(t.Context()), "1", "1", "1")
	if err := c.Delete(t.Context(), "webchat|bot-1|1"); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), "msteams|bot-2|1"); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Get(t.Context(), "1"); err != nil || text(t, got) != text(t, teams) {
		t.Errorf("alone again: Get = %v, %v", text(t, got), err)
	}
}

// Ids as channels make them, and longer than a key may be.
func TestIDs(t *testing.T) {
	c := proactive.NewConversations(newStore())
	for _, id := range []string{"19:x@thread.tacv2;messageid=1", "guid|livechat", "a|b|c", "a/b", "B1:T1:C1", strings.Repeat("x", 3000), "naïve ✓", "#", "x\x00y"} {
		mustStore(t, c, known(id))
		if got, err := c.Get(t.Context(), id); err != nil || got.Reference.Conversation.ID != id {
			t.Errorf("Get(%.20q) = %v", id, err)
		}
		if e, err := c.Find(t.Context(), "msteams|bot-1|"+id); err != nil || e.Conversation.Reference.Conversation.ID != id {
			t.Errorf("Find by the full id of %.20q = %v", id, err)
		}
	}
}

// A conversation whose own id looks like the full id of another does not get
// the other's messages or mark.
func TestFullIDMeansItsEntry(t *testing.T) {
	c := proactive.NewConversations(newStore())
	mustStore(t, c, known("a:1"))
	mustStore(t, c, known("msteams|bot-1|a:1", func(c *activity.Conversation) { c.Reference.ChannelID = "directline" }))
	if err := c.Mark(t.Context(), "msteams|bot-1|a:1", proactive.StatusGone, "x"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]proactive.Status{"msteams|bot-1|a:1": proactive.StatusGone, "directline|bot-1|msteams|bot-1|a:1": ""} {
		if e, err := c.Find(t.Context(), id); err != nil || e.ID != id || e.Mark.Status != want {
			t.Errorf("Find(%q) = %q, mark %q, %v", id, e.ID, e.Mark.Status, err)
		}
	}
}

func TestByUser(t *testing.T) {
	c := proactive.NewConversations(newStore())
	mustStore(t, c, known("a:1"))
	mustStore(t, c, known("a:2"))
	mustStore(t, c, known("group", func(c *activity.Conversation) { c.Reference.Conversation.IsGroup = true }))
	mustStore(t, c, known("channel", func(c *activity.Conversation) { c.Reference.Conversation.ConversationType = "channel" }))
	mustStore(t, c, known("web", func(c *activity.Conversation) { c.Reference.ChannelID = "webchat" }))
	mustStore(t, c, known("bob", func(c *activity.Conversation) { c.Reference.User = activity.ChannelAccount{ID: "29:bob"} }))
	for _, id := range []string{"29:ada", "AAD-Ada", "aad-ada"} {
		t.Run("by "+id+", the latest first, on one channel and not in groups", func(t *testing.T) {
			wantIDs(t, c.ByUser(t.Context(), "msteams", id), "a:2", "a:1")
		})
	}
	wantIDs(t, c.ByUser(t.Context(), "msteams:COPILOT", "29:ada"), "a:2", "a:1")
	wantIDs(t, c.ByUser(t.Context(), "WebChat", "29:ada"), "web")
	wantIDs(t, c.ByUser(t.Context(), "msteams", "nobody"))
	t.Run("who is not the user any more is not found", func(t *testing.T) {
		mustStore(t, c, known("a:2", func(c *activity.Conversation) { c.Reference.User = activity.ChannelAccount{ID: "29:eve"} }))
		wantIDs(t, c.ByUser(t.Context(), "msteams", "29:ada"), "a:1")
		wantIDs(t, c.ByUser(t.Context(), "msteams", "29:eve"), "a:2")
	})
	t.Run("one id for both is one conversation", func(t *testing.T) {
		mustStore(t, c, known("both", func(c *activity.Conversation) {
			c.Reference.User = activity.ChannelAccount{ID: "AAD-Eve", AADObjectID: "AAD-Eve"}
		}))
		wantIDs(t, c.ByUser(t.Context(), "msteams", "AAD-Eve"), "both")
	})
	t.Run("what is deleted is not found", func(t *testing.T) {
		if err := errors.Join(c.Delete(t.Context(), "a:1"), c.Delete(t.Context(), "a:1")); err != nil {
			t.Errorf("S1-098: Delete twice = %v", err)
		}
		wantIDs(t, c.ByUser(t.Context(), "msteams", "29:ada"))
		if _, err := c.Get(t.Context(), "a:1"); !errors.Is(err, proactive.ErrConversationNotFound) {
			t.Errorf("S1-094: Get = %v", err)
		}
	})
	t.Run("the index of a user is bounded", func(t *testing.T) {
		for i := range 60 {
			mustStore(t, c, known(fmt.Sprint("many-", i), func(c *activity.Conversation) { c.Reference.User = activity.ChannelAccount{ID: "29:many"} }))
		}
		if got := ids(t, c.ByUser(t.Context(), "msteams", "29:many")); len(got) != 50 || got[0] != "many-59" {
			t.Errorf("%d conversations, the first is %q", len(got), got[0])
		}
	})
	t.Run("without a user nothing can be looked up", func(t *testing.T) {
		for _, err := range c.ByUser(t.Context(), "", "x") {
			if !errors.Is(err, activity.ErrInvalid) {
				t.Errorf("err = %v", err)
			}
		}
	})
}

func TestByTenantTeamAndTag(t *testing.T) {
	store := newStore()
	c := proactive.NewConversations(store)
	ad := newAgent(c, nothing)
	for i := range 250 { // several pages
		process(t, ad, message(func(a *activity.Activity) {
			a.Conversation = activity.ConversationAccount{ID: fmt.Sprintf("19:%03d", i), IsGroup: true, ConversationType: "channel"}
			a.ChannelData = fmt.Appendf(nil, `{"tenant":{"id":"t/%d"},"team":{"id":"19:team-%d"}}`, i%2, i%5)
		}))
	}
	if got := ids(t, c.ByTenant(t.Context(), "t/1")); len(got) != 125 {
		t.Errorf("%d conversations of the tenant, want 125", len(got))
	}
	if got := ids(t, c.ByTeam(t.Context(), "19:team-3")); len(got) != 50 {
		t.Errorf("%d conversations of the team, want 50", len(got))
	}
	wantIDs(t, c.ByTenant(t.Context(), "t"))

	tag := func(id string, tags ...string) {
		t.Helper()
		if err := c.Tag(t.Context(), id, tags...); err != nil {
			t.Fatal(err)
		}
	}
	tag("19:001", "vip", "news", "vip")
	tag("19:002", "news")
	tag("19:001", "news")
	got := ids(t, c.ByTag(t.Context(), "news"))
	slices.Sort(got)
	if diff := cmp.Diff([]string{"19:001", "19:002"}, got); diff != "" {
		t.Error(diff)
	}
	if e, err := c.Find(t.Context(), "19:001"); err != nil || !slices.Equal(e.Tags, []string{"news", "vip"}) || e.Team != "19:team-1" || e.Tenant != "t/1" {
		t.Errorf("Find = %+v, %v", e, err)
	}
	if err := c.Untag(t.Context(), "19:001", "news", "unknown"); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, c.ByTag(t.Context(), "news"), "19:002")
	wantIDs(t, c.ByTag(t.Context(), "vip"), "19:001")
	if err := c.Delete(t.Context(), "19:001"); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, c.ByTag(t.Context(), "vip"))
	if err := c.Tag(t.Context(), "unknown", "x"); !errors.Is(err, proactive.ErrConversationNotFound) {
		t.Errorf("Tag of what is not known = %v", err)
	}
	if err := c.Tag(t.Context(), "19:002", ""); !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("an empty tag = %v", err)
	}
	left, err := store.List(t.Context(), "proactive/by-", "", 1000)
	if err != nil || len(left) != 2*249+1 {
		t.Errorf("%d documents lead to conversations, %v, want none of what is gone", len(left), err)
	}
}

// What is learnt of a conversation later is added: its team, and which activity
// to answer.
func TestAddressLearns(t *testing.T) {
	store := newStore()
	c := proactive.NewConversations(store)
	ad := newAgent(c, nothing)
	process(t, ad, message())
	conv, err := c.Get(t.Context(), "conv-1")
	if err != nil {
		t.Fatal(err)
	}
	conv.Reference.ActivityID = "root"
	mustStore(t, c, conv)
	for range 2 {
		process(t, ad, message(func(a *activity.Activity) {
			a.Type, a.ChannelData = activity.TypeConversationUpdate, []byte(`{"team":{"id":"19:team"}}`)
		}))
	}
	e, err := c.Find(t.Context(), "conv-1")
	if err != nil || e.Team != "19:team" || e.Conversation.Reference.ActivityID != "root" || store.writes != 3 {
		t.Errorf("Find = %+v, %v after %d writes, want the team and the root after 3", e, err, store.writes)
	}
	wantIDs(t, c.ByTeam(t.Context(), "19:team"), "conv-1")
}

// What a conversation from outside says in our words does not count.
func TestForeignNotes(t *testing.T) {
	c := proactive.NewConversations(newStore())
	conv := known("a:1")
	err := errors.Join(conv.Set("outspoken", map[string]any{"tags": []string{"admin"}, "mark": proactive.Mark{Status: "gone"}}),
		conv.Set("outspokenOthers", []activity.Conversation{known("a:1", func(c *activity.Conversation) { c.Claims["aud"] = "mallory" })}))
	if err != nil {
		t.Fatal(err)
	}
	mustStore(t, c, conv)
	if e, err := c.Find(t.Context(), "a:1"); err != nil || len(e.Tags) > 0 || e.Mark.Status != "" || e.ID != "msteams|bot-1|a:1" {
		t.Errorf("Find = %+v, %v", e, err)
	}
}

// Activities that say less than others move nothing.
func TestActivitiesThatSayLess(t *testing.T) {
	store := newStore()
	c := proactive.NewConversations(store)
	ad := newAgent(c, nothing)
	full := func(a *activity.Activity) { a.From.Name, a.From.AADObjectID, a.Locale = "Ada", "aad-ada", "de-DE" }
	for range 3 {
		process(t, ad, message(full))
		process(t, ad, message(full, func(a *activity.Activity) { a.From.Name = "" }))
		process(t, ad, message(full, func(a *activity.Activity) { a.From.AADObjectID = "" }))
		process(t, ad, message(func(a *activity.Activity) { a.Type, a.From.ID = activity.TypeConversationUpdate, "somebody else" }))
	}
	got, err := c.Get(t.Context(), "conv-1")
	user := got.Reference.User
	if err != nil || store.writes != 1 || user.ID != "29:ada" || user.Name != "Ada" || user.AADObjectID != "aad-ada" || got.Reference.Locale != "de-DE" {
		t.Errorf("Get = %s, %v after %d writes, want 1", text(t, got), err, store.writes)
	}
}

// Who joins is the user, whoever says so; in a group that is nobody.
func TestWhoJoins(t *testing.T) {
	for name, tt := range map[string]struct {
		added string
		group bool
		want  string
	}{"the user": {"28:bot-1 29:ada", false, "29:ada"}, "the agent": {"28:bot-1", false, "channel"}, "two": {"29:a 29:b", false, "channel"}, "a group": {"29:ada", true, "channel"}} {
		t.Run(name, func(t *testing.T) {
			c := proactive.NewConversations(newStore())
			process(t, newAgent(c, nothing), message(func(a *activity.Activity) {
				a.Type, a.From.ID, a.Conversation.IsGroup = activity.TypeConversationUpdate, "channel", tt.group
				for _, id := range strings.Fields(tt.added) {
					a.MembersAdded = append(a.MembersAdded, activity.ChannelAccount{ID: id})
				}
			}))
			if got, err := c.Get(t.Context(), "conv-1"); err != nil || got.Reference.User.ID != tt.want {
				t.Errorf("the user is %q, %v", got.Reference.User.ID, err)
			}
		})
	}
}

// A document cannot grow without end.
func TestManyAgentsWithOneID(t *testing.T) {
	c := proactive.NewConversations(newStore())
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		_, err = c.Store(t.Context(), known("1", func(c *activity.Conversation) { c.Claims["aud"] = fmt.Sprint("bot-", n) }))
	}
	if n != 33 {
		t.Errorf("conversation %d is refused (%v), want the 33rd", n, err)
	}
}

// What is no document of ours is told, and an address takes its place.
func TestBrokenDocuments(t *testing.T) {
	store := newStore()
	c := proactive.NewConversations(store)
	mustStore(t, c, known("a:1"))
	if err := c.Tag(t.Context(), "a:1", "x"); err != nil {
		t.Fatal(err)
	}
	list, err := store.List(t.Context(), "proactive/", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if _, err := store.Memory.Write(t.Context(), map[string]storage.Item{e.Key: {Value: []byte(`{"reference":5}`)}}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.Find(t.Context(), "a:1")
	if err == nil || errors.Is(err, proactive.ErrConversationNotFound) {
		t.Errorf("Find = %v", err)
	}
	for name, entries := range map[string]iter.Seq2[proactive.Entry, error]{
		"All": c.All(t.Context()), "ByUser": c.ByUser(t.Context(), "msteams", "29:ada"), "ByTag": c.ByTag(t.Context(), "x"),
	} {
		for _, err := range entries {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
	mustStore(t, c, known("a:1"))
	if _, err := c.Get(t.Context(), "a:1"); err != nil {
		t.Errorf("Get = %v", err)
	}
	wantIDs(t, c.ByUser(t.Context(), "msteams", "29:ada"), "a:1")
	if _, err := store.Memory.Write(t.Context(), map[string]storage.Item{"proactive/users/msteams/29:ada": {Value: []byte(`5`)}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), "a:1"); err != nil {
		t.Errorf("Delete = %v", err)
	}
}

// A store that cannot list has lookups by id and user, and no index to no
// avail.
func TestStoreThatCannotList(t *testing.T) {
	memory := newStore()
	c := proactive.NewConversations(struct{ storage.Store }{memory})
	mustStore(t, c, known("a:1"))
	if err := c.Tag(t.Context(), "a:1", "x"); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, c.ByUser(t.Context(), "msteams", "29:ada"), "a:1")
	for name, entries := range map[string]iter.Seq2[proactive.Entry, error]{
		"All": c.All(t.Context()), "ByTenant": c.ByTenant(t.Context(), "tenant-1"), "ByTeam": c.ByTeam(t.Context(), "x"), "ByTag": c.ByTag(t.Context(), "x"),
	} {
		n := 0
		for _, err := range entries {
			if n++; !errors.Is(err, storage.ErrNotSupported) {
				t.Errorf("%s yields %v, want ErrNotSupported", name, err)
			}
		}
		if n != 1 {
			t.Errorf("%s yields %d times", name, n)
		}
	}
	if all, err := memory.List(t.Context(), "proactive/", "", 0); err != nil || len(all) != 3 {
		t.Errorf("%d documents, want that of the conversation and two of its user", len(all))
	}
	if err := c.Delete(t.Context(), "a:1"); err != nil {
		t.Error(err)
	}
	if all, _ := memory.List(t.Context(), "proactive/", "", 0); len(all) != 0 {
		t.Errorf("%d documents are left", len(all))
	}
}

func remove(a *activity.Activity) { a.Type, a.Action = activity.TypeInstallationUpdate, "remove" }

func kicked(a *activity.Activity) {
	a.Type, a.MembersRemoved = activity.TypeConversationUpdate, []activity.ChannelAccount{{ID: "29:x"}, a.Recipient}
}

func TestMarks(t *testing.T) {
	marked := func(t *testing.T, c *proactive.Conversations, want proactive.Status) {
		t.Helper()
		e, err := c.Find(t.Context(), "conv-1")
		if err != nil || e.Mark.Status != want || want != "" && (e.Mark.At.IsZero() || e.Mark.Reason == "") {
			t.Errorf("Find = %+v, %v, want mark %q", e.Mark, err, want)
		}
	}
	for name, leave := range map[string]func(*activity.Activity){"uninstalling": remove, "taking the agent out": kicked} {
		t.Run(name+" marks, and the next turn clears it", func(t *testing.T) {
			c := proactive.NewConversations(newStore())
			ad := newAgent(c, nothing)
			process(t, ad, message())
			process(t, ad, message(leave))
			process(t, ad, message(leave))
			marked(t, c, proactive.StatusUninstalled)
			process(t, ad, message())
			marked(t, c, proactive.StatusActive)
		})
	}
	t.Run("an upgrade and others who leave mark nothing", func(t *testing.T) {
		c := proactive.NewConversations(newStore())
		ad := newAgent(c, nothing)
		process(t, ad, message())
		process(t, ad, message(remove, func(a *activity.Activity) { a.Action = "remove-upgrade" }))
		process(t, ad, message(kicked, func(a *activity.Activity) { a.MembersRemoved = a.MembersRemoved[:1] }))
		marked(t, c, proactive.StatusActive)
	})
	t.Run("what was not known is not stored as it ends", func(t *testing.T) {
		store := newStore()
		process(t, newAgent(proactive.NewConversations(store), nothing), message(remove))
		if store.writes != 0 {
			t.Errorf("%d writes", store.writes)
		}
	})
	t.Run("marks can be set and removed; the first reason stays", func(t *testing.T) {
		c := proactive.NewConversations(newStore())
		mustStore(t, c, known("conv-1"))
		err := errors.Join(c.Mark(t.Context(), "conv-1", proactive.StatusBlocked, "first"), c.Mark(t.Context(), "conv-1", proactive.StatusBlocked, "second"))
		if e, _ := c.Find(t.Context(), "conv-1"); err != nil || e.Mark.Reason != "first" {
			t.Errorf("%v, reason %q", err, e.Mark.Reason)
		}
		if err := c.Unmark(t.Context(), "conv-1"); err != nil {
			t.Error(err)
		}
		marked(t, c, proactive.StatusActive)
		if err := c.Mark(t.Context(), "unknown", proactive.StatusGone, "x"); !errors.Is(err, proactive.ErrConversationNotFound) {
			t.Errorf("Mark = %v", err)
		}
	})
	t.Run("what another process marked is cleared by a turn a minute later, or by an install at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newStore()
			here, there := proactive.NewConversations(store), proactive.NewConversations(store)
			ad := newAgent(here, nothing)
			process(t, ad, message())
			mark := func() {
				if err := there.Mark(t.Context(), "conv-1", proactive.StatusBlocked, "x"); err != nil {
					t.Fatal(err)
				}
			}
			mark()
			time.Sleep(time.Minute)
			process(t, ad, message())
			marked(t, there, proactive.StatusActive)
			mark()
			process(t, ad, message(remove, func(a *activity.Activity) { a.Action = "add" }))
			marked(t, there, proactive.StatusActive)
		})
	})
}

// Whoever can reach the endpoint must not turn an address to another host.
func TestWhoMayMoveAnAddress(t *testing.T) {
	verified := func(in activity.Inbound) activity.Inbound {
		in.Identity.Claims = map[string]string{"aud": "bot-1", "iss": "https://api.botframework.com"}
		return in
	}
	moved := message(func(a *activity.Activity) { a.ServiceURL = "https://evil.example/" })
	anonymous, caller := moved, moved
	anonymous.Identity = activity.Identity{}
	caller.Identity = activity.Identity{Claims: map[string]string{"aud": "bot-1", "ver": "2.0", "azp": "another-agent"}}
	another := verified(message(func(a *activity.Activity) { a.ServiceURL, a.ChannelID = "https://evil.example/", "directline" }))
	for name, in := range map[string]activity.Inbound{
		"a turn without a token": anonymous, "another agent": caller, "another channel": another,
		"an uninstall without a token": {Activity: message(remove).Activity},
	} {
		t.Run(name, func(t *testing.T) {
			c := proactive.NewConversations(newStore())
			ad := newAgent(c, nothing)
			process(t, ad, verified(message()))
			process(t, ad, in)
			e, err := c.Find(t.Context(), "msteams|bot-1|conv-1")
			if err != nil || e.Conversation.Reference.ServiceURL != "https://smba.example/" || e.Mark.Status != "" {
				t.Errorf("Find = %s, mark %q, %v", text(t, e.Conversation), e.Mark.Status, err)
			}
		})
	}
	t.Run("the channel itself", func(t *testing.T) {
		c := proactive.NewConversations(newStore())
		ad := newAgent(c, nothing)
		process(t, ad, verified(message()))
		process(t, ad, verified(moved))
		if got, err := c.Get(t.Context(), "conv-1"); err != nil || got.Reference.ServiceURL != "https://evil.example/" {
			t.Errorf("Get = %s, %v", text(t, got), err)
		}
	})
}

// After a restart an address that did not change is read, not written; tags
// stay when it does change.
func TestRestart(t *testing.T) {
	store := newStore()
	process(t, newAgent(proactive.NewConversations(store), nothing), message())
	c := proactive.NewConversations(store)
	if err := c.Tag(t.Context(), "conv-1", "vip"); err != nil {
		t.Fatal(err)
	}
	before := store.writes
	ad := newAgent(c, nothing)
	process(t, ad, message(func(a *activity.Activity) { a.ID = "in-2" }))
	if store.writes != before {
		t.Errorf("%d writes for an address that is stored", store.writes-before)
	}
	process(t, ad, message(func(a *activity.Activity) { a.ServiceURL = "https://new.example/" }))
	if e, err := c.Find(t.Context(), "conv-1"); err != nil || !slices.Equal(e.Tags, []string{"vip"}) || e.Conversation.Reference.ServiceURL != "https://new.example/" {
		t.Errorf("Find = %+v, %v", e, err)
	}
}

// Processes that write the same conversations and user at once lose nothing of
// each other.
func TestSeveralProcesses(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "agent.db"), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var wg sync.WaitGroup
	for p := range 4 {
		wg.Go(func() {
			c := proactive.NewConversations(store)
			for i := range 8 {
				conv := known(fmt.Sprint("conv-", i), func(c *activity.Conversation) { c.Claims["aud"] = fmt.Sprint("bot-", p) })
				id := fmt.Sprintf("msteams|bot-%d|conv-%d", p, i)
				if _, err := c.Store(t.Context(), conv); err != nil {
					t.Error(err)
				} else if err := c.Tag(t.Context(), id, fmt.Sprint("tag-", p)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	c := proactive.NewConversations(store)
	if got := ids(t, c.All(t.Context())); len(got) != 32 {
		t.Errorf("%d conversations, want 32", len(got))
	}
	if got := ids(t, c.ByUser(t.Context(), "msteams", "29:ada")); len(got) != 32 {
		t.Errorf("%d conversations of the user, want 32", len(got))
	}
	for p := range 4 {
		if got := ids(t, c.ByTag(t.Context(), fmt.Sprint("tag-", p))); len(got) != 8 {
			t.Errorf("%d conversations with tag-%d, want 8", len(got), p)
		}
	}
}

// overtaken lets another process write before what leads nowhere is deleted.
type overtaken struct {
	*storage.Memory
	by func()
}

func (o *overtaken) Delete(ctx context.Context, keys ...string) error {
	if by := o.by; by != nil {
		o.by = nil
		by()
	}
	return o.Memory.Delete(ctx, keys...)
}

// A tag that one process removes and another sets at the same time is found by
// whoever has it.
func TestTagSetWhileItIsRemoved(t *testing.T) {
	store := &overtaken{Memory: storage.NewMemory()}
	here, there := proactive.NewConversations(store), proactive.NewConversations(store)
	mustStore(t, here, known("a:1"))
	tag := func() {
		if err := there.Tag(t.Context(), "a:1", "vip"); err != nil {
			t.Error(err)
		}
	}
	tag()
	store.by = tag
	if err := here.Untag(t.Context(), "a:1", "vip"); err != nil {
		t.Fatal(err)
	}
	e, err := here.Find(t.Context(), "a:1")
	if found := ids(t, here.ByTag(t.Context(), "vip")); err != nil || len(found) != len(e.Tags) {
		t.Errorf("tags %q, %v, but ByTag finds %q", e.Tags, err, found)
	}
}

// S1-013, S1-109: with two stores, addresses are in the one and state is in
// the other; with one, both are in it.
func TestS1_109_SeparateStorage(t *testing.T) {
	visits := agent.ConversationKey[int]("visits")
	keys := func(s *storage.Memory) (keys []string) {
		for e, err := range storage.All(t.Context(), s, "") {
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(e.Key, "/")
			if !slices.Contains(keys, head) {
				keys = append(keys, head)
			}
		}
		return keys
	}
	run := func(state, addresses storage.Store) {
		app := agent.New(agent.Config{Storage: state})
		app.Use(proactive.NewConversations(addresses).Capture)
		app.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return visits.Set(ctx, tn, 1) })
		process(t, agent.NewAdapter(app, deaf{}, agent.AdapterConfig{}), message())
	}
	state, addresses, both := storage.NewMemory(), storage.NewMemory(), storage.NewMemory()
	run(state, addresses)
	run(both, both)
	got := [][]string{keys(state), keys(addresses), keys(both)}
	if diff := cmp.Diff([][]string{{"msteams"}, {"proactive"}, {"msteams", "proactive"}}, got); diff != "" {
		t.Errorf("kinds of keys differ (-want +got):\n%s", diff)
	}
}
