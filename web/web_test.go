package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func handler(t *testing.T, cfg Config) http.Handler {
	t.Helper()
	h, err := Handler(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// serve answers a plain GET.
func serve(t *testing.T, cfg Config, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler(t, cfg).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
	return w
}

func get(t *testing.T, method, target string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	if header != nil {
		r.Header = header
	}
	w := httptest.NewRecorder()
	handler(t, Config{}).ServeHTTP(w, r)
	return w.Result()
}

func TestHandler(t *testing.T) {
	tests := []struct {
		name, method, path string
		status             int
		contentType        string
	}{
		{"the page", "GET", "/", 200, "text/html; charset=utf-8"},
		{"a module", "GET", "/chat/main.js", 200, "text/javascript; charset=utf-8"},
		{"the style", "GET", "/chat/style.css", 200, "text/css; charset=utf-8"},
		{"the icon", "HEAD", "/chat/icon.svg", 200, "image/svg+xml"},
		{"the page has one address", "GET", "/chat/index.html", 404, "text/plain; charset=utf-8"},
		{"the playground", "GET", "/playground/", 200, "text/html; charset=utf-8"},
		{"Web Chat, or how to get it", "GET", "/webchat", 200, "text/html; charset=utf-8"},
		{"the settings", "GET", "/chat/settings.json", 200, "application/json"},
		{"a folder without its slash", "GET", "/playground", 301, "text/html; charset=utf-8"},
		{"no list of files", "GET", "/chat/", 404, "text/plain; charset=utf-8"},
		{"nothing else", "GET", "/../web.go", 404, "text/plain; charset=utf-8"},
		{"only reading", "POST", "/", 405, "text/plain; charset=utf-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := get(t, tt.method, tt.path, nil)
			if resp.StatusCode != tt.status || resp.Header.Get("Content-Type") != tt.contentType {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, resp.Header.Get("Content-Type"), tt.status, tt.contentType)
			}
			for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy"} {
				if resp.Header.Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
		})
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	etag := get(t, "GET", "/", nil).Header.Get("ETag")
	resp := get(t, "GET", "/", http.Header{"If-None-Match": {etag}})
	if etag == "" || resp.StatusCode != http.StatusNotModified {
		t.Errorf("with the ETag %s got %d, want 304", etag, resp.StatusCode)
	}
	if resp.Header.Get("Content-Security-Policy") == "" {
		t.Error("the 304 has no policy")
	}
}

func TestFilesTravelCompressed(t *testing.T) {
	resp := get(t, "GET", "/chat/style.css", http.Header{"Accept-Encoding": {"gzip, deflate, br"}})
	zr, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(zr)
	if err != nil || string(got) != string(load()["/chat/style.css"].body) {
		t.Errorf("got %d bytes and %v, want the file", len(got), err)
	}
	if plain := get(t, "GET", "/chat/style.css", nil); plain.Header.Get("ETag") == resp.Header.Get("ETag") {
		t.Error("both forms have the same ETag")
	}
}

func TestPolicy(t *testing.T) {
	csp := get(t, "GET", "http://127.0.0.1:3978/", nil).Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'; ", "script-src 'self'; ", "style-src 'self'; ",
		"connect-src 'self' ws://127.0.0.1:3978 wss://127.0.0.1:3978; ", "frame-ancestors 'none'; ", "base-uri 'none'; ", "form-action 'none'; "} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy %q, want it to contain %q", csp, want)
		}
	}
	if got := policy("a;script-src *", false); strings.Contains(got, "*;") && strings.Contains(got, "script-src *") {
		t.Errorf("the Host header got into the policy: %s", got)
	}
	if got := policy("[::1]:3978", false); !strings.Contains(got, "ws://[::1]:3978") {
		t.Errorf("policy for IPv6: %s", got)
	}
}

func TestSettings(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"the zero Config is for any agent", Config{}, `{"curl":"","playground":false,"suggestions":[],"title":"Outspoken"`},
		{"all of it", Config{Title: "<Shop>", Suggestions: []Suggestion{{"Say hello", "hello"}}, Curl: "curl ORIGIN/x", Playground: true},
			`{"curl":"curl ORIGIN/x","playground":true,"suggestions":[{"title":"Say hello","say":"hello"}],"title":"\u003cShop\u003e"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := serve(t, tt.cfg, "/chat/settings.json").Body.String(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %s, want it to begin with %s", got, tt.want)
			}
		})
	}
}

// The rules that no policy can check for us.
func TestFilesKeepTheRules(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc|\sstyle="|\son[a-z]+="|<style`)
	total := 0
	page := string(load()["/"].body)
	for name, a := range load() {
		if a.contentType == "" {
			t.Errorf("%s has no content type", name)
		}
		if found := forbidden.FindString(string(a.body)); found != "" {
			t.Errorf("%s contains %s", name, found)
		}
		if name != "/" && !strings.HasPrefix(name, "/chat/") {
			continue
		}
		total += len(a.zipped)
		if strings.HasSuffix(name, ".js") && !strings.Contains(page, `"`+name+`"`) {
			t.Errorf("%s is not preloaded by the page", name)
		}
	}
	if total > 100<<10 {
		t.Errorf("the chat page weighs %d bytes, want at most 100 KB before headers", total)
	}
}
