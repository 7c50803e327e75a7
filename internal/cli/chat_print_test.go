package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func decoded(t testing.TB, raw string) *activity.Activity {
	t.Helper()
	a, err := activity.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// printed is what activities look like, without the times.
func printed(t testing.TB, terminal bool, raws ...string) string {
	t.Helper()
	var out bytes.Buffer
	p := printer{out: &out, terminal: terminal, user: "user", shown: map[string]bool{}}
	for _, raw := range raws {
		p.activity(decoded(t, raw), false)
	}
	return untimed(out.String())
}

func TestChatPrints(t *testing.T) {
	const from = `"from":{"id":"bot","name":"Bot","role":"bot"}`
	message := func(rest string) string {
		return `{"type":"message","id":"1","replyToId":"0",` + from + `,` + rest + `}`
	}
	content := func(kind, card string) string {
		return message(`"attachments":[{"contentType":"application/vnd.microsoft.card.` + kind + `","content":` + card + `}]`)
	}
	tests := []struct {
		name string
		raws []string
		want string
	}{
		{"text of several lines", []string{message(`"text":"one\r\ntwo\n12:00:00 Bot: three"`)}, "Bot: one\n         two\n         12:00:00 Bot: three\n"},
		{"unasked", []string{`{"type":"message","text":"hi",` + from + `}`}, "Bot (unasked): hi\n"},
		{"of the user, elsewhere", []string{`{"type":"message","text":"hi","from":{"id":"user","name":"U","role":"user"}}`}, "you: hi\n"},
		{"of another user", []string{`{"type":"message","text":"hi","from":{"id":"ben","role":"user"}}`}, "ben: hi\n"},
		{"of nobody", []string{`{"type":"message","text":"hi"}`}, "agent: hi\n"},
		{"changed and taken back", []string{message(`"text":"a"`), message(`"text":"b"`), `{"type":"messageDelete","id":"1","replyToId":"0",` + from + `}`},
			"Bot: a\nBot: (changed) b\nBot: (took back a message)\n"},
		{"an event, the end, and what nobody need see", []string{`{"type":"event","name":"paid",` + from + `}`, `{"type":"trace"}`, `{"type":"typing"}`, `{"type":"endOfConversation","text":"Bye",` + from + `}`},
			"Bot: (event paid)\nBot: (ended the conversation) Bye\n"},
		{"a hero card", []string{content("hero", `{"title":"T","subtitle":"S","text":"X","images":[{"url":"data:image/png;base64,AAAA"},{"url":"https://x/y.png","alt":"a cat"}],
			"buttons":[{"type":"imBack","title":"Yes","value":"yes"},{"type":"openUrl","value":"https://x"}]}`)},
			"Bot:\n         T\n         S\n         X\n         [image] (enclosed)\n         [image] a cat\n         [1] Yes\n         [2] https://x\n"},
		{"a receipt", []string{content("receipt", `{"title":"R","facts":[{"key":"Order","value":"7"}],"items":[{"title":"Tea","price":"$2","quantity":"3"}],"tax":"$1","total":"$7"}`)},
			"Bot:\n         R\n         Order: 7\n         3 × Tea  $2\n         Tax: $1\n         Total: $7\n"},
		{"signing in", []string{content("oauth", `{"text":"Please","buttons":[{"type":"signin","title":"Sign in","value":"https://login"}]}`)},
			"Bot:\n         Please\n         [1] Sign in\n"},
		{"a card of the wrong types", []string{content("hero", `{"title":7,"text":"X"}`), content("hero", `[]`)}, "Bot:\n         X\nBot: (changed)\n         [a card without text]\n"},
		{"an adaptive card", []string{content("adaptive", `{"type":"AdaptiveCard","fallbackText":"no","body":[
			{"type":"TextBlock","text":"Head"},{"type":"TextBlock","text":"hidden","isVisible":false},
			{"type":"RichTextBlock","inlines":["rich ",{"type":"TextRun","text":"text"}]},
			{"type":"ColumnSet","columns":[{"type":"Column","items":[{"type":"TextBlock","text":"left"}]},{"type":"Column","items":[{"type":"TextBlock","text":"right"}]}]},
			{"type":"FactSet","facts":[{"title":"Size","value":"L"}]},
			{"type":"Table","columns":[{"width":1}],"rows":[{"type":"TableRow","cells":[{"type":"TableCell","items":[{"type":"TextBlock","text":"cell"}]}]}]},
			{"type":"Input.ChoiceSet","id":"c","label":"Colour","value":"r","choices":[{"title":"Red","value":"r"},{"title":"Blue","value":"b"}]},
			{"type":"Unknown","items":[{"type":"TextBlock","text":"inside"}]},
			{"type":"ActionSet","actions":[{"type":"Action.OpenUrl","title":"More","url":"https://x"}]}],
			"actions":[{"type":"Action.Submit","title":"Send","data":{"a":1}},{"type":"Action.ShowCard","title":"Details","card":{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"deep"}]}}]}`)},
			"Bot:\n         Head\n         rich text\n         left\n         right\n         Size: L\n         cell\n         [input] Colour (Red, Blue)\n         inside\n         [1] More\n         [2] Send\n         Details\n         deep\n"},
		{"an adaptive card without anything", []string{content("adaptive", `{"type":"AdaptiveCard","fallbackText":"Use another client"}`)}, "Bot:\n         Use another client\n"},
		{"a file", []string{message(`"text":"here","attachments":[{"contentType":"image/png","name":"a.png","contentUrl":"http://x/a.png"}]`)}, "Bot: here\n         [file] a.png (image/png) http://x/a.png\n"},
		{"two messages with buttons", []string{message(`"text":"a","suggestedActions":{"actions":[{"type":"imBack","title":"Red","value":"Red"}]}`)}, "Bot: a\n         [1] Red\n"},
		{"control characters", []string{message(`"text":"\u001b[2Ja\u0007\rb\u009b1mc\u202ed\u007f\u2028e"`)}, "Bot: ␛[2Ja␇␍b�1mc�d␡�e\n"},
		{"a name that pretends", []string{`{"type":"message","text":"hi","from":{"id":"x","name":"A\n12:00:00\u001b you: yes\u202e"}}`}, "A 12:00:00␛ you: yes�: hi\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printed(t, false, tt.raws...); got != tt.want {
				t.Errorf("printed\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

// A streamed answer grows on a terminal; elsewhere only the whole is printed.
func TestChatStreamedAnswer(t *testing.T) {
	part := func(kind, id, stream, text string) string {
		entity := `{"type":"streaminfo","streamType":"` + kind + `","streamId":"` + stream + `"}`
		what := "typing"
		if kind == "final" {
			what = "message"
		}
		return `{"type":"` + what + `","id":"` + id + `","replyToId":"0","text":"` + text + `","from":{"id":"b","name":"Bot","role":"bot"},"entities":[` + entity + `]}`
	}
	answer := []string{part("informative", "s", "", "Thinking"), part("streaming", "s", "", "One"), part("streaming", "t", "s", "One tw"), part("final", "u", "s", "One two.")}
	if got, want := printed(t, false, answer...), "Bot: One two.\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if got, want := printed(t, true, answer...), "Bot: One two.\n"; got != want {
		t.Errorf("on a terminal printed %q, want %q", got, want)
	}
	revised := []string{answer[1], part("final", "u", "s", "No, two")}
	if got, want := printed(t, true, revised...), "Bot: One\n         No, two\n"; got != want {
		t.Errorf("revised, printed %q, want %q", got, want)
	}
	interrupted := []string{answer[1], `{"type":"message","id":"9","replyToId":"0","text":"By the way","from":{"id":"b","name":"Bot"}}`, answer[3]}
	if got, want := printed(t, true, interrupted...), "Bot: One\nBot: By the way\nBot: One two.\n"; got != want {
		t.Errorf("interrupted, printed %q, want %q", got, want)
	}
}

// Pressing a button says what Web Chat would say.
func TestChatButtons(t *testing.T) {
	tests := []struct{ name, action, says, address string }{
		{"imBack", `{"type":"imBack","title":"T","value":"v"}`, `{"type":"message","text":"v"}`, ""},
		{"imBack without a value", `{"type":"imBack","title":"T"}`, `{"type":"message","text":"T"}`, ""},
		{"postBack of text", `{"type":"postBack","title":"T","value":"v"}`, `{"type":"message","text":"v","channelData":{"postBack":true}}`, ""},
		{"postBack of an object", `{"type":"postBack","title":"T","value":{"a":1}}`, `{"type":"message","channelData":{"postBack":true},"value":{"a":1}}`, ""},
		{"messageBack", `{"type":"messageBack","title":"T","text":"x","displayText":"d","value":7}`, `{"type":"message","text":"x","channelData":{"messageBack":{"displayText":"d"}},"value":7}`, ""},
		{"openUrl", `{"type":"openUrl","title":"T","value":"https://x"}`, ``, "https://x"},
		{"invoke", `{"type":"invoke","title":"T","value":{}}`, ``, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var action activity.CardAction
			if err := json.Unmarshal([]byte(tt.action), &action); err != nil {
				t.Fatal(err)
			}
			b := pressed(action)
			says := ""
			if b.says != nil {
				raw, err := b.says.Append(nil)
				if err != nil {
					t.Fatal(err)
				}
				says = string(raw)
			}
			if says != tt.says || b.address != tt.address || b.title != "T" {
				t.Errorf("says %s and opens %q", says, b.address)
			}
		})
	}
	data := submit(json.RawMessage(`{"a":1}`), map[string]string{"colour": "red"})
	if string(data.Value) != `{"a":1,"colour":"red"}` {
		t.Errorf("Action.Submit says %s", data.Value)
	}
}

// At a terminal: buttons by number, several lines at once, and a way out.
func TestChatAtATerminal(t *testing.T) {
	p := newPartner(t)
	p.answer = func(p *partner, in *activity.Activity) int {
		out := in.Reply("You said " + in.Text)
		if in.Text == "buttons" {
			out.SuggestedActions = activity.Suggest("Red", "Blue")
		}
		p.send(in, out)
		if in.Text == "fail" {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	c, err := connectChat(t.Context(), p.options(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out text
	read, typing := io.Pipe()
	talk := &talk{chat: c, options: p.options(), errs: io.Discard, typing: true, own: map[string]bool{},
		show: printer{out: &out, terminal: true, user: "user", shown: map[string]bool{}}}
	ended := make(chan error, 1)
	go func() { ended <- talk.run(t.Context(), read) }()
	says := func(line, want string) {
		t.Helper()
		io.WriteString(typing, line)
		await(t, want, func() bool { return strings.Contains(out.String(), want) })
	}
	says("buttons\n", "[2] Blue\n")
	says("2\n", "You said Blue\n")
	says(" 2\n", "You said 2\n")
	says("3\n", "You said 3\n")
	says("pasted\n/quit\n2\n", "You said pasted\n         /quit\n         2\n")
	says("fail\n", "the agent failed: ")
	says("still here\n", "You said still here\n> ")
	io.WriteString(typing, "/quit\n")
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if want := "outspoken chat " + p.url + " " + c.ID() + "\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("the last words are not %q:\n%s", want, &out)
	}
	typing.Close()
}

func TestChatInterrupted(t *testing.T) {
	p := newPartner(t)
	p.answer = func(p *partner, in *activity.Activity) int { <-p.t.Context().Done(); return http.StatusOK } // for ever
	ctx, interrupt := context.WithCancel(t.Context())
	o := p.options()
	o.once = true
	ended := make(chan error, 1)
	go func() { ended <- chatTo(ctx, o, strings.NewReader("hi"), io.Discard, io.Discard) }()
	await(t, "the agent has the message", func() bool { return len(p.messages()) > 0 })
	interrupt()
	if err := <-ended; err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// Whatever an agent sends, nothing reaches the terminal that commands it.
func FuzzChatPrint(f *testing.F) {
	f.Add("plain \x1b[31m red \u009b", "Bot\n", `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"\u001b]0;x\u0007"}]}`)
	f.Add("\r\n\u2028\u202e", "\xff", `{"title":"\u001b","buttons":[{"title":"\u0085"}]}`)
	f.Fuzz(func(t *testing.T, text, name, card string) {
		if !json.Valid([]byte(card)) {
			card = "{}"
		}
		for _, kind := range []string{activity.ContentAdaptiveCard, activity.ContentHeroCard} {
			a := &activity.Activity{Type: activity.TypeMessage, Text: text, From: activity.ChannelAccount{Name: name},
				Attachments: []activity.Attachment{{ContentType: kind, Name: name, Content: json.RawMessage(card)}}}
			for _, asJSON := range []bool{false, true} {
				var out bytes.Buffer
				p := printer{out: &out, json: asJSON, shown: map[string]bool{}}
				p.activity(a, false)
				for _, r := range out.String() {
					if r < ' ' && r != '\n' && r != '\t' || commanding(r) {
						t.Fatalf("%U is in %q", r, &out)
					}
				}
			}
		}
	})
}
