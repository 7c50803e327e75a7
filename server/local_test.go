package server_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/server"
)

// An agent with credentials still talks to the local channel of its own
// process, and only that one comes in without a token of Microsoft's.
func TestLocalChannelBesideCredentials(t *testing.T) {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "Echo: "+t.Activity.Text) })
	srv, err := server.New(app, server.Config{Connections: auth.ConnectionsConfig{Connections: []auth.Connection{{
		Name: "ServiceConnection", ClientID: "8f0e2c5a-0000-4000-8000-000000000001", ClientSecret: "not asked for",
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + ln.Addr().String()
	channel, err := localchannel.New(t.Context(), localchannel.Config{
		Agent: base + "/api/messages", BaseURL: base, HTTPClient: srv.LocalClient(),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.UseLocalChannel(channel)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := channel.Close(); err != nil {
			t.Error(err)
		}
	}()

	var conv directline.Conversation
	exchange(t, "POST", base+"/v3/directline/conversations", `{"user":{"id":"ann"}}`, "", http.StatusCreated, &conv)
	activities := base + "/v3/directline/conversations/" + conv.ID + "/activities"
	exchange(t, "POST", activities, `{"type":"message","from":{"id":"ann"},"text":"hi"}`, "", http.StatusOK, nil)
	var got directline.ActivitySet
	exchange(t, "GET", activities, "", "", http.StatusOK, &got)
	if n := len(got.Activities); n != 2 || got.Activities[1].Text != "Echo: hi" {
		t.Fatalf("the conversation holds %d activities, want the message and its echo", n)
	}

	stranger := `{"type":"message","id":"1","channelId":"directline","serviceUrl":"` + channel.ServiceURL() +
		`","from":{"id":"eve"},"conversation":{"id":"` + conv.ID + `"},"text":"hi"}`
	for _, authorization := range []string{"", "Bearer x", "Bearer a.b.c"} {
		exchange(t, "POST", base+"/api/messages", stranger, authorization, http.StatusUnauthorized, nil)
	}
}

func exchange(t *testing.T, method, url, body, authorization string, want int, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		t.Fatalf("%s %s answered %s, want %d", method, url, resp.Status, want)
	}
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
}
