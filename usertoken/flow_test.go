package usertoken_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/usertoken"
)

func TestSignInWithCode(t *testing.T) {
	wd := start(t, nil)
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, ""); got.status != 404 {
		t.Fatalf("before: %d %s", got.status, got.body)
	}
	code := wd.code("Ann Example")
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+wrong, ""); got.status != 404 {
		t.Errorf("a wrong code: %d", got.status)
	}
	got := wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, "")
	var token activity.TokenResponse
	got.into(t, &token)
	if got.status != 200 || token.ConnectionName != "graph" || token.ChannelID != "webchat" || nameIn(t, token.Token) != "Ann Example" {
		t.Fatalf("the right code: %d %s", got.status, got.body)
	}
	if _, err := token.Expiration.Parse(); err != nil {
		t.Error(err)
	}
	again := wd.agent("GET", "/api/usertoken/GetToken?"+ann, "")
	if again.body != got.body {
		t.Errorf("asked again: %s, want the same token", again.body)
	}
	// Channels with a sub-channel are the same user.
	if got := wd.agent("GET", "/api/usertoken/GetToken?userId=dl_ann&connectionName=graph&channelId=webchat:sub", ""); got.status != 200 {
		t.Errorf("with a sub-channel: %d", got.status)
	}
	if got := wd.agent("DELETE", "/api/usertoken/SignOut?"+ann, ""); got.status != 200 {
		t.Errorf("sign-out: %d %s", got.status, got.body)
	}
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, ""); got.status != 404 {
		t.Errorf("a used code: %d", got.status)
	}
	if len(wd.events) > 0 {
		t.Error("the agent was told although there was a code")
	}
}

func TestTokenOrSignInResource(t *testing.T) {
	wd := start(t, nil)
	ask := func(extra string) (answer struct {
		TokenResponse  *activity.TokenResponse
		SignInResource *activity.SignInResource
	}) {
		t.Helper()
		// The empty parameters are those of the JavaScript SDK.
		got := wd.agent("GET", "/api/usertoken/GetTokenOrSignInResource?"+ann+"&finalRedirect=&fwdUrl=&state="+stateOf(t, "dl_ann", "graph", "webchat")+extra, "")
		if got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		got.into(t, &answer)
		return answer
	}
	first, second := ask("&code="), ask("&code=")
	if first.TokenResponse != nil || first.SignInResource == nil || first.SignInResource.SignInLink != second.SignInResource.SignInLink {
		t.Fatalf("got %+v then %+v, want one and the same link", first, second)
	}
	code := sixDigits.FindStringSubmatch(wd.submit(browser(t), first.SignInResource.SignInLink, "name", "Ann").body)[1]
	if got := ask("&code=" + code); got.TokenResponse == nil || nameIn(t, got.TokenResponse.Token) != "Ann" || got.SignInResource != nil {
		t.Errorf("with the code: %+v", got)
	}
}

func TestSignInURLIsText(t *testing.T) {
	wd := start(t, nil)
	got := wd.agent("GET", "/api/botsignin/GetSignInUrl?state="+stateOf(t, "dl_ann", "graph", "webchat"), "")
	if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") || got.body != wd.resource("").SignInLink {
		t.Errorf("got %d %s %s", got.status, got.header.Get("Content-Type"), got.body)
	}
}

func TestSignInInTheBrowserOfTheChat(t *testing.T) {
	wd := start(t, nil)
	link := wd.resource("").SignInLink
	chat := browser(t)
	bound := wd.do(chat, "POST", "/api/botsignin/session", `{"link":"`+link+`"}`, "Content-Type", "application/json", "Origin", wd.server.URL)
	if bound.status != 204 {
		t.Fatalf("session: %d %s", bound.status, bound.body)
	}
	page := wd.submit(chat, link, "name", "Ann Example")
	if page.status != 200 || sixDigits.MatchString(page.body) {
		t.Fatalf("got %d %s, want no code", page.status, page.body)
	}
	if len(wd.events) != 1 || wd.places[0] != "conversation-1" {
		t.Fatalf("the agent heard %d events in %v", len(wd.events), wd.places)
	}
	event := wd.events[0]
	if event.Type != activity.TypeEvent || event.Name != "tokens/response" || event.From.ID != "dl_ann" ||
		!strings.Contains(string(event.Value), `"connectionName":"graph"`) {
		t.Errorf("event %+v", event)
	}
	got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, "")
	var token activity.TokenResponse
	got.into(t, &token)
	if !strings.Contains(string(event.Value), token.Token) {
		t.Error("the event has another token than the service")
	}
}

// A browser may have several sign-ins under way: one in each conversation beside
// another, or one for each connection.
func TestTwoSignInsInTheBrowserOfTheChat(t *testing.T) {
	wd := start(t, nil)
	chat := browser(t)
	var links []string
	for _, connection := range []string{"graph", "mail"} {
		link := wd.agent("GET", "/api/botsignin/GetSignInUrl?state="+stateOf(t, "dl_ann", connection, "webchat"), "").body
		wd.do(chat, "POST", "/api/botsignin/session", `{"link":"`+link+`"}`, "Content-Type", "application/json")
		links = append(links, link)
	}
	for i, link := range links {
		page := wd.submit(chat, link, "name", "Ann")
		if sixDigits.MatchString(page.body) || len(wd.events) != i+1 {
			t.Errorf("sign-in %d: got %d %s and %d events, want no code", i, page.status, page.body, len(wd.events))
		}
	}
}

// Somebody who was handed the link of another person's chat gets a code, which
// is of no use to the one who sent it unless they hand it over.
func TestAnotherBrowserStillGetsACode(t *testing.T) {
	wd := start(t, nil)
	link := wd.resource("").SignInLink
	wd.do(browser(t), "POST", "/api/botsignin/session", `{"link":"`+link+`"}`, "Content-Type", "application/json")
	other := browser(t)
	page := wd.submit(other, link, "name", "Mallory")
	if !sixDigits.MatchString(page.body) || len(wd.events) > 0 {
		t.Errorf("got %s and %d events, want a code", page.body, len(wd.events))
	}
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, ""); got.status != 404 {
		t.Errorf("signed in without the code: %d", got.status)
	}
}

func TestAgentThatCannotBeTold(t *testing.T) {
	wd := start(t, nil)
	wd.fail = errors.New("the agent is down")
	link := wd.resource("").SignInLink
	chat := browser(t)
	wd.do(chat, "POST", "/api/botsignin/session", `{"link":"`+link+`"}`, "Content-Type", "application/json")
	page := wd.submit(chat, link, "name", "Ann Example")
	if page.status != 200 || !strings.Contains(page.body, "could not be told") {
		t.Errorf("got %d %s", page.status, page.body)
	}
	got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, "")
	var token activity.TokenResponse
	got.into(t, &token)
	logged := wd.log.String()
	if !strings.Contains(logged, "the agent is down") || strings.Contains(logged, token.Token) || strings.Contains(logged, "Ann") {
		t.Errorf("log: %s", logged)
	}
}

func TestCodeIsBound(t *testing.T) {
	for name, query := range map[string]string{
		"to the user":       "userId=dl_eve&connectionName=graph&channelId=webchat",
		"to the connection": "userId=dl_ann&connectionName=mail&channelId=webchat",
		"to the channel":    "userId=dl_ann&connectionName=graph&channelId=msteams",
	} {
		t.Run(name, func(t *testing.T) {
			wd := start(t, nil)
			code := wd.code("Ann")
			if got := wd.agent("GET", "/api/usertoken/GetToken?"+query+"&code="+code, ""); got.status != 404 {
				t.Errorf("got %d %s", got.status, got.body)
			}
			if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, ""); got.status != 200 {
				t.Errorf("the right one afterwards: %d", got.status)
			}
		})
	}
}

// A crowd is a store whose next readers all read before any of them writes.
type crowd struct {
	*storage.Memory
	readers atomic.Pointer[sync.WaitGroup]
}

func (c *crowd) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	items, err := c.Memory.Read(ctx, keys...)
	if wg := c.readers.Load(); wg != nil {
		wg.Done()
		wg.Wait()
		c.readers.CompareAndSwap(wg, nil)
	}
	return items, err
}

func TestWrongCodesAreCountedEvenAtOnce(t *testing.T) {
	store := &crowd{Memory: storage.NewMemory()}
	wd := start(t, func(cfg *usertoken.Config) { cfg.Store = store })
	code := wd.code("Ann")
	guess := func(code string) int {
		return wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, "").status
	}
	for range 3 {
		guess("wrong")
	}
	var together, done sync.WaitGroup
	together.Add(2)
	store.readers.Store(&together)
	for range 2 {
		done.Go(func() {
			if status := guess("wrong"); status != 404 {
				t.Errorf("a wrong code: %d", status)
			}
		})
	}
	done.Wait()
	if status := guess(code); status != 404 {
		t.Errorf("after five wrong tries the right code still works: %d", status)
	}
}

func TestFourWrongCodesAreForgiven(t *testing.T) {
	wd := start(t, nil)
	code := wd.code("Ann")
	for range 4 {
		wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code=wrong", "")
	}
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, ""); got.status != 200 {
		t.Errorf("the right code: %d", got.status)
	}
}

func TestCodeWorksOnceHoweverManyAsk(t *testing.T) {
	wd := start(t, nil)
	code := wd.code("Ann")
	tokens := make([]string, 8)
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() { tokens[i] = wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, "").body })
	}
	wg.Wait()
	for _, token := range tokens {
		if token != tokens[0] {
			t.Errorf("two tokens for one code:\n%s\n%s", token, tokens[0])
		}
	}
}

func TestStatusAndSignOut(t *testing.T) {
	wd := start(t, nil)
	wd.agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+wd.code("Ann"), "")
	status := func(query string) string { return wd.agent("GET", "/api/usertoken/GetTokenStatus?"+query, "").body }
	const graph = `{"channelId":"webchat","connectionName":"graph","hasToken":true,"serviceProviderDisplayName":"simulated"}`
	if got := status("userId=dl_ann&channelId=webchat"); got != "["+graph+"]" {
		t.Errorf("status of all: %s", got)
	}
	if got := status("userId=dl_ann&channelId=webchat&include=graph,mail"); got != "["+graph+`,{"channelId":"webchat","connectionName":"mail","hasToken":false,"serviceProviderDisplayName":"simulated"}]` {
		t.Errorf("status of two: %s", got)
	}
	got := wd.agent("POST", "/api/usertoken/GetAadTokens?"+ann, `{"resourceUrls":["https://graph.example","https://mail.example"]}`)
	var tokens map[string]activity.TokenResponse
	got.into(t, &tokens)
	if len(tokens) != 2 || nameIn(t, tokens["https://mail.example"].Token) != "Ann" {
		t.Errorf("tokens %s", got.body)
	}
	wd.agent("DELETE", "/api/usertoken/SignOut?userId=dl_ann&channelId=webchat&connectionName=mail", "")
	if got := wd.agent("GET", "/api/usertoken/GetToken?"+ann, ""); got.status != 200 {
		t.Errorf("signed out of the wrong connection: %d", got.status)
	}
	wd.agent("DELETE", "/api/usertoken/SignOut?userId=dl_ann&channelId=webchat", "")
	if got := status("userId=dl_ann&channelId=webchat"); got != "[]" {
		t.Errorf("after signing out of all: %s", got)
	}
	if got := wd.agent("POST", "/api/usertoken/GetAadTokens?"+ann, `{"resourceUrls":["https://graph.example"]}`); got.body != "{}" {
		t.Errorf("tokens after signing out: %s", got.body)
	}
}

func TestSignInsSurviveARestart(t *testing.T) {
	store := storage.NewMemory()
	keep := func(cfg *usertoken.Config) { cfg.Store = store }
	before := start(t, keep)
	code := before.code("Ann")
	if got := start(t, keep).agent("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, ""); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestCheckGuardsTheAgentsRoutes(t *testing.T) {
	forbidden := &activity.Error{Status: 403, Code: "Forbidden", Message: "not you"}
	var refuse error = forbidden
	wd := start(t, func(cfg *usertoken.Config) {
		cfg.Check = func(r *http.Request) error {
			if r.Header.Get("Authorization") == "Bearer agent" {
				return nil
			}
			return refuse
		}
	})
	routes := []struct{ method, path string }{
		{"GET", "/api/usertoken/GetToken"}, {"GET", "/api/usertoken/GetTokenOrSignInResource"},
		{"POST", "/api/usertoken/exchange"}, {"DELETE", "/api/usertoken/SignOut"},
		{"GET", "/api/usertoken/GetTokenStatus"}, {"POST", "/api/usertoken/GetAadTokens"},
		{"GET", "/api/botsignin/GetSignInUrl"}, {"GET", "/api/botsignin/GetSignInResource"},
	}
	for _, route := range routes {
		refuse = forbidden
		if got := wd.agent(route.method, route.path+"?"+ann, ""); got.status != 403 || !strings.Contains(got.body, `"code":"Forbidden"`) {
			t.Errorf("%s: %d %s", route.path, got.status, got.body)
		}
		for _, refuse = range []error{errors.New("any"), &activity.Error{Op: "ask", Message: "no answer"}} {
			if got := wd.agent(route.method, route.path+"?"+ann, ""); got.status != 401 || got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: %d %s", route.path, got.status, got.body)
			}
		}
		got := wd.do(http.DefaultClient, route.method, route.path+"?"+ann, "", "Authorization", "Bearer agent")
		if got.status == 401 || got.status == 403 {
			t.Errorf("%s with a token: %d", route.path, got.status)
		}
	}
	if got := wd.do(browser(t), "GET", "/api/botsignin/style.css", ""); got.status != 200 {
		t.Errorf("people need no token, got %d", got.status)
	}
}
