package authority_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/authority"
)

const (
	clientID = "99999999-8888-7777-6666-555555555555"
	secret   = "s3cret & 100%"
	tenant   = "11111111-2222-3333-4444-555555555555"
	service  = "http://127.0.0.1:3979/connector/"
)

var key, otherKey = sync.OnceValue(newKey), sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// start serves an authority; change may alter its Config.
func start(t *testing.T, change func(*authority.Config)) *authority.Authority {
	t.Helper()
	var a *authority.Authority
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.Handler().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	cfg := authority.Config{BaseURL: server.URL, ClientID: clientID, ClientSecret: secret, TenantID: tenant, Key: key()}
	if change != nil {
		change(&cfg)
	}
	var err error
	if a, err = authority.New(cfg); err != nil {
		t.Fatal(err)
	}
	return a
}

func verifier(t *testing.T, a *authority.Authority, audience string) *auth.Verifier {
	t.Helper()
	v, err := auth.NewVerifier(auth.VerifierConfig{
		Audiences:         []string{audience},
		ValidIssuers:      []string{a.Issuer()},
		OpenIDMetadataURL: a.MetadataURL(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func channelToken(t *testing.T, a *authority.Authority) string {
	t.Helper()
	header, err := a.Token(t.Context(), service)
	if err != nil {
		t.Fatal(err)
	}
	return header
}

func TestAgentAcceptsTokensOfTheChannel(t *testing.T) {
	a := start(t, nil)
	v := verifier(t, a, clientID)
	id, err := v.Verify(t.Context(), []string{channelToken(t, a)})
	if err != nil {
		t.Fatal(err)
	}
	if id.IsAgent() {
		t.Error("the channel passes for another agent")
	}
	for _, channel := range []string{"msteams", "webchat", "directline", "emulator"} {
		if err := v.Bind(id, &activity.Activity{ChannelID: channel, ServiceURL: service}); err != nil {
			t.Errorf("channel %s: %v", channel, err)
		}
	}
	if err := v.Bind(id, &activity.Activity{ChannelID: "webchat", ServiceURL: "https://elsewhere.example/"}); err == nil {
		t.Error("the token passes for another service URL")
	}
	if err := v.Bind(id, &activity.Activity{ChannelID: "sms", ServiceURL: service}); err == nil {
		t.Error("the key passes for a channel it is not endorsed for")
	}
}

func TestAgentRefusesOtherTokens(t *testing.T) {
	a := start(t, nil)
	forger := start(t, func(cfg *authority.Config) { cfg.Key = otherKey(); cfg.Issuer = a.Issuer() })
	stranger := start(t, nil)
	tests := []struct {
		name, header string
		v            *auth.Verifier
	}{
		{"no token", "", verifier(t, a, clientID)},
		{"signed with another key", channelToken(t, forger), verifier(t, a, clientID)},
		{"of another issuer", channelToken(t, stranger), verifier(t, a, clientID)},
		{"for another agent", channelToken(t, a), verifier(t, a, "another-agent")},
		{"issued to the agent", "Bearer " + agentToken(t, a), verifier(t, a, clientID)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if id, err := tt.v.Verify(t.Context(), []string{tt.header}); err == nil {
				t.Errorf("accepted as %v", id)
			}
		})
	}
}

// The Bot Framework's issuer, for an agent whose way to Microsoft's keys ends
// here.
func TestBotFrameworkIssuer(t *testing.T) {
	a := start(t, func(cfg *authority.Config) {
		cfg.BaseURL, cfg.Issuer = "https://login.botframework.com", authority.BotFrameworkIssuer
	})
	v, err := auth.NewVerifier(auth.VerifierConfig{
		Audiences:  []string{clientID},
		HTTPClient: &http.Client{Transport: inPlaceOfMicrosoft{a.Handler()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), []string{channelToken(t, a)}); err != nil {
		t.Error(err)
	}
	if !strings.HasSuffix(a.MetadataURL(), "/v1/.well-known/openidconfiguration") {
		t.Errorf("metadata at %s", a.MetadataURL())
	}
}

// inPlaceOfMicrosoft answers requests for any host.
type inPlaceOfMicrosoft struct{ handler http.Handler }

func (m inPlaceOfMicrosoft) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// agentToken is a token got as an agent of this module gets it.
func agentToken(t *testing.T, a *authority.Authority) string {
	t.Helper()
	token, err := connections(t, a, secret).Token(t.Context(), conversation)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var conversation = activity.Conversation{
	Reference: activity.ConversationReference{ServiceURL: service},
	Claims:    map[string]string{"aud": clientID, "iss": "https://api.botframework.com"},
}

func connections(t *testing.T, a *authority.Authority, secret string) *auth.Connections {
	t.Helper()
	base, _, _ := strings.Cut(a.TokenURL(), "/"+tenant)
	c, err := auth.NewConnections(auth.ConnectionsConfig{Connections: []auth.Connection{
		{Name: "ServiceConnection", ClientID: clientID, ClientSecret: secret, TenantID: tenant, Authority: base},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, err := authority.New(authority.Config{BaseURL: "http://127.0.0.1:1", ClientID: clientID, ClientSecret: secret, Key: key()})
		if err != nil {
			t.Fatal(err)
		}
		first := channelToken(t, a)
		w := ask(t, a, "grant_type=client_credentials&client_id="+clientID+"&client_secret=s3cret+%26+100%25&scope=https%3A%2F%2Fapi.botframework.com%2F.default", nil)
		_, rest, _ := strings.Cut(w.Body.String(), `"access_token":"`)
		token, _, _ := strings.Cut(rest, `"`)

		time.Sleep(54 * time.Minute)
		if channelToken(t, a) != first {
			t.Error("the channel's token was signed again although it is good")
		}
		time.Sleep(2 * time.Minute)
		if channelToken(t, a) == first {
			t.Error("the channel's token is about to end and was not renewed")
		}
		if err := a.Check(call("Bearer " + token)); err != nil {
			t.Errorf("after 56 minutes: %v", err)
		}
		time.Sleep(5 * time.Minute)
		if err := a.Check(call("Bearer " + token)); !errors.Is(err, activity.ErrUnauthorized) {
			t.Errorf("after 61 minutes: %v, want it to be refused", err)
		}
	})
}

func TestNew(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good := authority.Config{BaseURL: "http://127.0.0.1:3979", ClientID: clientID, Key: key()}
	tests := []struct {
		name   string
		change func(*authority.Config)
		want   string // in the error
	}{
		{"no address", func(c *authority.Config) { c.BaseURL = "" }, "BaseURL"},
		{"an address with a path", func(c *authority.Config) { c.BaseURL = "http://127.0.0.1/x" }, "BaseURL"},
		{"no client id", func(c *authority.Config) { c.ClientID = "" }, "ClientID"},
		{"the audience of channels as client id", func(c *authority.Config) { c.ClientID = authority.BotFrameworkAudience }, "pass for theirs"},
		{"a tenant that is a path", func(c *authority.Config) { c.TenantID = "a/../b" }, "TenantID"},
		{"a tenant with a wildcard", func(c *authority.Config) { c.TenantID = "{x...}" }, "TenantID"},
		{"a weak key", func(c *authority.Config) { c.Key = weak }, "1024 bits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good
			tt.change(&cfg)
			if _, err := authority.New(cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to mention %s", err, tt.want)
			}
		})
	}
	if _, err := authority.New(good); err != nil {
		t.Error(err)
	}
}

func TestTokenBounds(t *testing.T) {
	a := start(t, nil)
	if _, err := a.Token(t.Context(), strings.Repeat("x", 4096)); err == nil {
		t.Error("a service URL of 4 KB got a token")
	}
	for i := range 1_001 {
		if _, err := a.Token(t.Context(), fmt.Sprint(service, i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.Kept(); n > 1_000 {
		t.Errorf("%d tokens are kept", n)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Token(ended, service); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := a.Token(t.Context(), fmt.Sprint(service, i%2)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
