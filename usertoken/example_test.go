package usertoken_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/usertoken"
)

// An agent wants a token, gets a link for its user, and later asks again with
// the code that the user read on the page.
func Example() {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	service, err := usertoken.New(usertoken.Config{BaseURL: server.URL, Store: storage.NewMemory()})
	if err != nil {
		panic(err)
	}
	mux.Handle("/api/usertoken/", service.Handler())
	mux.Handle("/api/botsignin/", service.Handler())

	get := func(target string) string {
		resp, err := http.Get(target)
		if err != nil {
			panic(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			panic(err)
		}
		return string(body)
	}

	// The agent.
	state, err := json.Marshal(map[string]any{
		"connectionName": "graph",
		"conversation": activity.ConversationReference{
			User:         activity.ChannelAccount{ID: "dl_ann", Name: "Ann"},
			Conversation: activity.ConversationAccount{ID: "conversation-1"},
			ChannelID:    "webchat",
		},
	})
	if err != nil {
		panic(err)
	}
	link := get(server.URL + "/api/botsignin/GetSignInUrl?state=" + url.QueryEscape(base64.StdEncoding.EncodeToString(state)))

	// The user, on the page behind the link.
	_, nonce, _ := strings.Cut(get(link), `name="nonce" value="`)
	nonce, _, _ = strings.Cut(nonce, `"`)
	resp, err := http.PostForm(link, url.Values{"nonce": {nonce}, "name": {"Ann"}, "action": {"signin"}})
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(err)
	}
	code := sixDigits.FindStringSubmatch(string(page))[1]

	// The agent, after the user typed the code in the chat.
	var token activity.TokenResponse
	answer := get(server.URL + "/api/usertoken/GetToken?userId=dl_ann&connectionName=graph&channelId=webchat&code=" + code)
	if err := json.Unmarshal([]byte(answer), &token); err != nil {
		panic(err)
	}
	fmt.Println(token.ConnectionName, token.Token != "")
	// Output: graph true
}
