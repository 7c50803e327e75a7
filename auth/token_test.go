package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
)

const secret = "s3cr3t/+&="

// A tokenHost is a token endpoint that numbers its tokens.
type tokenHost struct {
	mu     sync.Mutex
	calls  []url.Values // the forms it got, with the path as "path"
	answer func(w http.ResponseWriter, call int)
	delay  time.Duration // only ever within synctest
}

func (h *tokenHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	r.PostForm.Set("path", r.URL.Path)
	h.mu.Lock()
	h.calls = append(h.calls, r.PostForm)
	call, answer := len(h.calls), h.answer
	h.mu.Unlock()
	time.Sleep(h.delay)
	w.Header().Set("Content-Type", "application/json")
	if answer != nil {
		answer(w, call)
		return
	}
	fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, call)
}

func (h *tokenHost) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.calls)
}

func testConnection() Connection {
	return Connection{Name: "A", ClientID: clientID, ClientSecret: secret}
}

func newConnections(t testing.TB, h http.Handler, cfg ConnectionsConfig) *Connections {
	t.Helper()
	cfg.HTTPClient = client(h)
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	c, err := NewConnections(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// conversation is one of an agent with a channel.
func conversation(more ...string) activity.Conversation {
	claims := map[string]string{"aud": clientID, "iss": botIssuer}
	for i := 0; i+1 < len(more); i += 2 {
		claims[more[i]] = more[i+1]
	}
	return activity.Conversation{Claims: claims, Reference: activity.ConversationReference{ServiceURL: serviceURL}}
}

func TestTokenRequest(t *testing.T) {
	caller := []string{"ver", "2.0", "azp", otherGUID}
	tests := []struct {
		name   string
		change func(*Connection)
		claims []string
		path   string
		scope  string
	}{
		{"S0-11: by default", func(*Connection) {}, nil, "/botframework.com", BotFrameworkAudience + "/.default"},
		{"S0-11: authority of a tenant", func(c *Connection) { c.TenantID = tenant }, nil, "/" + tenant, BotFrameworkAudience + "/.default"},
		{"authority endpoint with tenant", func(c *Connection) { c.Authority = "https://login.test/" + otherGUID + "/"; c.TenantID = tenant }, nil, "/" + otherGUID, BotFrameworkAudience + "/.default"},
		{"authority endpoint without tenant", func(c *Connection) { c.Authority = "https://login.test/"; c.TenantID = tenant }, nil, "/" + tenant, BotFrameworkAudience + "/.default"},
		{"case 92: configured scopes", func(c *Connection) { c.Scopes = []string{"a", "b"} }, nil, "/botframework.com", "a b"},
		{"case 92: {instance}", func(c *Connection) { c.Scopes = []string{"{instance}/x"} }, nil, "/botframework.com", "https://api.botframework.com/x"},
		{"another agent calls", func(*Connection) {}, caller, "/botframework.com", otherGUID + "/.default"},
		{"another agent calls, version 1", func(c *Connection) { c.Scopes = []string{"a"} }, []string{"ver", "1.0", "appid", otherGUID}, "/botframework.com", otherGUID + "/.default"},
		{"without a version it is no agent", func(*Connection) {}, []string{"appid", otherGUID}, "/botframework.com", BotFrameworkAudience + "/.default"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := &tokenHost{}
			conn := testConnection()
			tt.change(&conn)
			got, err := newConnections(t, host, ConnectionsConfig{Connections: []Connection{conn}}).Token(t.Context(), conversation(tt.claims...))
			if got != "token-1" || err != nil {
				t.Fatalf("got %q, %v", got, err)
			}
			want := []url.Values{{
				"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
				"scope": {tt.scope}, "path": {tt.path + "/oauth2/v2.0/token"},
			}}
			if diff := cmp.Diff(want, host.calls); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokenOverLoopback(t *testing.T) {
	host := &tokenHost{}
	server := httptest.NewServer(host)
	defer server.Close()
	conn := testConnection()
	conn.Authority = server.URL
	c, err := NewConnections(ConnectionsConfig{Connections: []Connection{conn}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Token(t.Context(), conversation()); got != "token-1" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTokenErrors(t *testing.T) { // S0-12
	tests := []struct {
		status int
		body   string
		code   string
		is     error
		retry  bool
		calls  int
	}{
		{400, `{"error":"invalid_scope","error_description":"bad scope"}`, "invalid_scope", activity.ErrUnauthorized, false, 1},
		{401, `{"error":"invalid_client","error_description":"` + secret + ` is wrong\r\nTrace: 1"}`, "invalid_client", activity.ErrUnauthorized, false, 1},
		{500, `{"error":"server_error"}`, "server_error", activity.ErrUnreachable, true, 1},
		{503, `<html>` + url.QueryEscape(secret), "", activity.ErrUnreachable, true, 1},
		{429, ``, "", activity.ErrUnreachable, true, 1},
		{408, ``, "", activity.ErrUnreachable, true, 2}, // case 93
		{307, ``, "", activity.ErrUnauthorized, false, 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			host := &tokenHost{answer: func(w http.ResponseWriter, _ int) {
				w.Header().Set("Location", "https://evil.tld/")
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}}
			_, err := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}}).Token(t.Context(), conversation())
			e, ok := errors.AsType[*TokenError](err)
			if !ok || e.Connection != "A" || e.Status != tt.status || e.Code != tt.code {
				t.Fatalf("got %#v", err)
			}
			if !errors.Is(err, tt.is) || activity.Retryable(err) != tt.retry {
				t.Errorf("%v: errors.Is(%v) %v, retryable %v", err, tt.is, errors.Is(err, tt.is), activity.Retryable(err))
			}
			if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) || strings.ContainsAny(text, "\r\n") {
				t.Errorf("the error holds the secret or a line break: %q", text)
			}
			if got := host.count(); got != tt.calls {
				t.Errorf("the endpoint was called %d times, want %d", got, tt.calls)
			}
		})
	}
}

func TestTokenEndpointUnreachable(t *testing.T) {
	refused := errors.New("connection refused")
	c := newConnections(t, nil, ConnectionsConfig{Connections: []Connection{testConnection()}})
	c.sources["a"].client = &http.Client{Transport: failing{refused}}
	_, err := c.Token(t.Context(), conversation())
	if !errors.Is(err, activity.ErrUnreachable) || !errors.Is(err, refused) || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestTokenIsShared(t *testing.T) { // S0-13
	synctest.Test(t, func(t *testing.T) {
		host := &tokenHost{delay: time.Second}
		c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
		burst := func() {
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					for range 20 {
						if _, err := c.Token(t.Context(), conversation()); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
		}
		burst()
		if got := host.count(); got != 1 {
			t.Fatalf("1,000 sends: %d token calls, want 1", got)
		}
		time.Sleep(time.Hour)
		burst()
		if got := host.count(); got != 2 {
			t.Errorf("1,000 sends after expiry: %d token calls, want 2", got)
		}
	})
}

func TestTokenIsRenewedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		host := &tokenHost{}
		c := newConnections(t, host, ConnectionsConfig{
			Connections: []Connection{testConnection()},
			Logger:      slog.New(slog.NewTextHandler(&log, nil)),
		})
		want := func(want string) {
			t.Helper()
			got, err := c.Token(t.Context(), conversation())
			if got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
			synctest.Wait()
		}
		want("token-1")
		time.Sleep(54 * time.Minute)
		want("token-1")
		time.Sleep(2 * time.Minute) // 4 minutes are left
		want("token-1")             // and renews
		want("token-2")
		if host.count() != 2 || log.Len() != 0 {
			t.Errorf("%d token calls, want 2; log: %s", host.count(), &log)
		}

		host.mu.Lock()
		host.answer = func(w http.ResponseWriter, _ int) { w.WriteHeader(500) }
		host.mu.Unlock()
		time.Sleep(57 * time.Minute)
		want("token-2")
		want("token-2")
		if host.count() != 3 || !strings.Contains(log.String(), "the old one is used") {
			t.Errorf("%d token calls, want 3; log: %s", host.count(), &log)
		}
		time.Sleep(3 * time.Minute)
		if _, err := c.Token(t.Context(), conversation()); err == nil {
			t.Error("got no error although the token ended")
		}
	})
}

func TestTokenPerScope(t *testing.T) { // case 94
	host := &tokenHost{}
	c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
	for _, to := range []activity.Conversation{conversation(), conversation("ver", "2.0", "azp", otherGUID), conversation()} {
		if _, err := c.Token(t.Context(), to); err != nil {
			t.Fatal(err)
		}
	}
	if got := host.count(); got != 2 {
		t.Errorf("two scopes: %d token calls, want 2", got)
	}
}

func TestTokenCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &tokenHost{delay: 5 * time.Second}
		c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := c.Token(ctx, conversation()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
		})
		wg.Go(func() {
			if got, err := c.Token(t.Context(), conversation()); got != "token-1" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
		wg.Wait()
	})
}

func TestTokenLifetimes(t *testing.T) {
	for answer, ok := range map[string]bool{
		`{"access_token":"x"}`:                  true,
		`{"access_token":"x","expires_in":"9"}`: true,
		`{"access_token":"x","expires_in":-1}`:  false,
		`{"expires_in":9}`:                      false,
		`[]`:                                    false,
	} {
		host := &tokenHost{answer: func(w http.ResponseWriter, _ int) { fmt.Fprint(w, answer) }}
		c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
		got, err := c.Token(t.Context(), conversation())
		if (got == "x" && err == nil) != ok || (got == "") != (err != nil) {
			t.Errorf("%s: got %q, %v, want ok %v", answer, got, err, ok)
		}
	}
}
