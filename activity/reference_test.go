package activity

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

const inbound = `{"type":"message","id":"f:42","channelId":"msteams","serviceUrl":"https://smba.trafficmanager.net/emea/",` +
	`"from":{"id":"29:ada","name":"Ada"},"conversation":{"id":"19:pier","tenantId":"t1"},"recipient":{"id":"28:agent","name":"Harbour"},` +
	`"text":"hi","locale":"cs-CZ","deliveryMode":"expectReplies"}`

var place = ConversationReference{
	ActivityID: "f:42", User: ChannelAccount{ID: "29:ada", Name: "Ada"}, Agent: ChannelAccount{ID: "28:agent", Name: "Harbour"},
	Conversation: ConversationAccount{ID: "19:pier", TenantID: "t1"}, ChannelID: "msteams",
	ServiceURL: "https://smba.trafficmanager.net/emea/", Locale: "cs-CZ",
}

func TestReference(t *testing.T) {
	got := mustDecode(t, inbound).Reference()
	if diff := cmp.Diff(place, got); diff != "" {
		t.Errorf("a delivery mode must not get in, the rest must: %s", diff)
	}
}

func TestApply(t *testing.T) {
	tests := []struct {
		name      string
		ref       func(*ConversationReference)
		act, want Activity
	}{
		{
			name: "a plain message gets the whole address",
			act:  Activity{Type: TypeMessage, DeliveryMode: DeliverExpectReplies, ID: "left alone"},
			want: Activity{
				Type: TypeMessage, ID: "left alone", ChannelID: "msteams", ServiceURL: place.ServiceURL, From: place.Agent, Recipient: place.User,
				Conversation: place.Conversation, ReplyToID: "f:42", Locale: "cs-CZ",
			},
		},
		{
			name: "what it replies to and its locale are its own business",
			act:  Activity{ReplyToID: "f:7", Locale: "de"},
			want: Activity{
				ChannelID: "msteams", ServiceURL: place.ServiceURL, From: place.Agent, Recipient: place.User,
				Conversation: place.Conversation, ReplyToID: "f:7", Locale: "de",
			},
		},
		{
			name: "sender, receiver and place are not",
			act: Activity{
				From: ChannelAccount{ID: "x"}, Recipient: ChannelAccount{ID: "x"}, Conversation: ConversationAccount{ID: "x"}, ChannelID: "x", ServiceURL: "x",
			},
			want: Activity{
				ChannelID: "msteams", ServiceURL: place.ServiceURL, From: place.Agent, Recipient: place.User,
				Conversation: place.Conversation, ReplyToID: "f:42", Locale: "cs-CZ",
			},
		},
		{
			name: "a reference without an activity replies to nothing",
			ref:  func(r *ConversationReference) { r.ActivityID = "" },
			want: Activity{ChannelID: "msteams", ServiceURL: place.ServiceURL, From: place.Agent, Recipient: place.User, Conversation: place.Conversation, Locale: "cs-CZ"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ref := place
			if tt.ref != nil {
				tt.ref(&ref)
			}
			ref.Apply(&tt.act)
			if diff := cmp.Diff(tt.want, tt.act); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestApplyKeepsRecipientOfTargetedActivity(t *testing.T) {
	a := Message("for Ben only")
	if err := a.MakeTargeted(ChannelAccount{ID: "29:ben"}); err != nil {
		t.Fatal(err)
	}
	place.Apply(a)
	if a.Recipient.ID != "29:ben" || !a.IsTargeted() {
		t.Errorf("recipient is %+v", a.Recipient)
	}
	a.Recipient = ChannelAccount{}
	place.Apply(a)
	if a.Recipient.ID != "29:ada" {
		t.Errorf("a targeted activity without recipient got %+v", a.Recipient)
	}
}

func TestMakeTargeted(t *testing.T) {
	a := Message("psst")
	if err := a.MakeTargeted(ChannelAccount{}); err == nil {
		t.Error("an activity for nobody was made targeted")
	}
	for range 2 {
		if err := a.MakeTargeted(ChannelAccount{ID: "29:ben"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.Entities) != 1 {
		t.Errorf("twice targeted has %d entities", len(a.Entities))
	}
}

func TestContinuation(t *testing.T) {
	ref := place
	ref.ChannelID, ref.DeliveryMode = ChannelTeamsCopilot, DeliverExpectReplies
	a := ref.Continuation()
	if !a.IsContinuation() || a.Name != EventContinueConversation || a.ID != "f:42" || a.DeliveryMode != "" {
		t.Errorf("Continuation = %+v", a)
	}
	if a.From.ID != "29:ada" || a.Recipient.ID != "28:agent" || a.ChannelID != "msteams" || a.Channel() != ChannelTeamsCopilot || a.Locale != "cs-CZ" {
		t.Errorf("Continuation is addressed %+v", a)
	}
	if diff := cmp.Diff(&ref, a.RelatesTo); diff != "" || a.RelatesTo == &ref {
		t.Errorf("RelatesTo must be a copy of the reference: %s", diff)
	}
	if err := a.Validate(); err != nil {
		t.Error(err)
	}
	ref.ActivityID = ""
	a, b := ref.Continuation(), ref.Continuation()
	if uuid.Validate(a.ID) != nil || a.ID == b.ID {
		t.Errorf("ids of continuations without activity: %q, %q", a.ID, b.ID)
	}
	// Contract case 48: what such a turn sends replies to that id.
	if got := a.Reference().ActivityID; got != a.ID {
		t.Errorf("its reference has activity %q, want %q", got, a.ID)
	}
}

func TestCreateContinuation(t *testing.T) {
	a := place.CreateContinuation()
	if !a.IsContinuation() || a.Name != EventCreateConversation || a.ID != "" || a.From.ID != "29:ada" {
		t.Errorf("CreateContinuation = %+v", a)
	}
	ref := place
	ref.User = ChannelAccount{}
	if got := ref.CreateContinuation().From.ID; got != "28:agent" {
		t.Errorf("without user it is from %q, want the agent", got)
	}
}

func TestReply(t *testing.T) {
	r := mustDecode(t, inbound).Reply("hello")
	out, err := json.Marshal(r)
	want := `{"type":"message","serviceUrl":"https://smba.trafficmanager.net/emea/","channelId":"msteams","from":{"id":"28:agent","name":"Harbour"},` +
		`"conversation":{"id":"19:pier","tenantId":"t1"},"recipient":{"id":"29:ada","name":"Ada"},"locale":"cs-CZ","text":"hello","replyToId":"f:42"}`
	if err != nil || string(out) != want {
		t.Errorf("Reply = %s, %v\nwant %s", out, err, want)
	}
}

func TestSetChannel(t *testing.T) {
	const tide, copilot, word = `{"type":"tide"}`, `{"type":"ProductInfo","id":"COPILOT","x":1}`, `{"type":"ProductInfo","id":"WORD","x":1}`
	tests := []struct {
		name, set string
		before    []Entity
		id        string
		after     []Entity
	}{
		{"plain to plain", "slack", []Entity{Entity(tide)}, "slack", []Entity{Entity(tide)}},
		{"the same sub-channel changes nothing", ChannelTeamsCopilot, []Entity{Entity(copilot)}, "msteams", []Entity{Entity(copilot)}},
		{"a new sub-channel adds an entity", ChannelTeamsCopilot, []Entity{Entity(tide)}, "msteams", []Entity{Entity(tide), Entity(`{"type":"ProductInfo","id":"COPILOT"}`)}},
		{"another sub-channel keeps unknown members", "msteams:WORD", []Entity{Entity(tide), Entity(copilot)}, "msteams", []Entity{Entity(tide), Entity(word)}},
		{"no sub-channel removes the entity", "msteams", []Entity{Entity(copilot), Entity(tide)}, "msteams", []Entity{Entity(tide)}},
		{"another channel, same sub-channel", "email:COPILOT", []Entity{Entity(copilot)}, "email", []Entity{Entity(copilot)}},
		{"a malformed entity is replaced", "msteams:WORD", []Entity{Entity(`{"type":"productinfo","id":3}`)}, "msteams", []Entity{Entity(`{"type":"ProductInfo","id":"WORD"}`)}},
		{"a colon in front belongs to the channel", ":x", nil, ":x", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := append([]Entity(nil), tt.before...)
			a := &Activity{ChannelID: "msteams", Entities: tt.before}
			a.SetChannel(tt.set)
			if a.ChannelID != tt.id || a.Channel() != tt.set {
				t.Errorf("ChannelID = %q, Channel = %q, want %q, %q", a.ChannelID, a.Channel(), tt.id, tt.set)
			}
			if diff := cmp.Diff(texts(tt.after), texts(a.Entities)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(texts(before), texts(tt.before)); diff != "" {
				t.Errorf("the list it had before was changed: %s", diff)
			}
		})
	}
}

func texts(es []Entity) (list []string) {
	for _, e := range es {
		list = append(list, string(e))
	}
	return list
}

func TestChannelInAFullChannelID(t *testing.T) {
	a := &Activity{ChannelID: ChannelTeamsCopilot, Entities: []Entity{Entity(`{"type":"ProductInfo","id":"WORD"}`)}}
	if got := a.Channel(); got != ChannelTeamsCopilot {
		t.Errorf("Channel = %q", got)
	}
	if base, sub := SplitChannel(a.Channel()); base != "msteams" || sub != "COPILOT" || !a.OnChannel("MSTEAMS") {
		t.Errorf("SplitChannel = %q, %q", base, sub)
	}
}

func TestClone(t *testing.T) {
	a := mustDecode(t, `{"type":"message","value":{"a":1},"entities":[{"type":"tide"}],"from":{"id":"a","x":1},"suggestedActions":{"to":["b"]}}`)
	b := a.Clone()
	if diff := cmp.Diff(a, b); diff != "" {
		t.Fatal(diff)
	}
	b.Value[2], b.Entities[0], b.SuggestedActions.To[0] = 'z', Entity(`{}`), "z"
	if diff := cmp.Diff(a, b); diff == "" || string(a.Value) != `{"a":1}` || a.SuggestedActions.To[0] != "b" {
		t.Errorf("the clone shares with the original: %s", diff)
	}
}
