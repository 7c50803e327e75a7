package auth

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
)

func TestVerifyOverLoopback(t *testing.T) {
	host := newKeyHost()
	host.keys[0] = publicJWK("key-1", firstKey(), map[string]any{"endorsements": []string{"msteams"}})
	server := httptest.NewServer(host)
	defer server.Close()
	issuer := server.URL + "/" + tenant + "/v2.0"
	v, err := NewVerifier(VerifierConfig{
		Audiences:         []string{clientID},
		ValidIssuers:      []string{issuer},
		OpenIDMetadataURL: issuer + "/.well-known/openid-configuration",
	})
	if err != nil {
		t.Fatal(err)
	}
	claims := goodClaims(map[string]any{"iss": issuer, "iat": 1700000000, "beta": true, "roles": []string{"a"}, "exp": 4000000000, "nbf": nil})
	got, err := v.Verify(t.Context(), mint(t, claims))
	if err != nil {
		t.Fatal(err)
	}
	want := activity.Identity{
		Claims: map[string]string{
			"iss": issuer, "aud": clientID, "tid": tenant, "ver": "2.0", "azp": otherGUID,
			"iat": "1700000000", "exp": "4000000000", "beta": "true",
		},
		Endorsements: []string{"msteams"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
}

func TestVerifyClaims(t *testing.T) {
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	tests := []struct {
		name   string
		claims map[string]any
		ok     bool
	}{
		{"S1-014: a good token", nil, true},
		{"S2-26: expired beyond the skew", map[string]any{"exp": ago(6 * time.Minute)}, false},
		{"S2-26: expired within the skew", map[string]any{"exp": ago(4 * time.Minute)}, true},
		{"not yet valid", map[string]any{"nbf": ago(-6 * time.Minute)}, false},
		{"not yet valid within the skew", map[string]any{"nbf": ago(-4 * time.Minute)}, true},
		{"no expiry", map[string]any{"exp": nil}, false},
		{"expiry is text", map[string]any{"exp": "tomorrow"}, false},
		{"S2-26: another audience", map[string]any{"aud": otherGUID}, false},
		{"no audience", map[string]any{"aud": nil}, false},
		{"audience is a number", map[string]any{"aud": 7}, false},
		{"case 73: audience array with the client id", map[string]any{"aud": []string{otherGUID, clientID}}, true},
		{"audience array without it", map[string]any{"aud": []string{otherGUID}}, false},
		{"S2-26: another issuer", map[string]any{"iss": "https://evil.tld"}, false},
		{"no issuer", map[string]any{"iss": nil}, false},
		{"case 74: issuer of the government", map[string]any{"iss": "https://login.microsoftonline.us/" + tenant + "/v2.0"}, false},
		{"case 74: Bot Framework of the government", map[string]any{"iss": "https://api.botframework.us"}, false},
		{"issuer of version 1", map[string]any{"iss": entraV1}, true},
		{"issuer of version 1 without slash", map[string]any{"iss": strings.TrimSuffix(entraV1, "/")}, false},
		{"issuer of version 2 with slash", map[string]any{"iss": entraV2 + "/"}, false},
		{"issuer in upper case", map[string]any{"iss": strings.ToUpper(entraV2)}, true},
		{"Microsoft's own tenant", map[string]any{"iss": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/", "tid": nil}, true},
		{"case 72: tenant of somebody else", map[string]any{"tid": otherGUID}, false},
		{"case 72: mapped tenant of somebody else", map[string]any{tenantClaims[1]: otherGUID}, false},
		{"case 72: tenant in upper case", map[string]any{"tid": strings.ToUpper(tenant)}, true},
		{"case 72: tenant missing", map[string]any{"tid": nil}, true},
		{"tenant is no text", map[string]any{"tid": 7}, false},
		{"case 72: Bot Framework, no tenant check", map[string]any{"iss": botIssuer, "tid": otherGUID}, true},
	}
	v := newVerifier(t, newKeyHost())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := v.Verify(t.Context(), mint(t, goodClaims(tt.claims)))
			wantVerdict(t, err, tt.ok)
		})
	}
}

// case 34: of an array of audiences the claims keep the one that is this agent;
// the JavaScript SDK keeps the first, whoever that is.
func TestCase34_OneAudienceIsKept(t *testing.T) {
	v := newVerifier(t, newKeyHost())
	id, err := v.Verify(t.Context(), mint(t, goodClaims(map[string]any{"aud": []string{otherGUID, clientID}})))
	if err != nil || id.Claims["aud"] != clientID {
		t.Errorf("aud %q, %v", id.Claims["aud"], err)
	}
}

// wantVerdict checks that err is nil, or else a refusal with 401.
func wantVerdict(t *testing.T, err error, ok bool) {
	t.Helper()
	if ok {
		if err != nil {
			t.Errorf("got %v, want success", err)
		}
		return
	}
	e, is := errors.AsType[*Error](err)
	if !is || e.Status != http.StatusUnauthorized {
		t.Errorf("got %v, want an *Error with 401", err)
	}
}

func TestVerifyForged(t *testing.T) {
	public, _ := x509.MarshalPKIXPublicKey(&firstKey().PublicKey)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	kid := map[string]any{"kid": "key-1"}
	good := mint(t, goodClaims(nil))
	parts := strings.Split(good[0], ".")

	tests := []struct {
		name   string
		header []string
	}{
		{"no header", nil},
		{"empty header", []string{""}},
		{"case 73: scheme Basic", []string{"Basic dXNlcjpwYXNz"}},
		{"no scheme", []string{strings.TrimPrefix(good[0], "Bearer ")}},
		{"no token", []string{"Bearer "}},
		{"two headers", []string{good[0], good[0]}},
		{"two tokens", []string{good[0] + ", " + good[0]}},
		{"17 KiB", []string{"Bearer " + strings.Repeat("a", 17<<10)}},
		{"case 73: alg none", mintWith(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid, goodClaims(nil))},
		{"case 73: HS256 keyed with the public key", mintWith(t, jwt.SigningMethodHS256, publicPEM, kid, goodClaims(nil))},
		{"HS256 keyed with the modulus", mintWith(t, jwt.SigningMethodHS256, firstKey().N.Bytes(), kid, goodClaims(nil))},
		{"RS512 by the right key", mintWith(t, jwt.SigningMethodRS512, firstKey(), kid, goodClaims(nil))},
		{"PS256 by the right key", mintWith(t, jwt.SigningMethodPS256, firstKey(), kid, goodClaims(nil))},
		{"another key under the same id", mintWith(t, jwt.SigningMethodRS256, secondKey(), kid, goodClaims(nil))},
		{"unknown key", mintWith(t, jwt.SigningMethodRS256, secondKey(), map[string]any{"kid": "key-2"}, goodClaims(nil))},
		{"no key id", mintWith(t, jwt.SigningMethodRS256, firstKey(), nil, goodClaims(nil))},
		{"critical extension", mintWith(t, jwt.SigningMethodRS256, firstKey(), map[string]any{"kid": "key-1", "crit": []string{"x"}}, goodClaims(nil))},
		{"no signature", []string{parts[0] + "." + parts[1] + "."}},
		{"claims exchanged", []string{parts[0] + "." + strings.Split(mint(t, goodClaims(map[string]any{"azp": clientID}))[0], ".")[1] + "." + parts[2]}},
		{"bad base64", []string{parts[0] + ".%%%." + parts[2]}},
		{"two segments", []string{parts[0] + "." + parts[1]}},
		{"five segments", []string{good[0] + ".a.b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newVerifier(t, newKeyHost()).Verify(t.Context(), tt.header)
			wantVerdict(t, err, false)
			for _, secret := range parts {
				if strings.Contains(err.Error(), strings.TrimPrefix(secret, "Bearer ")) {
					t.Errorf("the error repeats a part of the token: %v", err)
				}
			}
		})
	}
}

func TestVerifyScheme(t *testing.T) {
	v := newVerifier(t, newKeyHost())
	token := strings.TrimPrefix(mint(t, goodClaims(nil))[0], "Bearer ")
	for _, scheme := range []string{"bearer ", "BEARER ", "Bearer  "} {
		if _, err := v.Verify(t.Context(), []string{scheme + token}); err != nil {
			t.Errorf("scheme %q: %v", scheme, err)
		}
	}
}

func TestVerifyManyTenants(t *testing.T) {
	v := newVerifier(t, newKeyHost(), func(c *VerifierConfig) { c.TenantID = "organizations" })
	tests := []struct {
		issuer string
		ok     bool
	}{
		{"https://login.microsoftonline.com/" + otherGUID + "/v2.0", true},
		{"HTTPS://Login.MicrosoftOnline.com/" + otherGUID + "/v2.0", true},
		{"https://sts.windows.net/" + otherGUID + "/", true},
		{botIssuer, true},
		{"https://login.microsoftonline.com/" + otherGUID + "/V2.0", false},
		{"https://login.microsoftonline.com/" + otherGUID + "/v2.0/", false},
		{"https://sts.windows.net/" + otherGUID, false},
		{"https://login.microsoftonline.com/contoso.com/v2.0", false},
		{"https://login.microsoftonline.us/" + otherGUID + "/v2.0", false}, // case 74
		{"https://login.microsoftonline.com.evil.tld/" + otherGUID + "/v2.0", false},
		{"x\nhttps://sts.windows.net/" + otherGUID + "/", false},
	}
	for _, tt := range tests {
		t.Run(tt.issuer, func(t *testing.T) {
			_, err := v.Verify(t.Context(), mint(t, goodClaims(map[string]any{"iss": tt.issuer, "tid": otherGUID})))
			wantVerdict(t, err, tt.ok)
		})
	}
}

func TestVerifyConfig(t *testing.T) {
	v2 := func(login string) string { return "https://" + login + "/" + tenant + "/v2.0" }
	tests := []struct {
		name   string
		change func(*VerifierConfig)
		claims map[string]any
		ok     bool
	}{
		{"government agent, government tenant", func(c *VerifierConfig) { c.IsGov = true }, map[string]any{"iss": v2("login.microsoftonline.us")}, true},
		{"government agent, its Bot Framework", func(c *VerifierConfig) { c.IsGov = true }, map[string]any{"iss": "https://api.botframework.us"}, true},
		{"government agent, public Bot Framework", func(c *VerifierConfig) { c.IsGov = true }, map[string]any{"iss": botIssuer}, false},
		{"China by its issuers", func(c *VerifierConfig) { c.ValidIssuers = []string{chinaCloud.bot} }, map[string]any{"iss": chinaCloud.bot}, true},
		{"channels only, Bot Framework", func(c *VerifierConfig) { c.AzureBotServiceOnly = true }, map[string]any{"iss": botIssuer}, true},
		{"channels only, own tenant", func(c *VerifierConfig) { c.AzureBotServiceOnly = true }, nil, false},
		{"listed issuers replace all others", func(c *VerifierConfig) { c.ValidIssuers = []string{entraV2} }, map[string]any{"iss": botIssuer}, false},
		{"listed issuer without tenant", func(c *VerifierConfig) { c.ValidIssuers = []string{"https://id.test"} }, map[string]any{"iss": "https://id.test"}, true},
		{"caller listed", func(c *VerifierConfig) { c.AllowedCallers = []string{otherGUID} }, nil, true},
		{"caller listed by appid", func(c *VerifierConfig) { c.AllowedCallers = []string{otherGUID} }, map[string]any{"azp": nil, "appid": strings.ToUpper(otherGUID)}, true},
		{"caller not listed", func(c *VerifierConfig) { c.AllowedCallers = []string{clientID} }, nil, false},
		{"caller not named", func(c *VerifierConfig) { c.AllowedCallers = []string{clientID} }, map[string]any{"azp": nil}, false},
		{"any caller", func(c *VerifierConfig) { c.AllowedCallers = []string{clientID, "*"} }, nil, true},
		{"callers do not concern the Bot Framework", func(c *VerifierConfig) { c.AllowedCallers = []string{clientID} }, map[string]any{"iss": botIssuer}, true},
		{"no tenant configured", func(c *VerifierConfig) { c.TenantID = "" }, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newVerifier(t, newKeyHost(), tt.change).Verify(t.Context(), mint(t, goodClaims(tt.claims)))
			wantVerdict(t, err, tt.ok)
		})
	}
}

func TestNewVerifierRefuses(t *testing.T) {
	ids := []string{clientID}
	tests := []struct {
		cfg  VerifierConfig
		want string
	}{
		{VerifierConfig{}, "TokenValidation__Audiences"},
		{VerifierConfig{Audiences: []string{""}}, "TokenValidation__Audiences"},
		{VerifierConfig{Audiences: ids, TenantID: "contoso.com"}, "TokenValidation__TenantId"},
		{VerifierConfig{Audiences: ids, ValidIssuers: []string{""}}, "TokenValidation__ValidIssuers"},
		{VerifierConfig{Audiences: ids, OpenIDMetadataURL: "http://id.test/"}, "https, or http on loopback"},
		{VerifierConfig{Audiences: ids, OpenIDMetadataURL: "id.test"}, "TokenValidation__OpenIdMetadataUrl"},
	}
	for _, tt := range tests {
		if _, err := NewVerifier(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewVerifier(%+v): got %v, want an error naming %s", tt.cfg, err, tt.want)
		}
	}
}

func TestAnonymous(t *testing.T) {
	tests := []struct {
		name   string
		header []string
		ok     bool
	}{
		{"no header", nil, true},
		{"case 73: empty header", []string{""}, true},
		{"case 73: scheme Basic", []string{"Basic dXNlcjpwYXNz"}, false},
		{"a token", mint(t, goodClaims(nil)), false},
		{"empty and a token", []string{"", "Bearer x"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := Anonymous{}.Verify(t.Context(), tt.header)
			wantVerdict(t, err, tt.ok)
			if !id.Anonymous() {
				t.Errorf("got identity %v, want none", id)
			}
			if err != nil && !strings.Contains(err.Error(), "no client id") {
				t.Errorf("the error does not say what is missing: %v", err)
			}
		})
	}
}
