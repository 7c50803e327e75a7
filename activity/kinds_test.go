package activity

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKinds(t *testing.T) {
	type note struct {
		N int `json:"n"`
	}
	must := func(a *Activity, err error) *Activity {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	tests := []struct {
		name string
		a    *Activity
		want string
	}{
		{"message", Message("a<b"), `{"type":"message","text":"a<b"}`},
		{"typing", Typing(), `{"type":"typing"}`},
		{"event", must(Event("tide.turned", note{1})), `{"type":"event","value":{"n":1},"name":"tide.turned"}`},
		{"event without value", must(Event("tide.turned", nil)), `{"type":"event","name":"tide.turned"}`},
		{"trace", must(Trace("state", note{2})), `{"type":"trace","valueType":"activity.note","value":{"n":2},"name":"state"}`},
		{"trace without value", must(Trace("state", nil)), `{"type":"trace","name":"state"}`},
		{"end of conversation", EndOfConversation(EndCompleted), `{"type":"endOfConversation","code":"completedSuccessfully"}`},
		{"delay", Delay(1500 * time.Millisecond), `{"type":"delay","value":1500}`},
		{"hand-off status", must(HandoffStatus{State: HandoffFailed, Message: "nobody there"}.Event()), `{"type":"event","value":{"state":"failed","message":"nobody there"},"name":"handoff.status"}`},
		{"invoke response", must(InvokeResponse{Status: 200, Body: json.RawMessage(`{"a":1.0}`)}.Activity()), `{"type":"invokeResponse","value":{"status":200,"body":{"a":1.0}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := tt.a.Append(nil)
			if err != nil || string(out) != tt.want {
				t.Errorf("got %s, %v, want %s", out, err, tt.want)
			}
		})
	}
	if _, err := Event("x", func() {}); err == nil {
		t.Error("an event took a func")
	}
	if _, err := Trace("x", func() {}); err == nil {
		t.Error("a trace took a func")
	}
	if _, err := DecodeValue[note](Message("x")); err == nil || !strings.Contains(err.Error(), "no value") {
		t.Errorf("DecodeValue of nothing: %v", err)
	}
}

func TestHandoffInitiation(t *testing.T) {
	in := mustDecode(t, inbound)
	a, err := in.HandoffInitiation(map[string]string{"skill": "credit"}, &Transcript{Activities: []Activity{*Message("hi")}})
	if err != nil {
		t.Fatal(err)
	}
	if a.Name != EventHandoffInitiate || a.ID == "" || string(a.Value) != `{"skill":"credit"}` || a.Recipient.ID != "29:ada" {
		t.Errorf("HandoffInitiation = %+v", a)
	}
	if diff := cmp.Diff(&place, a.RelatesTo); diff != "" {
		t.Errorf("RelatesTo: %s", diff)
	}
	if len(a.Attachments) != 1 || a.Attachments[0].Name != "Transcript" || string(a.Attachments[0].Content) != `{"activities":[{"type":"message","text":"hi"}]}` {
		t.Errorf("attachments: %+v", a.Attachments)
	}
	if a, err := in.HandoffInitiation(nil, nil); err != nil || a.Attachments != nil || a.Value != nil {
		t.Errorf("without context and transcript: %+v, %v", a, err)
	}
	if _, err := in.HandoffInitiation(func() {}, nil); err == nil {
		t.Error("a func was taken as context")
	}
}

func TestStreamInfo(t *testing.T) {
	for in, want := range map[string]int{
		`[]`: 0,
		`[{"type":"streaminfo","streamSequence":3},{"type":"tide"}]`:                          3,
		`[{"type":"StreamInfo","streamSequence":"4"}]`:                                        4,
		`[{"type":"streaminfo","streamSequence":1},{"type":"streaminfo","streamSequence":2}]`: 0,
		`[{"type":"streaminfo","streamSequence":"many"}]`:                                     0,
	} {
		info, ok := mustDecode(t, `{"type":"typing","entities":`+in+`}`).StreamInfo()
		if info.StreamSequence != want || ok != (want != 0) {
			t.Errorf("%s: StreamInfo = %+v, %v, want %d", in, info, ok, want)
		}
	}
}

func TestAddEntityRefuses(t *testing.T) {
	for name, v := range map[string]any{"no type": Mention{}, "no object": "x", "no JSON": func() {}} {
		a := Message("")
		if err := a.AddEntity(v); err == nil || a.Entities != nil {
			t.Errorf("%s: AddEntity = %v", name, err)
		}
	}
}

func TestCapabilities(t *testing.T) {
	if c := Capabilities(ChannelTeamsCopilot); c.CardActions != 50 || c.StreamInterval != time.Second || !c.Streams() || !c.Updates {
		t.Errorf("Teams: %+v", c)
	}
	if c := Capabilities("WebChat"); c.SuggestedActions != 100 || !c.Streams() {
		t.Errorf("Web Chat: %+v", c)
	}
	if c := Capabilities("carrier-pigeon"); c != (Capability{}) || c.Streams() {
		t.Errorf("unknown channel: %+v", c)
	}
	tests := []struct {
		channel, kind string
		n             int
		want          bool
	}{
		{"msteams", "personal", 3, true}, {"msteams", "personal", 4, false}, {"msteams:COPILOT", "personal", 3, true},
		{"msteams", "channel", 1, false}, {"facebook", "", 10, true}, {"facebook", "", 11, false}, {"sms", "", 1, false},
	}
	for _, tt := range tests {
		a := &Activity{ChannelID: tt.channel, Conversation: ConversationAccount{ConversationType: tt.kind}}
		if got := a.ShowsSuggestedActions(tt.n); got != tt.want {
			t.Errorf("%s %s shows %d suggested actions: %v, want %v", tt.channel, tt.kind, tt.n, got, tt.want)
		}
	}
}

func TestCitations(t *testing.T) {
	long := strings.Repeat("příliv ", 40)
	c := NewCitation(1, long, long, "a", "b", long, "d")
	ap := c.Appearance
	if n := len([]rune(ap.Name)); n > MaxCitationName || !strings.HasSuffix(ap.Name, "...") {
		t.Errorf("name has %d characters: %q", n, ap.Name)
	}
	if n := len([]rune(ap.Abstract)); n > MaxCitationAbstract || len(ap.Keywords) != 3 || len([]rune(ap.Keywords[2])) > MaxCitationKeyword {
		t.Errorf("abstract has %d characters, keywords %q", n, ap.Keywords)
	}
	for in, want := range map[string]string{"short": "short", "exactly ten": "exactly...", "": "", "áéíóúáéíóú": "áéíóúáéíóú"} {
		if got := Snippet(in, 10); got != want {
			t.Errorf("Snippet(%q, 10) = %q, want %q", in, got, want)
		}
	}
	if got, want := NormalizeCitations("a [doc1], b [Docs12], c [3], d [docx]"), "a [1], b [12], c [3], d [docx]"; got != want {
		t.Errorf("NormalizeCitations = %q, want %q", got, want)
	}
	all := []Citation{{Position: 1}, {Position: 2}, {Position: 3}, {Position: 2}}
	var used []int
	for _, c := range UsedCitations("see [3], [2] and [3], not [4]", all) {
		used = append(used, c.Position)
	}
	if diff := cmp.Diff([]int{3, 2}, used); diff != "" {
		t.Error(diff)
	}
	if UsedCitations("none", all) != nil {
		t.Error("citations of a text without any")
	}
	a := Message("see [1]")
	if err := a.AddEntity(NewAIMessage(NewCitation(1, "Tides", "When"))); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"https://schema.org/Message","@type":"Message","@context":"https://schema.org","@id":"","additionalType":["AIGeneratedContent"],` +
		`"citation":[{"@type":"Claim","position":1,"appearance":{"@type":"DigitalDocument","name":"Tides","abstract":"When"}}]}`
	if string(a.Entities[0]) != want {
		t.Errorf("got  %s\nwant %s", a.Entities[0], want)
	}
}
