package localchannel_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

func TestTeamsMembers(t *testing.T) {
	f := serve(t)
	info := f.begin(localchannel.Start{ChannelID: "msteams", Kind: "groupChat", TenantID: "t", Members: []activity.ChannelAccount{
		{ID: "29:anna", Name: "Anna van Nowak"}, {ID: "bob", Email: "bob@fabrikam.example", AADObjectID: "b1c5e2a0-0000-4000-8000-000000000001"},
	}})
	var m activity.ChannelAccount
	at := teams + "/" + info.ID + "/members/"
	f.want(http.StatusOK, "GET", at+"29:anna", "", &m)
	if m.GivenName != "Anna" || m.Surname != "van Nowak" || m.UserPrincipalName != "29-anna@example.com" || m.Email != m.UserPrincipalName ||
		m.TenantID != "t" || len(m.AADObjectID) != 36 || m.UserRole != "user" {
		t.Errorf("Anna is %+v", m)
	}
	entra := m.AADObjectID
	f.want(http.StatusOK, "GET", at+entra, "", &m)
	if m.ID != "29:anna" {
		t.Errorf("%s is %+v", entra, m)
	}
	f.want(http.StatusOK, "GET", at+"B1C5E2A0-0000-4000-8000-000000000001", "", &m)
	if m.ID != "bob" || m.UserPrincipalName != "bob@fabrikam.example" {
		t.Errorf("Bob is %+v", m)
	}
	// The same everywhere and always: here in a channel that knows nothing of it.
	again := serve(t)
	other := again.begin(localchannel.Start{ChannelID: "msteams", Members: []activity.ChannelAccount{{ID: "29:anna"}}})
	if other.Members[0].AADObjectID != entra || info.Members[0].AADObjectID != entra {
		t.Errorf("Anna has the ids %s and %s", other.Members[0].AADObjectID, entra)
	}
	// Other channels know nothing of Microsoft Entra.
	plain := f.begin(localchannel.Start{Members: []activity.ChannelAccount{{ID: "29:anna"}}})
	f.want(http.StatusNotFound, "GET", service+"/"+plain.ID+"/members/"+entra, "", nil)
}

func TestJoinAndLeave(t *testing.T) {
	for channel, kind := range map[string]string{"directline": "personal", "msteams": "channel"} {
		t.Run(channel, func(t *testing.T) {
			f := serve(t)
			info := f.begin(localchannel.Start{ChannelID: channel, Kind: kind, Members: anna})
			n := 1
			if channel == "msteams" {
				n = 2
			}
			f.agent.received(t, n)
			if err := f.channel.Join(t.Context(), info.ID, activity.ChannelAccount{ID: "bob", Name: "Bob"}, anna[0]); err != nil {
				t.Fatal(err)
			}
			got := f.agent.received(t, n+1)[n]
			if !got.Is(activity.TypeConversationUpdate) || len(got.MembersAdded) != 1 || got.MembersAdded[0].ID != "bob" || got.Recipient.ID == "" {
				t.Errorf("joined: %+v", got)
			}
			if data, err := got.TeamsData(); channel == "msteams" && (err != nil || data.EventType != "teamMemberAdded") {
				t.Errorf("channelData %s (%v)", got.ChannelData, err)
			}
			if err := f.channel.Join(t.Context(), info.ID, anna...); err != nil { // known: nobody is told
				t.Fatal(err)
			}
			if err := f.channel.Leave(t.Context(), info.ID, "anna"); err != nil {
				t.Fatal(err)
			}
			got = f.agent.received(t, n+2)[n+1]
			if len(got.MembersRemoved) != 1 || got.MembersRemoved[0].ID != "anna" || len(got.MembersAdded) != 0 {
				t.Errorf("left: %+v", got)
			}
			if now, _ := f.channel.Info(t.Context(), info.ID); len(now.Members) != 1 || now.Members[0].ID != "bob" {
				t.Errorf("members %+v", now.Members)
			}
			if err := f.channel.Leave(t.Context(), info.ID, "anna"); !errors.Is(err, activity.ErrNotFound) {
				t.Errorf("left again: %v", err)
			}
			if err := f.channel.Join(t.Context(), "none", anna...); !errors.Is(err, activity.ErrNotFound) {
				t.Errorf("joined nothing: %v", err)
			}
			// The agent that removes a member knows.
			f.want(http.StatusOK, "DELETE", service+"/"+info.ID+"/members/bob", "", nil)
			if n := len(f.history(info.ID, "").Activities); n != 0 {
				t.Errorf("clients see %d updates", n)
			}
			if _, err := f.channel.Deliver(t.Context(), info.ID, &activity.Activity{Type: "message", Text: "x", From: activity.ChannelAccount{ID: "carl"}}); err != nil {
				t.Fatal(err)
			}
			all := f.agent.received(t, n+4)
			if all[n+2].MembersAdded[0].ID != "carl" || all[n+3].Text != "x" {
				t.Errorf("after a deletion by the agent it got %+v", all[n+2])
			}
		})
	}
}

func TestStart(t *testing.T) {
	f := serve(t)
	for name, bad := range map[string]localchannel.Start{
		"an unknown channel": {ChannelID: "sms"}, "an unknown kind": {Kind: "crowd"}, "a member without an id": {Members: []activity.ChannelAccount{{}}},
		"two in a personal conversation of Teams": {ChannelID: "msteams", Members: []activity.ChannelAccount{{ID: "a"}, {ID: "b"}}},
	} {
		if _, err := f.channel.Start(t.Context(), bad); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	info := f.begin(localchannel.Start{Members: anna, Topic: "Lunch", Locale: "pl-PL"})
	if got := f.agent.received(t, 1)[0]; got.Locale != "pl-PL" || got.Conversation.Name != "Lunch" || got.From.ID != "anna" {
		t.Errorf("the agent got %+v", got)
	}
	if info.ChannelID != "directline" || info.Kind != "personal" || info.ServiceURL != f.channel.ServiceURL() || info.First != 1 || info.Last != 0 || info.Created.IsZero() {
		t.Errorf("info %+v", info)
	}
	if _, err := f.channel.Deliver(t.Context(), f.begin(localchannel.Start{}).ID, activity.Message("x")); !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("a message from nobody: %v", err)
	}
	if _, err := f.channel.Info(t.Context(), "none"); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("info of nothing: %v", err)
	}
}

func TestListAndHistory(t *testing.T) {
	f := serve(t)
	if infos, next := f.channel.List("", 10); infos == nil || len(infos) != 0 || next != "" {
		t.Errorf("of none: %v %q", infos, next)
	}
	for range 7 {
		f.begin(localchannel.Start{Members: anna})
	}
	var all []localchannel.Info
	for after, rounds := "", 0; ; rounds++ {
		infos, next := f.channel.List(after, 3)
		all = append(all, infos...)
		if after = next; next == "" {
			if rounds != 2 {
				t.Errorf("%d pages", rounds+1)
			}
			break
		}
	}
	for i := 1; i < len(all); i++ {
		if all[i-1].ID >= all[i].ID {
			t.Error("not in the order of ids")
		}
	}
	if len(all) != 7 {
		t.Fatalf("%d listed, want 7", len(all))
	}
	id := all[0].ID
	for i := range 250 {
		f.send(id, message(fmt.Sprint(i)))
	}
	kept, err := f.channel.History(t.Context(), id)
	if err != nil || len(kept) != 250 {
		t.Fatalf("%d kept: %v", len(kept), err)
	}
	for i, raw := range kept {
		if a, err := activity.Decode(raw); err != nil || a.Text != fmt.Sprint(i) {
			t.Errorf("%d: %s", i, raw)
		}
	}
	if _, err := f.channel.History(t.Context(), "none"); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
}

// The injected kinds reach the agent; clients see those they would.
func TestDeliverKinds(t *testing.T) {
	f := serve(t)
	info := f.begin(localchannel.Start{ChannelID: "msteams", Members: anna})
	f.agent.received(t, 2)
	shown := 0
	for i, tt := range []struct {
		typ   activity.Type
		shown bool
	}{
		{"message", true}, {"event", true}, {"endOfConversation", true}, {"messageReaction", true},
		{"conversationUpdate", false}, {"installationUpdate", false}, {"typing", false}, {"invoke", false},
	} {
		answer, err := f.channel.Deliver(t.Context(), info.ID, &activity.Activity{Type: tt.typ, Name: "x"})
		if err != nil || answer.Status != 200 || answer.ActivityID == "" {
			t.Errorf("%s: %+v %v", tt.typ, answer, err)
		}
		if got := f.agent.received(t, 3+i)[2+i]; got.Type != tt.typ || got.ID != answer.ActivityID || got.Conversation.TenantID == "" {
			t.Errorf("%s arrives as %+v", tt.typ, got)
		}
		if tt.shown {
			shown++
		}
	}
	if n := len(f.history(info.ID, "").Activities); n != shown {
		t.Errorf("clients see %d activities, want %d", n, shown)
	}
	for _, bad := range []*activity.Activity{nil, {}} {
		if _, err := f.channel.Deliver(t.Context(), info.ID, bad); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("nothing: %v", err)
		}
	}
	// A stranger in an update is announced by the update itself.
	n := len(f.agent.received(t, 10))
	stranger := &activity.Activity{Type: "conversationUpdate", From: activity.ChannelAccount{ID: "carl"}}
	if _, err := f.channel.Deliver(t.Context(), info.ID, stranger); err != nil {
		t.Error(err)
	}
	f.agent.received(t, n+1)
	f.agent.setAnswer(status(403))
	answer, err := f.channel.Deliver(t.Context(), info.ID, activity.Message("x"))
	if e, ok := errors.AsType[*activity.Error](err); !ok || e.Status != 502 || answer.Status != 403 || answer.ActivityID == "" {
		t.Errorf("refused: %+v %v", answer, err)
	}
}
