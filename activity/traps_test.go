package activity

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// wantSame decodes in, hands the activity to look, and expects the very same
// JSON when it is encoded.
func wantSame(t *testing.T, in string, look func(a *Activity)) {
	t.Helper()
	a := mustDecode(t, in)
	if look != nil {
		look(a)
	}
	out, err := a.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != in {
		t.Errorf("encoded %s\nwant    %s", out, in)
	}
}

func mustDecode(t testing.TB, in string) *Activity {
	t.Helper()
	a, err := Decode([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The numbers are those of the contract's list of traps. Those about turns,
// state and storage are tested there.

func TestTrap01_TimesKeepOffsetAndFractions(t *testing.T) {
	wantSame(t, `{"type":"message","timestamp":"2026-11-20T09:41:07.4780000Z","localTimestamp":"2026-11-20T10:41:07.3821834+01:00"}`, func(a *Activity) {
		local, err := a.LocalTimestamp.Parse()
		if err != nil {
			t.Fatal(err)
		}
		want := time.Date(2026, 11, 20, 9, 41, 7, 382183400, time.UTC)
		if _, offset := local.Zone(); !local.Equal(want) || offset != 3600 {
			t.Errorf("Parse = %v, want %v at +01:00", local, want)
		}
	})
}

func TestTrap02_BigInteger(t *testing.T) {
	wantSame(t, `{"type":"event","value":9007199254740993,"name":"n","x":12345678901234567890}`, func(a *Activity) {
		if n, err := DecodeValue[int64](a); err != nil || n != 9007199254740993 {
			t.Errorf("DecodeValue = %d, %v", n, err)
		}
	})
	wantSame(t, `{"type":"event","value":[1,1.0,1e0,0.1000,-0],"name":"n"}`, nil)
}

func TestTrap03_StringHoldingJSONStaysAString(t *testing.T) {
	wantSame(t, `{"type":"message","channelData":"{\"a\":1}"}`, func(a *Activity) {
		if got := Unpack(a.ChannelData); string(got) != `{"a":1}` {
			t.Errorf("Unpack = %s", got)
		}
	})
	for _, same := range []string{`"text"`, `"12"`, `"{"`, `{"a":1}`, `[1]`, `null`, ``} {
		if got := Unpack(json.RawMessage(same)); string(got) != same {
			t.Errorf("Unpack(%s) = %s, want it unchanged", same, got)
		}
	}
}

func TestTrap04_UnknownFieldsSurviveEverywhere(t *testing.T) {
	wantSame(t, `{"type":"message","from":{"id":"a","u":1},"conversation":{"id":"c","u":2},`+
		`"suggestedActions":{"actions":[{"title":"t","u":3}],"u":4},"attachments":[{"name":"n","u":5}],`+
		`"relatesTo":{"conversation":{"u":6},"u":7},"textHighlights":[{"text":"h","u":8}],"semanticAction":{"id":"s","u":9},"u":{"u":null}}`, nil)
}

func TestTrap05_EmptyTextIsNotAbsentText(t *testing.T) {
	wantSame(t, `{"type":"message","text":"","speak":""}`, func(a *Activity) {
		if !a.Kept("text") || !a.Kept("speak") {
			t.Error("empty text and speak look absent")
		}
	})
	wantSame(t, `{"type":"message"}`, func(a *Activity) {
		if a.Kept("text") {
			t.Error("absent text looks empty")
		}
	})
	silent := Message("look")
	silent.Keep("speak")
	if out, _ := json.Marshal(silent); string(out) != `{"type":"message","text":"look","speak":""}` {
		t.Errorf("after Keep: %s", out)
	}
}

func TestTrap06_EmptyListIsNotAbsentList(t *testing.T) {
	wantSame(t, `{"type":"message","attachments":[]}`, nil)
	wantSame(t, `{"type":"message"}`, nil)
	a := mustDecode(t, `{"type":"message","attachments":null}`)
	if out, _ := a.Append(nil); string(out) != `{"type":"message"}` {
		t.Errorf("a null list is encoded as %s", out)
	}
	if out, _ := json.Marshal(Activity{Type: TypeMessage, Attachments: []Attachment{}}); string(out) != `{"type":"message"}` {
		t.Errorf("an empty list of a new activity is encoded as %s", out)
	}
}

func TestTrap07_SubChannel(t *testing.T) {
	wantSame(t, `{"type":"message","channelId":"msteams","entities":[{"id":"COPILOT", "type":"ProductInfo"}]}`, func(a *Activity) {
		if got := a.Channel(); got != ChannelTeamsCopilot {
			t.Errorf("Channel = %q", got)
		}
		if ref := a.Reference(); ref.ChannelID != ChannelTeamsCopilot {
			t.Errorf("Reference has channel %q", ref.ChannelID)
		}
		a.SetChannel(a.Channel())
		if !a.OnChannel(ChannelTeams) || a.OnChannel(ChannelSlack) {
			t.Error("OnChannel ignores the base channel")
		}
	})
}

func TestTrap08_TypeInAnotherCase(t *testing.T) {
	wantSame(t, `{"type":"Invoke","name":"n"}`, func(a *Activity) {
		if !a.Is(TypeInvoke) || a.Is(TypeEvent) {
			t.Error("Is compares with case")
		}
	})
}

func TestTrap09_RelatesToBotOrAgent(t *testing.T) {
	for _, name := range []string{"bot", "agent"} {
		wantSame(t, `{"type":"event","name":"n","relatesTo":{"`+name+`":{"id":"28:a"},"conversation":{"id":"c"}}}`, func(a *Activity) {
			if got := a.RelatesTo.Agent.ID; got != "28:a" {
				t.Errorf("%s: Agent.ID = %q", name, got)
			}
		})
	}
	out, _ := json.Marshal(ConversationReference{Agent: ChannelAccount{ID: "28:a"}})
	if string(out) != `{"bot":{"id":"28:a"}}` {
		t.Errorf("a new reference is encoded as %s", out)
	}
}

func TestTrap10_EntityWithoutType(t *testing.T) {
	wantSame(t, `{"type":"message","entities":[{"a":1},{"type":3},null,"x",{"type":"mention","mentioned":{"id":"m"},"text":"<at>M</at>"},{"type":"mention","mentioned":7}]}`, func(a *Activity) {
		if got := a.Mentions(); len(got) != 1 || got[0].Mentioned.ID != "m" {
			t.Errorf("Mentions = %+v", got)
		}
	})
}

func TestTrap12_NoReplyToDirectLineUpdates(t *testing.T) {
	for _, tt := range []struct{ typ, channel, want string }{
		{"conversationUpdate", "directline", ""},
		{"conversationUpdate", "webchat", ""},
		{"ConversationUpdate", "DirectLine", ""},
		{"conversationUpdate", "msteams", "id1"},
		{"message", "directline", "id1"},
	} {
		a := &Activity{Type: Type(tt.typ), ChannelID: tt.channel, ID: "id1"}
		if got := a.Reply("hi").ReplyToID; got != tt.want {
			t.Errorf("reply to %s of %s has replyToId %q, want %q", tt.typ, tt.channel, got, tt.want)
		}
	}
}

func TestTrap19_MentionWithRegexCharacters(t *testing.T) {
	a := Message("<at>C++ (bot)</at> how are you, <AT>c++ (BOT)</AT>?")
	a.Recipient.ID = "28:cpp"
	if err := a.AddEntity(Mention{Type: EntityMention, Mentioned: ChannelAccount{ID: "28:cpp"}, Text: "<at>C++ (bot)</at>"}); err != nil {
		t.Fatal(err)
	}
	if got, want := a.RemoveRecipientMention(), "how are you, ?"; got != want || a.Text != want {
		t.Errorf("RemoveRecipientMention = %q, Text = %q, want %q", got, a.Text, want)
	}
}

func TestTrap20_NameStaysApart(t *testing.T) {
	for in, want := range map[string]string{
		"<at>Tom</at>is":                       "Tom is",
		"<at>Tom</at> is":                      "Tom is",
		"hi <at id=\"0\">Tom</at>":             "hi Tom",
		"<at>Tom</at><at>Ann</at>!":            "Tom Ann !",
		"<at>Tom":                              "<at>Tom",
		"<attic>x</at>":                        "<attic>x</at>",
		"<AT>Tom</At>\nagain":                  "Tom\nagain",
		"a < b and " + strings.Repeat("<", 50): "a < b and " + strings.Repeat("<", 50),
	} {
		a := Message(in)
		a.NormalizeMentions(false)
		if a.Text != want {
			t.Errorf("NormalizeMentions(%q) = %q, want %q", in, a.Text, want)
		}
	}
}
