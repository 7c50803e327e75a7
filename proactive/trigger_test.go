package proactive_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

const vendorType = "application/vnd.microsoft.activity.continueconversation+json"

// S1-063 and S1-062: sendactivity with a stored conversation.
func TestTriggerSendByID(t *testing.T) {
	t.Run("case 1 S1-063 the channel's id comes back", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		got := y.post(t, "/sendactivity/a%3A1", `{"type":"message","text":"hi"}`)
		if got.Status != 200 || got.Body != `{"id":"made-1"}` || got.Header.Get("Content-Type") != "application/json" {
			t.Fatalf("answered %+v", got)
		}
		sent := y.channel.all()
		if len(sent) != 1 || sent[0].Body["text"] != "hi" || sent[0].Token != "Bearer own-1" {
			t.Errorf("the channel got %+v", sent)
		}
	})
	t.Run("case 2 an empty answer of the channel is an empty id", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		y.channel.answers(200, "")
		if got := y.post(t, "/sendactivity/a:1", `{"text":"hi"}`); got.Status != 200 || got.Body != `{"id":""}` {
			t.Fatalf("answered %+v", got)
		}
	})
	t.Run("case 3 S1-094 S3-02 an unknown id", func(t *testing.T) {
		y := newYard(t)
		got := y.post(t, "/sendactivity/nobody", `{"text":"hi"}`)
		got.want(t, 404, "-50034")
		if !strings.Contains(got.Body, "nobody") || !strings.Contains(got.Body, "write to the agent") {
			t.Errorf("body %s, want the id and how it becomes known", got.Body)
		}
		y.channel.wantUntouched(t, "channel")
	})
	t.Run("S1-098 a deleted id", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		for range 2 {
			if err := y.book.Delete(t.Context(), "a:1"); err != nil {
				t.Fatal(err)
			}
		}
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, 404, "-50034")
	})
	t.Run("case 4 the body is checked first", func(t *testing.T) {
		y := newYard(t)
		for _, body := range []string{"{", "", "null", "[]", `"x"`, `{"text":[]}`} {
			y.post(t, "/sendactivity/nobody", body).want(t, 400, "-40502")
		}
	})
	t.Run("S3-04 a message from outside leaves no turn and no state behind", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		y.app.OnFallback(func(context.Context, *agent.Turn) error { t.Error("a route ran"); return nil })
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, 200, "")
		for e, err := range storage.All(t.Context(), y.state, "") {
			t.Errorf("state %v, %v", e.Key, err)
		}
	})
	t.Run("what is not sent to a channel", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		y.post(t, "/sendactivity/a:1", `{"type":"delay","value":3600000}`).want(t, 400, "InvalidArgument")
		y.post(t, "/sendactivity/a:1", `{"type":"invokeResponse","value":{"status":200}}`).want(t, 400, "InvalidArgument")
		if got := y.post(t, "/sendactivity/a:1", `{"type":"trace","name":"x"}`); got.Status != 200 || got.Body != `{"id":""}` {
			t.Errorf("a trace is answered %+v", got)
		}
		y.channel.wantUntouched(t, "channel")
	})
	t.Run("where it goes is not the body's to say", func(t *testing.T) {
		y := newYard(t)
		evil := newService(t, nil)
		y.stored(t, "a:1")
		y.post(t, "/sendactivity/a:1", `{"text":"hi","serviceUrl":"`+evil.URL+`","conversation":{"id":"other"},"from":{"id":"ceo"},"channelId":"sms"}`).want(t, 200, "")
		evil.wantUntouched(t, "other host")
		b := y.channel.all()[0].Body
		if b["from"].(map[string]any)["id"] != "28:bot-1" || b["channelId"] != "msteams" {
			t.Errorf("sent %v", b)
		}
	})
}

// S1-064: sendactivity with the conversation in the body.
func TestTriggerSendInline(t *testing.T) {
	y := newYard(t)
	conv := inline(t, known("a:1", func(c *activity.Conversation) { c.Reference.ServiceURL = y.channel.URL + "/" }))
	t.Run("case 5 empty or invalid", func(t *testing.T) {
		for _, body := range []string{"", "null", "{", "[]", `{"activity":3,"conversation":` + conv + `}`, `{"activity":{},"conversation":"x"}`} {
			y.post(t, "/sendactivity", body).want(t, 400, "-40503")
		}
	})
	t.Run("case 6 no activity", func(t *testing.T) {
		y.post(t, "/sendactivity", `{"conversation":`+conv+`}`).want(t, 400, "-50036")
		y.post(t, "/sendactivity", `{"conversation":`+conv+`,"activity":null}`).want(t, 400, "-50036")
	})
	t.Run("case 7 no conversation", func(t *testing.T) {
		y.post(t, "/sendactivity", `{"activity":{"text":"hi"}}`).want(t, 400, "-50045")
		y.post(t, "/sendactivity", `{"activity":{"text":"hi"},"conversation":{}}`).want(t, 400, "-50045")
	})
	t.Run("case 8 no claims.aud", func(t *testing.T) {
		bare := strings.Replace(conv, `"aud"`, `"x"`, 1)
		y.post(t, "/sendactivity", `{"activity":{"text":"hi"},"conversation":`+bare+`}`).want(t, 400, "-50043")
		y.app.OnContinue("aud", nothing)
		y.post(t, "/continue/aud", bare).want(t, 400, "-50043")
	})
	y.channel.wantUntouched(t, "channel")
	y.tokens.wantUntouched(t, "token service")
	t.Run("S1-064 sent", func(t *testing.T) {
		got := y.post(t, "/SendActivity", `{"Activity":{"TEXT":"hi"},"Conversation":`+conv+`}`)
		if got.Status != 200 || got.Body != `{"id":"made-1"}` {
			t.Fatalf("answered %+v", got)
		}
	})
}

// S1-065 and S1-046: the JSON of a conversation goes in as it came out, also
// that of the other SDKs.
func TestTriggerConversationJSON(t *testing.T) {
	y := newYard(t)
	y.app.OnContinue("", nothing)
	reference := `"conversation":{"id":"19:x@thread.skype","isGroup":false},"channelId":"msteams","serviceUrl":"` + y.channel.URL + `/","user":{"id":"29:1"}`
	bodies := map[string]string{
		"S1-065 documented":           `{"reference":{` + reference + `,"bot":{"id":"28:bot-1"}},"claims":{"aud":"bot-1","tid":"t"}}`,
		"S1-046 JavaScript":           `{"reference":{` + reference + `,"agent":{"id":"28:bot-1","role":"bot"}},"claims":{"aud":"bot-1","exp":1789,"name":"x","serviceurl":"https://x"}}`,
		"S1-046 .NET":                 `{"reference":{` + reference + `,"activityId":"1","bot":{"id":"28:bot-1","role":"agent"},"deliveryMode":"expectReplies","requestId":"r"},"claims":{"aud":"bot-1","iss":"https://api.botframework.com"},"activityContext":null}`,
		"S1-046 what JSON we produce": inline(t, known("a:1", func(c *activity.Conversation) { c.Reference.ServiceURL = y.channel.URL + "/" })),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			y.post(t, "/continue", body).wantEmpty(t, 200)
			y.post(t, "/sendactivity", `{"activity":{"text":"hi"},"conversation":`+body+`}`).want(t, 200, "")
		})
	}
	if n := len(y.channel.all()); n != len(bodies) {
		t.Errorf("the channel got %d messages, want %d", n, len(bodies))
	}
}

// Of claims from outside, the turn sees those that a conversation keeps.
func TestTriggerFiltersClaims(t *testing.T) {
	y := newYard(t)
	var saw map[string]string
	y.app.OnContinue("", func(_ context.Context, t *agent.Turn) error { saw = t.Identity.Claims; return nil })
	conv := y.stored(t, "a:1", func(c *activity.Conversation) {
		c.Claims = map[string]string{"aud": "BOT-1", "appid": "BOT-1", "tid": "t", "oid": "x", "roles": "admin"}
	})
	y.post(t, "/continue", inline(t, conv)).wantEmpty(t, 200)
	if diff := cmp.Diff(map[string]string{"aud": "bot-1", "appid": "bot-1", "tid": "t"}, saw); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

// What a continuation is given, and which one runs.
func TestTriggerContinue(t *testing.T) {
	tests := []struct {
		name, path, body string
		want             event
	}{
		{"case 10 S1-066 S1-067 default by id, with a query", "/continue/a%3A1?a=1&b=2", "", event{"", "ContinueConversation", `{"a":"1","b":"2"}`, vendorType, "a:1"}},
		{"case 11 S1-069 without a query", "/continue/a:1", "", event{"", "ContinueConversation", "", "", "a:1"}},
		{"case 12 repeated parameters", "/continue/a:1?k=1&k=2&K=3&e", "", event{"", "ContinueConversation", `{"e":"","k":"1,2,3"}`, vendorType, "a:1"}},
		{"case 13 the body is not read", "/continue/a:1", `{"reference":`, event{"", "ContinueConversation", "", "", "a:1"}},
		{"case 14 S1-029 S1-058 S1-068 S1-124 a key and an id", "/continue/report/a:1?result=success&jobId=42", "", event{"report", "ContinueConversation", `{"jobId":"42","result":"success"}`, vendorType, "a:1"}},
		{"N5 the key of another case", "/Continue/REPORT/a:1", "", event{"report", "ContinueConversation", "", "", "a:1"}},
		{"S1-070 S1-073 default inline", "/continue", "CONV", event{"", "ContinueConversation", "", "", "a:1"}},
		{"S1-058 S1-071 N5 a key beats an id", "/continue/report", "CONV", event{"report", "ContinueConversation", "", "", "a:1"}},
		{"N5 an id in full beats a key", "/continue/msteams%7Cbot-1%7Creport", "", event{"", "ContinueConversation", "", "", "report"}},
		{"S1-072 inline with a query", "/continue?result=success&jobId=42", "CONV", event{"", "ContinueConversation", `{"jobId":"42","result":"success"}`, vendorType, "a:1"}},
		{"S1-048 N1 a value in the body", "/continue/report", `{"conversation":CONV,"value":{"jobId":42}}`, event{"report", "ContinueConversation", `{"jobId":42}`, vendorType, "a:1"}},
		{"S1-048 N1 a query over the value", "/continue/report?jobId=43", `{"conversation":CONV,"value":{"jobId":42,"n":null},"valueType":"v"}`, event{"report", "ContinueConversation", `{"jobId":"43","n":null}`, "v", "a:1"}},
		{"N1 a value that is no object", "/continue/report", `{"conversation":CONV,"value":[1]}`, event{"report", "ContinueConversation", `[1]`, vendorType, "a:1"}},
		{"N1 a null", "/continue/report", `{"conversation":CONV,"value":null,"valueType":"v"}`, event{"report", "ContinueConversation", "", "", "a:1"}},
		{"N1 a value beside a bare conversation is not one", "/continue/report", `{"value":1,"valueType":"v",REST`, event{"report", "ContinueConversation", "", "", "a:1"}},
		{"an id with slashes", "/continue/a%2Fb%2F%2F..%2Fc", "", event{"", "ContinueConversation", "", "", "a/b//../c"}},
		{"an id with all that URLs mean something by", "/continue/" + url.PathEscape("19:a;b=c@d?e#f%g +é"), "", event{"", "ContinueConversation", "", "", "19:a;b=c@d?e#f%g +é"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y := newYard(t)
			var seen events
			y.app.OnContinue("", seen.handler(""))
			y.app.OnContinue("report", seen.handler("report"))
			conv := y.stored(t, tt.want.Conversation)
			body := inline(t, conv)
			got := y.post(t, tt.path, strings.NewReplacer("CONV", body, "REST", body[1:]).Replace(tt.body))
			got.wantEmpty(t, 200)
			if diff := cmp.Diff([]event{tt.want}, seen.all()); diff != "" {
				t.Errorf("ran (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTriggerContinueRefuses(t *testing.T) {
	y := newYard(t)
	conv := y.stored(t, "a:1")
	y.app.OnContinue("", nothing)
	y.app.OnContinue("report", nothing)
	agent.OnContinue(y.app, "typed", func(context.Context, *agent.Turn, struct{ N int }) error { return nil })
	y.app.OnContinue("broken", func(context.Context, *agent.Turn) error { return errors.New("the secret is 1234") })
	y.app.OnContinue("panics", func(context.Context, *agent.Turn) error { panic("the secret is 1234") })
	y.app.OnContinue("elsewhere", func(ctx context.Context, _ *agent.Turn) error {
		_, err := y.m.Send(ctx, "the secret is 1234", activity.Message("x"))
		return err
	})
	body := inline(t, conv)
	tests := []struct {
		name, path, body string
		status           int
		code             string
	}{
		{"nothing inline", "/continue", "", 400, "-40501"},
		{"null inline", "/continue", " null ", 400, "-40501"},
		{"no JSON inline", "/continue/report", "{", 400, "-40501"},
		{"an empty object", "/continue", "{}", 400, "-50045"},
		{"N1 no conversation in it", "/continue", `{"conversation":null,"value":1}`, 400, "-50045"},
		{"case 9 no user", "/continue", strings.Replace(body, `"user":{"id"`, `"user":{"x"`, 1), 400, "-50045"},
		{"no bot", "/continue", strings.Replace(body, `"bot":{"id"`, `"bot":{"x"`, 1), 400, "-50045"},
		{"no channel", "/continue", strings.Replace(body, `"channelId"`, `"x"`, 1), 400, "-50045"},
		{"no service URL", "/continue", strings.Replace(body, `"serviceUrl"`, `"x"`, 1), 400, "-50045"},
		{"N1 a query and a value that is no object", "/continue?a=1", `{"conversation":` + body + `,"value":1}`, 400, "InvalidArgument"},
		{"a query that is not encoded", "/continue/a:1?a=%zz", "", 400, "BadSyntax"},
		{"an unknown id", "/continue/b:2", "", 404, "-50034"},
		{"an unknown id with a key", "/continue/report/b:2", "", 404, "-50034"},
		{"a value that does not fit", "/continue/typed/a:1?n=many", "", 400, "InvalidArgument"},
		{"case 20 a handler that fails", "/continue/broken/a:1", "", 500, "InternalError"},
		{"a handler that panics", "/continue/panics/a:1", "", 500, "InternalError"},
		{"a handler that does not find another conversation", "/continue/elsewhere/a:1", "", 500, "InternalError"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := y.post(t, tt.path, tt.body)
			got.want(t, tt.status, tt.code)
			if strings.Contains(got.Body, "1234") {
				t.Errorf("the answer tells a secret: %s", got.Body)
			}
		})
	}
	t.Run("no such path", func(t *testing.T) {
		for _, path := range []string{"", "/", "/other", "/continue/nokey/a:1", "/continue/report/a:1/x", "/create/nokey", "/create/report/x", "/sendactivity/a/b", "x/continue"} {
			y.post(t, path, body).wantEmpty(t, 404)
		}
	})
	t.Run("another method", func(t *testing.T) {
		for _, path := range []string{"/continue/a:1", "/create", "/sendactivity"} {
			got := y.do(t, http.MethodGet, path, nil, "Authorization", y.token)
			if got.wantEmpty(t, 405); got.Header.Get("Allow") != "POST" {
				t.Errorf("Allow: %q", got.Header.Get("Allow"))
			}
		}
	})
	t.Run("another type", func(t *testing.T) {
		for kind, status := range map[string]int{"text/plain": 415, "application/x-www-form-urlencoded": 415, "junk;;": 415, "": 200, "application/json; charset=utf-8": 200, "application/x+json": 200} {
			if got := y.post(t, "/continue", body, "Content-Type", kind); got.Status != status {
				t.Errorf("%q answered %d %s, want %d", kind, got.Status, got.Body, status)
			}
		}
	})
}

// case 15, S1-016: a trigger is there when its continuation is.
func TestTriggerWithoutContinuation(t *testing.T) {
	y := newYard(t)
	y.stored(t, "a:1")
	for _, path := range []string{"/create", "/continue", "/continue/a:1", "/continue/report/a:1", "/create/report"} {
		y.post(t, path, `{}`).wantEmpty(t, 404)
	}
	y.app.OnContinue("report", nothing)
	y.post(t, "/continue/report/a:1", "").wantEmpty(t, 200)
	y.post(t, "/continue/a:1", "").wantEmpty(t, 404)
	// case 16
	defer func() {
		if recover() == nil {
			t.Error("two continuations with one key started up")
		}
	}()
	y.app.OnContinue("report", nothing)
}

// S1-016: mounted elsewhere.
func TestTriggerPath(t *testing.T) {
	for path, under := range map[string]string{"/api/v1/wake": "/api/v1/wake", "/wake/": "/wake", "/": ""} {
		t.Run(path, func(t *testing.T) {
			y := newYard(t, func(p *plan) { p.Path = path })
			y.stored(t, "a:1")
			y.url = strings.TrimSuffix(y.url, "/proactive")
			y.post(t, under+"/sendactivity/a:1", `{"text":"hi"}`).want(t, 200, "")
			y.post(t, "/proactive/sendactivity/a:1", `{"text":"hi"}`).want(t, 404, "")
		})
	}
}

// gate is a SignIns in which nobody is signed in.
type gate struct{}

func (gate) Missing(_ context.Context, _ *agent.Turn, names []string) ([]string, error) {
	return names, nil
}

// case 19, S1-090, S1-091, S1-092, S1-130, S1-132.
func TestTriggerNotSignedIn(t *testing.T) {
	for _, keep := range []bool{false, true} {
		y := newYard(t, func(p *plan) { p.messenger.SignIns, p.messenger.KeepUnsignedIn = gate{}, keep })
		var seen events
		y.app.OnContinue("", seen.handler(""), "graph")
		y.stored(t, "a:1")
		got := y.post(t, "/continue/a:1", "")
		if keep {
			got.wantEmpty(t, 200)
		} else if got.want(t, 400, "-50047"); !strings.Contains(got.Body, "graph") {
			t.Errorf("body %s, want what is missing", got.Body)
		}
		if ran := len(seen.all()) == 1; ran != keep {
			t.Errorf("with KeepUnsignedIn %t the handler ran: %t", keep, ran)
		}
	}
}

// What the channel says is passed on, except what is not the caller's business.
func TestTriggerChannelErrors(t *testing.T) {
	refused := `{"error":{"code":"NoEntry","message":"not here"}}`
	tests := []struct {
		name   string
		status int
		body   string
		want   int
		code   string // of ours
	}{
		{"case 21 its refusal", 403, refused, 403, ""},
		{"case 21 not found", 404, refused, 404, ""},
		{"too large", 413, refused, 413, ""},
		{"throttled", 429, refused, 429, ""},
		{"broken", 502, refused, 502, ""},
		{"without JSON", 404, "", 404, ""},
		{"case 22 unauthorized", 401, refused, 500, "CredentialsRefused"},
		{"a redirect", 302, "", 500, "InternalError"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y := newYard(t)
			y.stored(t, "a:1")
			y.app.OnContinue("", func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "hi") })
			y.channel.answers(tt.status, tt.body, "Retry-After", "7")
			for _, path := range []string{"/sendactivity/msteams%7Cbot-1%7Ca:1", "/continue/msteams%7Cbot-1%7Ca:1"} {
				got := y.post(t, path, `{"text":"hi"}`)
				got.want(t, tt.want, tt.code)
				if tt.code == "" && tt.body != "" {
					if diff := cmp.Diff(object(t, tt.body), object(t, got.Body)); diff != "" {
						t.Errorf("body (-want +got):\n%s", diff)
					}
				}
				if tt.code == "" && got.Header.Get("Retry-After") != "7" {
					t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
				}
				if tt.code != "" && got.Header.Get("WWW-Authenticate") != "" {
					t.Error("the caller is asked for a token")
				}
			}
		})
	}
	t.Run("case 23 unreachable", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		y.channel.Close()
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, 500, "Unreachable")
	})
	t.Run("no token to be had", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		y.tokens.answers(400, `{"error":"invalid_client"}`)
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, 500, "CredentialsRefused")
		y.channel.wantUntouched(t, "channel")
	})
}

func TestTriggerMarked(t *testing.T) {
	for status, want := range map[proactive.Status]struct {
		status int
		code   string
	}{
		proactive.StatusBlocked:     {403, "AgentBlocked"},
		proactive.StatusUninstalled: {403, "AgentUninstalled"},
		proactive.StatusGone:        {404, "ConversationGone"},
	} {
		y := newYard(t)
		y.stored(t, "a:1")
		if err := y.book.Mark(t.Context(), "a:1", status, "said so"); err != nil {
			t.Fatal(err)
		}
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, want.status, want.code)
		y.channel.wantUntouched(t, "channel")
	}
}

func TestTriggerAmbiguous(t *testing.T) {
	y := newYard(t)
	y.stored(t, "a:1")
	y.stored(t, "a:1", func(c *activity.Conversation) { c.Reference.ChannelID = "webchat" })
	got := y.post(t, "/sendactivity/a:1", `{"text":"hi"}`)
	if got.want(t, 409, "AmbiguousConversation"); !strings.Contains(got.Body, "webchat|bot-1|a:1") {
		t.Errorf("body %s, want the ids in full", got.Body)
	}
	y.post(t, "/sendactivity/webchat%7Cbot-1%7Ca:1", `{"text":"hi"}`).want(t, 200, "")
}

func TestTriggerBusy(t *testing.T) {
	y := newYard(t, func(p *plan) { p.adapter.QueueDepth = 1; p.adapter.QueueWait = 1 })
	y.stored(t, "a:1")
	started, leave := make(chan bool), make(chan bool)
	y.app.OnContinue("", func(context.Context, *agent.Turn) error { started <- true; <-leave; return nil })
	first := make(chan reply)
	go func() { first <- y.post(t, "/continue/a:1", "") }()
	<-started
	got := y.post(t, "/continue/a:1", "")
	close(leave)
	if got.want(t, 503, "Busy"); got.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	(<-first).wantEmpty(t, 200)
}

// case 29: who is answered can rely on the state.
func TestTriggerAnswersWhenStateIsSaved(t *testing.T) {
	y := newYard(t)
	y.stored(t, "a:1")
	started, leave := make(chan bool), make(chan bool)
	count := agent.ConversationKey[int]("count")
	y.app.OnContinue("", func(ctx context.Context, tn *agent.Turn) error {
		started <- true
		<-leave
		return count.Set(ctx, tn, 7)
	})
	done := make(chan reply, 1)
	go func() { done <- y.post(t, "/continue/a:1", "") }()
	<-started
	select {
	case r := <-done:
		t.Fatalf("answered %+v before the handler was done", r)
	default:
	}
	close(leave)
	(<-done).wantEmpty(t, 200)
	saved := 0
	for e, err := range storage.All(t.Context(), y.state, "") {
		if err != nil || !json.Valid(e.Value) {
			t.Fatal(err)
		}
		saved++
	}
	if saved == 0 {
		t.Error("answered before the state was saved")
	}
}

// Nothing of a request is logged but where it went.
func TestTriggerLogsNoBodies(t *testing.T) {
	y := newYard(t)
	y.app.OnContinue("", nothing)
	y.stored(t, "a:1")
	y.channel.answers(500, "")
	const secret = "hunter2hunter2"
	for _, body := range []string{`{"text":"` + secret + `"}`, `{"text":"` + secret, `{"text":{"` + secret + `":1}}`, `{"user":"` + secret + `"}`, `{"reference":"` + secret + `"}`} {
		for _, path := range []string{"/sendactivity/a:1", "/sendactivity", "/continue", "/create"} {
			if got := y.post(t, path, body, "Authorization", y.token+secret); got.Status != 401 {
				t.Fatalf("answered %+v", got)
			}
			y.post(t, path, body)
		}
	}
	if log := y.log.String(); strings.Contains(log, secret) || !strings.Contains(log, "trigger failed") {
		t.Errorf("the log holds the body, or nothing:\n%s", log)
	}
}
