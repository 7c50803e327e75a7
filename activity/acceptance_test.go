package activity

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestS2_01_TextGraphicsSpeech proves S2-01: text, cards, image attachments, speak and
// inputHint round-trip unchanged.
func TestS2_01_TextGraphicsSpeech(t *testing.T) {
	a := Message("The tide is out")
	a.Speak, a.InputHint, a.AttachmentLayout = `<speak version="1.0">The tide is <emphasis>out</emphasis></speak>`, "ignoringInput", LayoutCarousel
	a.Attachments = []Attachment{{ContentType: "image/png", ContentURL: "https://example.com/pier.png", Name: "pier.png"}}
	cards := []Card{
		HeroCard{Title: "Pier", Images: []CardImage{{URL: "https://example.com/pier.png"}}, Buttons: []CardAction{Button(ActionOpenURL, "Open", "https://example.com")}},
		ThumbnailCard{Title: "Pier", Tap: &CardAction{Type: ActionPostBack, Value: json.RawMessage(`1.0`)}},
		ReceiptCard{Title: "Rope", Items: []ReceiptItem{{Title: "Rope", Price: "$ 3.50"}}, Total: "$ 3.50"},
		SigninCard{Text: "Who are you?"},
		OAuthCard{Text: "Please sign in", ConnectionName: "graph"},
		AnimationCard{Title: "Waves", Media: []MediaURL{{URL: "https://example.com/waves.gif"}}},
		AudioCard{Title: "Gulls", Duration: "PT3M"},
		VideoCard{Title: "Ebb", Aspect: "16:9"},
		AdaptiveCard(`{"type":"AdaptiveCard","version":"1.5","body":[{"type":"TextBlock","text":"<b>"}]}`),
	}
	for _, c := range cards {
		if err := a.AddCard(c); err != nil {
			t.Fatal(err)
		}
	}
	first, err := a.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := mustDecode(t, string(first))
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	second, err := b.Append(nil)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("got  %s, %v\nwant %s", second, err, first)
	}
	var hero HeroCard
	if err := b.Attachments[1].Decode(&hero); err != nil || hero.Buttons[0].ValueText() != "https://example.com" {
		t.Errorf("the hero card came back as %+v, %v", hero, err)
	}
}

// TestS2_02_ChannelData: unknown channel data survives and can be read typed.
func TestS2_02_ChannelData(t *testing.T) {
	type facebook struct {
		Postback struct{ Payload string }
	}
	wantSame(t, `{"type":"message","channelId":"facebook","channelData":{"postback":{"payload":"P"},"n":1.0,"null":null}}`, func(a *Activity) {
		if got, err := DecodeChannelData[facebook](a); err != nil || got.Postback.Payload != "P" {
			t.Errorf("DecodeChannelData = %+v, %v", got, err)
		}
	})
	wantSame(t, `{"type":"message","channelId":"msteams","channelData":{"tenant":{"id":"t1","x":1},"feedbackLoopEnabled":true,"legacy":{"a":[]}}}`, func(a *Activity) {
		data, err := a.TeamsData()
		if err != nil || data.Tenant.ID != "t1" || !data.FeedbackLoopEnabled {
			t.Fatalf("TeamsData = %+v, %v", data, err)
		}
		if err := a.SetChannelData(data); err != nil {
			t.Fatal(err)
		}
		if want := `{"tenant":{"id":"t1","x":1},"feedbackLoopEnabled":true,"legacy":{"a":[]}}`; string(a.ChannelData) != want {
			t.Errorf("written back as %s", a.ChannelData)
		}
	})
	if _, err := DecodeChannelData[facebook](Message("x")); err == nil {
		t.Error("absent channel data was read")
	}
	if _, err := DecodeChannelData[facebook](&Activity{ChannelData: json.RawMessage(`[]`)}); err == nil {
		t.Error("a list was read as an object")
	}
	if err := Message("x").SetChannelData(func() {}); err == nil {
		t.Error("a func was written")
	}
}

// TestS2_05_OneHelperEach proves S2-05: text, speech, suggested actions and cards are one
// helper each and have the form of the schema.
func TestS2_05_OneHelperEach(t *testing.T) {
	a := Message("Which pier?")
	a.Speak = "Which pier, please?"
	a.SuggestedActions = Suggest("North", "South & East")
	if err := a.AddCard(HeroCard{Title: "Piers"}); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(a)
	want := `{"type":"message","text":"Which pier?","speak":"Which pier, please?","suggestedActions":{"actions":[` +
		`{"type":"imBack","title":"North","value":"North"},{"type":"imBack","title":"South & East","value":"South & East"}]},` +
		`"attachments":[{"contentType":"application/vnd.microsoft.card.hero","content":{"title":"Piers"}}]}`
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree(t, []byte(want)), tree(t, out)); diff != "" {
		t.Error(diff)
	}
}

func TestCardErrors(t *testing.T) {
	for name, c := range map[string]Card{
		"an adaptive card of another type": AdaptiveCard(`{"type":"HeroCard"}`),
		"no adaptive card":                 AdaptiveCard(nil),
		"half an adaptive card":            AdaptiveCard(`{"type":"AdaptiveCard",`),
		"a button with a broken value":     HeroCard{Buttons: []CardAction{{Value: json.RawMessage(`{`)}}},
	} {
		a := Message("")
		if err := a.AddCard(c); err == nil || a.Attachments != nil {
			t.Errorf("%s: AddCard = %v, %d attachments", name, err, len(a.Attachments))
		}
	}
	if err := (Attachment{ContentType: ContentHeroCard}).Decode(new(HeroCard)); err == nil {
		t.Error("an attachment without content was read")
	}
	if err := new(CardAction).SetValue(func() {}); err == nil {
		t.Error("a func was written")
	}
}
