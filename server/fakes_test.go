package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// await waits until done, for what nobody announces.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick, late := time.NewTicker(2*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited %s until %s", patience, what)
		}
	}
}

// A request is what a fake was asked.
type request struct {
	Method string
	Path   string // as on the wire
	Header http.Header
	Body   []byte
}

func (r request) String() string { return r.Method + " " + r.Path }

func (r request) activity(t testing.TB) *activity.Activity {
	t.Helper()
	a, err := activity.Decode(r.Body)
	if err != nil {
		t.Fatalf("%s holds no activity: %v", r, err)
	}
	return a
}

// A recorder is an HTTP server that keeps what it is asked.
type recorder struct {
	*httptest.Server
	answer func(n int, r request) (status int, body string) // to the nth request, from 1; nil: 200 and an id

	mu          sync.Mutex
	requests    []request
	looked      int // at so many of them
	connections int
}

// newRecorder starts a fake Connector service. It fails the test when an
// activity comes in that breaks the schema. (S2-55)
func newRecorder(t testing.TB, answer func(n int, r request) (int, string)) *recorder {
	rec := &recorder{answer: answer}
	rec.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		got := request{r.Method, r.URL.EscapedPath(), r.Header, body}
		if strings.Contains(got.Path, "/activities") && len(body) > 0 {
			if a, err := activity.Decode(body); err != nil || a.ValidateOutbound() != nil {
				t.Errorf("%s is not valid: %v %v: %s", got, err, a.ValidateOutbound(), body)
			}
		}
		rec.mu.Lock()
		rec.requests = append(rec.requests, got)
		n := len(rec.requests)
		rec.mu.Unlock()
		status, text := http.StatusOK, fmt.Sprintf(`{"id":"given-%d"}`, n)
		if rec.answer != nil {
			status, text = rec.answer(n, got)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, text)
	}))
	rec.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			rec.mu.Lock()
			defer rec.mu.Unlock()
			rec.connections++
		}
	}
	rec.Start()
	t.Cleanup(rec.Close)
	return rec
}

// next waits for the next request that nobody has looked at.
func (rec *recorder) next(t testing.TB) (r request) {
	t.Helper()
	await(t, "a request comes", func() bool {
		rec.mu.Lock()
		defer rec.mu.Unlock()
		if len(rec.requests) == rec.looked {
			return false
		}
		r = rec.requests[rec.looked]
		rec.looked++
		return true
	})
	return r
}

func (rec *recorder) all() []request {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return append([]request(nil), rec.requests...)
}

// wantUntouched checks that nobody so much as connected.
func (rec *recorder) wantUntouched(t testing.TB, name string) {
	t.Helper()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.connections > 0 {
		t.Errorf("the %s got %d connections and %d requests, want none", name, rec.connections, len(rec.requests))
	}
}

const (
	clientID   = "99999999-8888-7777-6666-555555555555"
	secret     = "s3cr3t+/value"
	tenantID   = "11111111-2222-3333-4444-555555555555"
	otherID    = "aaaaaaaa-2222-3333-4444-555555555555"
	testIssuer = "https://issuer.test"
	entra      = "https://login.microsoftonline.com/" + tenantID + "/v2.0"
)

// newTokens starts a fake token endpoint. It checks the form and gives out
// token-1, token-2, … which last an hour.
func newTokens(t testing.TB) *recorder {
	return newRecorder(t, func(n int, r request) (int, string) {
		return http.StatusOK, fmt.Sprintf(`{"token_type":"Bearer","access_token":"token-%d","expires_in":3600}`, n)
	})
}

// An issuer signs tokens and serves the keys to check them.
type issuer struct {
	*httptest.Server
	mu   sync.Mutex
	down bool
}

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// newIssuer serves one key under two names: "key" signs for every channel,
// "teams-key" is endorsed for Teams only.
func newIssuer(t testing.TB) *issuer {
	is := new(issuer)
	is.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		is.mu.Lock()
		defer is.mu.Unlock()
		public := map[string]any{
			"kty": "RSA", "kid": "key",
			"n": base64.RawURLEncoding.EncodeToString(signingKey().N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(signingKey().E)).Bytes()),
		}
		endorsed := maps.Clone(public)
		endorsed["kid"], endorsed["endorsements"] = "teams-key", []string{"msteams"}
		switch {
		case is.down:
			w.WriteHeader(http.StatusInternalServerError)
		case r.URL.Path == "/keys":
			json.NewEncoder(w).Encode(map[string]any{"keys": []any{public, endorsed}})
		default:
			json.NewEncoder(w).Encode(map[string]any{"jwks_uri": "http://" + r.Host + "/keys"})
		}
	}))
	t.Cleanup(is.Close)
	return is
}

// claims are those of a token from the channel; more adds to them, and nil
// takes away.
func claims(more map[string]any) jwt.MapClaims {
	now := time.Now()
	c := jwt.MapClaims{"iss": testIssuer, "aud": clientID, "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()}
	maps.Copy(c, more)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func sign(t testing.TB, method jwt.SigningMethod, key any, kid string, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = kid
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + signed
}

// bearer is a good token of the channel.
func bearer(t testing.TB) string {
	t.Helper()
	return sign(t, jwt.SigningMethodRS256, signingKey(), "key", claims(nil))
}

// A world is everything around an agent.
type world struct {
	channel *recorder // Connector service
	tokens  *recorder // token endpoint
	issuer  *issuer
}

func newWorld(t testing.TB) *world {
	return &world{channel: newRecorder(t, nil), tokens: newTokens(t), issuer: newIssuer(t)}
}

// settings configure an agent for the world, as an operator would.
func (w *world) settings() map[string]string {
	return map[string]string{
		"OUTSPOKEN_ADDR": "127.0.0.1:0",
		"Connections__ServiceConnection__Settings__ClientId":          clientID,
		"Connections__ServiceConnection__Settings__ClientSecret":      secret,
		"Connections__ServiceConnection__Settings__AuthorityEndpoint": w.tokens.URL,
		"TokenValidation__OpenIdMetadataUrl":                          w.issuer.URL + "/.well-known/openid-configuration",
		"TokenValidation__ValidIssuers__0":                            testIssuer,
		"TokenValidation__ValidIssuers__1":                            entra,
		"OutboundHostValidator__Hosts__0":                             w.channel.URL + "/",
	}
}

// config reads settings from the environment.
func config(t testing.TB, settings map[string]string) server.Config {
	for name, value := range settings {
		t.Setenv(name, value)
	}
	cfg := server.FromEnv()
	cfg.Logger = slog.New(slog.DiscardHandler)
	return cfg
}

// A running agent.
type running struct {
	*server.Server
	URL string
}

// serve runs app until the test ends.
func serve(t testing.TB, app *agent.App, cfg server.Config) *running {
	t.Helper()
	srv, err := server.New(app, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return &running{srv, "http://" + ln.Addr().String()}
}

// message is an activity as the channel sends it; more replaces members.
func (w *world) message(text string, more map[string]any) map[string]any {
	a := map[string]any{
		"type": "message", "id": "in-1", "text": text, "channelId": "msteams", "serviceUrl": w.channel.URL + "/",
		"from": map[string]any{"id": "29:ann", "name": "Ann"}, "recipient": map[string]any{"id": "28:" + clientID},
		"conversation": map[string]any{"id": "conv-1", "tenantId": tenantID},
	}
	maps.Copy(a, more)
	return a
}

// An answer of the agent.
type answer struct {
	*http.Response
	body string
}

// post sends an activity, with these Authorization headers.
func (r *running) post(t testing.TB, a map[string]any, authorization ...string) answer {
	t.Helper()
	return postTo(t, r.URL, a, authorization...)
}

func postTo(t testing.TB, base string, a map[string]any, authorization ...string) answer {
	t.Helper()
	body, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/messages", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header["Authorization"] = authorization
	return do(t, req)
}

func get(t testing.TB, address string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, req)
}

func do(t testing.TB, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, string(body)}
}

func (a answer) want(t testing.TB, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s %s answered %d %s, want %d", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body, status)
	}
}

// newEcho is an agent that repeats what it hears.
func newEcho() *agent.App {
	app := agent.New(agent.Config{Logger: slog.New(slog.DiscardHandler)})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "Echo: "+t.Activity.Text) })
	return app
}

// A journal is a log to look into.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// logger writes all there is to say.
func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// newRedirector answers everything with a redirect that keeps the method.
func newRedirector(t testing.TB, target string) string {
	s := httptest.NewServer(http.RedirectHandler(target, http.StatusTemporaryRedirect))
	t.Cleanup(s.Close)
	return s.URL
}
