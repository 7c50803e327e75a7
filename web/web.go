package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Config says what the pages show. The zero Config is a chat page for any
// agent.
type Config struct {
	// Title is the name of the page. Default "Outspoken".
	Title string

	// Suggestions are what the chat page offers to say at the start. Without
	// any it says in a neutral way what it is.
	Suggestions []Suggestion

	// Curl is a shell command that makes the agent speak first. The chat page
	// explains it, and shows ORIGIN in it as the address of the page. Without
	// one it says nothing of that.
	Curl string

	// Playground says that the server has the routes of package playground
	// below /playground/api/. The chat page then links to the playground and
	// shows the conversations that were begun there.
	Playground bool

	// WebChat is a file with the botframework-webchat bundle, webchat.js or
	// webchat.js.gz, for the page /webchat. Default the bundle that is built
	// in by the tag webchat, or none.
	WebChat string
}

// A Suggestion is something to say.
type Suggestion struct {
	Title string `json:"title"` // what it does, such as "Say hello"
	Say   string `json:"say"`   // what is sent
}

// Handler serves the pages, for GET and HEAD: the chat page at /, its files and
// settings below /chat/, the playground at /playground/, and the real Web Chat
// at /webchat. It fails when the file [Config].WebChat cannot be read.
//
// Browsers ask each time whether a file has changed, so that a new version of
// the program is a new page.
func Handler(cfg Config) (http.Handler, error) {
	if cfg.Title == "" {
		cfg.Title = "Outspoken"
	}
	control, err := openBundle(cfg.WebChat)
	if err != nil {
		return nil, fmt.Errorf("web: the Web Chat bundle: %w", err)
	}
	assets := load()
	assets["/chat/settings.json"] = settings(cfg, control != nil)
	if control == nil {
		assets["/webchat"] = assets["/webchat/missing.html"]
	}
	delete(assets, "/webchat/missing.html")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		a, ok := assets[r.URL.Path]
		isBundle := control != nil && r.URL.Path == "/webchat/webchat.js"
		switch {
		case r.URL.Path == "/playground" || r.URL.Path == "/webchat/":
			http.Redirect(w, r, map[string]string{"/playground": "/playground/", "/webchat/": "/webchat"}[r.URL.Path], http.StatusMovedPermanently)
		case !ok && !isBundle:
			http.Error(w, "there is nothing at this address", http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
		case isBundle:
			control.serve(w, r)
		default:
			h.Set("Content-Security-Policy", policy(r.Host, r.URL.Path == "/webchat" && control != nil))
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			a.serve(w, r)
		}
	}), nil
}

// settings is what the pages are told.
func settings(cfg Config, control bool) asset {
	suggestions := cfg.Suggestions
	if suggestions == nil {
		suggestions = []Suggestion{}
	}
	body, err := json.Marshal(map[string]any{
		"title": cfg.Title, "suggestions": suggestions, "curl": cfg.Curl, "playground": cfg.Playground, "webchat": control,
	})
	if err != nil {
		panic("web: " + err.Error()) // strings and booleans
	}
	return newAsset("settings.json", body)
}

// serve answers with the file, compressed if the browser takes that.
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", a.contentType)
	h.Set("Vary", "Accept-Encoding")
	body, etag := a.body, `"`+a.etag+`"`
	if takesGzip(r) {
		body, etag = a.zipped, `"`+a.etag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func takesGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}
