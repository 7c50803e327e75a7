package playground_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/playground"
)

// A playground beside a local channel, and what it tells of a message that was
// sent to the agent by one of its routes.
func Example() {
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in activity.Activity
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !in.Is(activity.TypeInvoke) {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"answer":42}`)
	}))
	defer agent.Close()

	recorder := playground.NewRecorder()
	server := httptest.NewUnstartedServer(nil)
	channel, err := localchannel.New(context.Background(), localchannel.Config{
		Agent:   agent.URL,
		BaseURL: "http://" + server.Listener.Addr().String(),
		Watch:   recorder.Watch,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer channel.Close()
	server.Config.Handler = playground.New(channel, recorder, playground.Config{Agent: agent.URL}).Handler()
	server.Start()
	defer server.Close()
	defer recorder.Close() // before the server, which waits for streams

	api := server.URL + "/playground/api"
	var conversation localchannel.Info
	post(api+"/conversations", `{"channelId":"msteams","members":[{"id":"29:anna","name":"Anna"}]}`, &conversation)
	var answer localchannel.Answer
	post(api+"/conversations/"+conversation.ID+"/activities", `{"type":"invoke","name":"task/fetch","value":{}}`, &answer)
	fmt.Println(answer.Status, string(answer.Body))
	// Output:
	// 200 {"answer":42}
}

func post(url, body string, out any) {
	resp, err := http.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		fmt.Println(resp.Status, err)
	}
}
