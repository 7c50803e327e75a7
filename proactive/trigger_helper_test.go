package proactive_test

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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A service is an HTTP server that counts who so much as connects, keeps what
// it is asked and answers as it is told.
type service struct {
	*httptest.Server

	mu          sync.Mutex
	connections int
	asked       []asked
	answer      func(w http.ResponseWriter, n int) // nil: 200 and an id
}

func newService(t testing.TB, answer func(w http.ResponseWriter, n int)) *service {
	s := &service{answer: answer}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.connections++
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	one := asked{Path: r.Method + " " + r.URL.EscapedPath(), Token: r.Header.Get("Authorization")}
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &one.Body)
	s.mu.Lock()
	s.asked = append(s.asked, one)
	n, answer := len(s.asked), s.answer
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if answer != nil {
		answer(w, n)
		return
	}
	fmt.Fprintf(w, `{"id":"made-%d"}`, n)
}

func (s *service) all() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *service) answers(status int, body string, header ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = func(w http.ResponseWriter, _ int) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// wantUntouched checks that nobody connected.
func (s *service) wantUntouched(t testing.TB, name string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connections > 0 {
		t.Errorf("the %s got %d connections and %d requests, want none", name, s.connections, len(s.asked))
	}
}

// A quietLog keeps what is logged.
type quietLog struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *quietLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *quietLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

// A yard is an agent with its triggers, and all that is around it.
type yard struct {
	app     *agent.App
	book    *proactive.Conversations
	state   *storage.Memory // the agent's
	channel *service
	tokens  *service // gives the agent its own tokens
	log     *quietLog
	m       *proactive.Messenger
	url     string // of the triggers
	token   string // what post calls with
}

// plan is what a test changes about a yard.
type plan struct {
	proactive.TriggerConfig
	messenger proactive.Config
	adapter   agent.AdapterConfig
	book      storage.Store
}

const triggerIssuer = "https://issuer.test"

var triggerKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// triggerToken is a token for the agent bot-1; more replaces claims.
func triggerToken(t testing.TB, more jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": triggerIssuer, "aud": "bot-1", "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(claims, more)
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "key"
	signed, err := token.SignedString(triggerKey())
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + signed
}

// newTriggerVerifier is the verifier of a messaging endpoint.
func newTriggerVerifier(t testing.TB) *auth.Verifier {
	keys := newService(t, func(w http.ResponseWriter, n int) {
		json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "kid": "key",
			"n": base64.RawURLEncoding.EncodeToString(triggerKey().N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(triggerKey().E)).Bytes()),
		}}})
	})
	metadata := newService(t, func(w http.ResponseWriter, n int) {
		json.NewEncoder(w).Encode(map[string]any{"jwks_uri": keys.URL})
	})
	v, err := auth.NewVerifier(auth.VerifierConfig{
		Audiences: []string{"bot-1"}, ValidIssuers: []string{triggerIssuer}, OpenIDMetadataURL: metadata.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newYard(t testing.TB, edits ...func(*plan)) *yard {
	y := &yard{state: storage.NewMemory(), log: new(quietLog), channel: newService(t, nil)}
	y.tokens = newService(t, func(w http.ResponseWriter, n int) {
		fmt.Fprintf(w, `{"token_type":"Bearer","access_token":"own-%d","expires_in":3600}`, n)
	})
	y.token = triggerToken(t, nil)
	quiet := slog.New(slog.NewTextHandler(y.log, nil))
	hosts, err := auth.NewHosts(auth.HostsConfig{Hosts: []string{y.channel.URL}})
	if err != nil {
		t.Fatal(err)
	}
	connections, err := auth.NewConnections(auth.ConnectionsConfig{Logger: quiet, Connections: []auth.Connection{
		{Name: "A", ClientID: "bot-1", ClientSecret: "x", Authority: y.tokens.URL},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := plan{
		book:          storage.NewMemory(),
		TriggerConfig: proactive.TriggerConfig{Hosts: hosts, AgentIDs: []string{"bot-1"}, Logger: quiet},
		messenger:     proactive.Config{TeamsServiceURL: y.channel.URL + "/", Logger: quiet},
	}
	for _, edit := range edits {
		edit(&p)
	}
	if p.Authorise == nil && !p.Open {
		p.Authorise = proactive.Tokens(newTriggerVerifier(t))
	}
	y.app = agent.New(agent.Config{Storage: y.state, Logger: quiet})
	y.book = proactive.NewConversations(p.book)
	client := connector.New(connector.Config{Tokens: connections, Hosts: hosts, Logger: quiet, MaxWait: -1})
	y.m = proactive.New(agent.NewAdapter(y.app, client, p.adapter), y.app, y.book, p.messenger)
	mux := http.NewServeMux() // as servers mount it
	mux.Handle("/", proactive.NewHandler(y.m, p.TriggerConfig))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	y.url = server.URL + "/proactive"
	return y
}

// stored is an address at the yard's channel, in the book.
func (y *yard) stored(t testing.TB, id string, edits ...func(*activity.Conversation)) activity.Conversation {
	t.Helper()
	conv := known(id, append([]func(*activity.Conversation){func(c *activity.Conversation) { c.Reference.ServiceURL = y.channel.URL + "/" }}, edits...)...)
	if _, err := y.book.Store(t.Context(), conv); err != nil {
		t.Fatal(err)
	}
	return conv
}

// A reply is what a trigger answered.
type reply struct {
	Status int
	Header http.Header
	Body   string
}

// post triggers with the yard's token; header are names and values.
func (y *yard) post(t testing.TB, path, body string, header ...string) reply {
	t.Helper()
	return y.do(t, http.MethodPost, path, strings.NewReader(body), append([]string{"Authorization", y.token, "Content-Type", "application/json"}, header...)...)
}

func (y *yard) do(t testing.TB, method, path string, body io.Reader, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, y.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	return y.send(t, req, header...)
}

func (y *yard) send(t testing.TB, req *http.Request, header ...string) reply {
	t.Helper()
	for i := 0; i < len(header); i += 2 {
		if req.Header.Set(header[i], header[i+1]); header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	resp, err := (&http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(raw)}
}

// want checks status and, unless it is "", the code of the error object.
func (r reply) want(t testing.TB, status int, code string) {
	t.Helper()
	if r.Status != status {
		t.Fatalf("answered %d %s, want %d", r.Status, r.Body, status)
	}
	if code == "" {
		return
	}
	var body map[string]map[string]any
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil || body["error"]["code"] != code {
		t.Errorf("body %s, want the string code %q", r.Body, code)
	}
	if link, ok := body["error"]["helpLink"]; !ok || link != nil || body["error"]["message"] == "" {
		t.Errorf("body %s, want a message, and helpLink null", r.Body)
	}
	if got := r.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
}

// wantEmpty checks status and that there is no body.
func (r reply) wantEmpty(t testing.TB, status int) {
	t.Helper()
	if r.Status != status || r.Body != "" {
		t.Fatalf("answered %d %q, want %d and no body", r.Status, r.Body, status)
	}
}

// An event is what a continuation saw.
type event struct {
	Key, Name, Value, ValueType, Conversation string
}

// events keeps what continuations saw.
type events struct {
	mu   sync.Mutex
	seen []event
}

func (e *events) handler(key string) agent.Handler {
	return func(_ context.Context, t *agent.Turn) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		a := t.Activity
		e.seen = append(e.seen, event{key, a.Name, string(a.Value), a.ValueType, a.Conversation.ID})
		return nil
	}
}

func (e *events) all() []event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seen)
}

// inline is the body that names a conversation.
func inline(t testing.TB, conv activity.Conversation) string {
	t.Helper()
	raw, err := json.Marshal(conv)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
