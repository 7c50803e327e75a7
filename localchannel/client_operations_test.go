package localchannel_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
	"github.com/outspoken-go/outspoken/localchannel"
)

type anyHost struct{}

func (anyHost) Check(string) error { return nil }

// Every operation of our REST client, for conversations with ids of all kinds,
// before the service has moved and after.
func TestEveryOperationOfTheClient(t *testing.T) {
	f := serve(t)
	client := connector.New(connector.Config{Hosts: anyHost{}, MaxWait: -1})
	starts := map[string]localchannel.Start{
		"directline": {}, "emulator": {ChannelID: "emulator"}, "personal": {ChannelID: "msteams"},
		"group": {ChannelID: "msteams", Kind: "groupChat"}, "thread": {ChannelID: "msteams", Kind: "channel"},
	}
	for round := range 2 {
		for name, start := range starts {
			t.Run(name, func(t *testing.T) {
				start.Members = anna
				info := f.begin(start)
				if round == 1 {
					f.channel.Move()
					info, _ = f.channel.Info(t.Context(), info.ID)
				}
				at := to(info.ID)
				at.Reference.ServiceURL, at.Reference.ChannelID, at.Reference.Agent = info.ServiceURL, info.ChannelID, activity.ChannelAccount{ID: "agent"}
				operations(t, f, client, at)
			})
		}
	}
}

func operations(t *testing.T, f *fixture, client *connector.Client, at activity.Conversation) {
	ctx := t.Context()
	id := at.Reference.Conversation.ID
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	sent, err := client.Send(ctx, at, addressed(at, "draft"))
	must("send", err)
	reply := addressed(at, "reply")
	reply.ReplyToID = sent.ID
	replied, err := client.Send(ctx, at, reply)
	must("reply", err)
	typingAt := addressed(at, "")
	typingAt.Type = activity.TypeTyping
	typing, err := client.Send(ctx, at, typingAt)
	must("typing", err)
	if typing.ID == "" || typing.ID == replied.ID {
		t.Errorf("typing has the id %q", typing.ID)
	}
	final := addressed(at, "final")
	final.ID = sent.ID
	updated, err := client.Update(ctx, at, final)
	must("update", err)
	if updated.ID != sent.ID {
		t.Errorf("updated %s, want %s", updated.ID, sent.ID)
	}
	_, err = client.SendHistory(ctx, at, []*activity.Activity{addressed(at, "earlier")})
	must("history", err)
	set := f.history(id, "")
	if !slices.Equal(texts(set), []string{"final", "reply", "earlier"}) || set.Activities[1].ReplyToID != sent.ID {
		t.Errorf("history %+v", set)
	}
	must("delete", client.Delete(ctx, at, replied.ID))
	if err := client.Delete(ctx, at, replied.ID); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("delete again: %v", err)
	}

	member, err := client.Member(ctx, at, "anna")
	must("member", err)
	page, err := client.Members(ctx, at, 50, "")
	must("members", err)
	all, err := client.AllMembers(ctx, at)
	must("all members", err)
	seers, err := client.ActivityMembers(ctx, at, sent.ID)
	must("activity members", err)
	for _, list := range [][]activity.ChannelAccount{{member}, page.Members, all, seers} {
		if len(list) != 1 || list[0].ID != "anna" || list[0].AADObjectID != member.AADObjectID {
			t.Errorf("members %+v", list)
		}
	}

	tenant := "t-" + id
	created, err := client.CreateConversation(ctx, at, activity.ConversationParameters{TenantID: tenant, Members: anna, Activity: addressed(at, "new")})
	must("create conversation", err)
	if created.ServiceURL != at.Reference.ServiceURL || created.ActivityID == "" || !slices.Equal(texts(f.history(created.ID, "")), []string{"new"}) {
		t.Errorf("created %+v", created)
	}
	found := false
	for token := ""; ; {
		page, err := client.Conversations(ctx, at, token)
		must("conversations", err)
		found = found || slices.ContainsFunc(page.Conversations, func(c connector.ConversationMembers) bool { return c.ID == id })
		if token = page.ContinuationToken; token == "" {
			break
		}
	}
	if !found {
		t.Error("the conversation is not listed")
	}

	file, err := client.UploadAttachment(ctx, at, connector.AttachmentUpload{Type: "text/plain", Name: "a.txt", Original: []byte("hello")})
	must("upload attachment", err)
	info, err := client.Attachment(ctx, at, file.ID)
	must("attachment", err)
	if info.Name != "a.txt" || len(info.Views) != 1 || info.Views[0].Size != 5 {
		t.Errorf("attachment %+v", info)
	}
	content, err := client.AttachmentView(ctx, at, file.ID, info.Views[0].ID)
	must("attachment view", err)
	if string(content) != "hello" {
		t.Errorf("the file says %q", content)
	}

	must("delete member", client.DeleteMember(ctx, at, "anna"))
	if _, err := client.Member(ctx, at, "anna"); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("a member who left: %v", err)
	}
}

// addressed is a message as an agent of ours sends it there.
func addressed(at activity.Conversation, text string) *activity.Activity {
	a := activity.Message(text)
	at.Reference.Apply(a)
	return a
}

// What a fault does to our own client: it waits as it is told, and says when it
// cannot know.
func TestFaultsAsTheClientSeesThem(t *testing.T) {
	f := serve(t)
	client := connector.New(connector.Config{Hosts: anyHost{}, HTTPClient: &http.Client{Timeout: 5 * time.Second}})
	at := to(f.start("").ID)
	at.Reference.ChannelID, at.Reference.Agent = "directline", activity.ChannelAccount{ID: "agent"}
	at.Reference.ServiceURL = f.channel.ServiceURL()

	f.fault("", localchannel.Fault{Status: 429, RetryAfter: 1, Times: 1})
	if _, err := client.Send(t.Context(), at, addressed(at, "after a wait")); err != nil {
		t.Errorf("throttled once: %v", err)
	}
	f.fault("", localchannel.Fault{Drop: true, Times: 1})
	if _, err := client.Send(t.Context(), at, addressed(at, "dropped")); !errors.Is(err, activity.ErrOutcomeUnknown) {
		t.Errorf("dropped: %v", err)
	}
	f.fault("", localchannel.Fault{Status: 403, Code: "ConversationBlockedByUser"})
	if _, err := client.Send(t.Context(), at, addressed(at, "blocked")); !errors.Is(err, activity.ErrForbidden) {
		t.Errorf("blocked: %v", err)
	}
	f.fault("", localchannel.Fault{})
	f.channel.Move()
	if _, err := client.Send(t.Context(), at, addressed(at, "moved")); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("moved: %v", err)
	}
	if got := texts(f.history(at.Reference.Conversation.ID, "")); !slices.Equal(got, []string{"after a wait", "dropped"}) {
		t.Errorf("history %q", got)
	}
}
