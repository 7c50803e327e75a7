package showcase_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/examples/showcase"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage"
)

const patience = 20 * time.Second

// serve runs the showcase behind a real local channel, as the demo does, and
// returns its address.
func serve(t *testing.T) string {
	t.Helper()
	store := storage.NewMemory()
	show := showcase.New(store, quiet)
	srv, err := server.New(show.App, server.Config{Logger: quiet, Proactive: server.Proactive{Path: "/proactive"}})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + ln.Addr().String()
	channel, err := localchannel.New(t.Context(), localchannel.Config{Agent: base + "/api/messages", BaseURL: base, Store: store, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	srv.UseLocalChannel(channel)
	srv.Handle("POST /api/proactive", showcase.Trigger(srv.Adapter(), srv.Conversations(), quiet))
	srv.Handle("GET /file.txt", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	srv.Handle("GET /elsewhere", http.RedirectHandler("/file.txt", http.StatusFound))
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		err := <-served
		if err2 := channel.Close(); err != nil || err2 != nil {
			t.Error(err, err2)
		}
		show.Close()
	})
	return base
}

// A chat is a user at a chat client: posts, and a socket on which answers come.
type chat struct {
	t      *testing.T
	base   string
	id     string
	socket *websocket.Conn
	frames []*activity.Activity // received and not looked at
}

func newChat(t *testing.T, base string) *chat {
	t.Helper()
	c := &chat{t: t, base: base}
	var conv directline.Conversation
	_, body := c.post("/v3/directline/conversations", `{"user":{"id":"ann","name":"Ann"}}`)
	if err := json.Unmarshal([]byte(body), &conv); err != nil {
		t.Fatal(err)
	}
	c.id = conv.ID
	var err error
	if c.socket, _, err = websocket.Dial(t.Context(), conv.StreamURL, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.socket.CloseNow() })
	c.until(func(a *activity.Activity) bool { return a.Text == "Welcome Ann" })
	return c
}

// post sends JSON and returns the answer's status and body.
func (c *chat) post(path, body string) (int, string) {
	c.t.Helper()
	resp, err := http.Post(c.base+path, "application/json", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// send posts an activity with these members, and returns status and body.
func (c *chat) send(members string) (int, string) {
	c.t.Helper()
	return c.post("/v3/directline/conversations/"+c.id+"/activities", `{"from":{"id":"ann","name":"Ann"},`+members+`}`)
}

// say posts a text that the agent must take.
func (c *chat) say(text string) {
	c.t.Helper()
	if status, body := c.send(`"type":"message","text":"` + text + `"`); status != http.StatusOK {
		c.t.Fatalf("%q is answered %d %s", text, status, body)
	}
}

// next is the next activity of the agent that the client gets.
func (c *chat) next() *activity.Activity {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for {
		for len(c.frames) > 0 {
			a := c.frames[0]
			c.frames = c.frames[1:]
			if !a.From.HasRole(activity.RoleUser) {
				return a
			}
		}
		_, data, err := c.socket.Read(ctx)
		if err != nil {
			c.t.Fatal(err)
		}
		var set directline.ActivitySet
		if len(data) > 0 {
			if err := json.Unmarshal(data, &set); err != nil {
				c.t.Fatalf("frame %s: %v", data, err)
			}
		}
		for i := range set.Activities {
			c.frames = append(c.frames, &set.Activities[i])
		}
	}
}

// until returns what the client gets, the last of which fits.
func (c *chat) until(fits func(*activity.Activity) bool) []*activity.Activity {
	c.t.Helper()
	var got []*activity.Activity
	for {
		a := c.next()
		if got = append(got, a); fits(a) {
			return got
		}
	}
}

func (c *chat) wantTexts(want ...string) {
	c.t.Helper()
	for _, text := range want {
		if a := c.next(); a.Text != text {
			c.t.Fatalf("the agent said %q (%s), want %q", a.Text, a.Type, text)
		}
	}
}

// history is what a client that comes later sees of the agent.
func (c *chat) history() []string {
	c.t.Helper()
	resp, err := http.Get(c.base + "/v3/directline/conversations/" + c.id + "/activities")
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var set directline.ActivitySet
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		c.t.Fatal(err)
	}
	var texts []string
	for _, a := range set.Activities {
		if !a.From.HasRole(activity.RoleUser) {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

// What depends on the channel, seen by a chat client.
func TestOnTheLocalChannel(t *testing.T) {
	base := serve(t)
	tests := []struct {
		name string
		talk func(t *testing.T, c *chat)
	}{
		{"echo", func(t *testing.T, c *chat) {
			c.say("hello")
			c.wantTexts("Echo: hello")
		}},
		{"typing", func(t *testing.T, c *chat) {
			c.say("Typing")
			if a := c.next(); !a.Is(activity.TypeTyping) {
				t.Errorf("got a %s, want typing", a.Type)
			}
			c.wantTexts("Done typing")
		}},
		{"update", func(t *testing.T, c *chat) {
			c.say("UPDATE")
			before, after, last := c.next(), c.next(), c.next()
			if before.Text != "Before update" || after.Text != "After update" || after.ID != before.ID || last.Text != "Updated "+before.ID {
				t.Errorf("got %q (%s), %q (%s), %q", before.Text, before.ID, after.Text, after.ID, last.Text)
			}
			if got, want := c.history(), []string{"Welcome Ann", "After update", last.Text}; !slices.Equal(got, want) {
				t.Errorf("the history holds %q, want %q", got, want)
			}
		}},
		{"delete", func(t *testing.T, c *chat) {
			c.say("delete")
			said, gone, last := c.next(), c.next(), c.next()
			if said.Text != "To be deleted" || !gone.Is(activity.TypeMessageDelete) || gone.ID != said.ID || last.Text != "Deleted "+said.ID {
				t.Errorf("got %q (%s), %s of %s, %q", said.Text, said.ID, gone.Type, gone.ID, last.Text)
			}
			if got, want := c.history(), []string{"Welcome Ann", last.Text}; !slices.Equal(got, want) {
				t.Errorf("the history holds %q, want %q", got, want)
			}
		}},
		{"members", func(t *testing.T, c *chat) {
			c.say("members")
			c.wantTexts("Member ann Ann")
		}},
		{"whoami", func(t *testing.T, c *chat) {
			c.say("whoami")
			said, ok := strings.CutPrefix(c.next().Text, "You are ")
			var who struct {
				ChannelID       string
				From, Recipient activity.ChannelAccount
				Conversation    activity.ConversationAccount
			}
			if err := json.Unmarshal([]byte(said), &who); err != nil || !ok || who.ChannelID != "directline" || who.From.ID != "ann" ||
				who.From.Name != "Ann" || who.Recipient.ID != "agent" || who.Conversation.ID != c.id {
				t.Errorf("said %q, %v", said, err)
			}
		}},
		{"suggest", func(t *testing.T, c *chat) {
			c.say("suggest")
			a := c.next()
			var got []string
			if a.SuggestedActions != nil {
				for _, s := range a.SuggestedActions.Actions {
					got = append(got, s.Type+" "+s.Title+" "+string(s.Value))
				}
			}
			if want := []string{`imBack Red "Red"`, `imBack Blue "Blue"`}; a.Text != "Pick a colour" || !slices.Equal(got, want) {
				t.Errorf("%q suggests %q, want %q", a.Text, got, want)
			}
		}},
		{"card", func(t *testing.T, c *chat) {
			c.say("card")
			a := c.next()
			if len(a.Attachments) != 1 {
				t.Fatalf("the message has %d attachments, want 1", len(a.Attachments))
			}
			var card struct {
				Type, Version string
				Body          []struct{ Type, Text, ID string }
				Actions       []struct {
					Type, Title string
					Data        map[string]string
				}
			}
			if err := json.Unmarshal(a.Attachments[0].Content, &card); err != nil {
				t.Fatal(err)
			}
			if a.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" || card.Type != "AdaptiveCard" || card.Version != "1.5" ||
				len(card.Body) != 2 || card.Body[0].Type != "TextBlock" || card.Body[0].Text != "Kit card title" ||
				card.Body[1].Type != "Input.Text" || card.Body[1].ID != "note" ||
				len(card.Actions) != 1 || card.Actions[0].Type != "Action.Submit" || card.Actions[0].Title != "Kit submit" || card.Actions[0].Data["kit"] != "submit" {
				t.Errorf("the card is %s", a.Attachments[0].Content)
			}
			c.send(`"type":"message","value":{"kit":"submit","note":"x"}`)
			c.wantTexts(`Value: {"kit":"submit","note":"x"}`)
		}},
		{"count", func(t *testing.T, c *chat) {
			c.say("count")
			first := c.next().Text
			c.say("count")
			if second := c.next().Text; !strings.HasPrefix(first, "conversation 1, user ") || !strings.HasPrefix(second, "conversation 2, user ") {
				t.Errorf("counted %q, then %q", first, second)
			}
		}},
		{"proactive", func(t *testing.T, c *chat) {
			begun := time.Now()
			c.say("proactive")
			c.wantTexts("Scheduled")
			a := c.next()
			if took := time.Since(begun); a.Text != "Proactive hello to "+c.id || took < 1500*time.Millisecond {
				t.Errorf("after %s the agent said %q", took, a.Text)
			}
		}},
		{"stream", func(t *testing.T, c *chat) {
			c.say("stream")
			all := c.until(func(a *activity.Activity) bool { return a.Is(activity.TypeMessage) })
			var got []string
			for _, a := range all {
				var info activity.StreamInfo
				for _, e := range a.Entities {
					if e.Is(activity.EntityStreamInfo) {
						if err := e.Decode(&info); err != nil {
							t.Fatal(err)
						}
					}
				}
				got = append(got, string(a.Type)+" "+info.StreamType+" "+a.Text)
			}
			want := []string{"typing informative Thinking", "typing streaming Streamed ", "typing streaming Streamed answer ",
				"typing streaming Streamed answer complete", "message final Streamed answer complete"}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}},
		{"bye", func(t *testing.T, c *chat) {
			c.say("bye")
			if a := c.next(); !a.Is(activity.TypeEndOfConversation) {
				t.Errorf("got a %s", a.Type)
			}
		}},
		{"crash", func(t *testing.T, c *chat) {
			status, body := c.send(`"type":"message","text":"CRASH"`)
			if status != http.StatusBadGateway || strings.Contains(body, "asked for") {
				t.Errorf("answered %d %s, want 502", status, body)
			}
			if text := c.next().Text; text == "" || strings.Contains(text, "asked for") {
				t.Errorf("the user is told %q", text)
			}
		}},
		{"ping", func(t *testing.T, c *chat) {
			c.send(`"type":"event","name":"ping","value":{"n":[1,2.50,"x"]}`)
			if a := c.next(); !a.Is(activity.TypeEvent) || a.Name != "pong" || string(a.Value) != `{"n":[1,2.50,"x"]}` {
				t.Errorf("got %s %q %s", a.Type, a.Name, a.Value)
			}
		}},
		{"a second user joins", func(t *testing.T, c *chat) {
			c.post("/v3/directline/conversations/"+c.id+"/activities", `{"type":"message","text":"hi","from":{"id":"bob","name":"Bob"}}`)
			c.wantTexts("Welcome Bob", "Echo: hi")
		}},
		{"an inline file", func(t *testing.T, c *chat) {
			c.send(`"type":"message","text":"look","attachments":[{"name":"a.txt","contentType":"text/plain","contentUrl":"data:text/plain;base64,aGVsbG8="}]`)
			c.wantTexts("Received 1 attachment(s): a.txt text/plain 5 2cf24dba5fb0 with text look")
		}},
		{"a file of the channel's host", func(t *testing.T, c *chat) {
			c.send(`"type":"message","attachments":[{"name":"a.txt","contentType":"text/plain","contentUrl":"` + base + `/file.txt"}]`)
			c.wantTexts("Received 1 attachment(s): a.txt text/plain 5 2cf24dba5fb0")
		}},
		{"a file behind a redirect", func(t *testing.T, c *chat) {
			if status, _ := c.send(`"type":"message","attachments":[{"name":"a","contentType":"b","contentUrl":"` + base + `/elsewhere"}]`); status != http.StatusBadGateway {
				t.Errorf("answered %d, want 502", status)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.talk(t, newChat(t, base)) })
	}
}

// The trigger speaks to one, or to everybody the agent has met. (S0-02)
func TestTrigger(t *testing.T) {
	c := newChat(t, serve(t))
	other := newChat(t, c.base)
	for _, tt := range []struct {
		body   string
		status int
		answer string
	}{
		{`{"text":"To all"}`, 200, `{"sent":2,"failed":0}`},
		{`{"conversationId":"` + c.id + `","text":"To one"}`, 200, `{"sent":1,"failed":0}`},
		{`{"conversationId":"` + other.id + `"}`, 200, `{"sent":1,"failed":0}`},
		{`{"conversationId":"nobody"}`, 404, ``},
		{`{"conversationId":7}`, 400, ``},
		{`hello`, 400, ``},
		{`{"text":"` + strings.Repeat("x", 100_000) + `"}`, 400, ``},
	} {
		status, answer := c.post("/api/proactive", tt.body)
		if status != tt.status || tt.answer != "" && strings.TrimSpace(answer) != tt.answer || !json.Valid([]byte(answer)) {
			t.Errorf("%.60s is answered %d %s, want %d %s", tt.body, status, answer, tt.status, tt.answer)
		}
	}
	c.wantTexts("To all", "To one")
	other.wantTexts("To all", "Proactive hello")
}

// What is scheduled does not outlive the agent, and does not delay its end.
func TestCloseCancelsWhatIsScheduled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		show := showcase.New(storage.NewMemory(), quiet)
		c := agenttest.Start(t, show.App)
		agenttest.WantTexts(t, c.SendText("proactive"), "Scheduled")
		begun := time.Now()
		show.Close()
		if took := time.Since(begun); took > 0 {
			t.Errorf("Close took %s", took)
		}
		<-time.After(time.Minute)
		if said := c.Unread(); len(said) > 0 {
			t.Errorf("the closed agent said %q", said[0].Text)
		}
	})
}

// What a trigger from outside starts. (S1-016, S1-048)
func TestContinuations(t *testing.T) {
	c := newChat(t, serve(t))
	for _, tt := range []struct {
		path, body string
		status     int
	}{
		{"/proactive/continue/" + c.id, "", 200},
		{"/proactive/continue/" + c.id + "?note=hi&n=1", "", 200},
		{"/proactive/continue/report/" + c.id + "?title=Sales", "", 200},
		{"/proactive/continue/report/" + c.id, "", 200},
		{"/proactive/sendactivity/" + c.id, `{"text":"From outside"}`, 200},
		{"/proactive/continue/nobody", "", 404},
		{"/elsewhere/continue/" + c.id, "", 404},
	} {
		if status, answer := c.post(tt.path, tt.body); status != tt.status {
			t.Errorf("%s is answered %d %s, want %d", tt.path, status, answer, tt.status)
		}
	}
	c.wantTexts("Continued", `Continued {"n":"1","note":"hi"}`, "Report ready: Sales", "Report ready: untitled", "From outside")
}
