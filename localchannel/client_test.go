package localchannel_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

func TestConversation(t *testing.T) {
	f := serve(t)
	f.agent.setAnswer(echo)
	conv := f.start(withAnna)
	if conv.Token == "" || conv.ExpiresIn != 1800 || !strings.HasPrefix(conv.StreamURL, "ws://127.0.0.1:") {
		t.Fatalf("started %+v", conv)
	}
	hello, again := f.post(conv.ID, "hello"), f.post(conv.ID, "again")

	all := f.history(conv.ID, "")
	if want := []string{"hello", "You said: hello", "again", "You said: again"}; !slices.Equal(texts(all), want) {
		t.Errorf("history %q, want %q", texts(all), want)
	}
	if all.Activities[1].ReplyToID != hello || all.Activities[3].ReplyToID != again {
		t.Errorf("replies answer %q and %q, want %q and %q", all.Activities[1].ReplyToID, all.Activities[3].ReplyToID, hello, again)
	}
	if reply := all.Activities[1]; reply.From.Role != "bot" || reply.ID != conv.ID+"|0000002" || reply.Timestamp == "" {
		t.Errorf("reply %+v", reply)
	}
	if later := f.history(conv.ID, "2"); !slices.Equal(texts(later), []string{"again", "You said: again"}) || later.Watermark != "4" {
		t.Errorf("after 2: %q, watermark %q", texts(later), later.Watermark)
	}
	if none := f.history(conv.ID, "4"); none.Activities == nil || len(none.Activities) != 0 || none.Watermark != "4" {
		t.Errorf("after 4: %+v", none)
	}
	if beyond := f.history(conv.ID, "99"); beyond.Watermark != "4" {
		t.Errorf("a mark past the end becomes %q, want 4", beyond.Watermark)
	}
}

func TestWhatTheAgentGets(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) {
		cfg.ChannelID, cfg.AgentID, cfg.AgentName = "webchat", "bot-1", "Botty"
	})
	conv := f.start(`{"user":{"id":"anna","name":"Anna"},"locale":"de-CH"}`)
	body := `{"type":"message","text":"hi","from":{"id":"anna"},"serviceUrl":"http://evil.example/","recipient":{"id":"x"},"conversation":{"id":"other"},
		"channelData":{"b":1.50,"a":"<é>"},"odd":[1e3],"value":{"n":1.0}}`
	f.want(http.StatusOK, "POST", base+"/"+conv.ID+"/activities", body, nil, "Authorization", "Bearer undefined")

	got := f.agent.received(t, 2)
	update, msg := got[0], got[1]
	bot := activity.ChannelAccount{ID: "bot-1", Name: "Botty", Role: "bot"}
	if update.Type != "conversationUpdate" || len(update.MembersAdded) != 2 || update.MembersAdded[0].ID != "bot-1" ||
		update.MembersAdded[1].ID != "anna" || update.Recipient.ID != "bot-1" || update.Locale != "de-CH" {
		t.Errorf("first the agent got %+v", update)
	}
	if msg.ID != conv.ID+"|0000001" || msg.ChannelID != "webchat" || msg.ServiceURL != f.channel.ServiceURL() ||
		msg.Conversation.ID != conv.ID || msg.From.Role != "user" || msg.Timestamp == "" {
		t.Errorf("the agent got %+v", msg)
	}
	if msg.Recipient.ID != bot.ID || msg.Recipient.Name != bot.Name || msg.Recipient.Role != bot.Role {
		t.Errorf("recipient %+v, want %+v", msg.Recipient, bot)
	}
	odd, _ := msg.Get("odd")
	if string(msg.ChannelData) != `{"b":1.50,"a":"<é>"}` || string(odd) != `[1e3]` || string(msg.Value) != `{"n":1.0}` {
		t.Errorf("open values changed: %s, %s, %s", msg.ChannelData, odd, msg.Value)
	}
	if h := f.agent.header[1]; h.Get("Authorization") != "" || h.Values("Authorization") != nil {
		t.Errorf("the agent got credentials")
	}
	if seen := f.history(conv.ID, "").Activities[0]; string(seen.ChannelData) != `{"b":1.50,"a":"<é>"}` {
		t.Errorf("the client gets channelData %s back", seen.ChannelData)
	}
	if !f.channel.Owns(msg.ServiceURL) || f.channel.Owns("http://evil.example/connector/") {
		t.Errorf("Owns does not tell service URLs apart")
	}
}

func TestUnknownUserJoinsWithTheFirstActivity(t *testing.T) {
	f := serve(t)
	conv := f.start("")
	f.agent.received(t, 1)
	f.post(conv.ID, "one")
	f.post(conv.ID, "two")
	var got []string
	for _, a := range f.agent.received(t, 4) {
		line := string(a.Type)
		for _, m := range a.MembersAdded {
			line += " " + m.ID
		}
		got = append(got, line)
	}
	want := []string{"conversationUpdate agent", "conversationUpdate anna", "message", "message"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the agent got (-want +got):\n%s", diff)
	}
	if set := f.history(conv.ID, ""); len(set.Activities) != 2 {
		t.Errorf("the client sees %d activities, want its two messages only", len(set.Activities))
	}
}

func TestAgentGetsOneConversationInOrder(t *testing.T) {
	f := serve(t)
	release := make(chan struct{})
	f.agent.setAnswer(func(_ http.ResponseWriter, _ *http.Request, a *activity.Activity) {
		if a.Text == "first" {
			<-release
		}
	})
	conv := f.start(withAnna)
	f.agent.received(t, 1)
	done := make(chan string, 2)
	go func() { done <- f.post(conv.ID, "first") }()
	f.agent.received(t, 2)
	go func() { done <- f.post(conv.ID, "second") }()
	eventually(t, "the second is stored", func() bool { return len(f.history(conv.ID, "").Activities) == 2 })

	// An invoke overtakes: the first message may be waiting for it.
	f.want(http.StatusOK, "POST", base+"/"+conv.ID+"/activities", `{"type":"invoke","name":"x","from":{"id":"anna"}}`, nil)
	if got := f.agent.received(t, 3); got[2].Type != "invoke" {
		t.Errorf("third the agent got %s, want the invoke", got[2].Type)
	}
	close(release)
	<-done
	<-done
	if got := f.agent.received(t, 4); got[3].Text != "second" {
		t.Errorf("fourth the agent got %q, want the second message", got[3].Text)
	}
}

func TestTokens(t *testing.T) {
	f := serve(t)
	var token, again directline.Conversation
	f.want(http.StatusOK, "POST", "/v3/directline/tokens/generate", `{"user":{"id":"dl_7","name":"Seven"}}`, &token)
	if token.StreamURL != "" || token.ID == "" {
		t.Fatalf("generated %+v", token)
	}
	auth := "Bearer " + token.Token
	f.want(http.StatusNotFound, "GET", base+"/"+token.ID, "", nil, "Authorization", auth)
	f.want(http.StatusCreated, "POST", base, `{"user":{"id":"someone"}}`, &again, "Authorization", auth)
	if again.ID != token.ID {
		t.Errorf("the token for %s started %s", token.ID, again.ID)
	}
	f.want(http.StatusOK, "POST", base, "", nil, "Authorization", auth)
	f.want(http.StatusOK, "POST", base+"/"+token.ID+"/activities", `{"type":"message","from":{"id":"mallory"}}`, nil, "Authorization", auth)
	if got := f.agent.received(t, 2); got[1].From.ID != "dl_7" || got[1].From.Name != "Seven" {
		t.Errorf("from is %+v, want the user of the token", got[1].From)
	}
	f.want(http.StatusOK, "POST", "/v3/directline/tokens/refresh", "", &again, "Authorization", auth)
	if again.ID != token.ID || again.Token == token.Token {
		t.Errorf("refreshed to %+v", again)
	}

	other := f.start("")
	tests := []struct {
		name, method, path, auth string
		want                     int
	}{
		{"another conversation", "GET", base + "/" + other.ID, auth, 403},
		{"forged", "GET", base + "/" + token.ID, auth[:len(auth)-4] + "AAAA", 403},
		{"not bearer", "GET", base + "/" + token.ID, "Basic eDp5", 401},
		{"token asks for a token", "POST", "/v3/directline/tokens/generate", auth, 403},
		{"nothing to refresh", "POST", "/v3/directline/tokens/refresh", "Bearer ", 403},
		{"empty", "GET", base + "/" + token.ID, "Bearer ", 200},
		{"undefined", "GET", base + "/" + token.ID, "Bearer undefined", 200},
		{"a secret, though none is asked for", "GET", base + "/" + token.ID, "Bearer s3cret", 200},
		{"stream of another conversation", "GET", base + "/" + other.ID + "/stream?t=" + token.Token, "", 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.want(tt.want, tt.method, tt.path, "", nil, "Authorization", tt.auth)
		})
	}
	f.want(http.StatusBadRequest, "POST", "/v3/directline/tokens/generate", withAnna, nil)
}
