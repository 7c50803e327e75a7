package playground

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// Whatever user and agent say, the exports are what they should be: one file in
// the archive, each of its lines known to agenttest, and a JSON array.
func FuzzExports(f *testing.F) {
	f.Add(`{"type":"message","text":"hi","id":"c|0000001"}`, `{"type":"message","text":"-- a --\n-- b --","replyToId":"c|0000001"}`, "Topic -- x --", 200)
	f.Add(`{"type":"invoke","name":"a b","value":{"x":"\n"}}`, `{"type":"event","name":"-- x --\n","value":[1]}`, "\n", 501)
	f.Add(`{"type":"messageReaction","replyToId":"\n-- x --","reactionsAdded":[{"type":"a\nb"}]}`, `{"type":"message","attachments":[{"contentType":"a\n-- b --","contentUrl":"u"}],"suggestedActions":{"actions":[{"title":"\n-- c --"}]}}`, "", 0)
	f.Add(`{"type":"conversationUpdate","membersAdded":[{"id":"u","name":"\u2028"}],"channelData":{"tenant":1}}`, `{"type":"typing","entities":[{"type":"streaminfo"}],"channelData":{"streamId":1,"x":"\r\n-- y --"}}`, "t", 202)
	f.Add(`{"type":"message"}`, "", "a deletion that is refused carries nothing", 200)
	f.Fuzz(func(t *testing.T, in, out, topic string, status int) {
		now := time.Now()
		records := []Record{
			{Seq: 1, Exchange: localchannel.Exchange{Time: now, Took: time.Second, ToAgent: true, Op: "deliver", Activity: json.RawMessage(in), Status: status, Answer: json.RawMessage(`"x"`)}},
		}
		for i, op := range []string{opSend, opUpdate, opDelete} {
			for _, status := range []int{200, 0, 429} { // done, done and cut, refused
				for _, at := range []time.Time{now, now.Add(time.Minute)} { // in the turn, by itself
					records = append(records, Record{Seq: int64(i + 2), Exchange: localchannel.Exchange{Time: at, Op: op, ActivityID: "c|0000002", Activity: json.RawMessage(out), Status: status, Error: "a\n-- fault --"}})
				}
			}
		}
		info := localchannel.Info{ID: "conversation-1", ChannelID: "directline", Topic: topic, Members: []activity.ChannelAccount{{ID: "u"}}}
		archive := txtar.Parse(goldenOf(info, activity.ChannelAccount{ID: "agent"}, records, true))
		if len(archive.Files) != 1 {
			t.Fatalf("%d files in %q", len(archive.Files), txtar.Format(archive))
		}
		for line := range strings.Lines(string(archive.Files[0].Data)) {
			word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			switch word {
			case "", "#", "user", "user:", "invoke", "response", "bot", "bot:":
			default:
				t.Errorf("the line %q is none of a transcript", line)
			}
		}
		if raw, err := encode(transcript([]json.RawMessage{json.RawMessage(out)}, records)); err == nil && !json.Valid(raw) {
			t.Errorf("the transcript %q is not JSON", raw)
		}
		if a, err := activity.Decode([]byte(out)); err == nil {
			warnings(opSend, a, activity.ChannelTeams, "personal")
		}
	})
}

// No body makes a route fail in another way than by refusing it.
func FuzzBodies(f *testing.F) {
	agent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	f.Cleanup(agent.Close)
	rec := NewRecorder()
	c, err := localchannel.New(f.Context(), localchannel.Config{Agent: agent.URL, BaseURL: agent.URL, Watch: rec.Watch, MaxConversations: 50, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	handler := New(c, rec, Config{}).Handler()
	f.Add("/conversations", `{"channelId":"msteams","kind":"channel","members":[{"id":"29:a"}]}`)
	f.Add("/activities", `{"type":"message","text":"hi","channelData":{"a":1.0}}`)
	f.Add("/members", `{"members":[{"id":"b","name":"B"}]}`)
	f.Add("/fault", `{"status":429,"times":1}`)
	f.Add("/token", `{"user":{"id":"a"},"conversationId":"x"}`)
	f.Fuzz(func(t *testing.T, path, body string) {
		info, err := c.Start(t.Context(), localchannel.Start{Members: []activity.ChannelAccount{{ID: "a"}}})
		if err != nil {
			t.Fatal(err)
		}
		method := http.MethodPost
		switch path {
		case "/activities", "/members":
			path = "/conversations/" + info.ID + path
		case "/fault":
			method, path = http.MethodPut, "/conversations/"+info.ID+path
		case "/conversations", "/token":
		default:
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), method, "/playground/api"+path, strings.NewReader(body))
		r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		answer, _ := io.ReadAll(w.Body)
		if w.Code >= 500 && w.Code != http.StatusBadGateway || !json.Valid(answer) {
			t.Errorf("%s %q answers %d %s", path, body, w.Code, answer)
		}
	})
}
