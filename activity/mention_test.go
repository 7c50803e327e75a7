package activity

import (
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	a := Message("what is the time?")
	a.Recipient = ChannelAccount{ID: "28:agent", Name: "Harbour"}
	if a.IsRecipientMentioned() || a.IsMentioned("") || a.Mentions() != nil {
		t.Error("a plain message mentions somebody")
	}
	if err := a.AddMention(a.Recipient); err != nil {
		t.Fatal(err)
	}
	if want := "<at>Harbour</at> what is the time?"; a.Text != want || !a.IsRecipientMentioned() {
		t.Errorf("Text = %q, want %q", a.Text, want)
	}
	if got := a.RemoveRecipientMention(); got != "what is the time?" {
		t.Errorf("RemoveRecipientMention = %q", got)
	}
	if len(a.Entities) != 1 {
		t.Error("the entity is gone")
	}
	bare := Message("")
	if err := bare.AddMention(ChannelAccount{ID: "29:x"}); err != nil || bare.Text != "<at>29:x</at>" {
		t.Errorf("Text = %q, %v", bare.Text, err)
	}
}

func TestRemoveMentionText(t *testing.T) {
	tests := []struct{ name, text, entities, want string }{
		{"every occurrence, whatever its case", "<at>Bot</at> a <AT>BOT</AT> b", `[{"type":"mention","mentioned":{"id":"b"},"text":"<at>Bot</at>"}]`, "a  b"},
		{"several mentions", "<at>Bot</at><at>Robot</at> a", `[{"type":"mention","mentioned":{"id":"b"},"text":"<at>Bot</at>"},{"type":"Mention","mentioned":{"id":"b"},"text":"<at>Robot</at>"}]`, "a"},
		{"without text the name serves", "<at>Bot</at> a", `[{"type":"mention","mentioned":{"id":"b","name":"Bot"}}]`, "a"},
		{"without text and name nothing happens", "<at></at> a", `[{"type":"mention","mentioned":{"id":"b"}}]`, "<at></at> a"},
		{"without mentioned nothing happens", "<at>Bot</at> a", `[{"type":"mention","text":"<at>Bot</at>"}]`, "<at>Bot</at> a"},
		{"ids are compared with case", "<at>Bot</at> a", `[{"type":"mention","mentioned":{"id":"B"},"text":"<at>Bot</at>"}]`, "<at>Bot</at> a"},
		{"others stay", "<at>Ann</at> a", `[{"type":"mention","mentioned":{"id":"ann"},"text":"<at>Ann</at>"}]`, "<at>Ann</at> a"},
		{"no entities", " a ", `[]`, " a "},
		{"dollar signs are no groups", "<at>$1</at> $1", `[{"type":"mention","mentioned":{"id":"b"},"text":"<at>$1</at>"}]`, "$1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := mustDecode(t, `{"type":"message","recipient":{"id":"b"},"entities":`+tt.entities+`}`)
			a.Text = tt.text
			if got := a.RemoveRecipientMention(); got != tt.want || a.Text != tt.want {
				t.Errorf("got %q, Text %q, want %q", got, a.Text, tt.want)
			}
		})
	}
	a := Message("x")
	if got := a.RemoveRecipientMention(); got != "x" {
		t.Errorf("without recipient: %q", got)
	}
}

func TestNormalizeMentions(t *testing.T) {
	const in = `{"type":"message","recipient":{"id":"28:Bot"},"text":"<at>Bot</at> ask <at>Ann</at>now","entities":[` +
		`{"type":"mention","mentioned":{"id":"28:Bot"},"text":"<at>Bot</at>","x":1},{"type":"mention","mentioned":{"id":"29:ann"},"text":" <at>Ann</at> ","y":1.0},{"type":"tide"}]}`
	a := mustDecode(t, in)
	a.NormalizeMentions(true)
	out, _ := a.Append(nil)
	if want := `{"type":"message","recipient":{"id":"28:Bot"},"text":"ask Ann now","entities":[{"type":"mention","mentioned":{"id":"29:ann"},"text":"Ann","y":1.0},{"type":"tide"}]}`; string(out) != want {
		t.Errorf("got  %s\nwant %s", out, want)
	}
	a = mustDecode(t, in)
	a.NormalizeMentions(false)
	if a.Text != "Bot ask Ann now" || len(a.Entities) != 3 {
		t.Errorf("keeping the recipient: %q, %d entities", a.Text, len(a.Entities))
	}
	event := mustDecode(t, strings.Replace(in, `"message"`, `"event"`, 1))
	event.NormalizeMentions(true)
	if !strings.HasPrefix(event.Text, "<at>") {
		t.Error("an event was changed")
	}
}

func FuzzMentions(f *testing.F) {
	f.Add("<at>Tom</at>is", "29:tom", "<at>Tom</at>")
	f.Add("<at>C++ (bot)</at> ", "28:x", "")
	f.Add("<at <at>a</at></at>", "", "\xff")
	f.Fuzz(func(t *testing.T, text, id, mention string) {
		a := Message(text)
		a.Recipient = ChannelAccount{ID: id, Name: mention}
		if err := a.AddEntity(Mention{Type: EntityMention, Mentioned: a.Recipient, Text: mention}); err != nil {
			t.Fatal(err)
		}
		b, c := a.Clone(), a.Clone()
		a.RemoveRecipientMention()
		if len(a.Text) > len(text) {
			t.Errorf("removing made %q of %q", a.Text, text)
		}
		b.NormalizeMentions(true)
		c.NormalizeMentions(false)
		tags := func(s string) int { return strings.Count(strings.ToLower(s), "</at>") }
		if tags(c.Text) > tags(text) {
			t.Errorf("normalising made %q of %q", c.Text, text)
		}
	})
}
