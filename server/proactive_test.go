package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

var visits = agent.ConversationKey[int]("visits")

// newCounter is an agent with state and two continuations.
func newCounter(store storage.Store) *agent.App {
	app := agent.New(agent.Config{Storage: store, Logger: discard})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		n, err := visits.Update(ctx, t, func(n *int) error { *n++; return nil })
		return errors.Join(err, t.SendText(ctx, fmt.Sprint("visit ", n)))
	})
	app.OnContinue("", func(ctx context.Context, t *agent.Turn) error {
		n, err := visits.Get(ctx, t)
		return errors.Join(err, t.SendText(ctx, fmt.Sprintf("continued after visit %d: %s", n, t.Activity.Value)))
	})
	app.OnContinue("secret", func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "for those signed in") }, "graph")
	return app
}

// keys are what is in a store.
func keys(t *testing.T, store storage.Lister) string {
	t.Helper()
	var all []string
	for item, err := range storage.All(t.Context(), store.(storage.Store), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item.Key)
	}
	return strings.Join(all, "\n")
}

// Storage is all that an agent needs to speak first; one store holds state and
// addresses, each under its own keys. (S1-001, S1-012, S1-013, S1-108)
func TestProactiveWithoutWiring(t *testing.T) {
	w := newWorld(t)
	store := storage.NewMemory()
	srv := serve(t, newCounter(store), config(t, w.settings()))
	_, err := srv.Messenger().Send(t.Context(), "conv-1", activity.Message("too early"))
	if !errors.Is(err, proactive.ErrConversationNotFound) {
		t.Fatalf("before the user wrote: %v, want ErrConversationNotFound", err)
	}
	srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
	if got := w.channel.next(t).activity(t).Text; got != "visit 1" {
		t.Errorf("the agent said %q", got)
	}

	var wg sync.WaitGroup
	for range 4 { // from any goroutine
		wg.Go(func() {
			if _, err := srv.Messenger().Send(t.Context(), "conv-1", activity.Message("ready")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for range 4 {
		if got := w.channel.next(t).activity(t).Text; got != "ready" {
			t.Errorf("the agent said %q", got)
		}
	}
	if err := srv.Messenger().Run(t.Context(), "conv-1", "", map[string]int{"n": 7}); err != nil {
		t.Fatal(err)
	}
	if got := w.channel.next(t).activity(t).Text; got != `continued after visit 1: {"n":7}` {
		t.Errorf("the continuation said %q", got)
	}
	conv, err := srv.Conversations().Get(t.Context(), "conv-1")
	if err != nil || conv.Claims["aud"] != clientID || conv.Reference.ServiceURL != w.channel.URL+"/" {
		t.Errorf("the address book has %+v, %v", conv, err)
	}
	if got := keys(t, store); !strings.Contains(got, "msteams/conversations/conv-1") || !strings.Contains(strings.ToLower(got), "proactive") {
		t.Errorf("the store has\n%s\nwant state and addresses", got)
	}
	for _, method := range []string{"Messenger", "Continue", "SendActivity"} { // a plain handler type offers none of this
		if _, ok := reflect.TypeFor[agent.Handler]().MethodByName(method); ok {
			t.Errorf("agent.Handler has a method %s", method)
		}
	}
}

// S1-109
func TestSeparateStorageForAddresses(t *testing.T) {
	w := newWorld(t)
	state, addresses := storage.NewMemory(), storage.NewMemory()
	cfg := config(t, w.settings())
	cfg.Proactive.Storage = addresses
	srv := serve(t, newCounter(state), cfg)
	srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
	if err := srv.Messenger().Run(t.Context(), "conv-1", "", nil); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, state); got != "msteams/conversations/conv-1" {
		t.Errorf("the first store has\n%s\nwant state only", got)
	}
	if got := keys(t, addresses); got == "" || strings.Contains(got, "msteams/conversations/conv-1") {
		t.Errorf("the second store has\n%s\nwant addresses only", got)
	}
}

// S1-004, S1-009
func TestAddressesSurviveARestart(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "agent.db")
	cfg := config(t, w.settings())
	run := func(f func(srv *running)) {
		store, err := sqlite.Open(t.Context(), path, sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		f(serve(t, newCounter(store), cfg))
	}
	run(func(srv *running) {
		srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
		w.channel.next(t)
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	run(func(srv *running) {
		if _, err := srv.Messenger().Send(t.Context(), "conv-1", activity.Message("back again")); err != nil {
			t.Fatal(err)
		}
		if got := w.channel.next(t).activity(t).Text; got != "back again" {
			t.Errorf("the agent said %q", got)
		}
	})
}

// unsigned says that nobody is signed in to anything.
type unsigned struct{}

func (unsigned) Missing(_ context.Context, _ *agent.Turn, names []string) ([]string, error) {
	return names, nil
}

// Who is not signed in is refused, unless a setting says otherwise; a section
// without it changes nothing. (S1-011, S1-015)
func TestFailOnUnsignedIn(t *testing.T) {
	tests := []struct {
		name string
		set  map[string]string
		runs bool
	}{
		{"by default", nil, false},
		{"with a section that does not mention it", map[string]string{"Proactive__Path": "/proactive"}, false},
		{"true", map[string]string{"Proactive__FailOnUnsignedInConnections": "true"}, false},
		{"false", map[string]string{"Proactive__FailOnUnsignedInConnections": "false"}, true},
		{"false as .NET spells it", map[string]string{"AgentApplication__Proactive__FailOnUnsignedInConnections": "False"}, true},
		{"ours wins over that", map[string]string{"AgentApplication__Proactive__FailOnUnsignedInConnections": "false", "Proactive__FailOnUnsignedInConnections": "true"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			settings := w.settings()
			for k, v := range tt.set {
				settings[k] = v
			}
			cfg := config(t, settings)
			if len(cfg.Warnings) > 0 {
				t.Errorf("warnings: %q", cfg.Warnings)
			}
			cfg.Proactive.SignIns = unsigned{}
			srv := serve(t, newCounter(nil), cfg)
			srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
			w.channel.next(t)
			err := srv.Messenger().Run(t.Context(), "conv-1", "secret", nil)
			if tt.runs && err != nil || !tt.runs && !errors.Is(err, proactive.ErrUserNotSignedIn) {
				t.Errorf("Run = %v", err)
			}
			if n := len(w.channel.all()); (n == 2) != tt.runs {
				t.Errorf("the agent spoke %d times", n)
			}
		})
	}
}

// trigger calls an HTTP trigger.
func (r *running) trigger(t *testing.T, path, body string, edit func(*http.Request)) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if edit != nil {
		edit(req)
	}
	return do(t, req)
}

func authorization(value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", value) }
}

// Triggers are there when somebody asks for them, where they are asked for,
// and for who has a token. (S1-016, S1-048)
func TestTriggers(t *testing.T) {
	for _, path := range []string{"", "/proactive", "/speak/first/"} {
		t.Run("at "+path, func(t *testing.T) {
			w := newWorld(t)
			settings := w.settings()
			settings["Proactive__Path"], settings["Proactive__TeamsServiceUrl"] = path, w.channel.URL+"/"
			srv := serve(t, newCounter(nil), config(t, settings))
			srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
			w.channel.next(t)
			at, want := strings.TrimSuffix(path, "/"), http.StatusOK
			if path == "" {
				at, want = "/proactive", http.StatusNotFound
			}
			create := fmt.Sprintf(`{"agentClientId":%q,"channelId":"msteams","tenantId":%q,"user":{"id":"29:ann"}}`, clientID, tenantID)
			conv, err := srv.Conversations().Get(t.Context(), "conv-1")
			if err != nil {
				t.Fatal(err)
			}
			address, err := json.Marshal(conv)
			if err != nil {
				t.Fatal(err)
			}
			said := map[string]string{
				"/sendactivity/conv-1":      "From outside",
				"/continue/conv-1?job=done": `continued after visit 1: {"job":"done"}`,
				"/continue":                 `continued after visit 1: [1,2]`,
			}
			for call, body := range map[string]string{
				"/sendactivity/conv-1": `{"text":"From outside"}`, "/continue/conv-1?job=done": "",
				"/continue": `{"conversation":` + string(address) + `,"value":[1,2]}`,
			} {
				srv.trigger(t, at+call, body, authorization(bearer(t))).want(t, want)
				if want == http.StatusOK {
					if got := w.channel.next(t).activity(t).Text; got != said[call] {
						t.Errorf("%s made the agent say %q, want %q", call, got, said[call])
					}
				}
			}
			w.channel.answer = func(int, request) (int, string) { return http.StatusCreated, `{"id":"a:new"}` }
			got := srv.trigger(t, at+"/create", create, authorization(bearer(t)))
			if got.want(t, want); want == http.StatusOK && !strings.Contains(got.body, `"a:new"`) {
				t.Errorf("create answered %s", got.body)
			}
		})
	}
}

// The same callers as the messaging endpoint's, unless settings say otherwise.
// (S1-014, S1-061, note N8)
func TestWhoMayTrigger(t *testing.T) {
	signed := func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		proactive.Sign(r, "hook-secret", body)
	}
	nobody := func(*http.Request) {}
	const ok, no = http.StatusOK, http.StatusUnauthorized
	tests := []struct {
		name                       string
		set                        map[string]string
		nobody, token, key, signed int
		app                        int // the token of app otherID
		warnsOpen                  bool
	}{
		{name: "as the messaging endpoint", nobody: no, token: ok, key: no, signed: no, app: ok},
		{name: "a key", set: map[string]string{"Proactive__Key": "the-key"}, nobody: no, token: no, key: ok, signed: no, app: no},
		{name: "a secret", set: map[string]string{"Proactive__WebhookSecret": "hook-secret"}, nobody: no, token: no, key: no, signed: ok, app: no},
		{name: "either", set: map[string]string{"Proactive__Key": "the-key", "Proactive__WebhookSecret": "hook-secret"}, nobody: no, token: no, key: ok, signed: ok, app: no},
		{name: "a key and listed apps", set: map[string]string{"Proactive__Key": "the-key", "Proactive__AllowedCallers": otherID}, nobody: no, token: no, key: ok, signed: no, app: ok},
		{name: "listed apps", set: map[string]string{"Proactive__AllowedCallers": otherID}, nobody: no, token: no, key: no, signed: no, app: ok},
		{name: "everybody", set: map[string]string{"Proactive__RequireAuth": "false"}, nobody: ok, token: ok, key: ok, signed: ok, app: ok, warnsOpen: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			settings := w.settings()
			settings["Proactive__Path"] = "/proactive"
			for k, v := range tt.set {
				settings[k] = v
			}
			cfg := config(t, settings)
			log := new(journal)
			cfg.Logger = log.logger()
			srv := serve(t, newCounter(nil), cfg)
			srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
			w.channel.next(t)
			app := sign(t, jwt.SigningMethodRS256, signingKey(), "key", claims(map[string]any{"iss": entra, "azp": otherID, "ver": "2.0", "tid": tenantID}))
			for name, c := range map[string]struct {
				edit func(*http.Request)
				want int
			}{"nobody": {nobody, tt.nobody}, "a token": {authorization(bearer(t)), tt.token}, "an app's token": {authorization(app), tt.app}, "the key": {authorization("Bearer the-key"), tt.key}, "a signature": {signed, tt.signed}} {
				got := srv.trigger(t, "/proactive/sendactivity/conv-1", `{"text":"hi"}`, c.edit)
				if got.StatusCode != c.want {
					t.Errorf("with %s: %d %s, want %d", name, got.StatusCode, got.body, c.want)
				}
				// The address book is for those who are named.
				book, want := srv.trigger(t, "/proactive/conversations", `{"documents":[]}`, c.edit), c.want
				if want == ok && (len(tt.set) == 0 || tt.warnsOpen) {
					want = http.StatusForbidden
				}
				if book.StatusCode != want {
					t.Errorf("the address book with %s: %d %s, want %d", name, book.StatusCode, book.body, want)
				}
			}
			if warned := strings.Contains(log.String(), "level=WARN") && strings.Contains(log.String(), "OPEN"); warned != tt.warnsOpen {
				t.Errorf("warned of open triggers: %t, want %t: %s", warned, tt.warnsOpen, log)
			}
			for _, secret := range []string{"the-key", "hook-secret"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log holds %q", secret)
				}
			}
		})
	}
}

// In anonymous mode triggers answer this machine, like everything else.
func TestTriggersInAnonymousMode(t *testing.T) {
	w := newWorld(t)
	srv := serve(t, newCounter(nil), server.Config{Logger: discard, Proactive: server.Proactive{Path: "/proactive"}})
	srv.post(t, w.message("hello", nil)).want(t, http.StatusOK)
	w.channel.next(t)
	srv.trigger(t, "/proactive/sendactivity/conv-1", `{"text":"hi"}`, nil).want(t, http.StatusOK)
	w.channel.next(t)
	srv.trigger(t, "/proactive/sendactivity/conv-1", `{"text":"hi"}`, func(r *http.Request) { r.Header.Set("Origin", "https://evil.test") }).want(t, http.StatusForbidden)
	srv.trigger(t, "/proactive/sendactivity/conv-1", `{"text":"hi"}`, func(r *http.Request) { r.Host = "evil.test" }).want(t, http.StatusForbidden)
}

// A server that stops starts nothing more.
func TestNoTriggerWhileDraining(t *testing.T) {
	srv, err := server.New(newCounter(nil), server.Config{Logger: discard, Proactive: server.Proactive{Path: "/proactive"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{http.StatusNotFound, http.StatusServiceUnavailable} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/proactive/sendactivity/nobody", strings.NewReader(`{"text":"hi"}`))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		srv.Handler().ServeHTTP(rec, r)
		if rec.Code != want || (want == http.StatusServiceUnavailable) != (rec.Header().Get("Retry-After") != "") {
			t.Errorf("answered %d %v, want %d", rec.Code, rec.Header(), want)
		}
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Who registers continuations and does not mount the triggers is told so.
// (S1-049)
func TestHintAtTriggers(t *testing.T) {
	hint := "nothing outside of it can start them"
	for _, tt := range []struct {
		app  *agent.App
		path string
		want bool
	}{{newCounter(nil), "", true}, {newCounter(nil), "/proactive", false}, {newEcho(), "", false}} {
		log := new(journal)
		srv := serve(t, tt.app, server.Config{Logger: log.logger(), Proactive: server.Proactive{Path: tt.path}})
		get(t, srv.URL+"/readyz").want(t, http.StatusOK)
		if got := strings.Contains(log.String(), hint); got != tt.want {
			t.Errorf("with path %q and %d continuations: hint %t, want %t", tt.path, len(tt.app.Continuations()), got, tt.want)
		}
		if tt.want {
			srv.trigger(t, "/proactive/continue/x", "", nil).want(t, http.StatusNotFound)
		}
	}
}

// The client of the token service has the agent's credentials and trusts the
// configured address.
func TestUserTokens(t *testing.T) {
	w := newWorld(t)
	service := newRecorder(t, func(int, request) (int, string) {
		return http.StatusOK, `{"connectionName":"graph","token":"the-users"}`
	})
	for _, name := range []string{"TOKEN_SERVICE_ENDPOINT", "RestChannelServiceClientFactory__TokenServiceEndpoint"} {
		t.Run(name, func(t *testing.T) {
			settings := w.settings()
			settings[name] = service.URL
			tokens, err := config(t, settings).UserTokens()
			if err != nil {
				t.Fatal(err)
			}
			got, err := tokens.Token(t.Context(), known(w.channel.URL), "graph", "")
			if err != nil || got.Token != "the-users" {
				t.Errorf("Token = %v, %v", got, err)
			}
			if r := service.next(t); r.Path != "/api/usertoken/GetToken" || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer token-") {
				t.Errorf("asked %s with %q", r, r.Header.Get("Authorization"))
			}
		})
	}
	w.channel.wantUntouched(t, "channel")
	if _, err := (server.Config{TokenService: "ftp://tokens.test"}).UserTokens(); err == nil {
		t.Error("an address that is none is accepted")
	}
}
