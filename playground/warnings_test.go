package playground

import (
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func TestWarnings(t *testing.T) {
	tests := []struct {
		name, op, activity, channel, kind string
		want                              string // "" for none
	}{
		{"text shows everywhere", "send", `{"type":"message","text":"hi"}`, "sms", "personal", ""},
		{"no suggested actions at all", "send", `{"type":"message","suggestedActions":{"actions":[{"title":"a"}]}}`, "slack", "personal", "slack shows no suggested actions."},
		{"as many as there can be", "send", `{"type":"message","suggestedActions":{"actions":[{},{},{}]}}`, "msteams", "personal", ""},
		{"a kind that is not said is personal", "send", `{"type":"message","suggestedActions":{"actions":[{}]}}`, "msteams", "", ""},
		{"an empty list is none", "send", `{"type":"message","suggestedActions":{"actions":[]}}`, "sms", "personal", ""},
		{"a card with buttons where there are none", "send", `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.hero","content":{"buttons":[{}]}}]}`, "sms", "personal", "sms shows no buttons on cards."},
		{"a card with too many", "send", `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"actions":[{},{},{},{}]}}]}`, "facebook", "personal", "facebook shows 3 buttons on a card, and this has 4."},
		{"an attachment that is no card", "send", `{"type":"message","attachments":[{"contentType":"image/png","content":"x"}]}`, "sms", "personal", ""},
		{"a streamed answer", "send", `{"type":"typing","text":"a","entities":[{"type":"streaminfo","streamType":"streaming"}]}`, "telegram", "personal", "does not show answers while they are written"},
		{"a streamed answer where it streams", "send", `{"type":"typing","text":"a","entities":[{"type":"streaminfo","streamType":"streaming"}]}`, "directline", "personal", ""},
		{"typing", "send", `{"type":"typing"}`, "slack", "personal", "slack does not show that the agent is typing."},
		{"a trace", "send", `{"type":"trace"}`, "webchat", "personal", "webchat drops traces; they reach the emulator only."},
		{"a trace where it shows", "send", `{"type":"trace"}`, "emulator", "personal", ""},
		{"an edit", "update", `{"type":"message"}`, "webchat", "personal", "webchat does not change what was sent"},
		{"a deletion, of which there is no activity", "delete", `{}`, "webchat", "personal", "webchat does not take back what was sent"},
		{"a sub-channel is its channel", "update", `{"type":"message"}`, "msteams:COPILOT", "personal", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := activity.Decode([]byte(tt.activity))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(warnings(tt.op, a, tt.channel, tt.kind), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
