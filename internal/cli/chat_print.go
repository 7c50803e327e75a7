package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/activity"
)

// A printer writes activities for people to read, or as JSON.
type printer struct {
	out      io.Writer
	terminal bool
	json     bool
	user     string // whose messages are "you"

	buttons  []button        // of the last message that had some, numbered from 1
	shown    map[string]bool // ids of messages
	growing  string          // the stream whose text stands on the last line
	grown    string          // that text
	prompted bool            // the last line is the prompt
}

// note tells something that is not of the conversation.
func (p *printer) note(text string) {
	if p.json {
		return
	}
	p.line(strings.TrimRight(text, "\n"))
}

// prompt invites to type.
func (p *printer) prompt(typing bool) {
	if typing && p.terminal && !p.prompted && p.growing == "" && !p.json {
		fmt.Fprint(p.out, "> ")
		p.prompted = true
	}
}

// line writes text, whatever it holds, as lines of its own.
func (p *printer) line(text string) {
	p.fresh()
	fmt.Fprintln(p.out, harmless(text))
}

// fresh goes to an empty line.
func (p *printer) fresh() {
	switch {
	case p.growing != "":
		fmt.Fprintln(p.out)
	case p.prompted:
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.growing, p.grown, p.prompted = "", "", false
}

func (p *printer) activity(a *activity.Activity, typing bool) {
	switch {
	case p.json:
		if raw, err := a.Append(nil); err == nil {
			fmt.Fprintln(p.out, harmlessJSON(raw))
		}
		return
	case a.Is(activity.TypeTyping):
		p.grow(a)
	case a.Is(activity.TypeMessage):
		p.message(a)
	case a.Is(activity.TypeMessageDelete):
		p.line(p.head(a) + "(took back a message)")
	case a.Is(activity.TypeEvent):
		p.line(p.head(a) + "(event " + a.Name + ")")
	case a.Is(activity.TypeEndOfConversation):
		p.line(p.head(a) + strings.TrimSpace("(ended the conversation) "+a.Text))
	}
	p.prompt(typing)
}

// head is when and who.
func (p *printer) head(a *activity.Activity) string {
	when, err := a.Timestamp.Parse()
	if err != nil {
		when = time.Now()
	}
	name := a.From.Name
	switch {
	case a.From.ID == p.user:
		name = "you"
	case name == "" && a.From.ID != "":
		name = a.From.ID
	case name == "":
		name = "agent"
	}
	name = strings.Join(strings.Fields(harmless(name)), " ")
	if utf8.RuneCountInString(name) > 60 {
		name = string([]rune(name)[:60]) + "…"
	}
	if a.Is(activity.TypeMessage) && a.From.Role == activity.RoleBot && a.ReplyToID == "" {
		name += " (unasked)"
	}
	return when.Local().Format(time.TimeOnly) + " " + name + ": "
}

func (p *printer) message(a *activity.Activity) {
	id, text := a.ID, p.head(a)
	if info, ok := a.StreamInfo(); ok && info.StreamID != "" && info.StreamID == p.growing {
		p.extend(a.Text)
		p.fresh()
		text = ""
	} else {
		if p.shown[id] {
			text += "(changed) "
		}
		text = strings.TrimSuffix(text+a.Text, " ")
	}
	p.shown[id] = true
	var r rendering
	r.message(a)
	if len(r.buttons) > 0 {
		p.buttons = r.buttons
	}
	for _, line := range r.lines {
		text += "\n" + line
	}
	if text = strings.TrimPrefix(text, "\n"); text != "" {
		p.line(indent(text))
	}
}

// grow shows the text so far of a streamed answer. Elsewhere than on a terminal
// only the whole is of use.
func (p *printer) grow(a *activity.Activity) {
	info, ok := a.StreamInfo()
	if !ok || !p.terminal || a.Text == "" || strings.EqualFold(info.StreamType, activity.StreamInformative) {
		return
	}
	id := info.StreamID
	if id == "" {
		id = a.ID // the first part names the stream
	}
	if id == "" {
		return
	}
	if id != p.growing {
		p.fresh()
		fmt.Fprint(p.out, harmless(p.head(a)))
		p.growing = id
	}
	p.extend(a.Text)
}

// extend adds to the line what text has more than what stands there.
func (p *printer) extend(text string) {
	more, ok := strings.CutPrefix(text, p.grown)
	if !ok {
		more = "\n" + text // it was changed
	}
	fmt.Fprint(p.out, harmless(indent(more)))
	p.grown = text
}

// indent sets off the lines after the first, so that none looks like another
// message.
func indent(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\n         ")
}

// harmless makes text of others fit for a terminal: what would move the
// cursor, change colours or turn the reading direction is shown instead.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ':
			return '\u2400' + r // its picture, such as ␛
		case r == 0x7f:
			return '\u2421'
		case commanding(r):
			return utf8.RuneError
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n"))
}

// commanding reports whether r beyond ASCII tells a terminal what to do: the
// second set of control characters, and those that end lines or turn the
// reading direction.
func commanding(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r == 0x61c || r == 0x200e || r == 0x200f ||
		r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// harmlessJSON escapes what JSON lets pass; it can stand in strings only.
func harmlessJSON(raw []byte) string {
	var b strings.Builder
	for _, r := range string(raw) {
		if commanding(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
