package localchannel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

// An agent that lives in the same process answers through the methods of the
// channel. Clients talk to it by HTTP.
func Example() {
	var channel *localchannel.Channel
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in activity.Activity
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !in.Is(activity.TypeMessage) {
			return
		}
		to := activity.Conversation{Reference: in.Reference()}
		channel.Send(r.Context(), to, &activity.Activity{Type: activity.TypeMessage, Text: "You said: " + in.Text, ReplyToID: in.ID})
	}))
	defer agent.Close()

	server := httptest.NewUnstartedServer(nil)
	channel, err := localchannel.New(context.Background(), localchannel.Config{
		Agent:   agent.URL,
		BaseURL: "http://" + server.Listener.Addr().String(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer channel.Close()
	server.Config.Handler = channel.Handler()
	server.Start()
	defer server.Close()

	var conversation directline.Conversation
	call("POST", server.URL+"/v3/directline/conversations", `{"user":{"id":"anna"}}`, &conversation)
	activities := server.URL + "/v3/directline/conversations/" + conversation.ID + "/activities"
	call("POST", activities, `{"type":"message","text":"hello","from":{"id":"anna"}}`, nil)

	var set directline.ActivitySet
	call("GET", activities, "", &set)
	for _, a := range set.Activities {
		fmt.Println(a.From.Role+":", a.Text)
	}
	fmt.Println("watermark", set.Watermark)
	// Output:
	// user: hello
	// bot: You said: hello
	// watermark 2
}

func call(method, url, body string, out any) {
	req, _ := http.NewRequest(method, url, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if out != nil {
		json.NewDecoder(resp.Body).Decode(out)
	}
}

// A client uploads a file, and the agent gets a message with its address.
func Example_upload() {
	agent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var in activity.Activity
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !in.Is(activity.TypeMessage) {
			return
		}
		resp, err := http.Get(in.Attachments[0].ContentURL)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		content, _ := io.ReadAll(resp.Body)
		fmt.Printf("%s (%s): %s\n", in.Attachments[0].Name, in.Attachments[0].ContentType, content)
	}))
	defer agent.Close()

	server := httptest.NewUnstartedServer(nil)
	channel, err := localchannel.New(context.Background(), localchannel.Config{
		Agent:   agent.URL,
		BaseURL: "http://" + server.Listener.Addr().String(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer channel.Close()
	server.Config.Handler = channel.Handler()
	server.Start()
	defer server.Close()

	var conversation directline.Conversation
	call("POST", server.URL+"/v3/directline/conversations", `{"user":{"id":"anna"}}`, &conversation)
	req, _ := http.NewRequest("POST", server.URL+"/v3/directline/conversations/"+conversation.ID+"/upload?userId=anna", strings.NewReader("Buy milk."))
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("Content-Disposition", `name="file"; filename="notes.txt"`)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	// Output:
	// notes.txt (text/plain): Buy milk.
}

// With a secret a server lets clients in by tokens, so that the secret stays
// with it.
func ExampleChannel_GenerateToken() {
	channel, err := localchannel.New(context.Background(), localchannel.Config{
		Agent:   "http://127.0.0.1:3978/api/messages",
		BaseURL: "http://127.0.0.1:3979",
		Secret:  "correct horse battery staple",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer channel.Close()

	token := channel.GenerateToken(directline.Parameters{User: directline.User{ID: "dl_anna", Name: "Anna"}}, "")
	fmt.Println(token.ExpiresIn, "seconds")
	for _, credential := range []string{token.Token, "a guess"} {
		r := httptest.NewRequest("POST", "/v3/directline/tokens/refresh", nil)
		r.Header.Set("Authorization", "Bearer "+credential)
		w := httptest.NewRecorder()
		channel.Handler().ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// 1800 seconds
	// 200
	// 403
}
