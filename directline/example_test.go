package directline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

// A frame of the socket, as a client reads it. An empty frame keeps the
// connection alive and is skipped before.
func ExampleActivitySet() {
	frame := []byte(`{"activities":[{"type":"message","id":"c|0000002","text":"You said: hi","replyToId":"c|0000001"}],"watermark":"2"}`)
	var set directline.ActivitySet
	if err := json.Unmarshal(frame, &set); err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range set.Activities {
		fmt.Println(a.ReplyToID, "→", a.Text)
	}
	fmt.Println("go on after", set.Watermark)
	// Output:
	// c|0000001 → You said: hi
	// go on after 2
}

// A chat with an agent behind a channel on this machine. Microsoft's service
// wants a Secret or a Token and no BaseURL.
func Example() {
	server, stop := channel()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	client, err := directline.New(directline.Config{BaseURL: server})
	if err != nil {
		fmt.Println(err)
		return
	}
	chat, err := client.Start(ctx, directline.Parameters{User: directline.User{ID: "anna", Name: "Anna"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := chat.Post(ctx, activity.Message("hello")); err != nil {
		fmt.Println(err)
		return
	}
	for a, err := range chat.Activities(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s\n", a.From.Role, a.Text)
		if a.From.Role == activity.RoleBot {
			break
		}
	}
	fmt.Println("go on after", chat.Watermark())
	// Output:
	// user: hello
	// bot: You said: hello
	// go on after 2
}

// A program that was ended goes on where it was, with what it wrote down.
func ExampleClient_Resume() {
	server, stop := channel()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	client, err := directline.New(directline.Config{BaseURL: server})
	if err != nil {
		fmt.Println(err)
		return
	}
	before, err := client.Start(ctx, directline.Parameters{User: directline.User{ID: "anna"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	before.Post(ctx, activity.Message("hello"))

	chat, err := client.Resume(ctx, before.ID(), "1") // "1" is what Watermark told
	if err != nil {
		fmt.Println(err)
		return
	}
	for a, err := range chat.Activities(ctx) {
		fmt.Println(a.Text, err)
		break
	}
	// Output: You said: hello <nil>
}

// A file goes with a message, or alone when the activity is nil.
func ExampleChat_Upload() {
	server, stop := channel()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	client, err := directline.New(directline.Config{BaseURL: server})
	if err != nil {
		fmt.Println(err)
		return
	}
	chat, err := client.Start(ctx, directline.Parameters{User: directline.User{ID: "anna"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	note := directline.File{Name: "note.txt", Content: []byte("Buy milk.")}
	if _, err := chat.Upload(ctx, activity.Message("Keep this"), note); err != nil {
		fmt.Println(err)
		return
	}
	for a, err := range chat.Activities(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, file := range a.Attachments {
			fmt.Println(a.Text+":", file.Name, file.ContentType)
		}
		if a.From.Role == activity.RoleBot {
			break
		}
	}
	// Output: Keep this: note.txt text/plain; charset=utf-8
}

// A server keeps the secret and gives each page a token of its own.
func ExampleClient_GenerateToken() {
	server, stop := channel()
	defer stop()

	client, err := directline.New(directline.Config{BaseURL: server, Secret: os.Getenv("DIRECT_LINE_SECRET")})
	if err != nil {
		fmt.Println(err)
		return
	}
	granted, err := client.GenerateToken(context.Background(), directline.Parameters{
		User: directline.User{ID: directline.UserIDPrefix + "anna", Name: "Anna"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(granted.Token != "", "for", granted.ExpiresIn, "seconds")
	// Output: true for 1800 seconds
}

// channel serves an agent that says again what it hears.
func channel() (address string, stop func()) {
	var channel *localchannel.Channel
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in activity.Activity
		if err := json.NewDecoder(r.Body).Decode(&in); err == nil && in.Is(activity.TypeMessage) {
			channel.Send(r.Context(), activity.Conversation{Reference: in.Reference()}, in.Reply("You said: "+in.Text))
		}
	}))
	server := httptest.NewUnstartedServer(nil)
	channel, err := localchannel.New(context.Background(), localchannel.Config{
		Agent: agent.URL, BaseURL: "http://" + server.Listener.Addr().String(), Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		panic(err)
	}
	server.Config.Handler = channel.Handler()
	server.Start()
	return server.URL, func() {
		channel.Close()
		server.Close()
		agent.Close()
	}
}
