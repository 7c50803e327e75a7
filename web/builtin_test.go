//go:build webchat

package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestTheBundleIsBuiltIn(t *testing.T) {
	resp := get(t, http.MethodGet, "/webchat/webchat.js", http.Header{"Accept-Encoding": {"gzip"}})
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Encoding") != "gzip" || n < 100<<10 {
		t.Errorf("the bundle is answered %d, %q, %d bytes (%v)", resp.StatusCode, resp.Header.Get("Content-Encoding"), n, err)
	}
	if w := serve(t, Config{}, "/webchat"); !strings.Contains(w.Body.String(), "/webchat/webchat.js") {
		t.Errorf("the page is %s", w.Body)
	}
	if got := serve(t, Config{}, "/chat/settings.json").Body.String(); !strings.Contains(got, `"webchat":true`) {
		t.Errorf("the settings are %s", got)
	}
}
