package localchannel_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

func TestAgentFails(t *testing.T) {
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request, *activity.Activity)
		down   bool
		want   int
		code   string
	}{
		{name: "silent", want: 200},
		{name: "accepts", answer: status(202), want: 200},
		{name: "refuses", answer: status(401), want: 502, code: "BotRejectedActivity"},
		{name: "fails", answer: status(500), want: 502, code: "BotRejectedActivity"},
		{name: "points elsewhere", answer: status(307), want: 502, code: "BotRejectedActivity"},
		{name: "down", down: true, want: 502, code: "BotRejectedActivity"},
		{name: "slow", answer: func(_ http.ResponseWriter, r *http.Request, _ *activity.Activity) { <-r.Context().Done() }, want: 504, code: "BotError"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t, func(cfg *localchannel.Config) {
				if tt.code == "BotError" {
					cfg.AgentTimeout = 50 * time.Millisecond
				}
			})
			f.agent.setAnswer(tt.answer)
			if tt.down {
				f.agent.Close()
			}
			conv := f.start(withAnna)
			var failed directline.ErrorResponse
			f.want(tt.want, "POST", base+"/"+conv.ID+"/activities", `{"type":"message","text":"hello","from":{"id":"anna"}}`, &failed)
			if failed.Error.Code != tt.code {
				t.Errorf("code %q, want %q", failed.Error.Code, tt.code)
			}
			if set := f.history(conv.ID, ""); len(set.Activities) != 1 {
				t.Errorf("%d activities in the history, want the message", len(set.Activities))
			}
		})
	}
}

func status(code int) func(http.ResponseWriter, *http.Request, *activity.Activity) {
	return func(w http.ResponseWriter, _ *http.Request, _ *activity.Activity) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
	}
}

func TestBadInput(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	post, send := base+"/"+conv.ID+"/activities", service+"/"+conv.ID+"/activities"
	tests := []struct {
		name, method, path, body string
		want                     int
		code                     string
	}{
		{"empty text", "POST", post, `{"type":"message","text":"","from":{"id":"u"},"channelData":{"action":{"name":"WELCOME"}}}`, 200, ""},
		{"no type", "POST", post, `{"from":{"id":"u"}}`, 400, "MissingProperty"},
		{"no from.id", "POST", post, `{"type":"message"}`, 400, "MissingProperty"},
		{"not JSON", "POST", post, `{"type":`, 400, "BadSyntax"},
		{"no body", "POST", post, ``, 400, "BadSyntax"},
		{"a list", "POST", post, `[]`, 400, "BadSyntax"},
		{"wrong type of a field", "POST", post, `{"type":"message","from":7}`, 400, "BadSyntax"},
		{"two objects", "POST", post, `{"type":"message","from":{"id":"u"}}{}`, 400, "BadSyntax"},
		{"too large", "POST", post, `{"type":"message","from":{"id":"u"},"text":"` + strings.Repeat("x", 256<<10) + `"}`, 413, "MessageSizeTooBig"},
		{"far too large", "POST", post, `"` + strings.Repeat("x", 2<<20) + `"`, 413, "MessageSizeTooBig"},
		{"characters count, not bytes", "POST", post, `{"type":"message","from":{"id":"u"},"text":"` + strings.Repeat("é", 200_000) + `"}`, 200, ""},
		{"unknown conversation", "POST", base + "/none/activities", `{"type":"message","from":{"id":"u"}}`, 404, "ConversationNotFound"},
		{"odd conversation", "GET", base + "/%2e%2e%2fx%00%ff", ``, 404, "ConversationNotFound"},
		{"very long conversation", "GET", base + "/" + strings.Repeat("x", 5000), ``, 404, "ConversationNotFound"},
		{"bad watermark", "GET", post + "?watermark=x", ``, 400, "BadArgument"},
		{"negative watermark", "GET", base + "/" + conv.ID + "?watermark=-1", ``, 400, "BadArgument"},
		{"method", "PUT", post, `{}`, 405, "MethodNotAllowed"},
		{"path", "GET", "/v3/directline/nothing", ``, 404, "NotFound"},
		{"stream without upgrade", "GET", base + "/" + conv.ID + "/stream", ``, 400, "BadArgument"},
		{"start with a list", "POST", base, `[1]`, 400, "BadSyntax"},
		{"agent without type", "POST", send, `{"text":"x"}`, 400, "MissingProperty"},
		{"agent with no JSON", "POST", send, `x`, 400, "BadSyntax"},
		{"agent too large", "POST", send, `{"type":"message","text":"` + strings.Repeat("x", 256<<10) + `"}`, 413, "MessageSizeTooBig"},
		{"agent in unknown conversation", "POST", service + "/none/activities", `{"type":"message"}`, 404, "ConversationNotFound"},
		{"agent updates nothing", "PUT", send + "/1", `{"type":"message"}`, 404, "ActivityNotFoundInConversation"},
		{"unknown member", "GET", service + "/" + conv.ID + "/members/x", ``, 404, "MemberNotFoundInConversation"},
		{"bad page size", "GET", service + "/" + conv.ID + "/pagedmembers?pageSize=x", ``, 400, "BadArgument"},
		{"create without member id", "POST", service, `{"members":[{}]}`, 400, "MissingProperty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var failed directline.ErrorResponse
			if got := f.do(tt.method, tt.path, tt.body, &failed, "Content-Type", "application/json"); got != tt.want || failed.Error.Code != tt.code {
				t.Errorf("answers %d %s (%s), want %d %s", got, failed.Error.Code, failed.Error.Message, tt.want, tt.code)
			}
		})
	}
}
