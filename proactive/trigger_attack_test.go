package proactive_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// Who may trigger still may not have tokens sent where they like. Each of
// these is refused, and neither the target nor the channel nor the token
// service gets so much as a connection.
func TestTriggerInlineAttacks(t *testing.T) {
	at := func(url string) func(*activity.Conversation, string) {
		return func(c *activity.Conversation, target string) {
			c.Reference.ServiceURL = strings.ReplaceAll(url, "TARGET", strings.TrimPrefix(target, "http://"))
		}
	}
	claim := func(nameValues ...string) func(*activity.Conversation, string) {
		return func(c *activity.Conversation, _ string) {
			for i := 0; i < len(nameValues); i += 2 {
				c.Claims[nameValues[i]] = nameValues[i+1]
			}
		}
	}
	tests := []struct {
		name string
		edit func(c *activity.Conversation, target string)
		code string
	}{
		{"case 108 another host", at("https://TARGET/"), "UntrustedHost"},
		{"case 110 by plain http", at("http://TARGET/"), "UntrustedHost"},
		{"case 110 a trusted host by plain http", at("http://smba.trafficmanager.net/teams/"), "UntrustedHost"},
		{"case 110 an IP literal", at("https://127.0.0.1/"), "UntrustedHost"},
		{"case 110 an IPv6 literal", at("https://[::1]/"), "UntrustedHost"},
		{"case 110 an IP as a number", at("https://2130706433/"), "UntrustedHost"},
		{"case 110 the metadata service", at("http://169.254.169.254/latest/"), "UntrustedHost"},
		{"case 110 user-info", at("https://smba.trafficmanager.net@TARGET/"), "UntrustedHost"},
		{"case 110 user-info on a trusted host", at("https://TARGET@smba.trafficmanager.net/"), "UntrustedHost"},
		{"case 108 a look-alike suffix", at("https://smba.trafficmanager.net.TARGET/"), "UntrustedHost"},
		{"case 108 a look-alike name", at("https://evilbotframework.com/"), "UntrustedHost"},
		{"case 108 a backslash", at(`https://TARGET\@smba.trafficmanager.net/`), "UntrustedHost"},
		{"case 108 a fragment", at("https://TARGET#.botframework.com/"), "UntrustedHost"},
		{"case 108 another port", at("https://smba.trafficmanager.net:8443/"), "UntrustedHost"},
		{"case 108 another scheme", at("file:///etc/passwd"), "UntrustedHost"},
		{"case 108 no URL at all", at("::::"), "UntrustedHost"},
		{"case 108 a relative one", at("/teams"), "UntrustedHost"},
		{"case 112 a line feed", at("https://smba.trafficmanager.net/\r\nX: 1"), "UntrustedHost"},
		{"case 109 another app", claim("aud", "bot-2"), "ForeignApp"},
		{"case 109 the Bot Framework", claim("aud", "https://api.botframework.com"), "ForeignApp"},
		{"case 109 a token for another app, version 1", claim("ver", "1.0", "appid", "victim"), "ForeignApp"},
		{"case 109 a token for another app, version 2", claim("ver", "2.0", "azp", "victim"), "ForeignApp"},
		{"case 109 another scope", claim("ver", "2.0", "azp", "https://graph.microsoft.com"), "ForeignApp"},
		{"case 109 without a version", claim("appid", "victim"), "ForeignApp"},
		{"case 109 both, one of them ours", claim("ver", "2.0", "appid", "bot-1", "azp", "victim"), "ForeignApp"},
		{"case 112 a line feed in a claim", claim("ver", "2.0", "azp", "x\r\ny"), "ForeignApp"},
		{"case 109 another agentic identity", func(c *activity.Conversation, _ string) {
			c.Reference.Agent.Role, c.Reference.Agent.AgenticAppID = activity.RoleAgenticUser, "victim"
		}, "ForeignApp"},
		{"case 109 an agentic identity without a name", func(c *activity.Conversation, _ string) {
			c.Reference.Agent.Role = "AgenticInstance"
		}, "ForeignApp"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y, target := newYard(t), newService(t, nil)
			var seen events
			y.app.OnContinue("", seen.handler(""))
			conv := known("a:1", func(c *activity.Conversation) { c.Reference.ServiceURL = y.channel.URL + "/" })
			tt.edit(&conv, target.URL)
			body := inline(t, conv)
			for path, body := range map[string]string{
				"/sendactivity":   `{"activity":{"text":"hi"},"conversation":` + body + `}`,
				"/continue":       body,
				"/continue?value": `{"value":{},"conversation":` + body + `}`,
			} {
				y.post(t, path, body).want(t, 400, tt.code)
				y.post(t, path, body, "Idempotency-Key", "k").want(t, 400, tt.code)
			}
			target.wantUntouched(t, "target")
			y.channel.wantUntouched(t, "channel")
			y.tokens.wantUntouched(t, "token service")
			if len(seen.all()) > 0 {
				t.Error("the handler ran")
			}
		})
	}
}

// case 110: a channel cannot send a token on to another host either.
func TestTriggerFollowsNoRedirect(t *testing.T) {
	y, target := newYard(t), newService(t, nil)
	for _, status := range []int{301, 302, 307, 308} {
		y.channel.answers(status, "", "Location", target.URL)
		conv := known("a:1", func(c *activity.Conversation) { c.Reference.ServiceURL = y.channel.URL + "/" })
		got := y.post(t, "/sendactivity", `{"activity":{"text":"hi"},"conversation":`+inline(t, conv)+`}`)
		if got.want(t, 500, "InternalError"); got.Header.Get("Location") != "" {
			t.Errorf("the caller is sent to %s", got.Header.Get("Location"))
		}
	}
	target.wantUntouched(t, "target")
}

// Without a word on who may be named, nobody may.
func TestTriggerInlineNeedsHostsAndAgentIDs(t *testing.T) {
	for name, edit := range map[string]func(*plan){
		"no hosts":     func(p *plan) { p.Hosts = nil },
		"no agent ids": func(p *plan) { p.AgentIDs = nil },
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t, edit)
			conv := inline(t, y.stored(t, "a:1"))
			if got := y.post(t, "/sendactivity", `{"activity":{"text":"hi"},"conversation":`+conv+`}`); got.Status != 400 {
				t.Errorf("answered %+v", got)
			}
			y.tokens.wantUntouched(t, "token service")
			y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, 200, "")
		})
	}
	t.Run("any agent, where there are no tokens", func(t *testing.T) {
		y := newYard(t, func(p *plan) { p.AgentIDs = []string{"*"} })
		conv := inline(t, y.stored(t, "a:1", func(c *activity.Conversation) { c.Claims["aud"] = "whatever" }))
		y.post(t, "/sendactivity", `{"activity":{"text":"hi"},"conversation":`+conv+`}`).want(t, 200, "")
	})
}

// case 111: nothing large is taken in, and nothing deep is decoded.
func TestTriggerBounds(t *testing.T) {
	y := newYard(t)
	y.app.OnContinue("", nothing)
	y.stored(t, "a:1")
	huge := `{"text":"` + strings.Repeat("x", 10<<20) + `"}`
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	for _, path := range []string{"/sendactivity/a:1", "/sendactivity", "/continue", "/create"} {
		t.Run(path, func(t *testing.T) {
			y.post(t, path, huge).want(t, 413, "TooLarge")
			// Without a Content-Length, as a chunked body.
			y.do(t, http.MethodPost, path, io.MultiReader(strings.NewReader(huge)), "Authorization", y.token).want(t, 413, "TooLarge")
			if got := y.post(t, path, deep); got.Status != 400 {
				t.Errorf("a deep body is answered %d %.200s, want 400", got.Status, got.Body)
			}
			if got := y.post(t, path, strings.Repeat("[", 100_000)); got.Status != 400 {
				t.Errorf("deep lists are answered %d, want 400", got.Status)
			}
		})
	}
	y.channel.wantUntouched(t, "channel")
}

// case 112: what is in an id stays in it.
func TestTriggerOddIDs(t *testing.T) {
	y := newYard(t)
	y.app.OnContinue("", nothing)
	for _, id := range []string{"%0d%0aX:%201", "%00", "%ff%fe", "%2e%2e", "%2e%2e%2f%2e%2e", strings.Repeat("x", 5000), "a%252Fb", "%7C%7C", "a%7Cb%7C"} {
		got := y.post(t, "/sendactivity/"+id, `{"text":"hi"}`)
		got.want(t, 404, "-50034")
		if strings.ContainsAny(got.Body, "\r\n\x00") {
			t.Errorf("%s: body %q", id, got.Body)
		}
		y.post(t, "/continue/"+id, "").want(t, 404, "-50034")
	}
	y.channel.wantUntouched(t, "channel")
	y.stored(t, "x\r\nX-Evil: 1")
	y.post(t, "/sendactivity/x%0D%0AX-Evil:%201", `{"text":"hi"}`).want(t, 400, "InvalidArgument")
	y.channel.wantUntouched(t, "channel")
}

// case 17: nothing is read from strangers.
func TestTriggerReadsNothingFromStrangers(t *testing.T) {
	y := newYard(t)
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(y.url, "http://"), "/proactive"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	// The body is announced and never comes; with Expect the server says so
	// before it reads.
	io.WriteString(conn, "POST /proactive/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	buf := make([]byte, 64)
	if _, err := io.ReadFull(conn, buf[:12]); err != nil || string(buf[:12]) != "HTTP/1.1 401" {
		t.Errorf("answered %q, %v", buf[:12], err)
	}
}
