package endpoint_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/endpoint"
)

// An agent behind a mux of net/http. Everybody may call it, as on a laptop.
func Example() {
	app := agent.New(agent.Config{})
	agent.OnInvoke(app, "double", func(_ context.Context, _ *agent.Turn, n int) (int, error) { return 2 * n, nil })
	adapter := agent.NewAdapter(app, &wire{}, agent.AdapterConfig{})

	hosts, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := endpoint.New(adapter, auth.Anonymous{}, hosts, endpoint.Config{})
	defer h.Shutdown(context.Background()) // before the process ends
	mux := http.NewServeMux()
	mux.Handle("/api/messages", h)

	srv := httptest.NewServer(mux)
	defer srv.Close()
	resp, err := http.Post(srv.URL+"/api/messages", "application/json", strings.NewReader(`{
		"type": "invoke", "name": "double", "value": 21, "channelId": "test", "serviceUrl": "http://localhost/",
		"from": {"id": "user"}, "conversation": {"id": "c1"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(answer))
	// Output: 200 42
}

// S2-17: a platform that calls a function instead of listening on a port: a request
// and a recorder are all it takes. Wait for the turn before you return, as
// such platforms stop the process then.
func Example_serverless() {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		return t.SendText(ctx, "You said: "+t.Activity.Text)
	})
	adapter := agent.NewAdapter(app, &wire{}, agent.AdapterConfig{})
	hosts, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := endpoint.New(adapter, auth.Anonymous{}, hosts, endpoint.Config{})

	handle := func(ctx context.Context, headers map[string]string, body string) (status int, answer string) {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/messages", strings.NewReader(body))
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}

	status, answer := handle(context.Background(), map[string]string{"content-type": "application/json"}, `{
		"type": "message", "text": "hello", "deliveryMode": "expectReplies", "channelId": "test", "serviceUrl": "http://localhost/",
		"from": {"id": "user"}, "conversation": {"id": "c1"}}`)
	var replies activity.ExpectedReplies
	if err := replies.UnmarshalJSON([]byte(answer)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status, replies.Activities[0].Text)
	// Output: 200 You said: hello
}
