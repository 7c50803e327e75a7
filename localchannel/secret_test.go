package localchannel_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

// A token lives for half an hour, the address of a stream for a minute, and a
// token can be refreshed while it lives.
func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		channel, err := localchannel.New(t.Context(), localchannel.Config{Agent: "http://127.0.0.1:1/", BaseURL: "http://127.0.0.1:1", Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		defer channel.Close()
		handler := channel.Handler()
		ask := func(method, path, token string) (int, string) {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			var answer struct {
				Token string
				directline.ErrorResponse
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			return w.Code, answer.Token + answer.Error.Code
		}
		const refresh = "/v3/directline/tokens/refresh"
		token := channel.GenerateToken(directline.Parameters{}, "").Token
		time.Sleep(29 * time.Minute)
		status, second := ask("POST", refresh, token)
		if status != 200 {
			t.Fatalf("refreshing a token that lives is answered %d %s", status, second)
		}
		time.Sleep(2 * time.Minute)
		for _, at := range []struct{ method, path string }{{"POST", refresh}, {"POST", base}, {"GET", base + "/x/activities"}, {"GET", base + "/x/stream?t=" + token}} {
			if status, code := ask(at.method, at.path, token); status != 403 || code != "TokenExpired" {
				t.Errorf("%s with an expired token is answered %d %s", at.path, status, code)
			}
		}
		if status, code := ask("POST", refresh, second); status != 200 {
			t.Errorf("the refreshed token is answered %d %s", status, code)
		}
	})
}

func TestStreamAddressExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		channel, err := localchannel.New(t.Context(), localchannel.Config{
			Agent: "http://127.0.0.1:1/", BaseURL: "http://127.0.0.1:1", HTTPClient: &http.Client{Transport: accepts{}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer channel.Close()
		handler := channel.Handler()
		get := func(method, target string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, target, nil)
			r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w
		}
		var conv directline.Conversation
		if err := json.Unmarshal(get("POST", base).Body.Bytes(), &conv); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(conv.StreamURL, "ws://localhost")
		if w := get("GET", path); w.Code != 400 { // it is no WebSocket, but allowed
			t.Errorf("a fresh address is answered %d %s", w.Code, w.Body)
		}
		time.Sleep(61 * time.Second)
		if w := get("GET", path); w.Code != 403 || !strings.Contains(w.Body.String(), "TokenExpired") {
			t.Errorf("an old address is answered %d %s", w.Code, w.Body)
		}
	})
}

// accepts is an agent without a network.
type accepts struct{}

func (accepts) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
}

func TestWhatATokenSays(t *testing.T) {
	f := serve(t, useSecret)
	var token, conv directline.Conversation
	f.want(200, "POST", "/v3/directline/tokens/generate", `{"user":{"id":"dl_7","name":"Seven"},"eTag":"e1","trustedOrigins":["https://shop.example"]}`, &token, "Authorization", withSecret)
	if token.ETag != "e1" {
		t.Errorf("the eTag comes back as %q", token.ETag)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token.Token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		User, Conv string
		Exp, Iat   int64
	}
	if err := json.Unmarshal(payload, &said); err != nil || said.User != "dl_7" || said.Conv != token.ID || said.Exp-said.Iat != 1800 {
		t.Errorf("the token says %s", payload)
	}
	if strings.Contains(string(payload), secret) {
		t.Error("the token contains the secret")
	}
	f.want(201, "POST", base, `{"eTag":"other"}`, &conv, "Authorization", "Bearer "+token.Token)
	if conv.ETag != "e1" {
		t.Errorf("the conversation has the eTag %q, want that of the token", conv.ETag)
	}
	for _, body := range []string{`{"user":{"id":"anna"}}`, `{"user":{"id":"dl_` + strings.Repeat("x", 5000) + `"}}`, `{"trustedOrigins":["` + strings.Repeat("x", 5000) + `"]}`} {
		f.want(400, "POST", "/v3/directline/tokens/generate", body, nil, "Authorization", withSecret)
	}

	own := f.channel.GenerateToken(directline.Parameters{User: directline.User{ID: "anna", Name: "Anna"}}, conv.ID)
	f.want(200, "POST", base+"/"+conv.ID+"/activities", `{"type":"message","from":{"id":"x","name":"y"}}`, nil, "Authorization", "Bearer "+own.Token)
	var set directline.ActivitySet
	f.want(200, "GET", base+"/"+conv.ID+"/activities", "", &set, "Authorization", withSecret)
	if from := set.Activities[0].From; from.ID != "anna" || from.Name != "Anna" {
		t.Errorf("the message is from %+v", from)
	}
}

// Tokens outlive a restart, but not the secret they came from.
func TestAnotherSecretEndsTokens(t *testing.T) {
	store := storage.NewMemory()
	token := serve(t, useSecret, func(cfg *localchannel.Config) { cfg.Store = store }).channel.GenerateToken(directline.Parameters{}, "")
	for name, want := range map[string]int{secret: 201, "another": 403, "": 403} {
		f := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.Secret = store, name })
		if got := f.do("POST", base, "", nil, "Authorization", "Bearer "+token.Token); got != want {
			t.Errorf("with the secret %q the token is answered %d, want %d", name, got, want)
		}
	}
}

func TestTrustedOrigins(t *testing.T) {
	f := serve(t, useSecret, func(cfg *localchannel.Config) { cfg.TrustedOrigins = []string{"https://shop.example/"} })
	var plain, trusting directline.Conversation
	f.want(200, "POST", "/v3/directline/tokens/generate", "", &plain, "Authorization", withSecret)
	f.want(200, "POST", "/v3/directline/tokens/generate", `{"trustedOrigins":["https://partner.example"]}`, &trusting, "Authorization", withSecret)
	tests := []struct {
		name, origin, token string
		want                int
	}{
		{"no page", "", plain.Token, 201},
		{"a page of the list", "https://shop.example", plain.Token, 200},
		{"a page of the token", "https://partner.example", trusting.Token, 201},
		{"a page of another token", "https://partner.example", plain.Token, 403},
		{"a page of the list, with a token that has others", "https://shop.example", trusting.Token, 200},
		{"another page", "https://evil.example", trusting.Token, 403},
		{"a page of this machine", "http://localhost:3000", trusting.Token, 403},
		{"a file", "null", trusting.Token, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := []string{"Authorization", "Bearer " + tt.token}
			if tt.origin != "" {
				header = append(header, "Origin", tt.origin)
			}
			f.want(tt.want, "POST", base, `{"trustedOrigins":["https://evil.example"]}`, nil, header...)
		})
	}
	var conv directline.Conversation
	f.want(200, "GET", base+"/"+plain.ID, "", &conv, "Authorization", "Bearer "+plain.Token)
	stream := strings.TrimPrefix(conv.StreamURL, strings.Replace(f.server.URL, "http", "ws", 1))
	f.want(403, "GET", stream, "", nil, "Origin", "https://evil.example")
	f.want(400, "GET", stream, "", nil, "Origin", "https://shop.example") // no WebSocket, but allowed
}

func TestSession(t *testing.T) {
	f := serve(t, useSecret)
	get := func(header ...string) (id string, cookie *http.Cookie) {
		body, resp := fetch(t, "GET", f.server.URL+"/v3/directline/session/getsessionid", append(header, "Authorization", withSecret, "Origin", "https://shop.example")...)
		var answer struct{ SessionID string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.SessionID == "" || len(resp.Cookies()) != 1 {
			t.Fatalf("answered %d %s with cookies %v", resp.StatusCode, body, resp.Cookies())
		}
		if h := resp.Header; h.Get("Access-Control-Allow-Origin") != "https://shop.example" || h.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("the page may not read it: %v", h)
		}
		return answer.SessionID, resp.Cookies()[0]
	}
	first, cookie := get()
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Value == first {
		t.Errorf("the cookie is %v, the session %s", cookie, first)
	}
	if again, _ := get("Cookie", cookie.Name+"="+cookie.Value); again != first {
		t.Errorf("the same browser gets %q, then %q", first, again)
	}
	if other, _ := get(); other == first {
		t.Error("another browser gets the same session")
	}
	if _, cookie := get("X-Forwarded-Proto", "https"); !cookie.Secure || cookie.SameSite != http.SameSiteNoneMode {
		t.Errorf("behind TLS the cookie is %v", cookie)
	}
	if _, cookie := get("Cookie", cookie.Name+"=a/b"); cookie.Value == "a/b" {
		t.Error("a strange cookie is taken over")
	}
}

// Behind a proxy the stream is where the client sees the proxy.
func TestStreamAddressBehindAProxy(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		header     []string
	}{
		{"no proxy", "ws://chat.example/v3/", []string{"Host", "chat.example"}},
		{"TLS ends before", "wss://chat.example/v3/", []string{"Host", "chat.example", "X-Forwarded-Proto", "https"}},
		{"another host", "wss://chat.example/v3/", []string{"X-Forwarded-Proto", "https, http", "X-Forwarded-Host", "chat.example, inner"}},
		{"a path is taken off", "wss://chat.example/bot/v3/", []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "chat.example", "X-Forwarded-Prefix", "/bot/"}},
		{"nonsense", "ws://chat.example/v3/", []string{"Host", "chat.example", "X-Forwarded-Proto", "javascript", "X-Forwarded-Prefix", "x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t, useSecret)
			var conv directline.Conversation
			f.want(201, "POST", base, "", &conv, append(tt.header, "Authorization", withSecret)...)
			if !strings.HasPrefix(conv.StreamURL, tt.want) {
				t.Errorf("the stream is at %s, want %s…", conv.StreamURL, tt.want)
			}
		})
	}
	t.Run("without a secret", func(t *testing.T) {
		f := serve(t)
		f.want(403, "POST", base, "", nil, "X-Forwarded-Host", "evil.example")
		var conv directline.Conversation
		f.want(201, "POST", base, "", &conv, "X-Forwarded-Proto", "https", "X-Forwarded-Prefix", "/x")
		if !strings.HasPrefix(conv.StreamURL, "ws://127.0.0.1:") || strings.Contains(conv.StreamURL, "/x/") {
			t.Errorf("the stream is at %s", conv.StreamURL)
		}
	})
}
