package connector_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

func newUserTokens(t *testing.T, cfg connector.Config, address string) *connector.UserTokens {
	t.Helper()
	if cfg.Tokens == nil {
		cfg.Tokens = token(secret)
	}
	if cfg.Hosts == nil {
		cfg.Hosts = hosts{"http://127.0.0.1:"}
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	u, err := connector.NewUserTokens(cfg, address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// copilot is a user in a sub-channel of Teams.
func copilot() activity.Conversation {
	to := at("https://smba.example/", "msteams:COPILOT")
	to.Claims = map[string]string{"aud": "app-1", "appid": "caller", "ver": "1.0"}
	return to
}

// Every operation of section 5.6; and case 86: a sub-channel is not sent.
func TestUserTokenOperations(t *testing.T) {
	const who = "channelId=msteams&connectionName=graph&userId=29%3Auser"
	const tok = `{"channelId":"msteams","connectionName":"graph","token":"T","expiration":"2030-01-01T00:00:00Z"}`
	wantState := `{"connectionName":"graph","conversation":{"user":{"id":"29:user"},"bot":{"id":"28:agent"},"conversation":{"id":"19:c1"},` +
		`"channelId":"msteams","serviceUrl":"https://smba.example/"},"relatesTo":{"conversation":{"id":"19:other"}},"msAppId":"app-1"}`
	signIn := connector.SignIn{
		Connection: "graph", RelatesTo: &activity.ConversationReference{Conversation: activity.ConversationAccount{ID: "19:other"}},
		CodeChallenge: "cc", EmulatorURL: "http://e", FinalRedirect: "http://f", ForwardURL: "http://w",
	}
	type tokens = connector.UserTokens
	both := func(token activity.TokenResponse, resource activity.SignInResource, err error) (any, error) {
		return []any{token, resource}, err
	}
	tests := []struct {
		name   string
		call   func(context.Context, *tokens, activity.Conversation) (any, error)
		want   string // method, path and query without state
		state  bool
		body   string
		status int
		answer string
		result string
	}{
		{"get token", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.Token(ctx, to, "graph", "")
		}, "GET /base/api/usertoken/GetToken?" + who, false, "", 200, tok, tok},
		{"get token for a code", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.Token(ctx, to, "graph", "123456")
		}, "GET /base/api/usertoken/GetToken?channelId=msteams&code=123456&connectionName=graph&userId=29%3Auser", false, "", 200, tok, tok},
		{"case 85: 404 is no token", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.Token(ctx, to, "graph", "")
		}, "GET /base/api/usertoken/GetToken?" + who, false, "", 404, `{"error":{"code":"NotFound"}}`, `{}`},
		{"an empty answer is no token", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.Token(ctx, to, "graph", "")
		}, "GET /base/api/usertoken/GetToken?" + who, false, "", 200, ``, `{}`},
		{"token or sign-in: token", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return both(u.TokenOrSignInResource(ctx, to, signIn, "654321"))
		}, "GET /base/api/usertoken/GetTokenOrSignInResource?channelId=msteams&code=654321&connectionName=graph&finalRedirect=http%3A%2F%2Ff&fwdUrl=http%3A%2F%2Fw&userId=29%3Auser",
			true, "", 200, `{"tokenResponse":` + tok + `}`, `[` + tok + `,{}]`},
		{"token or sign-in: sign-in", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return both(u.TokenOrSignIn(ctx, to, "graph", signIn.RelatesTo))
		}, "GET /base/api/usertoken/GetTokenOrSignInResource?" + who, true, "", 200,
			`{"signInResource":{"signInLink":"http://s","tokenExchangeResource":{"id":"r1","uri":"api://x"}}}`,
			`[{},{"signInLink":"http://s","tokenExchangeResource":{"id":"r1","uri":"api://x"}}]`},
		{"token or sign-in: 404", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return both(u.TokenOrSignIn(ctx, to, "graph", signIn.RelatesTo))
		}, "GET /base/api/usertoken/GetTokenOrSignInResource?" + who, true, "", 404, ``, `[{},{}]`},
		{"exchange", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.ExchangeToken(ctx, to, "graph", "mine")
		}, "POST /base/api/usertoken/exchange?" + who, false, `{"token":"mine"}`, 200, tok, tok},
		{"exchange by uri", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.Exchange(ctx, to, "graph", connector.ExchangeRequest{URI: "https://graph.example"})
		}, "POST /base/api/usertoken/exchange?" + who, false, `{"uri":"https://graph.example"}`, 200, tok, tok},
		{"case 85: exchange, 404 with a token", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.ExchangeToken(ctx, to, "graph", "mine")
		}, "POST /base/api/usertoken/exchange?" + who, false, `{"token":"mine"}`, 404, tok, tok},
		{"case 85: exchange, 404 without", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.ExchangeToken(ctx, to, "graph", "mine")
		}, "POST /base/api/usertoken/exchange?" + who, false, `{"token":"mine"}`, 404, `<html>`, `{}`},
		{"sign out", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return nil, u.SignOut(ctx, to, "graph")
		}, "DELETE /base/api/usertoken/SignOut?" + who, false, "", 200, `{}`, `null`},
		{"case 85: sign out of all, 204", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return nil, u.SignOut(ctx, to, "")
		}, "DELETE /base/api/usertoken/SignOut?channelId=msteams&userId=29%3Auser", false, "", 204, ``, `null`},
		{"status", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.Status(ctx, to, "graph", "mail")
		}, "GET /base/api/usertoken/GetTokenStatus?channelId=msteams&include=graph%2Cmail&userId=29%3Auser", false, "", 200,
			`[{"channelId":"msteams","connectionName":"graph","hasToken":true,"serviceProviderDisplayName":"Entra"}]`,
			`[{"channelId":"msteams","connectionName":"graph","hasToken":true,"serviceProviderDisplayName":"Entra"}]`},
		{"AAD tokens", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.AADTokens(ctx, to, "graph", "https://a", "https://b")
		}, "POST /base/api/usertoken/GetAadTokens?" + who, false, `{"resourceUrls":["https://a","https://b"]}`, 200, `{"https://a":` + tok + `}`, `{"https://a":` + tok + `}`},
		{"sign-in URL", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.SignInURL(ctx, to, signIn)
		}, "GET /base/api/botsignin/GetSignInUrl?code_challenge=cc&emulatorUrl=http%3A%2F%2Fe&finalRedirect=http%3A%2F%2Ff", true, "", 200, "http://s?a=b\n", `"http://s?a=b"`},
		{"sign-in resource", func(ctx context.Context, u *tokens, to activity.Conversation) (any, error) {
			return u.SignInResource(ctx, to, signIn)
		}, "GET /base/api/botsignin/GetSignInResource?code_challenge=cc&emulatorUrl=http%3A%2F%2Fe&finalRedirect=http%3A%2F%2Ff", true, "", 200, `{"signInLink":"http://s"}`, `{"signInLink":"http://s"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, tt.status, tt.answer)
			result, err := tt.call(t.Context(), newUserTokens(t, connector.Config{}, ch.URL+"/base/"), copilot())
			if err != nil {
				t.Fatal(err)
			}
			got := ch.one(t)
			u, err := url.Parse(got.URI)
			if err != nil {
				t.Fatal(err)
			}
			query := u.Query()
			state, err := base64.StdEncoding.DecodeString(query.Get("state"))
			if err != nil || tt.state && string(state) != wantState || !tt.state && query.Has("state") {
				t.Errorf("state %s %v\nwant %s", state, err, wantState)
			}
			query.Del("state")
			if have := got.Method + " " + u.Path + "?" + query.Encode(); have != tt.want {
				t.Errorf("asked for %s\nwant %s", have, tt.want)
			}
			if got.Body != tt.body {
				t.Errorf("body %s, want %s", got.Body, tt.body)
			}
			if asJSON, _ := json.Marshal(result); string(asJSON) != tt.result {
				t.Errorf("result %s, want %s", asJSON, tt.result)
			}
			if have := got.Header.Get("Authorization"); have != "Bearer "+secret {
				t.Errorf("Authorization %q", have)
			}
		})
	}
}

// tokenSource remembers what it was asked.
type tokenSource []activity.Conversation

func (s *tokenSource) Token(_ context.Context, to activity.Conversation) (string, error) {
	*s = append(*s, to)
	return secret, nil
}

// The token is that of our own connection, whoever called us, and is asked for
// by the address of the service.
func TestUserTokensTokenOfOurOwn(t *testing.T) {
	ch := newChannel(t, 404, "")
	var source tokenSource
	to := copilot()
	to.Reference.Agent.Role = activity.RoleConnectorUser
	if _, err := newUserTokens(t, connector.Config{Tokens: &source}, ch.URL).Token(t.Context(), to, "graph", ""); err != nil {
		t.Fatal(err)
	}
	want := tokenSource{{
		Claims:    map[string]string{"aud": "app-1"},
		Reference: activity.ConversationReference{ServiceURL: ch.URL, ChannelID: "msteams"},
	}}
	if diff := cmp.Diff(want, source); diff != "" {
		t.Error(diff)
	}
}

func TestUserTokensUntrustedHost(t *testing.T) {
	ch := newChannel(t, 200, "")
	var source tokenSource
	u := newUserTokens(t, connector.Config{Tokens: &source, Hosts: hosts{"https://elsewhere"}}, ch.URL)
	_, err := u.Token(t.Context(), copilot(), "graph", "")
	if !errors.Is(err, activity.ErrUntrustedHost) || len(source) > 0 || len(ch.requests()) > 0 {
		t.Errorf("%v, %d tokens, %d requests", err, len(source), len(ch.requests()))
	}
}

func TestUserTokenRefusals(t *testing.T) {
	exchange := func(ctx context.Context, u *connector.UserTokens) error {
		_, err := u.ExchangeToken(ctx, copilot(), "graph", "eyUSERTOKEN")
		return err
	}
	code := func(ctx context.Context, u *connector.UserTokens) error {
		_, err := u.Token(ctx, copilot(), "graph", "123456")
		return err
	}
	resource := func(ctx context.Context, u *connector.UserTokens) error {
		_, err := u.SignInResource(ctx, copilot(), connector.SignIn{Connection: "grpah"})
		return err
	}
	offer := func(ctx context.Context, u *connector.UserTokens) error {
		_, _, err := u.TokenOrSignIn(ctx, copilot(), "grpah", nil)
		return err
	}
	echo := func(what string) string { // of what was sent, at the end cut in two by the bound of messages
		return `{"error":{"code":"ConsentRequired","message":"` + what + " " + secret + strings.Repeat("x", 500) + what + `"}}`
	}
	consentPage, codePage := echo("eyUSERTOKEN"), echo("123456")
	tests := []struct {
		name   string
		call   func(context.Context, *connector.UserTokens) error
		status int
		answer string
		want   error
	}{
		{"case 85: exchange 400 needs consent", exchange, 400, consentPage, connector.ErrConsentRequired},
		{"exchange 500", exchange, 500, consentPage, activity.ErrOutcomeUnknown},
		{"exchange 401", exchange, 401, consentPage, activity.ErrUnauthorized},
		{"get token 400", code, 400, codePage, activity.ErrInvalid},
		{"get token 500", code, 500, codePage, activity.ErrUnavailable},
		{"get token with a token that is cut off", code, 200, `{"token":"eyUSERTOKEN`, nil},
		{"no such connection", resource, 400, `{"error":{"message":"no setting"}}`, connector.ErrNoSignIn},
		{"no such connection to offer", offer, 400, `{"error":{"message":"no setting"}}`, connector.ErrNoSignIn},
		{"a redirect is not followed", code, 302, ``, nil},
		{"a huge answer", code, 200, strings.Repeat("x", 5<<20), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, tt.status, tt.answer)
			ch.Header = map[string]string{"Location": "https://elsewhere.example/"}
			err := tt.call(t.Context(), newUserTokens(t, connector.Config{MaxWait: -1}, ch.URL))
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if _, ok := errors.AsType[*activity.Error](err); tt.status != 200 && !ok {
				t.Errorf("%v is no *activity.Error", err)
			}
			if errors.Is(err, connector.ErrConsentRequired) != (tt.want == connector.ErrConsentRequired) {
				t.Errorf("consent: %v", err)
			}
			for _, hidden := range []string{"eyUSERTOKEN", "123456", secret} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("the error holds %q: %v", hidden, err)
				}
			}
			ch.one(t)
		})
	}
}

// Reads and sign-outs are repeated; an exchange only when it was not taken.
func TestUserTokenRepeats(t *testing.T) {
	for _, tt := range []struct {
		step  int
		reads int
		posts int
	}{{503, 2, 2}, {429, 2, 2}, {502, 2, 1}, {reset, 2, 1}, {400, 1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			count := 0
			u := func() *connector.UserTokens {
				count = 0
				return newUserTokens(t, connector.Config{HTTPClient: &http.Client{Transport: script(&count, tt.step)}}, "http://127.0.0.1:1")
			}
			u().Token(t.Context(), copilot(), "graph", "")
			if count != tt.reads {
				t.Errorf("get token after %d: %d requests, want %d", tt.step, count, tt.reads)
			}
			u().SignOut(t.Context(), copilot(), "graph")
			if count != tt.reads {
				t.Errorf("sign out after %d: %d requests, want %d", tt.step, count, tt.reads)
			}
			u().ExchangeToken(t.Context(), copilot(), "graph", "mine")
			if count != tt.posts {
				t.Errorf("exchange after %d: %d requests, want %d", tt.step, count, tt.posts)
			}
		})
	}
}

func TestUserTokensBadInput(t *testing.T) {
	for _, address := range []string{"ftp://x", "https://user@x/", "https://x/?a=b", "x", "https://x/../y"} {
		if _, err := connector.NewUserTokens(connector.Config{}, address); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"", connector.TokenServiceGov, connector.TokenServiceChina} {
		u, err := connector.NewUserTokens(connector.Config{Tokens: failing{}}, address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.Token(t.Context(), copilot(), "graph", ""); !errors.Is(err, errNoToken) {
			t.Errorf("%q is not trusted by default: %v", address, err)
		}
	}
	ch := newChannel(t, 200, "")
	u := newUserTokens(t, connector.Config{}, ch.URL)
	nobody := copilot()
	nobody.Reference.User.ID = ""
	_, err1 := u.Token(t.Context(), nobody, "graph", "")
	_, err2 := u.ExchangeToken(t.Context(), copilot(), "", "mine")
	_, err3 := u.SignInURL(t.Context(), copilot(), connector.SignIn{})
	_, err4 := u.Status(t.Context(), nobody)
	for _, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
	if n := len(ch.requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

var errNoToken = errors.New("no token in this test")

type failing struct{}

func (failing) Token(context.Context, activity.Conversation) (string, error) { return "", errNoToken }

// jwt is a token with these claims.
func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func TestExchangeableTokens(t *testing.T) {
	for tok, want := range map[string]bool{
		jwt(`{"aud":"api://app-1"}`):                true,
		jwt(`{"aud":["x","api://botid-app-1"]}`):    true,
		jwt(`{"aud":"api://app-1","idtyp":"user"}`): false,
		jwt(`{"aud":"https://graph.example"}`):      false,
		jwt(`{}`):                                   false,
		jwt(`[]`):                                   false,
		"opaque":                                    false,
		"a.%%.c":                                    false,
	} {
		ch := newChannel(t, 200, `{"token":"`+tok+`"}`)
		got, err := newUserTokens(t, connector.Config{}, ch.URL).Token(t.Context(), copilot(), "graph", "")
		if err != nil || got.IsExchangeable != want {
			t.Errorf("%s: %v %v, want %v", tok, got.IsExchangeable, err, want)
		}
	}
}

func TestTokenResponseIsNotPrinted(t *testing.T) {
	tok := activity.TokenResponse{ConnectionName: "graph", Token: "eySECRET"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", tok, "pointer", &tok)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", tok, "pointer", &tok)
	fmt.Fprintf(&log, "%v %+v %#v %s %q %x %v", tok, tok, tok, tok, tok, tok, &tok)
	if strings.Contains(log.String(), "eySECRET") || strings.Contains(log.String(), fmt.Sprintf("%x", "eySECRET")) {
		t.Error(log.String())
	}
}

func FuzzUserTokenAnswer(f *testing.F) {
	for _, seed := range []string{`{"token":"e30.e30.x"}`, `{"token":1}`, ``, `null`, `[]`, `{"token":"..","expiration":{}}`} {
		f.Add(200, seed)
		f.Add(404, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		answer := roundTripper(func(*http.Request) (*http.Response, error) { return response(status, body), nil })
		u := func() *connector.UserTokens {
			return newUserTokens(t, connector.Config{MaxWait: -1, HTTPClient: &http.Client{Transport: answer}}, "http://127.0.0.1:1")
		}
		if tok, err := u().Token(t.Context(), copilot(), "graph", ""); err != nil && tok.Token != "" {
			t.Errorf("a token beside %v", err)
		}
		if tok, err := u().ExchangeToken(t.Context(), copilot(), "graph", "mine"); err != nil && tok.Token != "" {
			t.Errorf("a token beside %v", err)
		}
	})
}
