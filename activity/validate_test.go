package activity

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const valid = `"from":{"id":"a"},"conversation":{"id":"c"},"recipient":{"id":"b"},"channelId":"test"`

func TestCheck(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string // rules; "!" in front when it is an error
	}{
		{"a good message", `{"type":"message",` + valid + `}`, nil},
		{"nothing", `{}`, []string{"!A2010", "!A2080", "!A2020", "!A2060", "A2070"}},
		{"event without name", `{"type":"event",` + valid + `}`, []string{"!A5001"}},
		{"Invoke without name", `{"type":"Invoke",` + valid + `}`, []string{"!A5401"}},
		{"command without name", `{"type":"command",` + valid + `}`, []string{"!A6310"}},
		{"command result without name", `{"type":"commandResult",` + valid + `}`, []string{"!A6411"}},
		{"trace without name", `{"type":"trace",` + valid + `}`, nil},
		{"a card press in Teams", `{"type":"invoke",` + strings.Replace(valid, "test", "msteams", 1) + `}`, []string{"A5401"}},
		{"content and contentUrl", `{"type":"message",` + valid + `,"attachments":[{"content":{},"contentUrl":"u"}]}`, []string{"A7100"}},
		{"one member twice", `{"type":"conversationUpdate",` + valid + `,"membersAdded":[{"id":"x"},{"id":"y"}],"membersRemoved":[{"id":"x"}]}`, []string{"A4101"}},
		{"an entity twice", `{"type":"message",` + valid + `,"entities":[{"type":"t","a":1},{ "a":1, "type":"t"},{"type":"t","a":1.0}]}`, []string{"A2102"}},
		{"two stream infos", `{"type":"typing",` + valid + `,"entities":[{"type":"streaminfo","streamSequence":1},{"type":"StreamInfo","streamSequence":2}]}`, []string{"A9246"}},
		{"an agent asking for expectReplies", `{"type":"message","from":{"id":"a","role":"bot"},"conversation":{"id":"c"},"recipient":{"id":"b"},"channelId":"test","deliveryMode":"ExpectReplies"}`, []string{"A3116"}},
		{"a user asking for expectReplies", `{"type":"message",` + valid + `,"deliveryMode":"expectReplies"}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := mustDecode(t, tt.in)
			var got []string
			failures := 0
			for _, f := range a.Check() {
				if f.Severity == SeverityError {
					failures++
					f.Rule = "!" + f.Rule
				}
				got = append(got, f.Rule)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			err := a.Validate()
			if (err != nil) != (failures > 0) || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("Validate = %v with %d errors found", err, failures)
			}
		})
	}
}

func TestValidateTellsWhatToDo(t *testing.T) {
	err := (&Activity{Type: TypeEvent, ChannelID: "test", From: ChannelAccount{ID: "a"}}).Validate()
	want := "activity: invalid: conversation.id: is missing (A2080); name: is missing, and event activities need one (A5001)"
	if err == nil || err.Error() != want {
		t.Errorf("Validate = %v\nwant %s", err, want)
	}
}

func TestValidateOutbound(t *testing.T) {
	a := Message("hi")
	if err := a.ValidateOutbound(); err == nil {
		t.Error("a message to nowhere is fine")
	}
	a.Conversation.ID = "c"
	if err := a.ValidateOutbound(); err != nil {
		t.Error(err)
	}
}

func TestValidateDoesNotAllocate(t *testing.T) {
	a := mustDecode(t, `{"type":"message",`+valid+`}`)
	if n := testing.AllocsPerRun(100, func() { _ = a.Validate() }); n != 0 {
		t.Errorf("Validate allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = a.Channel() }); n != 0 {
		t.Errorf("Channel allocates %v times", n)
	}
}
