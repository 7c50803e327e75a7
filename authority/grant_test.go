package authority_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/authority"
)

func ask(t *testing.T, a *authority.Authority, form string, basic func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, a.TokenURL(), strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic != nil {
		basic(r)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

func TestGrant(t *testing.T) {
	a := start(t, nil)
	const grant, scope = "grant_type=client_credentials", "&scope=https://api.botframework.com/.default"
	const who = "&client_id=" + clientID + "&client_secret=s3cret+%26+100%25"
	tests := []struct {
		name, form string
		basic      func(*http.Request)
		status     int
		want       string
	}{
		{"secret in the form", grant + scope + who, nil, 200, `"token_type":"Bearer"`},
		{"secret in the header", grant + scope, func(r *http.Request) { r.SetBasicAuth(clientID, "s3cret+%26+100%25") }, 200, `"expires_in":3600`},
		{"with the scopes that MSAL adds", grant + scope + "+openid+profile+offline_access" + who, nil, 200, `"access_token"`},
		{"a wrong secret", grant + scope + "&client_id=" + clientID + "&client_secret=guess", nil, 401, `"error":"invalid_client"`},
		{"a wrong id", grant + scope + "&client_id=me&client_secret=s3cret+%26+100%25", nil, 401, `"error":"invalid_client"`},
		{"a wrong secret in the header", grant + scope + who, func(r *http.Request) { r.SetBasicAuth(clientID, "guess") }, 401, `"error":"invalid_client"`},
		{"nothing", "", nil, 401, `"error":"invalid_client"`},
		{"another grant", "grant_type=password" + scope + who, nil, 400, `"error":"unsupported_grant_type"`},
		{"another resource", grant + "&scope=https://graph.microsoft.com/.default" + who, nil, 400, `"error":"invalid_scope"`},
		{"a second resource", grant + scope + "+https://graph.microsoft.com/.default" + who, nil, 400, `"error":"invalid_scope"`},
		{"no form", "%zz", nil, 400, `"error":"invalid_request"`},
		{"too much", grant + "&x=" + strings.Repeat("x", 70<<10), nil, 413, `"error":"invalid_request"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(t, a, tt.form, tt.basic)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, tt.status, tt.want)
			}
			if strings.Contains(w.Body.String(), "s3cret") {
				t.Error("the answer repeats the secret")
			}
		})
	}
	t.Run("an authority without a secret gives no token", func(t *testing.T) {
		w := ask(t, start(t, func(cfg *authority.Config) { cfg.ClientSecret = "" }), grant+scope+"&client_id="+clientID+"&client_secret=", nil)
		if w.Code != 401 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestAgentWithAWrongSecretIsTold(t *testing.T) {
	_, err := connections(t, start(t, nil), "guess").Token(t.Context(), conversation)
	if e, ok := errors.AsType[*auth.TokenError](err); !ok || e.Code != "invalid_client" || e.Status != 401 {
		t.Errorf("got %v, want invalid_client", err)
	}
}
