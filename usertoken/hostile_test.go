package usertoken_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/usertoken"
)

func TestHostileStates(t *testing.T) {
	wd := start(t, nil)
	plain := func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) }
	const user, place = `"user":{"id":"u"}`, `"conversation":{"id":"c"}`
	tests := []struct{ name, state string }{
		{"none", ""},
		{"no base64", "%25%25%25"},
		{"no JSON", plain("hello")},
		{"cut off", plain(`{"connectionName":"graph"`)},
		{"a list", plain(`[]`)},
		{"null", plain(`null`)},
		{"empty", plain(`{}`)},
		{"wrong types", plain(`{"connectionName":1,"conversation":"x"}`)},
		{"no connection", plain(`{"conversation":{` + user + `,` + place + `,"channelId":"webchat"}}`)},
		{"no user", plain(`{"connectionName":"graph","conversation":{` + place + `,"channelId":"webchat"}}`)},
		{"no conversation", plain(`{"connectionName":"graph","conversation":{` + user + `,"channelId":"webchat"}}`)},
		{"no channel", plain(`{"connectionName":"graph","conversation":{` + user + `,` + place + `}}`)},
		{"a line break in the connection", plain(`{"connectionName":"a\nb","conversation":{` + user + `,` + place + `,"channelId":"webchat"}}`)},
		{"a connection of 1 KB", plain(`{"connectionName":"` + strings.Repeat("x", 1000) + `","conversation":{` + user + `,` + place + `,"channelId":"webchat"}}`)},
		{"deep nesting", plain(strings.Repeat(`{"conversation":`, 1000))},
		{"40 KB", strings.Repeat("A", 40<<10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/api/botsignin/GetSignInResource?", "/api/botsignin/GetSignInUrl?", "/api/usertoken/GetTokenOrSignInResource?" + ann + "&"} {
				if tt.name == "no user" && strings.Contains(path, "usertoken") {
					continue // the query names the user
				}
				got := wd.agent("GET", path+"state="+tt.state, "")
				if strings.Contains(path, "usertoken") && (tt.name == "no connection" || tt.name == "no channel") {
					continue // likewise
				}
				if got.status != 400 || !strings.Contains(got.body, `"error":{"code":"BadArgument"`) {
					t.Errorf("%s: got %d %s", path, got.status, got.body)
				}
			}
		})
	}
	if got := wd.agent("GET", "/api/botsignin/GetSignInUrl?state="+strings.Repeat("A", 70<<10), ""); got.status != 414 {
		t.Errorf("70 KB: %d", got.status)
	}
}

func TestFinalRedirect(t *testing.T) {
	wd := start(t, nil)
	tests := []struct {
		target string
		ok     bool
	}{
		{wd.server.URL + "/chat/", true},
		{"http://localhost:5173/", true},
		{"https://[::1]:8443/done?x=1", true},
		{"https://evil.example/", false},
		{"//evil.example/", false},
		{"https://127.0.0.1.evil.example/", false},
		{"https://127.0.0.1@evil.example/", false},
		{"http://user:pass@127.0.0.1/", false},
		{`http://127.0.0.1\@evil.example/`, false},
		{"javascript:alert(1)", false},
		{"javascript://127.0.0.1/%0aalert(1)", false},
		{"data:text/html,x", false},
		{"/relative", false},
		{"http://127.0.0.1/\r\nX: y", false},
		{"http://127.0.0.1/" + strings.Repeat("x", 3000), false},
	}
	for _, tt := range tests {
		got := wd.agent("GET", "/api/botsignin/GetSignInResource?state="+stateOf(t, "dl_ann", "graph", "webchat")+"&finalRedirect="+url.QueryEscape(tt.target), "")
		if tt.ok != (got.status == 200) || !tt.ok && got.status != 400 {
			t.Errorf("%.60s: got %d %s", tt.target, got.status, got.body)
		}
	}
}

func TestForeignPagesGetNoAnswer(t *testing.T) {
	wd := start(t, nil)
	paths := []struct{ method, path string }{
		{"GET", "/api/usertoken/GetToken?" + ann}, {"GET", "/api/usertoken/GetTokenOrSignInResource?" + ann},
		{"POST", "/api/usertoken/exchange?" + ann}, {"DELETE", "/api/usertoken/SignOut?" + ann},
		{"GET", "/api/usertoken/GetTokenStatus?" + ann}, {"POST", "/api/usertoken/GetAadTokens?" + ann},
		{"GET", "/api/botsignin/GetSignInUrl"}, {"GET", "/api/botsignin/GetSignInResource"},
		{"POST", "/api/botsignin/ssotoken"}, {"POST", "/api/botsignin/token"}, {"POST", "/api/botsignin/session"},
		{"GET", "/api/botsignin/signin"}, {"POST", "/api/botsignin/signin"}, {"OPTIONS", "/api/botsignin/ssotoken"},
	}
	for _, origin := range []string{"https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", "https://127.0.0.1@evil.example"} {
		for _, p := range paths {
			got := wd.do(http.DefaultClient, p.method, p.path, "", "Origin", origin)
			if got.status != 403 || got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s from %s: %d", p.method, p.path, origin, got.status)
			}
		}
	}
	for _, origin := range []string{"http://localhost:5173", "http://127.0.0.1:1", wd.server.URL} {
		if got := wd.do(http.DefaultClient, "GET", paths[0].path, "", "Origin", origin); got.status != 404 {
			t.Errorf("from %s: %d %s", origin, got.status, got.body)
		}
	}
}

// A page can make a browser get any address as a picture, without an Origin.
func TestPicturesOfForeignPagesChangeNothing(t *testing.T) {
	wd := start(t, nil)
	link := wd.resource("").SignInLink
	address := "/api/botsignin/GetSignInUrl?state=" + stateOf(t, "dl_ann", "graph", "webchat") + "&finalRedirect=" + url.QueryEscape("http://127.0.0.1/other")
	if got := wd.do(http.DefaultClient, "GET", address, "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"); got.status != 403 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	// A link to the page, though, may be anywhere.
	if got := wd.do(http.DefaultClient, "GET", link, "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"); got.status != 200 {
		t.Errorf("the page: %d %s", got.status, got.body)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	wd := start(t, nil)
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/api/usertoken/GetToken", 405, "GET"},
		{"GET", "/api/usertoken/SignOut", 405, "DELETE"},
		{"PUT", "/api/botsignin/signin", 405, "GET, POST"},
		{"GET", "/api/usertoken/exchange", 405, "POST"},
		{"GET", "/api/usertoken/", 404, ""},
		{"GET", "/api/botsignin/../../etc", 404, ""},
		{"GET", "/api/usertoken/GetToken", 400, ""},
		{"GET", "/api/usertoken/GetToken?userId=u&connectionName=" + strings.Repeat("x", 300) + "&channelId=c", 400, ""},
		{"GET", "/api/usertoken/GetToken?userId=u%0a&connectionName=g&channelId=c", 400, ""},
		{"GET", "/api/usertoken/GetTokenStatus?channelId=c", 400, ""},
		{"DELETE", "/api/usertoken/SignOut?userId=u", 400, ""},
		{"POST", "/api/usertoken/GetAadTokens?" + ann, 400, ""},
		{"POST", "/api/botsignin/session", 404, ""},
		{"POST", "/api/botsignin/token?id=x", 404, ""},
		{"GET", "/api/botsignin/signin", 404, ""},
		{"GET", "/api/botsignin/signin?id=../../x", 404, ""},
	}
	for _, tt := range tests {
		got := wd.agent(tt.method, tt.path, "")
		if got.status != tt.status || got.header.Get("Allow") != tt.allow {
			t.Errorf("%s %.60s: got %d, Allow %q; want %d, %q", tt.method, tt.path, got.status, got.header.Get("Allow"), tt.status, tt.allow)
		}
		if page := strings.Contains(tt.path, "/signin"); !page && !strings.HasPrefix(got.body, `{"error":{"code":"`) {
			t.Errorf("%s %.60s: body %s", tt.method, tt.path, got.body)
		}
	}
}

func TestNew(t *testing.T) {
	for _, cfg := range []usertoken.Config{{}, {BaseURL: "http://127.0.0.1"}, {BaseURL: "ftp://127.0.0.1"}, {BaseURL: "http://127.0.0.1/path"}} {
		if _, err := usertoken.New(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}
