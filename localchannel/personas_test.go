package localchannel_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

func TestPersonas(t *testing.T) {
	tests := []struct {
		start   localchannel.Start
		id      string // pattern
		agent   string
		entity  string // of a message
		kind    string // as activities name it
		updates []string
		added   int // members in the first update
	}{
		{localchannel.Start{ChannelID: "directline", Members: anna}, `^[\w-]{22}$`, "agent", "ClientCapabilities", "", []string{"conversationUpdate"}, 2},
		{localchannel.Start{ChannelID: "webchat", Members: anna}, `^[\w-]{22}$`, "agent", "ClientCapabilities", "", []string{"conversationUpdate"}, 2},
		{localchannel.Start{ChannelID: "emulator", Members: anna}, `^[0-9a-f-]{36}$`, "agent", "ClientCapabilities", "", []string{"conversationUpdate"}, 2},
		{localchannel.Start{ChannelID: "msteams", Members: anna}, `^a:[\w-]{22}$`, "28:agent", "clientInfo", "personal", []string{"conversationUpdate", "installationUpdate"}, 2},
		{localchannel.Start{ChannelID: "msteams", Kind: "groupChat", Topic: "Lunch", Members: anna}, `^19:[\w-]{22}@thread.v2$`, "28:agent", "clientInfo", "groupChat", []string{"conversationUpdate", "installationUpdate"}, 1},
		{localchannel.Start{ChannelID: "msteams", Kind: "channel", Members: anna}, `^19:[\w-]{22}@thread.tacv2;messageid=\d{13}$`, "28:agent", "clientInfo", "channel", []string{"conversationUpdate", "installationUpdate"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.start.ChannelID+" "+tt.start.Kind, func(t *testing.T) {
			f := serve(t)
			f.agent.setAnswer(echo)
			info := f.begin(tt.start)
			if !regexp.MustCompile(tt.id).MatchString(info.ID) {
				t.Errorf("conversation %s, want %s", info.ID, tt.id)
			}
			got := f.agent.received(t, len(tt.updates))
			for i, a := range got {
				if string(a.Type) != tt.updates[i] {
					t.Errorf("the agent got %s, want %s", a.Type, tt.updates[i])
				}
			}
			if len(got[0].MembersAdded) != tt.added || got[0].MembersAdded[0].ID != tt.agent || got[0].Recipient.ID != tt.agent {
				t.Errorf("added %+v for %s", got[0].MembersAdded, got[0].Recipient.ID)
			}
			if len(got) > 1 && got[1].Action != "add" {
				t.Errorf("installationUpdate %q", got[1].Action)
			}
			answer, err := f.channel.Deliver(t.Context(), info.ID, activity.Message("hello"))
			if err != nil {
				t.Fatal(err)
			}
			a := f.agent.received(t, len(tt.updates)+1)[len(tt.updates)]
			if a.ID != answer.ActivityID || a.ChannelID != tt.start.ChannelID || a.Conversation.ID != info.ID || a.ServiceURL != info.ServiceURL ||
				a.From.ID != "anna" || a.From.Name != "Anna Nowak" || a.From.Role != "user" || a.Recipient.Role != "bot" || a.Timestamp == "" {
				t.Errorf("the agent got %+v", a)
			}
			if !slices.ContainsFunc(a.Entities, func(e activity.Entity) bool { return e.Is(tt.entity) }) {
				t.Errorf("entities %s, want %s", a.Entities, tt.entity)
			}
			if a.Conversation.ConversationType != tt.kind || a.Conversation.IsGroup != (tt.kind != "" && tt.kind != "personal") || a.Conversation.Name != tt.start.Topic {
				t.Errorf("conversation %+v", a.Conversation)
			}
			if tt.kind == "" {
				if a.From.AADObjectID != "" || a.Conversation.TenantID != "" || a.ChannelData != nil {
					t.Errorf("there are traces of Teams: %+v", a)
				}
				return
			}
			data, err := a.TeamsData()
			if err != nil || data.Tenant.ID != info.TenantID || a.Conversation.TenantID != info.TenantID || uuid.Validate(info.TenantID) != nil {
				t.Errorf("tenant %q in %s (%v)", info.TenantID, a.ChannelData, err)
			}
			if uuid.Validate(a.From.AADObjectID) != nil || strings.Contains(a.ID, "|") {
				t.Errorf("from %+v, id %s", a.From, a.ID)
			}
			if tt.kind == "channel" && (data.Team == nil || data.Channel.ID+";messageid="+a.ID != info.ID) {
				t.Errorf("channelData %s of the first message %s in %s", a.ChannelData, a.ID, info.ID)
			}
			// What the echo sent by HTTP has come back to the same conversation.
			if set := f.history(url.PathEscape(info.ID), ""); !slices.Equal(texts(set), []string{"hello", "You said: hello"}) || set.Activities[1].ReplyToID != a.ID {
				t.Errorf("history %+v", set)
			}
		})
	}
}

func TestMentionOfTheAgent(t *testing.T) {
	f := serve(t)
	info := f.begin(localchannel.Start{ChannelID: "msteams", Kind: "groupChat", Members: anna})
	f.agent.received(t, 2)
	for i, text := range []string{"hello", "<at>Agent</at> hello"} {
		if _, err := f.channel.Deliver(t.Context(), info.ID, activity.Message(text)); err != nil {
			t.Fatal(err)
		}
		got := f.agent.received(t, 3+i)[2+i]
		if got.Text != text || got.IsRecipientMentioned() != (i == 1) {
			t.Errorf("%q arrives as %q with %s", text, got.Text, got.Entities)
		}
	}
}

// Clients write in a conversation of any channel, by its id in either spelling.
func TestClientsInTeamsConversations(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) { cfg.ChannelID = "msteams" })
	f.agent.setAnswer(echo)
	thread := f.begin(localchannel.Start{Kind: "channel", Members: anna}).ID
	started := f.start(withAnna).ID
	if !strings.HasPrefix(started, "a:") {
		t.Errorf("a client's conversation is %s", started)
	}
	for _, id := range []string{thread, started} {
		for _, spelling := range []string{id, url.PathEscape(id), strings.NewReplacer(":", "%3A", "@", "%40", ";", "%3B", "=", "%3D").Replace(id)} {
			f.post(spelling, "hello")
			var conv directline.Conversation
			f.want(http.StatusOK, "GET", base+"/"+spelling+"?watermark=0", "", &conv)
			set := next(t, dial(t, conv.StreamURL))
			if conv.ID != id || len(set.Activities) < 2 || set.Activities[1].Text != "You said: hello" {
				t.Errorf("%s: got %q in %s", spelling, texts(set), conv.ID)
			}
			// Its own address of the service, with encoded and raw ids.
			a := set.Activities[1]
			path := strings.TrimPrefix(a.ServiceURL, f.server.URL) + "v3/conversations/" + spelling + "/activities/" + a.ID
			f.want(http.StatusOK, "PUT", path, `{"type":"message","text":"You said: hello"}`, nil)
		}
	}
}

// What a client put into channelData stays, and Teams adds to it.
func TestChannelDataIsKept(t *testing.T) {
	for channel, want := range map[string]string{
		"directline": `{"clientActivityID":"1", "n":1.0}`,
		"msteams":    `{"clientActivityID":"1", "n":1.0,"tenant":{"id":"t"}}`,
	} {
		f := serve(t)
		info := f.begin(localchannel.Start{ChannelID: channel, TenantID: "t", Members: anna})
		f.want(http.StatusOK, "POST", base+"/"+info.ID+"/activities", `{"type":"message","from":{"id":"anna"},"channelData":{"clientActivityID":"1", "n":1.0}}`, nil)
		var got *activity.Activity
		for _, a := range f.agent.received(t, map[string]int{"directline": 2, "msteams": 3}[channel]) {
			got = a
		}
		if string(got.ChannelData) != want {
			t.Errorf("%s: channelData %s, want %s", channel, got.ChannelData, want)
		}
	}
}
