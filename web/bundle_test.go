package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const control = "window.WebChat = { createDirectLine };"

func zipped(t *testing.T, words string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, words); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWebChatBundle(t *testing.T) {
	tests := []struct {
		name, file string
		content    []byte
		accept     string
		encoding   string
	}{
		{"a plain file", "webchat.js", []byte(control), "gzip", ""},
		{"a compressed file stays so", "webchat.js.gz", zipped(t, control), "gzip", "gzip"},
		{"and is unpacked for those who cannot", "webchat.js.gz", zipped(t, control), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), tt.file)
			if err := os.WriteFile(file, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			h := handler(t, Config{WebChat: file})
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/webchat/webchat.js", nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			body := io.Reader(w.Body)
			if w.Header().Get("Content-Encoding") == "gzip" {
				zr, err := gzip.NewReader(body)
				if err != nil {
					t.Fatal(err)
				}
				body = zr
			}
			got, err := io.ReadAll(body)
			if err != nil || string(got) != control || w.Header().Get("Content-Encoding") != tt.encoding || w.Header().Get("Content-Type") != types[".js"] {
				t.Errorf("got %q as %q, %q (%v)", got, w.Header().Get("Content-Type"), w.Header().Get("Content-Encoding"), err)
			}

			w = httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/webchat", nil))
			if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || !strings.Contains(w.Body.String(), "/webchat/webchat.js") {
				t.Errorf("the page is %s with the policy %s", w.Body, csp)
			}
		})
	}
}

func TestWebChatBundleThatIsNone(t *testing.T) {
	folder := t.TempDir()
	wrong := filepath.Join(folder, "webchat.js.gz")
	if err := os.WriteFile(wrong, []byte(control), 0o600); err != nil {
		t.Fatal(err)
	}
	page, other := filepath.Join(folder, "page.js"), filepath.Join(folder, "other.js.gz")
	if err := errors.Join(os.WriteFile(page, []byte("<!doctype html>"), 0o600), os.WriteFile(other, zipped(t, "alert(1)"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{wrong, page, other, folder, filepath.Join(folder, "missing.js")} {
		if _, err := Handler(Config{WebChat: file}); err == nil {
			t.Errorf("%s is taken for a bundle", file)
		}
	}
}
