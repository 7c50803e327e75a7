package localchannel_test

import (
	"context"
	"encoding/json"
	"fmt"
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
