package usertoken_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/usertoken"
)

// silent gets a token for silent sign-in, as the chat page does.
func (wd *world) silent(user, uri string) string {
	wd.t.Helper()
	body, err := json.Marshal(map[string]string{"user": user, "uri": uri})
	if err != nil {
		wd.t.Fatal(err)
	}
	got := wd.do(browser(wd.t), "POST", "/api/botsignin/ssotoken", string(body), "Content-Type", "application/json", "Origin", wd.server.URL)
	var answer struct{ Token string }
	got.into(wd.t, &answer)
	if got.status != 200 || answer.Token == "" {
		wd.t.Fatalf("ssotoken: %d %s", got.status, got.body)
	}
	return answer.Token
}

func TestSilentSignIn(t *testing.T) {
	wd := start(t, nil)
	resource := wd.resource("").TokenExchangeResource
	if resource.URI != "api://simulated/graph" || resource.ID == "" || resource.ProviderID != usertoken.Provider {
		t.Fatalf("resource %+v", resource)
	}
	token := wd.silent("Ann Example", resource.URI)
	got := wd.agent("POST", "/api/usertoken/exchange?"+ann, `{"token":"`+token+`"}`)
	var exchanged activity.TokenResponse
	got.into(t, &exchanged)
	if got.status != 200 || nameIn(t, exchanged.Token) != "Ann Example" {
		t.Fatalf("exchange: %d %s", got.status, got.body)
	}
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, ""); !strings.Contains(got.body, exchanged.Token) {
		t.Errorf("afterwards: %d %s", got.status, got.body)
	}
	if got := wd.agent("POST", "/api/usertoken/exchange?"+ann, `{"uri":"https://graph.example"}`); got.status != 200 {
		t.Errorf("exchange for another resource: %d %s", got.status, got.body)
	}
}

func TestTokenPostResource(t *testing.T) {
	wd := start(t, nil)
	resource := wd.resource("")
	post := resource.TokenPostResource.SASURL
	if got := wd.do(browser(t), "POST", post, `{"token":"forged"}`, "Content-Type", "application/json"); got.status != 400 {
		t.Errorf("a forged token: %d %s", got.status, got.body)
	}
	token := wd.silent("Ann", resource.TokenExchangeResource.URI)
	if got := wd.do(browser(t), "POST", post, `{"token":"`+token+`"}`, "Content-Type", "application/json"); got.status != 202 || got.body != "" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, ""); got.status != 200 {
		t.Errorf("afterwards: %d", got.status)
	}
	if got := wd.do(browser(t), "POST", post, `{"token":"`+token+`"}`, "Content-Type", "application/json"); got.status != 404 {
		t.Errorf("the address a second time: %d", got.status)
	}
}

func TestExchangeRefuses(t *testing.T) {
	wd := start(t, nil)
	good := wd.silent("Ann", "api://simulated/graph")
	tests := []struct {
		name, body   string
		status       int
		code, access string
	}{
		{"a token that demands consent", `{"token":"` + usertoken.ConsentToken + `"}`, 400, "ConsentRequired", ann},
		{"a token for another connection", `{"token":"` + wd.silent("Ann", "api://simulated/mail") + `"}`, 400, "InvalidToken", ann},
		{"a changed token", `{"token":"` + strings.Replace(good, ".", ".e", 1) + `"}`, 400, "InvalidToken", ann},
		{"a token cut off", `{"token":"` + good[:len(good)-4] + `"}`, 400, "InvalidToken", ann},
		{"a token of its own making", `{"token":"simulated-sso.e30."}`, 400, "InvalidToken", ann},
		{"a token of another provider", `{"token":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}`, 400, "InvalidToken", ann},
		{"nothing", `{}`, 400, "BadArgument", ann},
		{"no body", ``, 400, "BadArgument", ann},
		{"no JSON", `<xml>`, 400, "BadSyntax", ann},
		{"a uri of somebody who is not signed in", `{"uri":"https://graph.example"}`, 404, "NotFound", ann},
		{"no user", `{"token":"` + good + `"}`, 400, "BadArgument", "connectionName=graph&channelId=webchat"},
		{"a huge body", `{"token":"` + strings.Repeat("x", 70<<10) + `"}`, 413, "MessageSizeTooBig", ann},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wd.agent("POST", "/api/usertoken/exchange?"+tt.access, tt.body)
			if got.status != tt.status || !strings.Contains(got.body, `"code":"`+tt.code+`"`) {
				t.Errorf("got %d %s, want %d %s", got.status, got.body, tt.status, tt.code)
			}
			if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, ""); got.status != 404 {
				t.Error("it signed the user in all the same")
			}
		})
	}
}

func TestSilentTokenRefuses(t *testing.T) {
	wd := start(t, nil)
	for _, body := range []string{
		``, `{}`, `[]`, `{"user":"Ann"}`, `{"user":"","uri":"api://simulated/graph"}`,
		`{"user":"Ann","uri":"https://graph.example"}`, `{"user":"A\u0000n","uri":"api://simulated/graph"}`,
		`{"user":"` + strings.Repeat("x", 101) + `","uri":"api://simulated/graph"}`,
	} {
		if got := wd.do(browser(t), "POST", "/api/botsignin/ssotoken", body); got.status != 400 {
			t.Errorf("%.60s: %d %s", body, got.status, got.body)
		}
	}
}
