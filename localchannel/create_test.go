package localchannel_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

// teams is the address of the service for Teams while it has not moved.
const teams = "/connector/msteams-0/v3/conversations"

func TestTeamsStartsOnlyWhatItMay(t *testing.T) {
	tests := []struct {
		name, body, code, message string
	}{
		{"no member", `{"tenantId":"t"}`, "BadSyntax", "exactly one"},
		{"two members", `{"tenantId":"t","members":[{"id":"a"},{"id":"b"}]}`, "BadSyntax", "exactly one"},
		{"a group of one", `{"tenantId":"t","isGroup":true,"members":[{"id":"a"}]}`, "BadSyntax", "leave out isGroup"},
		{"no tenant", `{"members":[{"id":"a"}]}`, "BadSyntax", "add tenantId or channelData.tenant.id"},
		{"a member without id", `{"tenantId":"t","members":[{}]}`, "MissingProperty", "members.id"},
		{"channelData that is none", `{"tenantId":"t","members":[{"id":"a"}],"channelData":[1]}`, "BadSyntax", "channelData"},
		{"a thread without a message", `{"channelData":{"channel":{"id":"19:x@thread.tacv2"}}}`, "BadSyntax", "add activity"},
		{"a channel that is none", `{"channelData":{"channel":{"id":"a/b"}},"activity":{"type":"message"}}`, "BadArgument", "19:name@thread.tacv2"},
		{"a message without a type", `{"tenantId":"t","members":[{"id":"a"}],"activity":{"text":"x"}}`, "MissingProperty", "activity.type"},
	}
	f := serve(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var failed directline.ErrorResponse
			f.want(http.StatusBadRequest, "POST", teams, tt.body, &failed)
			if failed.Error.Code != tt.code || !strings.Contains(failed.Error.Message, tt.message) {
				t.Errorf("%s: %s, want %s: …%s…", failed.Error.Code, failed.Error.Message, tt.code, tt.message)
			}
		})
	}
	if infos, _ := f.channel.List("", 0); len(infos) != 0 {
		t.Errorf("there are %d conversations", len(infos))
	}
	f.want(http.StatusCreated, "POST", service, `{"members":[{"id":"a"},{"id":"b"}]}`, nil) // Direct Line has no such rules
}

func TestTeamsPersonalConversation(t *testing.T) {
	f := serve(t)
	body := `{"bot":{"id":"28:agent"},"members":[{"id":"29:anna"}],"channelData":{"tenant":{"id":"t1"}},"activity":{"type":"message","text":"hi"}}`
	ids := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var created activity.ConversationResourceResponse
			f.want(http.StatusCreated, "POST", teams, body, &created)
			mu.Lock()
			defer mu.Unlock()
			ids[created.ID] = true
			if created.ActivityID == "" || created.ServiceURL != f.server.URL+"/connector/msteams-0/" {
				t.Errorf("created %+v", created)
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 {
		t.Fatalf("the same user has %d conversations", len(ids))
	}
	var created activity.ConversationResourceResponse
	f.want(http.StatusCreated, "POST", teams, strings.Replace(body, "t1", "t2", 1), &created)
	if ids[created.ID] {
		t.Error("the conversation is shared between tenants")
	}
	for id := range ids {
		// Its user joins without a token, and sees all of it.
		if set := f.history(id, "0"); len(set.Activities) != 8 {
			t.Errorf("%d messages in %s", len(set.Activities), id)
		}
		info, err := f.channel.Info(t.Context(), id)
		if err != nil || info.TenantID != "t1" || info.ChannelID != "msteams" || info.Kind != "personal" || len(info.Members) != 1 {
			t.Errorf("%+v: %v", info, err)
		}
	}
}

// Who talks to the agent already is found there, also by the id that Microsoft
// Entra gave, after a restart, and in the process.
func TestTeamsFindsThePersonalConversation(t *testing.T) {
	store := storage.NewMemory()
	use := func(cfg *localchannel.Config) { cfg.Store = store }
	f := serve(t, use)
	info := f.begin(localchannel.Start{ChannelID: "msteams", Members: anna})
	create := func(f *fixture, member activity.ChannelAccount) string {
		t.Helper()
		at := activity.Conversation{Reference: activity.ConversationReference{ServiceURL: f.server.URL + "/connector/msteams-0"}}
		created, err := f.channel.CreateConversation(t.Context(), at, activity.ConversationParameters{TenantID: info.TenantID, Members: []activity.ChannelAccount{member}})
		if err != nil {
			t.Fatal(err)
		}
		return created.ID
	}
	again := serve(t, use)
	for _, f := range []*fixture{f, again} {
		for _, id := range []string{"anna", info.Members[0].AADObjectID} {
			if got := create(f, activity.ChannelAccount{ID: id}); got != info.ID {
				t.Errorf("%s is found in %s, want %s", id, got, info.ID)
			}
		}
	}
	if got := create(again, activity.ChannelAccount{ID: "bob"}); got == info.ID {
		t.Error("Bob is in Anna's conversation")
	}
	if err := again.channel.Leave(t.Context(), info.ID, "anna"); err != nil {
		t.Fatal(err)
	}
	if got := create(again, activity.ChannelAccount{ID: "anna"}); got == info.ID {
		t.Error("Anna is found where she has left")
	}
}

func TestTeamsThread(t *testing.T) {
	f := serve(t)
	first := f.begin(localchannel.Start{ChannelID: "msteams", Kind: "channel", Members: []activity.ChannelAccount{{ID: "a"}, {ID: "b"}}})
	channel, _, _ := strings.Cut(first.ID, ";")
	body := `{"isGroup":true,"channelData":{"channel":{"id":"` + channel + `"}},"activity":{"type":"message","text":"news"}}`
	seen := map[string]bool{first.ID: true}
	for range 5 {
		var created activity.ConversationResourceResponse
		f.want(http.StatusCreated, "POST", teams, body, &created)
		if seen[created.ID] || created.ID != channel+";messageid="+created.ActivityID {
			t.Errorf("created %+v", created)
		}
		seen[created.ID] = true
		var members []activity.ChannelAccount
		f.want(http.StatusOK, "GET", teams+"/"+url.PathEscape(created.ID)+"/members", "", &members)
		if len(members) != 2 || members[0].ID != "a" {
			t.Errorf("members %+v", members)
		}
		if got := texts(f.history(created.ID, "")); !slices.Equal(got, []string{"news"}) {
			t.Errorf("history %q", got)
		}
	}
}

// Two channels do not share conversations that only look alike.
func TestPersonalConversationIDsAreSecret(t *testing.T) {
	var ids []string
	for range 2 {
		f := serve(t)
		created, err := f.channel.CreateConversation(t.Context(),
			activity.Conversation{Reference: activity.ConversationReference{ChannelID: "msteams"}},
			activity.ConversationParameters{TenantID: "t", Members: anna})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, created.ID)
	}
	if ids[0] == ids[1] {
		t.Error("the id of a conversation can be guessed")
	}
}

func TestTooManyMembers(t *testing.T) {
	f := serve(t)
	many := make([]activity.ChannelAccount, 101)
	for i := range many {
		many[i].ID = strings.Repeat("x", i+1)
	}
	for name, members := range map[string][]activity.ChannelAccount{"too many": many, "too large": {{ID: "x", Name: strings.Repeat("x", 2000)}}} {
		_, err := f.channel.CreateConversation(t.Context(), to(""), activity.ConversationParameters{Members: members})
		_, startErr := f.channel.Start(t.Context(), localchannel.Start{Members: members})
		joinErr := f.channel.Join(t.Context(), f.start("").ID, members...)
		for _, err := range []error{err, startErr, joinErr} {
			if !errors.Is(err, activity.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
