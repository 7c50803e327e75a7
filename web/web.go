package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed chat
var files embed.FS

// types are spelled out: [mime.TypeByExtension] depends on the machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

type asset struct {
	contentType, etag string
	body, zipped      []byte
}

// Handler serves the chat page at / and what it consists of below /chat/, for
// GET and HEAD. Browsers ask each time whether a file has changed, so that a
// new version of the program is a new page.
func Handler() http.Handler {
	assets := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		a, ok := assets[r.URL.Path]
		switch {
		case !ok:
			http.Error(w, "there is nothing at this address", http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
		default:
			h.Set("Content-Security-Policy", policy(r.Host))
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cache-Control", "no-cache")
			h.Set("Content-Type", a.contentType)
			h.Set("Vary", "Accept-Encoding")
			body, etag := a.body, `"`+a.etag+`"`
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				body, etag = a.zipped, `"`+a.etag+`-gzip"`
				h.Set("Content-Encoding", "gzip")
			}
			h.Set("ETag", etag)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		}
	})
}

func load() map[string]asset {
	entries, err := files.ReadDir("chat")
	if err != nil {
		panic("web: " + err.Error()) // the files are part of the program
	}
	assets := map[string]asset{}
	for _, e := range entries {
		name := "chat/" + e.Name()
		body, err := files.ReadFile(name)
		if err != nil {
			panic("web: " + err.Error())
		}
		sum := sha256.Sum256(body)
		assets["/"+name] = asset{
			contentType: types[path.Ext(name)],
			etag:        base64.RawURLEncoding.EncodeToString(sum[:12]),
			body:        body,
			zipped:      zip(body),
		}
	}
	assets["/"] = assets["/chat/index.html"]
	delete(assets, "/chat/index.html") // one page, one address
	return assets
}

func zip(body []byte) []byte {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(body) // to memory, which does not fail
	w.Close()
	return zipped.Bytes()
}

// policy is the Content-Security-Policy. Not every browser takes 'self' to
// mean the WebSockets of the page's host too, so that host is named. Pictures
// of agents on this machine need not be https.
func policy(host string) string {
	connect := "'self'"
	if plain(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"connect-src " + connect,
		"img-src 'self' data: https: http://127.0.0.1:* http://localhost:*",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// plain reports whether host can be written into a policy as it is. A Host
// header may hold a semicolon.
func plain(host string) bool {
	return host != "" && strings.IndexFunc(host, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-:[]", r))
	}) < 0
}
