package proactive_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// case 17, case 18, S1-014 and S1-061: the messaging endpoint's tokens.
func TestAuthoriseTokens(t *testing.T) {
	y := newYard(t)
	var seen events
	y.app.OnContinue("", seen.handler(""))
	y.app.OnContinue("report", seen.handler("report"))
	conv := inline(t, y.stored(t, "a:1"))
	good := triggerToken(t, nil)
	refused := map[string]string{
		"case 17 no token":          "",
		"case 18 another audience":  triggerToken(t, jwt.MapClaims{"aud": "bot-2"}),
		"S1-014 expired":            triggerToken(t, jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()}),
		"S1-014 another issuer":     triggerToken(t, jwt.MapClaims{"iss": "https://evil.test"}),
		"S1-014 another signature":  good[:len(good)-10] + "AAAAAAAAAA",
		"S1-014 no token but words": "Bearer x",
		"S1-014 another scheme":     "Basic " + good,
	}
	for name, token := range refused {
		t.Run(name, func(t *testing.T) {
			y.token = token
			for _, path := range []string{"/sendactivity/a:1", "/sendactivity", "/continue/a:1", "/continue", "/continue/report/a:1", "/continue/report", "/continue/nokey/a:1", "/create", "/create/report"} {
				got := y.post(t, path, conv)
				if got.wantEmpty(t, 401); !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("%s: WWW-Authenticate %q", path, got.Header.Get("WWW-Authenticate"))
				}
			}
			y.do(t, http.MethodGet, "/openapi.json", nil, "Authorization", token).wantEmpty(t, 401)
		})
	}
	if len(seen.all()) > 0 {
		t.Error("a handler ran")
	}
	y.channel.wantUntouched(t, "channel")
	y.token = good
	y.post(t, "/continue/a:1", "").wantEmpty(t, 200)
}

// Note N8: which apps may trigger, by the claim that the token's version means.
func TestAuthoriseCallers(t *testing.T) {
	v := newTriggerVerifier(t)
	y := newYard(t, func(p *plan) { p.Authorise = proactive.Tokens(v, "App-1", "") })
	y.stored(t, "a:1")
	tests := []struct {
		name   string
		claims jwt.MapClaims
		status int
	}{
		{"a channel", nil, 401},
		{"version 2", jwt.MapClaims{"ver": "2.0", "azp": "app-1"}, 200},
		{"version 1", jwt.MapClaims{"ver": "1.0", "appid": "app-1"}, 200},
		{"without version", jwt.MapClaims{"appid": "app-1"}, 200},
		{"another app", jwt.MapClaims{"ver": "2.0", "azp": "app-2"}, 401},
		{"version 2 with the claim of version 1", jwt.MapClaims{"ver": "2.0", "appid": "app-1", "azp": "app-2"}, 401},
		{"version 1 with the claim of version 2", jwt.MapClaims{"ver": "1.0", "azp": "app-1"}, 401},
		{"an unknown version", jwt.MapClaims{"ver": "3.0", "azp": "app-1", "appid": "app-1"}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y.token = triggerToken(t, tt.claims)
			if got := y.post(t, "/sendactivity/a:1", `{"text":"hi"}`); got.Status != tt.status {
				t.Errorf("answered %+v, want %d", got, tt.status)
			}
		})
	}
}

func TestAuthoriseBearerKeys(t *testing.T) {
	y := newYard(t, func(p *plan) { p.Authorise = proactive.BearerKeys("old", "new") })
	y.stored(t, "a:1")
	for token, status := range map[string]int{
		"Bearer old": 200, "bearer new": 200, "Bearer new ": 200, "": 401, "Bearer": 401, "Bearer ": 401, "new": 401, "Basic new": 401, "Bearer ne": 401, "Bearer old new": 401,
	} {
		y.token = token
		if got := y.post(t, "/sendactivity/a:1", `{"text":"hi"}`); got.Status != status || status == 401 && got.Body != "" {
			t.Errorf("%q answered %+v, want %d", token, got, status)
		}
	}
}

func TestAuthoriseTwoHeaders(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header["Authorization"] = []string{"Bearer key", "Bearer key"}
	if _, err := proactive.BearerKeys("key")(r); err == nil {
		t.Error("two Authorization headers are admitted")
	}
}

// signed is a request as Sign makes it; edits spoil it.
func (y *yard) signed(t testing.TB, path, body string, edit func(*http.Request)) reply {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, y.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(idempotencyKey, "k")
	proactive.Sign(req, "secret", []byte(body))
	if edit != nil {
		edit(req)
	}
	return y.send(t, req)
}

func TestAuthoriseSigned(t *testing.T) {
	y := newYard(t, func(p *plan) { p.Authorise = proactive.Signed("former", "secret") })
	y.stored(t, "a:1")
	y.stored(t, "a:2")
	var seen events
	y.app.OnContinue("", seen.handler(""))
	tests := []struct {
		name string
		edit func(*http.Request)
	}{
		{"no signature", func(r *http.Request) { r.Header.Del(proactive.SignatureHeader) }},
		{"half a signature", func(r *http.Request) {
			r.Header.Set(proactive.SignatureHeader, r.Header.Get(proactive.SignatureHeader)[:32])
		}},
		{"another signature", func(r *http.Request) { r.Header.Set(proactive.SignatureHeader, strings.Repeat("0", 64)) }},
		{"another secret", func(r *http.Request) { proactive.Sign(r, "Secret", []byte("{}")) }},
		{"no timestamp", func(r *http.Request) { r.Header.Del(proactive.TimestampHeader) }},
		{"another timestamp", func(r *http.Request) {
			r.Header.Set(proactive.TimestampHeader, time.Now().Add(-time.Second).Format("1"))
		}},
		{"another body", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("[]")) }},
		{"another conversation", func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, "a:1", "a:2", 1) }},
		{"another query", func(r *http.Request) { r.URL.RawQuery = "x=2" }},
		{"no Idempotency-Key", func(r *http.Request) { r.Header.Del(idempotencyKey) }},
		{"another Idempotency-Key", func(r *http.Request) { r.Header.Set(idempotencyKey, "k2") }},
		{"another method", func(r *http.Request) { r.Method = http.MethodGet; r.URL.Path = "/proactive/openapi.json" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y.signed(t, "/continue/a:1?x=1", "{}", tt.edit).wantEmpty(t, 401)
		})
	}
	if len(seen.all()) > 0 {
		t.Error("a handler ran")
	}
	// Sent twice, done once.
	for range 2 {
		y.signed(t, "/continue/a:1?x=1", "{}", nil).wantEmpty(t, 200)
	}
	if len(seen.all()) != 1 {
		t.Errorf("ran %v", seen.all())
	}
	y.signed(t, "/sendactivity/a%3A1", `{"text":"hi"}`, func(r *http.Request) {
		r.Header.Set(idempotencyKey, "k3")
		proactive.Sign(r, "former", []byte(`{"text":"hi"}`))
	}).want(t, 200, "")
	y.signed(t, "/sendactivity/a:1", strings.Repeat("x", 5<<20), nil).want(t, 413, "TooLarge")
}

// A signature ends after 5 minutes, and one from the future is none yet.
func TestAuthoriseSignedWindow(t *testing.T) {
	ahead := httptest.NewRequest(http.MethodPost, "/x", nil)
	proactive.Sign(ahead, "secret", nil)
	synctest.Test(t, func(t *testing.T) { // whose clock is years behind
		a := proactive.Signed("secret")
		if _, err := a(ahead); err == nil {
			t.Error("a signature from the future is admitted")
		}
		r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader("body"))
		proactive.Sign(r, "secret", []byte("body"))
		for _, tt := range []struct {
			wait time.Duration
			ok   bool
		}{{0, true}, {5 * time.Minute, true}, {time.Second, false}} {
			time.Sleep(tt.wait)
			r.Body = io.NopCloser(strings.NewReader("body"))
			if _, err := a(r); (err == nil) != tt.ok {
				t.Errorf("after another %s: %v", tt.wait, err)
			}
			if left, _ := io.ReadAll(r.Body); tt.ok && string(left) != "body" {
				t.Errorf("the body left is %q", left)
			}
		}
	})
}

func TestAuthoriseAnyOf(t *testing.T) {
	down := func(*http.Request) (activity.Identity, error) {
		return activity.Identity{}, &auth.Error{Status: 503, Public: "no keys"}
	}
	a := proactive.AnyOf(proactive.BearerKeys("key"), proactive.Tokens(newTriggerVerifier(t)))
	y := newYard(t, func(p *plan) { p.Authorise = a })
	y.stored(t, "a:1")
	for _, token := range []string{"Bearer key", triggerToken(t, nil)} {
		y.token = token
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, 200, "")
	}
	y.token = "Bearer other"
	y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).wantEmpty(t, 401)
	for name, y := range map[string]*yard{
		"alone":           newYard(t, func(p *plan) { p.Authorise = down }),
		"among others":    newYard(t, func(p *plan) { p.Authorise = proactive.AnyOf(down, proactive.BearerKeys("key")) }),
		"by nobody's own": newYard(t, func(p *plan) { p.Authorise = proactive.AnyOf() }),
	} {
		got := y.post(t, "/sendactivity/a:1", `{"text":"hi"}`)
		if want := map[bool]int{true: 503, false: 401}[name != "by nobody's own"]; got.Status != want {
			t.Errorf("%s: answered %+v, want %d", name, got, want)
		}
	}
	y = newYard(t, func(p *plan) {
		p.Authorise = func(*http.Request) (activity.Identity, error) {
			return activity.Identity{}, errors.New("the secret is 1234")
		}
	})
	y.post(t, "/sendactivity/a:1", "").wantEmpty(t, 401)
}

// S1-061: nobody configured is nobody admitted, and everybody is a warning.
func TestAuthoriseNobodyOrEverybody(t *testing.T) {
	app := agent.New(agent.Config{})
	m := proactive.New(agent.NewAdapter(app, deaf{}, agent.AdapterConfig{}), app, proactive.NewConversations(storage.NewMemory()), proactive.Config{})
	for name, make := range map[string]func(){
		"neither":      func() { proactive.NewHandler(m, proactive.TriggerConfig{}) },
		"both":         func() { proactive.NewHandler(m, proactive.TriggerConfig{Open: true, Authorise: proactive.AnyOf()}) },
		"no Messenger": func() { proactive.NewHandler(nil, proactive.TriggerConfig{Open: true}) },
		"a path":       func() { proactive.NewHandler(m, proactive.TriggerConfig{Open: true, Path: "proactive"}) },
		"no keys":      func() { proactive.BearerKeys() },
		"an empty key": func() { proactive.BearerKeys("a", "") },
		"no secrets":   func() { proactive.Signed() },
		"empty secret": func() { proactive.Signed("") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it started up")
				}
			}()
			make()
		})
	}
	var log bytes.Buffer
	proactive.NewHandler(m, proactive.TriggerConfig{Open: true, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "everybody") {
		t.Errorf("logged %q", log.String())
	}
	y := newYard(t, func(p *plan) { p.Open = true })
	y.stored(t, "a:1")
	y.token = ""
	y.post(t, "/sendactivity/a:1", `{"text":"hi"}`).want(t, 200, "")
}

// S1-125: the same check in front of routes of one's own.
func TestAuthoriseMiddleware(t *testing.T) {
	ran := 0
	var guard func(http.Handler) http.Handler = proactive.Signed("secret").Middleware
	h := guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ran++
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != "body" {
			t.Errorf("the route got %q, %v", body, err)
		}
	}))
	for _, want := range []int{401, 200} {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/mine", strings.NewReader("body"))
		if want == 200 {
			proactive.Sign(r, "secret", []byte("body"))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("answered %d, want %d", w.Code, want)
		}
	}
	if ran != 1 {
		t.Errorf("the route ran %d times", ran)
	}
}
