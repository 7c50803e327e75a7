package server_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/server"
)

// Users' tokens are exchanged with the credentials from the environment; an
// anonymous agent can be put together all the same. (case 101)
func TestOnBehalfOf(t *testing.T) {
	w := newWorld(t)
	for _, connection := range []string{"", "serviceconnection"} {
		exchange, err := config(t, w.settings()).OnBehalfOf()
		if err != nil {
			t.Fatal(err)
		}
		got, err := exchange.OnBehalfOf(t.Context(), known(w.channel.URL), connection, "the-users", []string{"User.Read"})
		if err != nil || !strings.HasPrefix(got.Token, "token-") {
			t.Errorf("got %q, %v", got.Token, err)
		}
		form, err := url.ParseQuery(string(w.tokens.next(t).Body))
		if err != nil || form.Get("client_id") != clientID || form.Get("client_secret") != secret ||
			form.Get("assertion") != "the-users" || form.Get("scope") != "User.Read" {
			t.Errorf("asked %v, %v", form, err)
		}
	}
	w.channel.wantUntouched(t, "channel")

	anonymous, err := server.Config{}.OnBehalfOf()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := anonymous.OnBehalfOf(t.Context(), known(w.channel.URL), "", "the-users", []string{"x"}); err == nil || got.Token != "" {
		t.Errorf("without credentials: got %q, %v", got.Token, err)
	}
	if _, err := (server.Config{Addr: "nowhere"}).OnBehalfOf(); err == nil {
		t.Error("a bad configuration is accepted")
	}
}
