//go:build !webchat

package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestWithoutABundleThePageSaysHowToGetOne(t *testing.T) {
	if resp := get(t, http.MethodGet, "/webchat/webchat.js", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the bundle is answered %d, want 404", resp.StatusCode)
	}
	w := serve(t, Config{}, "/webchat")
	if !strings.Contains(w.Body.String(), "--webchat-bundle") || !strings.Contains(w.Body.String(), "make webchat") {
		t.Errorf("got %s", w.Body)
	}
	if got := serve(t, Config{}, "/chat/settings.json").Body.String(); !strings.Contains(got, `"webchat":false`) {
		t.Errorf("the settings are %s", got)
	}
}
