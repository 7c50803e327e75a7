package proactive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func ada() proactive.CreateConversation {
	return proactive.CreateConversation{
		AgentClientID: "client", ChannelID: "msteams", TenantID: "tenant-1", User: activity.ChannelAccount{ID: "entra-ada"},
	}
}

// What a channel is asked for. S1-008, S1-034, S1-041, S1-107 and S1-116: all of
// it works on an empty store, and what was made can be sent to.
func TestCreateOnTheWire(t *testing.T) {
	yes, no := true, false
	tests := []struct {
		name string
		edit func(*proactive.CreateConversation)
		want string
	}{
		{"S1-101 S1-135 S1-035 S1-036 S1-037 S1-038 S1-039 S1-081 S1-082 S1-115 a chat with a first message; case 43 its type is filled in",
			func(c *proactive.CreateConversation) {
				c.TopicName, c.Activity = " Welcome ", &activity.Activity{Text: "Hi!"}
			},
			`{"isGroup":false,"bot":{"id":"28:client","role":"agent"},"members":[{"id":"entra-ada"}],"topicName":"Welcome","tenantId":"tenant-1",
			"activity":{"type":"message","text":"Hi!"},"channelData":{"tenant":{"id":"tenant-1"}}}`},
		{"S1-102 S1-136 S1-083 a thread in a channel", func(c *proactive.CreateConversation) { c.TeamsChannelID = " 19:x@thread.tacv2 " },
			`{"isGroup":true,"bot":{"id":"28:client","role":"agent"},"members":[{"id":"entra-ada"}],"tenantId":"tenant-1",
			"channelData":{"tenant":{"id":"tenant-1"},"channel":{"id":"19:x@thread.tacv2"}}}`},
		{"S1-085 case 27 isGroup can be overridden", func(c *proactive.CreateConversation) { c.TeamsChannelID, c.IsGroup = "19:x@thread.tacv2", &no },
			`{"isGroup":false,"bot":{"id":"28:client","role":"agent"},"members":[{"id":"entra-ada"}],"tenantId":"tenant-1",
			"channelData":{"tenant":{"id":"tenant-1"},"channel":{"id":"19:x@thread.tacv2"}}}`},
		{"S1-084 case 41 channel data is merged", func(c *proactive.CreateConversation) {
			c.TeamsChannelID, c.ChannelData = "19:x@thread.tacv2", json.RawMessage(`{"mine":[1],"tenant":{"id":"old","x":1},"channel":null}`)
		}, `{"isGroup":true,"bot":{"id":"28:client","role":"agent"},"members":[{"id":"entra-ada"}],"tenantId":"tenant-1",
			"channelData":{"mine":[1],"tenant":{"id":"tenant-1","x":1},"channel":{"id":"19:x@thread.tacv2"}}}`},
		{"case 42 another channel takes tenant and channel as they are", func(c *proactive.CreateConversation) {
			c.ChannelID, c.TeamsChannelID = "webchat", "19:x@thread.tacv2"
		}, `{"isGroup":false,"bot":{"id":"client","role":"agent"},"members":[{"id":"entra-ada"}],"tenantId":"tenant-1"}`},
		{"a group", func(c *proactive.CreateConversation) {
			c.ChannelID, c.Members = "webchat", []activity.ChannelAccount{{ID: "bob"}}
		}, `{"isGroup":true,"bot":{"id":"client","role":"agent"},"members":[{"id":"entra-ada"},{"id":"bob"}],"tenantId":"tenant-1"}`},
		{"a group of one", func(c *proactive.CreateConversation) { c.ChannelID, c.IsGroup = "webchat", &yes },
			`{"isGroup":true,"bot":{"id":"client","role":"agent"},"members":[{"id":"entra-ada"}],"tenantId":"tenant-1"}`},
		{"S0-15 S0-20 a thread in Copilot, for somebody who wrote", func(c *proactive.CreateConversation) {
			url := c.ServiceURL
			*c = proactive.CopilotThread(known("group"))
			c.ServiceURL = url
		}, `{"members":[{"id":"AAD-Ada"}],"tenantId":"tenant-1","channelData":{"productContext":"Copilot","conversation":{"conversationSubType":"AgentProactive"}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, proactive.Config{})
			c := ada()
			c.ServiceURL = r.wire.url
			tt.edit(&c)
			before, _ := json.Marshal(c)
			made, err := r.Create(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := r.wire.all()
			if len(got) != 1 || got[0].Path != "POST /teams/v3/conversations" {
				t.Fatalf("asked %+v", got)
			}
			if diff := cmp.Diff(object(t, tt.want), got[0].Body); diff != "" {
				t.Errorf("body differs (-want +got):\n%s", diff)
			}
			ref := made.Reference
			if ref.Conversation.ID != "made-1" || ref.User.ID == "" || ref.Agent.ID == "" || proactive.Validate(made) != nil {
				t.Errorf("Create = %s", text(t, made))
			}
			if _, err := r.SendTo(t.Context(), made, activity.Message("x")); err != nil { // S0-18
				t.Errorf("SendTo what was made = %v", err)
			}
			if p := r.wire.all()[1].Path; !strings.HasPrefix(p, "POST /teams/v3/conversations/made-1/activities") {
				t.Errorf("S0-10 sent to %s", p)
			}
			if after, _ := json.Marshal(c); string(after) != string(before) {
				t.Errorf("the literal became %s", after)
			}
			for e := range r.book.All(t.Context()) {
				t.Errorf("S1-086 stored %s", e.ID)
			}
		})
	}
}

func TestCreateAndContinue(t *testing.T) {
	t.Run("S1-042 S1-043 S1-087 S1-117 S1-118 case 28 56 57 the first message, then the handler", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		c := ada()
		c.Activity = activity.Message("Hi!")
		value := proactive.Call{Activity: &activity.Activity{Value: json.RawMessage(`{"x":"1"}`)}}
		made, err := r.Create(t.Context(), c, func(ctx context.Context, tn *agent.Turn) error {
			a := tn.Activity
			got := []string{a.Name, string(a.Type), a.Conversation.ID, a.From.ID, a.Recipient.ID, a.ChannelID, string(a.Value), string(a.ChannelData), a.ID}
			want := []string{"CreateConversation", "event", "made-1", "entra-ada", "28:client", "msteams", `{"x":"1"}`, `{"tenant":{"id":"tenant-1"}}`, ""}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the handler sees (-want +got):\n%s", diff)
			}
			return errors.Join(topics.Set(ctx, tn, "welcome"), tn.SendText(ctx, "Welcome"))
		}, value)
		if err != nil || made.Reference.Conversation.ID != "made-1" || made.Claims["aud"] != "client" {
			t.Fatalf("Create = %s, %v", text(t, made), err)
		}
		got := r.wire.all()
		if len(got) != 2 || got[0].Path != "POST /teams/v3/conversations" || got[1].Path != "POST /teams/v3/conversations/made-1/activities" || got[1].Body["text"] != "Welcome" {
			t.Errorf("asked %+v", got)
		}
		if keys := r.stateKeys(t); !slices.Equal(keys, []string{"msteams/conversations/made-1"}) {
			t.Errorf("state %v", keys)
		}
	})
	t.Run("S1-044 S1-119 case 26 58 what is stored stays when the handler fails, with the error", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		c, boom := ada(), errors.New("boom")
		c.Store = true
		made, err := r.Create(t.Context(), c, func(context.Context, *agent.Turn) error { return boom })
		if !errors.Is(err, boom) || made.Reference.Conversation.ID != "made-1" {
			t.Fatalf("Create = %s, %v", text(t, made), err)
		}
		again := proactive.NewConversations(r.store) // a new process
		later := proactive.New(r.Adapter(), r.app, again, proactive.Config{})
		if _, err := later.Send(t.Context(), "made-1", activity.Message("x")); err != nil {
			t.Errorf("Send = %v", err)
		}
		creations := 0
		for _, a := range r.wire.all() {
			if a.Path == "POST /teams/v3/conversations" {
				creations++
			}
		}
		if creations != 1 {
			t.Errorf("created %d times", creations)
		}
		wantIDs(t, again.ByTenant(t.Context(), "tenant-1"), "made-1")
		wantIDs(t, again.ByUser(t.Context(), "msteams", "entra-ada"), "made-1")
	})
	t.Run("S1-102 the root message of a thread is kept", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		c := ada()
		c.TeamsChannelID, c.Store, c.Activity = "19:x@thread.tacv2", true, activity.Message("Root")
		r.wire.answers(201, `{"id":"19:x@thread.tacv2;messageid=7","activityId":"7"}`)
		if _, err := r.Create(t.Context(), c, say("In the thread")); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Send(t.Context(), "19:x@thread.tacv2;messageid=7", activity.Message("Later")); err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, a := range r.wire.all()[1:] {
			paths = append(paths, a.Path)
		}
		const thread = "POST /teams/v3/conversations/19:x@thread.tacv2%3Bmessageid=7/activities"
		if diff := cmp.Diff([]string{thread, thread + "/7"}, paths); diff != "" {
			t.Errorf("paths differ (-want +got):\n%s", diff)
		}
	})
	t.Run("a sign-in that is missing is told with the conversation", func(t *testing.T) {
		r := newRig(t, proactive.Config{SignIns: &accounts{}})
		made, err := r.Create(t.Context(), ada(), say("x"), proactive.Call{SignIn: []string{"graph"}})
		if !errors.Is(err, proactive.ErrUserNotSignedIn) || made.Reference.Conversation.ID != "made-1" || len(r.wire.all()) != 1 {
			t.Errorf("Create = %q, %v", made.Reference.Conversation.ID, err)
		}
	})
	t.Run("when the channel refuses nothing runs and nothing is stored", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		r.wire.answers(403, `{"error":{"code":"BotDisabledInTenant"}}`)
		c := ada()
		c.Store = true
		made, err := r.Create(t.Context(), c, say("x"))
		if !errors.Is(err, activity.ErrForbidden) || made.Reference.Conversation.ID != "" || len(r.wire.all()) != 1 || len(ids(t, r.book.All(t.Context()))) != 0 {
			t.Errorf("Create = %s, %v", text(t, made), err)
		}
	})
	t.Run("S0-20 OneToOne takes all from a turn", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		group := r.known(t, "19:g", func(c *activity.Conversation) { c.Reference.Conversation.IsGroup = true })
		if _, err := r.Create(t.Context(), proactive.OneToOne(group), say("psst")); err != nil {
			t.Fatal(err)
		}
		if got := r.wire.all(); len(got) != 2 || got[0].Token != "Bearer for-bot-1-" || got[1].Body["text"] != "psst" {
			t.Errorf("asked %+v", got)
		}
	})
	t.Run("S1-079 the caller's claims name the agent, and no token for the caller is asked for", func(t *testing.T) {
		r := newRig(t, proactive.Config{})
		c := ada()
		c.AgentClientID, c.Claims = "", map[string]string{"aud": "client", "ver": "2.0", "azp": "caller", "appid": "caller", "oid": "x"}
		made, err := r.Create(t.Context(), c, nil)
		if err != nil || r.wire.all()[0].Token != "Bearer for-client-" || made.Claims["oid"] != "" {
			t.Errorf("Create = %s, %v, asked %+v", text(t, made), err, r.wire.all())
		}
	})
}

// hungUp is a store whose caller is gone when it is asked.
type hungUp struct {
	*storage.Memory
	cancel func()
}

func (s hungUp) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	s.cancel()
	return s.Memory.Read(ctx, keys...)
}

// What the channel has made is stored, whoever still waits for it.
func TestCreateStoresAfterHangingUp(t *testing.T) {
	r := newRig(t, proactive.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	m := proactive.New(r.Adapter(), r.app, proactive.NewConversations(hungUp{r.store, cancel}), proactive.Config{})
	c := proactive.OneToOne(known("a:1"))
	c.ServiceURL, c.Store = r.wire.url, true
	made, err := m.Create(ctx, c, nil)
	if _, errGet := r.book.Get(t.Context(), made.Reference.Conversation.ID); err != nil || errGet != nil {
		t.Errorf("Create = %v, Get = %v", err, errGet)
	}
}

// Teams answers with the chat that it has. Its user keeps the id that state and
// tokens are kept under, although the agent asked by the one of Entra.
func TestCreateFindsAChatThatIsKnown(t *testing.T) {
	r := newRig(t, proactive.Config{})
	r.known(t, "a:1")
	if err := r.book.Tag(t.Context(), "a:1", "vip"); err != nil {
		t.Fatal(err)
	}
	r.wire.answers(201, `{"id":"a:1"}`)
	for _, id := range []string{"aad-ada", "AAD-Ada", "29:ada"} {
		c := ada()
		c.AgentClientID, c.User.ID, c.Store = "bot-1", id, true
		made, err := r.Create(t.Context(), c, func(ctx context.Context, tn *agent.Turn) error {
			if tn.Activity.From.ID != "29:ada" {
				t.Errorf("the first turn is of user %q", tn.Activity.From.ID)
			}
			return nil
		})
		e, errFind := r.book.Find(t.Context(), "a:1")
		if err != nil || errFind != nil || made.Reference.User.ID != "29:ada" || e.Conversation.Reference.User.ID != "29:ada" || !slices.Equal(e.Tags, []string{"vip"}) {
			t.Errorf("for %q: Create = %s, %v; stored %s, %v", id, text(t, made), err, text(t, e.Conversation), errFind)
		}
		wantIDs(t, r.book.ByUser(t.Context(), "msteams", "aad-ada"), "a:1")
	}
	c := ada()
	c.AgentClientID, c.User.ID = "bot-1", "29:eve"
	if made, err := r.Create(t.Context(), c, nil); err != nil || made.Reference.User.ID != "29:eve" {
		t.Errorf("somebody else: Create = %s, %v", text(t, made), err)
	}
}

// S1-077, S1-078, S1-080, S1-097, S1-099, S1-132, case 25, case 39.
func TestCreateValidates(t *testing.T) {
	tests := []struct {
		name, field, hint string
		edit              func(*proactive.CreateConversation)
	}{
		{"no agent", "agentClientId", "", func(c *proactive.CreateConversation) { c.AgentClientID = "" }},
		{"no channel", "channelId", "", func(c *proactive.CreateConversation) { c.ChannelID = " " }},
		{"no user", "user.id", "", func(c *proactive.CreateConversation) { c.User = activity.ChannelAccount{} }},
		{"a blank user", "user.id", "", func(c *proactive.CreateConversation) { c.User.ID = " " }},
		{"no tenant in Teams", "tenantId", "conversation.tenantId", func(c *proactive.CreateConversation) { c.TenantID = "" }},
		{"the channel in place of a channel of a team", "teamsChannelId", "19:…@thread.tacv2", func(c *proactive.CreateConversation) { c.TeamsChannelID = "msteams" }},
		{"channel data that is no object", "channelData", "", func(c *proactive.CreateConversation) { c.ChannelData = json.RawMessage(`[]`) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, proactive.Config{})
			c := ada()
			tt.edit(&c)
			made, err := r.Create(t.Context(), c, nil)
			e, ok := errors.AsType[*proactive.InvalidError](err)
			if !ok || e.Field != tt.field || !strings.Contains(err.Error(), tt.hint) || made.Reference.Conversation.ID != "" || len(r.wire.all()) != 0 {
				t.Errorf("Create = %v", err)
			}
		})
	}
	c := ada()
	c.ChannelID, c.TenantID = "webchat", ""
	if err := c.Validate(); err != nil {
		t.Errorf("another channel needs no tenant: %v", err)
	}
}

// S1-076: the body of the trigger is the JSON of the literal.
func TestCreateConversationJSON(t *testing.T) {
	var c proactive.CreateConversation
	err := json.Unmarshal([]byte(`{"agentClientId":"your-bot-app-id","channelId":"msteams","tenantId":"your-tenant-id","user":{"id":"aad-user-object-id"},
		"topicName":"Proactive Chat","activity":{"type":"message","text":"Hello from the server!"},"teamsChannelId":null,"channelData":null,"isGroup":null,
		"storeConversation":true,"continueConversation":false,"serviceUrl":"https://evil.example/"}`), &c)
	if err != nil || c.AgentClientID != "your-bot-app-id" || c.User.ID != "aad-user-object-id" || c.Activity.Text != "Hello from the server!" || !c.Store ||
		c.IsGroup != nil || c.ServiceURL != "" || c.TenantID != "your-tenant-id" || c.TopicName != "Proactive Chat" {
		t.Errorf("decoded %+v, %v", c, err)
	}
	r := newRig(t, proactive.Config{})
	if _, err := r.Create(t.Context(), c, nil); err != nil {
		t.Errorf("Create = %v", err)
	}
}

// case 36, case 37, case 38 and S1-040: what literals leave out.
func TestComplete(t *testing.T) {
	for _, tt := range []struct{ channel, service, wantAgent, wantService string }{
		{"msteams", "", "28:X", "https://smba.trafficmanager.net/teams/"},
		{"webchat", "", "X", "https://webchat.botframework.com/"},
		{"msteams:COPILOT", "", "28:X", "https://smba.trafficmanager.net/teams/"},
		{"foo", "", "X", "https://foo.botframework.com/"},
		{"msteams", "https://mine.example/", "28:X", "https://mine.example/"},
	} {
		got := proactive.Complete(activity.Conversation{
			Claims:    map[string]string{"aud": "X", "exp": "1", "oid": "2"},
			Reference: activity.ConversationReference{ChannelID: tt.channel, ServiceURL: tt.service},
		})
		r := got.Reference
		if r.Agent.ID != tt.wantAgent || r.Agent.Role != "agent" || r.User.Role != "user" || r.ServiceURL != tt.wantService || fmt.Sprint(got.Claims) != "map[aud:X]" {
			t.Errorf("%s: %s", tt.channel, text(t, got))
		}
	}
	t.Run("case 45 on behalf of another agent, with the version that its token needs", func(t *testing.T) {
		got := proactive.Complete(activity.Conversation{Claims: map[string]string{"aud": "X", "appid": "Y"}})
		id := got.Identity()
		if !id.IsAgent() || id.Caller() != "Y" {
			t.Errorf("claims %v", got.Claims)
		}
		if got := proactive.Complete(activity.Conversation{Claims: map[string]string{"aud": "X"}}); len(got.Claims) != 1 {
			t.Errorf("claims %v", got.Claims)
		}
	})
	t.Run("case 40, case 46: a literal has one user and one conversation, those written last", func(t *testing.T) {
		var c proactive.CreateConversation
		c.User, c.AgentClientID, c.ChannelID = activity.ChannelAccount{ID: "first"}, "X", "webchat"
		c.User = activity.ChannelAccount{ID: "last"}
		r := newRig(t, proactive.Config{})
		c.ServiceURL = r.wire.url
		made, err := r.Create(t.Context(), c, nil)
		if err != nil || made.Reference.User.ID != "last" {
			t.Fatalf("Create = %s, %v", text(t, made), err)
		}
		sent := r.wire.all()
		if len(sent) != 1 || fmt.Sprint(sent[0].Body["members"]) != "[map[id:last]]" {
			t.Errorf("the channel was asked %+v", sent)
		}
		made.Reference.Conversation = activity.ConversationAccount{ID: "other"}
		if got := proactive.Complete(made).Reference.Conversation.ID; got != "other" {
			t.Errorf("conversation %q", got)
		}
	})
	t.Run("the claim follows from the account", func(t *testing.T) {
		got := proactive.Complete(activity.Conversation{Reference: activity.ConversationReference{Agent: activity.ChannelAccount{ID: "28:X"}}})
		if got.Claims["aud"] != "X" {
			t.Errorf("claims %v", got.Claims)
		}
	})
}

// S1-100, S1-134, S1-099: the clouds of Teams.
func TestTeamsServiceURLs(t *testing.T) {
	want := []string{
		"https://smba.trafficmanager.net/teams/", "https://smba.infra.gcc.teams.microsoft.com/teams",
		"https://smba.infra.gov.teams.microsoft.us/teams", "https://smba.infra.dod.teams.microsoft.us/teams",
	}
	if got := []string{proactive.TeamsPublic, proactive.TeamsGCC, proactive.TeamsGCCHigh, proactive.TeamsDoD}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := proactive.ServiceURLFor(""); got != "" {
		t.Errorf("no channel has %q", got)
	}
	r := newRig(t, proactive.Config{}) // its cloud is the wire
	made, err := r.Create(t.Context(), ada(), nil)
	if err != nil || made.Reference.ServiceURL != r.wire.url {
		t.Errorf("Create = %s, %v", text(t, made), err)
	}
}

// S1-003, S1-046, S1-065, S1-104: a Conversation is its JSON, byte by byte, in
// the words of the other SDKs.
func TestS1_003_ConversationJSON(t *testing.T) {
	const seed = `{"reference":{"user":{"id":"29:user-aad-object-id"},"bot":{"id":"your-bot-app-id"},"conversation":{"id":"a:conv-id","isGroup":false},` +
		`"channelId":"msteams","serviceUrl":"https://smba.trafficmanager.net/amer/"},"claims":{"aud":"your-bot-app-id","tid":"your-tenant-id"}}`
	var conv activity.Conversation
	if err := json.Unmarshal([]byte(seed), &conv); err != nil {
		t.Fatal(err)
	}
	if err := proactive.Validate(conv); err != nil {
		t.Errorf("the seed cannot be sent to: %v", err)
	}
	c := proactive.NewConversations(newStore())
	for range 3 {
		if got := text(t, conv); got != seed {
			t.Fatalf("wrote %s\nwant  %s", got, seed)
		}
		mustStore(t, c, conv)
		var err error
		if conv, err = c.Get(t.Context(), "a:conv-id"); err != nil {
			t.Fatal(err)
		}
	}
}
