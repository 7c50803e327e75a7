package proactive_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// documents are the lines of a text.
func documents(lines ...string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, line := range lines {
			if !yield(json.RawMessage(line), nil) {
				return
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// What the other SDKs wrote, in their own JSON.
func TestImport(t *testing.T) {
	c := proactive.NewConversations(newStore())
	files := []string{"net-conversation.json", "js-conversation.json", "v4-net-reference.json", "v4-js-references.json", "v4-state.json"}
	var docs []string
	for _, f := range files {
		docs = append(docs, read(t, f))
	}
	got, err := c.Import(t.Context(), documents(docs...), "")
	if err != nil || got != (proactive.Imported{Stored: 6}) {
		t.Fatalf("Import = %+v, %v, want 6 stored", got, err)
	}
	for id, want := range map[string]string{
		"a:net":      "msteams|net-app|a:net 28:net-app https://smba.trafficmanager.net/emea/ 29:net",
		"a:js":       "msteams|js-app|a:js 28:js-app https://smba.trafficmanager.net/emea/ 29:js",
		"a:v4":       "msteams|v4-app|a:v4 28:v4-app https://smba.trafficmanager.net/uk/ 29:v4",
		"a:v4-first": "msteams|v4-app|a:v4-first 28:v4-app https://smba.trafficmanager.net/amer/ 29:first",
		"a:v4-2":     "msteams|v4-app|a:v4-2 28:v4-app https://smba.trafficmanager.net/amer/ 29:second",
		"a:in-state": "msteams|v4-app|a:in-state 28:v4-app https://smba.trafficmanager.net/apac/ 29:state",
	} {
		e, err := c.Find(t.Context(), id)
		r := e.Conversation.Reference
		if got := fmt.Sprint(e.ID, " ", r.Agent.ID, " ", r.ServiceURL, " ", r.User.ID); err != nil || got != want {
			t.Errorf("Find(%q) = %s, %v\nwant %s", id, got, err, want)
		}
		if err := proactive.Validate(e.Conversation); err != nil || r.DeliveryMode != "" || r.RequestID != "" {
			t.Errorf("%s: %v, delivery mode %q, request %q", id, err, r.DeliveryMode, r.RequestID)
		}
		for name := range e.Conversation.Claims {
			if name == "oid" || name == "exp" || name == "name" {
				t.Errorf("%s keeps claim %s", id, name)
			}
		}
	}
	wantIDs(t, c.ByUser(t.Context(), "msteams", "29:second"), "a:v4-2")
	wantIDs(t, c.ByTenant(t.Context(), "js-tenant"), "a:js")

	t.Run("what is known stays as it is", func(t *testing.T) {
		mustStore(t, c, known("a:net", func(c *activity.Conversation) {
			c.Claims["aud"], c.Reference.ServiceURL = "net-app", "https://newer.example/"
		}))
		again, err := c.Import(t.Context(), documents(docs...), "")
		if err != nil || again != (proactive.Imported{Known: 6}) {
			t.Errorf("Import = %+v, %v", again, err)
		}
		if conv, _ := c.Get(t.Context(), "a:net"); conv.Reference.ServiceURL != "https://newer.example/" {
			t.Errorf("the address became %q", conv.Reference.ServiceURL)
		}
	})
	t.Run("references get the agent they are imported for", func(t *testing.T) {
		c := proactive.NewConversations(newStore())
		if _, err := c.Import(t.Context(), documents(read(t, "v4-net-reference.json")), "my-app"); err != nil {
			t.Fatal(err)
		}
		if conv, err := c.Get(t.Context(), "a:v4"); err != nil || conv.Claims["aud"] != "my-app" || conv.Claims["ver"] != "" {
			t.Errorf("Get = %s, %v", text(t, conv), err)
		}
	})
	t.Run("what is no address is counted", func(t *testing.T) {
		bad := []string{``, `{`, `null`, `[]`, `{"a":1}`, `{"reference":{"conversation":{"id":"x"},"channelId":"msteams"}}`,
			strings.Repeat("[", 40) + strings.Repeat("]", 40), `"` + strings.Repeat("x", 1<<20) + `"`}
		got, err := proactive.NewConversations(newStore()).Import(t.Context(), documents(bad...), "app")
		if err != nil || got != (proactive.Imported{Refused: len(bad)}) {
			t.Errorf("Import = %+v, %v, want %d refused", got, err, len(bad))
		}
	})
	t.Run("an error of the documents ends it, and what came before is stored", func(t *testing.T) {
		store, broken := newStore(), errors.New("disk gone")
		_, err := proactive.NewConversations(store).Import(t.Context(), func(yield func(json.RawMessage, error) bool) { yield(nil, broken) }, "")
		if !errors.Is(err, broken) {
			t.Errorf("Import = %v", err)
		}
		store.full = broken
		if _, err := proactive.NewConversations(store).Import(t.Context(), documents(docs...), ""); !errors.Is(err, broken) {
			t.Errorf("Import into a full store = %v", err)
		}
	})
	t.Run("many, several of one user, in few writes", func(t *testing.T) {
		store := newStore()
		c := proactive.NewConversations(store)
		got, err := c.Import(t.Context(), func(yield func(json.RawMessage, error) bool) {
			for i := range 1000 {
				conv := known(fmt.Sprint("conv-", i), func(c *activity.Conversation) { c.Reference.User.ID = fmt.Sprint("29:", i/10) })
				raw, err := conv.MarshalJSON()
				if !yield(raw, err) {
					return
				}
			}
		}, "")
		if err != nil || got.Stored != 1000 || store.writes != 5 {
			t.Errorf("Import = %+v, %v, %d writes", got, err, store.writes)
		}
		wantIDs(t, c.ByUser(t.Context(), "msteams", "29:7"), "conv-79", "conv-78", "conv-77", "conv-76", "conv-75", "conv-74", "conv-73", "conv-72", "conv-71", "conv-70")
	})
}

// What is exported can be imported elsewhere.
func TestImportOfOurOwn(t *testing.T) {
	store := newStore()
	c := proactive.NewConversations(store)
	mustStore(t, c, known("a:1"))
	mustStore(t, c, known("a:1", func(c *activity.Conversation) { c.Reference.ChannelID = "webchat" }))
	if err := c.Tag(t.Context(), "webchat|bot-1|a:1", "vip"); err != nil {
		t.Fatal(err)
	}
	var docs []string
	for e, err := range storage.All(t.Context(), store.Memory, "proactive/conversations/") {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, string(e.Value))
	}
	other := proactive.NewConversations(newStore())
	got, err := other.Import(t.Context(), documents(docs...), "")
	if err != nil || got.Stored != 2 {
		t.Fatalf("Import = %+v, %v", got, err)
	}
	e, err := other.Find(t.Context(), "webchat|bot-1|a:1")
	if diff := cmp.Diff([]string{"vip"}, e.Tags); err != nil || diff != "" {
		t.Errorf("%v, tags differ (-want +got):\n%s", err, diff)
	}
}

func FuzzImport(f *testing.F) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if !file.IsDir() {
			raw, err := os.ReadFile("testdata/" + file.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := proactive.NewConversations(storage.NewMemory())
		if _, err := c.Import(t.Context(), documents(string(raw)), "app"); err != nil {
			t.Skip() // ids that no store takes
		}
		for e, err := range c.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if err := proactive.Validate(e.Conversation); err != nil {
				t.Errorf("stored what cannot be sent to: %v", err)
			}
			if _, err := c.Find(t.Context(), e.ID); err != nil {
				t.Errorf("Find(%q) = %v", e.ID, err)
			}
		}
	})
}
