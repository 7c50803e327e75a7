package activity

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Mentions are the accounts that the text names, in order. Malformed ones are
// passed over.
func (a *Activity) Mentions() []Mention {
	var list []Mention
	for _, e := range a.Entities {
		var m Mention
		if e.Is(EntityMention) && e.Decode(&m) == nil {
			list = append(list, m)
		}
	}
	return list
}

// IsMentioned reports whether the text names the account with this id.
func (a *Activity) IsMentioned(id string) bool {
	return id != "" && slices.ContainsFunc(a.Mentions(), func(m Mention) bool { return m.Mentioned.ID == id })
}

// IsRecipientMentioned reports whether the text names its receiver, usually
// the agent.
func (a *Activity) IsRecipientMentioned() bool { return a.IsMentioned(a.Recipient.ID) }

// NewMention names an account in a text. Put its Text where the name belongs,
// and the mention itself into the activity with [Activity.AddEntity].
func NewMention(account ChannelAccount) Mention {
	return Mention{Type: EntityMention, Mentioned: account, Text: "<at>" + cmp.Or(account.Name, account.ID) + "</at>"}
}

// AddMention names an account in front of the text. It fails when the account
// cannot be written as JSON.
func (a *Activity) AddMention(account ChannelAccount) error {
	m := NewMention(account)
	if err := a.AddEntity(m); err != nil {
		return err
	}
	a.Text = strings.TrimSuffix(m.Text+" "+a.Text, " ")
	return nil
}

// RemoveMentionText takes every mention of the account with this id out of the
// text, which it returns. The entities stay. (activity-and-turns 7)
func (a *Activity) RemoveMentionText(id string) string {
	if id == "" {
		return a.Text
	}
	for _, m := range a.Mentions() {
		if m.Mentioned.ID != id {
			continue
		}
		if m.Text == "" && m.Mentioned.Name != "" {
			m.Text = "<at>" + m.Mentioned.Name + "</at>"
		}
		if m.Text != "" {
			a.Text = strings.TrimSpace(ignoringCase(m.Text).ReplaceAllLiteralString(a.Text, ""))
		}
	}
	return a.Text
}

// RemoveRecipientMention takes mentions of the receiver, usually the agent,
// out of the text, which it returns: "<at>Bot</at> help" becomes "help".
func (a *Activity) RemoveRecipientMention() string { return a.RemoveMentionText(a.Recipient.ID) }

var atTag = regexp.MustCompile(`(?is)<at(?:\s[^>]*)?>(.*?)</at>`)

// NormalizeMentions replaces every "<at>Name</at>" in the text and in the
// mentions of a message by "Name". If removeRecipient is set, mentions of the
// receiver are removed first, text and entity.
func (a *Activity) NormalizeMentions(removeRecipient bool) {
	if !a.Is(TypeMessage) {
		return
	}
	if removeRecipient {
		a.RemoveRecipientMention()
	}
	a.Text = stripTags(a.Text)
	var kept []Entity
	for _, e := range a.Entities {
		var m Mention
		if e.Is(EntityMention) && e.Decode(&m) == nil {
			if removeRecipient && a.Recipient.ID != "" && strings.EqualFold(m.Mentioned.ID, a.Recipient.ID) {
				continue
			}
			if text := strings.TrimSpace(stripTags(m.Text)); text != m.Text {
				m.Text = text
				e, _ = NewEntity(m) // it came from JSON and has a type
			}
		}
		kept = append(kept, e)
	}
	a.Entities = kept
}

// stripTags replaces the tags by the names in them, and keeps a name apart
// from what follows it.
func stripTags(text string) string {
	var b strings.Builder
	end := 0
	for _, at := range atTag.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[end:at[0]])
		b.WriteString(text[at[2]:at[3]])
		if end = at[1]; end < len(text) && !strings.ContainsRune(" \t\r\n", rune(text[end])) {
			b.WriteByte(' ')
		}
	}
	b.WriteString(text[end:])
	return b.String()
}

func ignoringCase(literal string) *regexp.Regexp {
	return regexp.MustCompile("(?i)" + regexp.QuoteMeta(literal))
}
