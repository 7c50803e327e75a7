package localchannel_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func TestActivityIDsInPaths(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	for _, path := range []string{"|", "%7C", "%7c"} {
		id := f.send(conv.ID, message("draft"))
		at := service + "/" + conv.ID + "/activities/" + strings.Replace(id, "|", path, 1)
		var response activity.ResourceResponse
		f.want(http.StatusOK, "PUT", at, `{"type":"message","text":"final"}`, &response)
		if response.ID != id {
			t.Errorf("%s: updated %q, want %q", path, response.ID, id)
		}
		f.want(http.StatusOK, "POST", at, `{"type":"message","text":"reply"}`, nil)
		set := f.history(conv.ID, "")
		if got := set.Activities[len(set.Activities)-1].ReplyToID; got != id {
			t.Errorf("%s: replyToId %q, want %q", path, got, id)
		}
		f.want(http.StatusOK, "DELETE", at, "", nil)
		f.want(http.StatusNotFound, "DELETE", at, "", nil)
	}
	// Decoded once: %257C is the three characters %7C, which no id has.
	f.want(http.StatusNotFound, "DELETE", service+"/"+conv.ID+"/activities/"+conv.ID+"%257C0000001", "", nil)
}

func TestCreateConversation(t *testing.T) {
	f := serve(t)
	var created activity.ConversationResourceResponse
	f.want(http.StatusCreated, "POST", service,
		`{"bot":{"id":"agent"},"members":[{"id":"anna","name":"Anna","email":"a@b.c"}],"activity":{"type":"message","text":"Your report is ready"}}`, &created)
	if created.ActivityID != created.ID+"|0000001" || created.ServiceURL != f.channel.ServiceURL() {
		t.Errorf("created %+v", created)
	}
	f.want(http.StatusOK, "GET", base+"/"+created.ID+"?watermark=0", "", nil)
	if set := f.history(created.ID, ""); !slices.Equal(texts(set), []string{"Your report is ready"}) {
		t.Errorf("history %q", texts(set))
	}
	f.post(created.ID, "thanks")
	if got := f.agent.received(t, 1); got[0].Text != "thanks" {
		t.Errorf("the agent got %s, want the message only: Anna was a member", got[0].Type)
	}
}

func TestMembers(t *testing.T) {
	f := serve(t)
	var created activity.ConversationResourceResponse
	f.want(http.StatusCreated, "POST", service, `{"isGroup":true,"members":[{"id":"a"},{"id":"b/1","name":"B"},{"id":"c"}]}`, &created)
	room := service + "/" + created.ID

	var members []activity.ChannelAccount
	f.want(http.StatusOK, "GET", room+"/members", "", &members)
	if len(members) != 3 || members[1].Name != "B" {
		t.Errorf("members %+v", members)
	}
	f.want(http.StatusOK, "GET", room+"/activities/x/members", "", &members)
	if len(members) != 3 {
		t.Errorf("members of an activity %+v", members)
	}
	var one activity.ChannelAccount
	f.want(http.StatusOK, "GET", room+"/members/b%2F1", "", &one)
	if one.Name != "B" {
		t.Errorf("member %+v", one)
	}
	var ids []string
	for token := ""; ; {
		var page activity.PagedMembers
		f.want(http.StatusOK, "GET", room+"/pagedmembers?pageSize=2&continuationToken="+token, "", &page)
		for _, m := range page.Members {
			ids = append(ids, m.ID)
		}
		if token = page.ContinuationToken; token == "" {
			break
		}
	}
	if !slices.Equal(ids, []string{"a", "b/1", "c"}) {
		t.Errorf("page by page %q", ids)
	}
	f.want(http.StatusOK, "DELETE", room+"/members/a", "", nil)
	f.want(http.StatusNotFound, "GET", room+"/members/a", "", nil)

	for range 120 {
		f.start("")
	}
	var listed []string
	for token := ""; ; {
		var page struct {
			Conversations     []struct{ ID string }
			ContinuationToken string
		}
		f.want(http.StatusOK, "GET", service+"?continuationToken="+token, "", &page)
		for _, c := range page.Conversations {
			listed = append(listed, c.ID)
		}
		if token = page.ContinuationToken; token == "" {
			break
		}
	}
	if len(listed) != 121 || !slices.Contains(listed, created.ID) {
		t.Errorf("%d conversations listed, want 121", len(listed))
	}
}

func TestHistoryFromTheAgent(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	f.want(http.StatusOK, "POST", service+"/"+conv.ID+"/activities/history",
		`{"activities":[{"type":"message","text":"earlier","from":{"id":"anna","role":"user"},"timestamp":"2020-01-01T00:00:00Z"},{"type":"message","text":"reply","from":{"id":"agent","role":"bot"}}]}`, nil)
	set := f.history(conv.ID, "")
	if !slices.Equal(texts(set), []string{"earlier", "reply"}) || set.Activities[0].Timestamp != "2020-01-01T00:00:00Z" {
		t.Errorf("history %+v", set)
	}
}
