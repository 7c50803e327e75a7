package usertoken_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/usertoken"
)

// A world is a served user-token service and what it told the agent.
type world struct {
	t      *testing.T
	server *httptest.Server
	log    *safeBuffer

	mu     sync.Mutex
	events []*activity.Activity
	places []string
	fail   error // of Deliver
}

func start(t *testing.T, change func(*usertoken.Config)) *world {
	t.Helper()
	wd := &world{t: t, log: &safeBuffer{}}
	var service *usertoken.Service
	wd.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { service.Handler().ServeHTTP(w, r) }))
	t.Cleanup(wd.server.Close)
	cfg := usertoken.Config{
		BaseURL: wd.server.URL,
		Store:   storage.NewMemory(),
		Deliver: wd.deliver,
		Logger:  slog.New(slog.NewTextHandler(wd.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if service, err = usertoken.New(cfg); err != nil {
		t.Fatal(err)
	}
	return wd
}

func (wd *world) deliver(_ context.Context, conversation string, a *activity.Activity) error {
	wd.mu.Lock()
	defer wd.mu.Unlock()
	if wd.fail != nil {
		return wd.fail
	}
	wd.places, wd.events = append(wd.places, conversation), append(wd.events, a)
	return nil
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A reply is an answer that was read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
}

// do sends a request; headers are name, value, name, value …
func (wd *world) do(client *http.Client, method, target, body string, headers ...string) reply {
	wd.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = wd.server.URL + target
	}
	req, err := http.NewRequestWithContext(wd.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		wd.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		wd.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		wd.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(answer)}
}

// agent sends a request as the agent.
func (wd *world) agent(method, target string, body string) reply {
	wd.t.Helper()
	return wd.do(http.DefaultClient, method, target, body, "Content-Type", "application/json")
}

// ann is who signs in where nothing else is said.
const ann = "userId=dl_ann&connectionName=graph&channelId=webchat"

func encode(t *testing.T, v any) string {
	t.Helper()
	plain, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(plain)
}

// stateOf is what an agent sends as state.
func stateOf(t *testing.T, user, connection, channel string) string {
	t.Helper()
	return url.QueryEscape(encode(t, map[string]any{
		"connectionName": connection,
		"msAppId":        "app",
		"conversation": map[string]any{
			"user":         map[string]any{"id": user, "name": "Ann"},
			"bot":          map[string]any{"id": "agent"},
			"conversation": map[string]any{"id": "conversation-1"},
			"channelId":    channel,
			"serviceUrl":   "http://127.0.0.1/connector/",
		},
	}))
}

func (wd *world) resource(extra string) activity.SignInResource {
	wd.t.Helper()
	got := wd.agent("GET", "/api/botsignin/GetSignInResource?state="+stateOf(wd.t, "dl_ann", "graph", "webchat")+extra, "")
	if got.status != 200 {
		wd.t.Fatalf("sign-in resource: %d %s", got.status, got.body)
	}
	var resource activity.SignInResource
	got.into(wd.t, &resource)
	return resource
}

// browser is a person's, with its own cookies.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

var (
	nonceField = regexp.MustCompile(`name="nonce" value="([^"]+)"`)
	formAction = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	sixDigits  = regexp.MustCompile(`<output [^>]*>(\d{6})</output>`)
)

// submit opens the link, fills the form in and sends it.
func (wd *world) submit(b *http.Client, link string, fields ...string) reply {
	wd.t.Helper()
	page := wd.do(b, "GET", link, "")
	return wd.send(b, page, fields...)
}

func (wd *world) send(b *http.Client, page reply, fields ...string) reply {
	wd.t.Helper()
	nonce, action := nonceField.FindStringSubmatch(page.body), formAction.FindStringSubmatch(page.body)
	if nonce == nil || action == nil {
		wd.t.Fatalf("no form: %d %s", page.status, page.body)
	}
	form := url.Values{"nonce": {nonce[1]}, "action": {"signin"}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return wd.do(b, "POST", html.UnescapeString(action[1]), form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", wd.server.URL, "Sec-Fetch-Site", "same-origin")
}

// code signs in on the page and returns the code that it shows.
func (wd *world) code(name string) string {
	wd.t.Helper()
	page := wd.submit(browser(wd.t), wd.resource("").SignInLink, "name", name)
	m := sixDigits.FindStringSubmatch(page.body)
	if page.status != 200 || m == nil {
		wd.t.Fatalf("no code: %d %s", page.status, page.body)
	}
	return m[1]
}

// nameIn reads the name out of a token, as an agent would.
func nameIn(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts", len(parts))
	}
	plain, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Name      string
		Simulated bool
	}
	if err := json.Unmarshal(plain, &claims); err != nil || !claims.Simulated {
		t.Fatalf("claims %s: %v", plain, err)
	}
	return claims.Name
}
