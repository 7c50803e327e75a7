package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage"
)

// TestServeLocally walks through what the guide does by hand: a conversation
// by Direct Line, and a message from outside.
func TestServeLocally(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serveLocally(ctx, ln, server.Config{}, storage.NewMemory()) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	base := "http://" + ln.Addr().String()

	var conv struct {
		ID string `json:"conversationId"`
	}
	call(t, "POST", base+"/v3/directline/conversations", `{"user":{"id":"anna"}}`, &conv)
	address := base + "/v3/directline/conversations/" + conv.ID + "/activities"
	call(t, "POST", address, `{"type":"message","from":{"id":"anna"},"text":"hello"}`, nil)
	call(t, "POST", base+"/notify/"+conv.ID, `{}`, nil)

	var history struct {
		Activities []struct{ Text string }
	}
	call(t, "GET", address, "", &history)
	var texts []string
	for _, a := range history.Activities {
		texts = append(texts, a.Text)
	}
	// The user may have written before the agent greeted.
	greeted := slices.Index(texts, "Welcome! Say menu to see what there is.")
	if greeted < 0 || greeted > 1 {
		t.Fatalf("the agent did not greet first: %q", texts)
	}
	texts = slices.Delete(texts, greeted, greeted+1)
	if want := []string{"hello", "Message 1: hello", "We close in ten minutes. Thank you for 1 messages!"}; !slices.Equal(texts, want) {
		t.Errorf("got %q, want %q", texts, want)
	}
	if status := request(t, "POST", base+"/notify/nobody", `{}`).StatusCode; status != http.StatusNotFound {
		t.Errorf("an unknown conversation is answered %d, want 404", status)
	}
	if page := request(t, "GET", base+"/", ""); page.StatusCode != http.StatusOK {
		t.Errorf("the chat page is answered %d", page.StatusCode)
	}
}

func request(t *testing.T, method, url, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func call(t *testing.T, method, url, body string, answer any) {
	t.Helper()
	resp := request(t, method, url, body)
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s answered %d %s, %v", method, url, resp.StatusCode, data, err)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(data, answer); err != nil {
		t.Fatal(err)
	}
}
