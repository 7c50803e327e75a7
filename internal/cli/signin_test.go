package cli

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Sign-in through everything that play puts together: the agent asks for a
// link, a person signs in on the page, the agent gets the token and nobody else.
func TestPlaySignIn(t *testing.T) {
	events := make(chan string, 10)
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && strings.Contains(string(body), "tokens/response") {
			events <- string(body)
		}
	}))
	defer agent.Close()
	base := newPlay(t, agent.URL).base()
	c := newChat(t, base)

	state, err := json.Marshal(map[string]any{"connectionName": "graph", "msAppId": "app", "conversation": map[string]any{
		"user": map[string]any{"id": "ann"}, "bot": map[string]any{"id": "agent"}, "conversation": map[string]any{"id": c.id},
		"channelId": "directline", "serviceUrl": base + "/connector/",
	}})
	if err != nil {
		t.Fatal(err)
	}
	resource := ask[struct{ SignInLink string }](t, "GET",
		base+"/api/botsignin/GetSignInResource?state="+url.QueryEscape(base64.StdEncoding.EncodeToString(state)), "")

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	post := func(address, contentType, body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "POST", address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Origin", base)
		return read(t, browser, req)
	}
	link, err := json.Marshal(map[string]string{"link": resource.SignInLink})
	if err != nil {
		t.Fatal(err)
	}
	post(base+"/api/botsignin/session", "application/json", string(link))
	open, err := http.NewRequestWithContext(t.Context(), "GET", resource.SignInLink, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := read(t, browser, open)
	nonce := regexp.MustCompile(`name="nonce" value="([^"]+)"`).FindStringSubmatch(page)
	action := regexp.MustCompile(`<form method="post" action="([^"]+)"`).FindStringSubmatch(page)
	if nonce == nil || action == nil {
		t.Fatalf("the sign-in page is %s", page)
	}
	form := url.Values{"nonce": {nonce[1]}, "action": {"signin"}, "name": {"Ann"}}
	post(base+html.UnescapeString(action[1]), "application/x-www-form-urlencoded", form.Encode())

	event := <-events
	token := ask[struct{ Token string }](t, "GET", base+"/api/usertoken/GetToken?userId=ann&connectionName=graph&channelId=directline", "").Token
	if token == "" || !strings.Contains(event, token) || !strings.Contains(event, c.id) {
		t.Errorf("the token is %q, and the agent got %s", token, event)
	}
	if _, shown := request(t, "GET", c.url(), "", nil); strings.Contains(shown, token) {
		t.Error("the chat shows the token")
	}
}

// read is the body of an answer that must be a success.
func read(t *testing.T, client *http.Client, req *http.Request) string {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s is answered %d %s %v", req.Method, req.URL.Path, resp.StatusCode, body, err)
	}
	return string(body)
}
