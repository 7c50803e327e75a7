package proactive_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// creating is a yard whose channel makes conversations.
func creating(t testing.TB, edits ...func(*plan)) (*yard, *events) {
	y, seen := newYard(t, edits...), new(events)
	y.channel.answers(201, `{"id":"new-1"}`)
	y.app.OnContinue("", seen.handler(""))
	y.app.OnContinue("onboarding", seen.handler("onboarding"))
	return y, seen
}

const (
	forAda     = `"agentClientId":"bot-1","channelId":"msteams","tenantId":"tenant-1","user":{"id":"entra-ada"}`
	minimalAda = `{` + forAda + `}`
)

func (y *yard) known(t testing.TB) (ids []string) {
	t.Helper()
	for e, err := range y.book.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.Conversation.Reference.Conversation.ID)
	}
	return ids
}

// case 24, S1-074, S1-086, S1-087, S1-089, S1-129.
func TestTriggerCreate(t *testing.T) {
	y, seen := creating(t)
	got := y.post(t, "/create?x=1", minimalAda)
	if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" || got.Header.Get(proactive.ContinuationErrorHeader) != "" {
		t.Fatalf("answered %+v", got)
	}
	made := object(t, got.Body)
	if id := made["reference"].(map[string]any)["conversation"].(map[string]any)["id"]; id != "new-1" {
		t.Errorf("made %v", id)
	}
	if diff := cmp.Diff(map[string]any{"aud": "bot-1"}, made["claims"]); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if sent := y.channel.all(); len(sent) != 1 || sent[0].Path != "POST /v3/conversations" {
		t.Errorf("the channel got %+v, want one request", sent)
	}
	if ids := y.known(t); len(ids) > 0 || len(seen.all()) > 0 {
		t.Errorf("stored %v, ran %v, want neither", ids, seen.all())
	}
	// What came back is an address.
	y.post(t, "/sendactivity", `{"activity":{"text":"hi"},"conversation":`+got.Body+`}`).want(t, 200, "")
}

// S1-075, S1-076, S1-082, S1-083, S1-084, S1-085, S1-086, S1-087, S1-088, case 28.
func TestTriggerCreateAll(t *testing.T) {
	y, seen := creating(t)
	got := y.post(t, "/create/Onboarding?x=1", `{`+forAda+`,"topicName":"Hello","teamsChannelId":"19:general@thread.tacv2",
		"activity":{"text":"Welcome"},"channelData":{"mine":{"deep":[1]},"channel":{"name":"General"}},
		"storeConversation":true,"continueConversation":true,"serviceUrl":"https://evil.example/","scope":"x","audience":"y"}`)
	got.want(t, 200, "")
	b := y.channel.all()[0].Body
	want := map[string]any{
		"mine": map[string]any{"deep": []any{1.0}}, "tenant": map[string]any{"id": "tenant-1"},
		"channel": map[string]any{"id": "19:general@thread.tacv2", "name": "General"},
	}
	if diff := cmp.Diff(want, b["channelData"]); diff != "" || b["isGroup"] != true || b["topicName"] != "Hello" {
		t.Errorf("asked for %v\n%s", b, diff)
	}
	if a := b["activity"].(map[string]any); a["type"] != "message" || a["text"] != "Welcome" {
		t.Errorf("first message %v", a)
	}
	if diff := cmp.Diff([]string{"new-1"}, y.known(t)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]event{{"onboarding", "CreateConversation", `{"x":"1"}`, vendorType, "new-1"}}, seen.all()); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
}

// case 27, S1-085: what is said beats what is inferred.
func TestTriggerCreateIsGroup(t *testing.T) {
	for extra, want := range map[string]any{
		`"isGroup":false,"teamsChannelId":"19:g@thread.tacv2"`: false,
		`"teamsChannelId":"19:g@thread.tacv2"`:                 true,
		`"isGroup":true`:                                       true,
	} {
		y, _ := creating(t)
		y.post(t, "/create", `{`+forAda+`,`+extra+`}`).want(t, 200, "")
		b := y.channel.all()[0].Body
		if b["isGroup"] != want {
			t.Errorf("%s asked for isGroup %v, want %v", extra, b["isGroup"], want)
		}
		data, _ := b["channelData"].(map[string]any)
		if thread := data["channel"] != nil; thread != strings.Contains(extra, "teamsChannelId") {
			t.Errorf("%s asked for %v", extra, data)
		}
	}
}

// case 25, S1-077, S1-078, S1-080, S1-132.
func TestTriggerCreateRefuses(t *testing.T) {
	tests := []struct {
		name, body string
		code, says string
	}{
		{"nothing", ``, "-40500", ""},
		{"null", `null`, "-40500", ""},
		{"no JSON", `{"user"`, "-40500", ""},
		{"another type", `{"channelId":3}`, "-40500", ""},
		{"case 25 S1-077 no channel", `{"agentClientId":"bot-1","user":{"id":"u"}}`, "-50038", "channelId"},
		{"case 25 S1-078 no user", `{"agentClientId":"bot-1","channelId":"webchat"}`, "-50039", "user"},
		{"case 25 S1-078 a null user", `{"agentClientId":"bot-1","channelId":"webchat","user":null}`, "-50039", "user"},
		{"case 25 S1-078 a blank user", `{"agentClientId":"bot-1","channelId":"webchat","user":{"id":" "}}`, "-50039", "user"},
		{"S1-080 no tenant", `{"agentClientId":"bot-1","channelId":"msteams","user":{"id":"u"}}`, "InvalidArgument", "Teams needs"},
		{"case 109 another app", `{"agentClientId":"bot-2","channelId":"webchat","user":{"id":"u"}}`, "ForeignApp", "not this agent"},
		{"case 109 another app in disguise", `{"agentClientId":"28:bot-2","channelId":"webchat","user":{"id":"u"}}`, "ForeignApp", "not this agent"},
		{"case 108 a channel that is a host", `{"agentClientId":"bot-1","channelId":"evil.example/#","user":{"id":"u"}}`, "UntrustedHost", ""},
		{"case 108 a channel that is a user of a host", `{"agentClientId":"bot-1","channelId":"x@evil.example/","user":{"id":"u"}}`, "UntrustedHost", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y, _ := creating(t)
			got := y.post(t, "/create", tt.body)
			if got.want(t, 400, tt.code); !strings.Contains(got.Body, tt.says) {
				t.Errorf("body %s, want it to say %q", got.Body, tt.says)
			}
			y.channel.wantUntouched(t, "channel")
			y.tokens.wantUntouched(t, "token service")
		})
	}
	t.Run("case 25 an anonymous caller and no agent", func(t *testing.T) {
		y, _ := creating(t, func(p *plan) { p.Authorise = proactive.BearerKeys("key") })
		y.token = "Bearer key"
		y.post(t, "/create", strings.Replace(minimalAda, `"agentClientId"`, `"x"`, 1)).want(t, 400, "-50037")
		y.tokens.wantUntouched(t, "token service")
	})
}

// S1-079: the agent that the caller's token is for, and not the caller.
func TestTriggerCreateForCaller(t *testing.T) {
	y, _ := creating(t)
	y.token = triggerToken(t, jwt.MapClaims{"ver": "2.0", "azp": "caller", "oid": "x"})
	got := y.post(t, "/create", strings.Replace(minimalAda, `"agentClientId":"bot-1",`, ``, 1))
	got.want(t, 200, "")
	if b := y.channel.all()[0].Body["bot"].(map[string]any); b["id"] != "28:bot-1" {
		t.Errorf("created as %v", b)
	}
	claims := object(t, got.Body)["claims"].(map[string]any)
	if claims["aud"] != "bot-1" || claims["azp"] != nil || claims["oid"] != nil {
		t.Errorf("claims %v", claims)
	}
}

// The agent's id in other spellings is the same agent in the address book.
func TestTriggerCreateSpelling(t *testing.T) {
	for _, id := range []string{"28:bot-1", "BOT-1", " bot-1 "} {
		y, _ := creating(t)
		got := y.post(t, "/create", strings.Replace(minimalAda, `"bot-1"`, `"`+id+`"`, 1))
		if got.want(t, 200, ""); object(t, got.Body)["claims"].(map[string]any)["aud"] != "bot-1" {
			t.Errorf("%q made %s", id, got.Body)
		}
	}
}

// case 26 and note N4: a conversation that exists is not an error.
func TestTriggerCreateContinuationFails(t *testing.T) {
	tests := []struct {
		name string
		edit func(*plan)
		h    agent.Handler
		code string
	}{
		{"case 26 the handler fails", nil, func(context.Context, *agent.Turn) error { return errors.New("the secret is 1234") }, "InternalError"},
		{"not signed in", func(p *plan) { p.messenger.SignIns = gate{} }, func(context.Context, *agent.Turn) error { t.Error("it ran"); return nil }, "-50047"},
		{"the channel refuses", nil, func(_ context.Context, t *agent.Turn) error {
			return &activity.Error{Status: 403, Code: "NoEntry\r\nX: 1"}
		}, "NoEntry X: 1"},
		{"and says no code", nil, func(_ context.Context, t *agent.Turn) error { return &activity.Error{Status: 403} }, "403"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.edit == nil {
				tt.edit = func(*plan) {}
			}
			y := newYard(t, tt.edit)
			y.channel.answers(201, `{"id":"new-1"}`)
			y.app.OnContinue("", tt.h, "graph")
			got := y.post(t, "/create", `{`+forAda+`,"continueConversation":true,"storeConversation":true}`)
			if got.Status != 200 || strings.Join(strings.Fields(got.Header.Get(proactive.ContinuationErrorHeader)), " ") != tt.code || strings.Contains(fmt.Sprint(got), "1234") {
				t.Fatalf("answered %+v", got)
			}
			if id := object(t, got.Body)["reference"].(map[string]any)["conversation"].(map[string]any)["id"]; id != "new-1" {
				t.Errorf("made %v", id)
			}
			if n := len(y.channel.all()); n != 1 {
				t.Errorf("the channel got %d requests, want one", n)
			}
			if !strings.Contains(y.log.String(), "trigger failed") {
				t.Error("nothing is logged")
			}
		})
	}
	t.Run("the channel does not create", func(t *testing.T) {
		y, seen := creating(t)
		y.channel.answers(429, `{"error":{"code":"Slow","message":"down"}}`, "Retry-After", "3")
		got := y.post(t, "/create", `{`+forAda+`,"continueConversation":true}`)
		if got.Status != 429 || got.Header.Get("Retry-After") != "3" || len(seen.all()) > 0 {
			t.Errorf("answered %+v", got)
		}
	})
	t.Run("the book is full", func(t *testing.T) {
		full := &counting{Memory: storage.NewMemory(), full: errors.New("full")}
		y, _ := creating(t, func(p *plan) { p.book = full })
		got := y.post(t, "/create", `{`+forAda+`,"storeConversation":true}`)
		if got.Status != 200 || got.Header.Get(proactive.ContinuationErrorHeader) != "InternalError" {
			t.Errorf("answered %+v", got)
		}
	})
}
