package proactive_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// Other programs make the agent speak: here a build server says that it is
// done. Package server mounts the triggers by itself; this is net/http alone.
func ExampleNewHandler() {
	app := agent.New(agent.Config{})
	type build struct{ Result string }
	agent.OnContinue(app, "build", func(ctx context.Context, t *agent.Turn, b build) error {
		return t.SendText(ctx, "The build is done: "+b.Result)
	})
	book := proactive.NewConversations(storage.NewMemory())
	app.Use(book.Capture)
	adapter := agent.NewAdapter(app, printer{}, agent.AdapterConfig{})
	if _, err := adapter.Process(context.Background(), message()); err != nil { // the user wrote once
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("/proactive/", proactive.NewHandler(proactive.New(adapter, app, book, proactive.Config{}), proactive.TriggerConfig{
		Authorise: proactive.BearerKeys("a-key-of-32-random-bytes"),
	}))
	server := httptest.NewServer(mux)
	defer server.Close()

	// What the build server does, as: curl -X POST -H "Authorization: Bearer …" …/continue/build/conv-1?result=green
	req, err := http.NewRequest(http.MethodPost, server.URL+"/proactive/continue/build/"+url.PathEscape("conv-1")+"?result=green", nil)
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer a-key-of-32-random-bytes")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output:
	// to 29:ada: The build is done: green
	// 200 OK
}

// A webhook that signs what it sends, and may send it again without harm.
func ExampleSign() {
	app := agent.New(agent.Config{})
	book := proactive.NewConversations(storage.NewMemory())
	if _, err := book.Store(context.Background(), activity.Conversation{
		Claims: map[string]string{"aud": "bot-1"},
		Reference: activity.ConversationReference{
			ChannelID: "webchat", ServiceURL: "https://webchat.botframework.com/", Agent: activity.ChannelAccount{ID: "bot-1"},
			User: activity.ChannelAccount{ID: "ada"}, Conversation: activity.ConversationAccount{ID: "conv-1"},
		},
	}); err != nil {
		log.Fatal(err)
	}
	m := proactive.New(agent.NewAdapter(app, printer{}, agent.AdapterConfig{}), app, book, proactive.Config{})
	server := httptest.NewServer(proactive.NewHandler(m, proactive.TriggerConfig{Authorise: proactive.Signed("secret-of-32-random-bytes")}))
	defer server.Close()

	for range 2 { // the first answer might have been lost
		body := []byte(`{"type":"message","text":"Your parcel is on its way."}`)
		req, err := http.NewRequest(http.MethodPost, server.URL+"/proactive/sendactivity/conv-1", bytes.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "parcel-4711-sent")
		proactive.Sign(req, "secret-of-32-random-bytes", body)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			log.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(resp.Status, string(answer))
	}
	// Output:
	// to ada: Your parcel is on its way.
	// 200 OK {"id":"1"}
	// 200 OK {"id":"1"}
}
