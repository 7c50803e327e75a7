package server_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

// counted is an agent that counts its turns of any kind.
func counted() (*agent.App, *atomic.Int64) {
	var turns atomic.Int64
	app := newEcho()
	app.Use(func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			turns.Add(1)
			return next(ctx, t)
		}
	})
	return app, &turns
}

// Who may call, seen from the network. The switches that other SDKs have for
// this change nothing. (S1-014, S2-26, case 70, case 73)
func TestTokens(t *testing.T) {
	w := newWorld(t)
	app, turns := counted()
	log := new(journal)
	settings := w.settings()
	settings["OutboundHostValidator__Enabled"], settings["CloudAdapterOptions__validateServiceUrl"] = "false", "false"
	cfg := config(t, settings)
	cfg.Logger = log.logger()
	srv := serve(t, app, cfg)

	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rs := func(kid string, more map[string]any) []string {
		return []string{sign(t, jwt.SigningMethodRS256, signingKey(), kid, claims(more))}
	}
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	good := bearer(t)
	tests := []struct {
		name          string
		authorization []string
		activity      map[string]any
		want          int
	}{
		{"good", []string{good}, nil, 200},
		{"good, seen before", []string{good}, nil, 200},
		{"the scheme in lower case", []string{strings.Replace(good, "Bearer", "bearer", 1)}, nil, 200},
		{"ended within the clock's skew", rs("key", map[string]any{"exp": ago(4 * time.Minute)}), nil, 200},
		{"several audiences", rs("key", map[string]any{"aud": []string{"else", clientID}}), nil, 200},
		{"service URL of the claim", rs("key", map[string]any{"serviceurl": w.channel.URL}), nil, 200},
		{"service URL with another port", rs("key", map[string]any{"serviceurl": "http://127.0.0.1:1/"}), nil, 200},
		{"endorsed for the channel", rs("teams-key", nil), nil, 200},
		{"tenant of the issuer", rs("key", map[string]any{"iss": entra, "tid": tenantID}), nil, 200},
		{"an issuer with a tenant, a token with none", rs("key", map[string]any{"iss": entra}), nil, 200},

		{"none", nil, nil, 401},
		{"an empty one", []string{""}, nil, 401},
		{"two", []string{good, good}, nil, 401},
		{"Basic", []string{"Basic " + good[len("Bearer "):]}, nil, 401},
		{"no scheme", []string{good[len("Bearer "):]}, nil, 401},
		{"no token", []string{"Bearer"}, nil, 401},
		{"garbage", []string{"Bearer a.b.c"}, nil, 401},
		{"signed by nobody", []string{sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "key", claims(nil))}, nil, 401},
		{"signed with the public key as a password", []string{sign(t, jwt.SigningMethodHS256, x509.MarshalPKCS1PublicKey(&signingKey().PublicKey), "key", claims(nil))}, nil, 401},
		{"signed by RS512", []string{sign(t, jwt.SigningMethodRS512, signingKey(), "key", claims(nil))}, nil, 401},
		{"signed by a stranger", []string{sign(t, jwt.SigningMethodRS256, stranger, "key", claims(nil))}, nil, 401},
		{"signature cut off", []string{good[:strings.LastIndex(good, ".")+1]}, nil, 401},
		{"unknown key", rs("nobody's", nil), nil, 401},
		{"wrong issuer", rs("key", map[string]any{"iss": "https://issuer.evil"}), nil, 401},
		{"no issuer", rs("key", map[string]any{"iss": nil}), nil, 401},
		{"issuer with a slash more", rs("key", map[string]any{"iss": testIssuer + "/"}), nil, 401},
		{"wrong audience", rs("key", map[string]any{"aud": otherID}), nil, 401},
		{"no audience", rs("key", map[string]any{"aud": nil}), nil, 401},
		{"ended", rs("key", map[string]any{"exp": ago(6 * time.Minute)}), nil, 401},
		{"without an end", rs("key", map[string]any{"exp": nil}), nil, 401},
		{"not yet good", rs("key", map[string]any{"nbf": ago(-6 * time.Minute)}), nil, 401},
		{"wrong tenant", rs("key", map[string]any{"iss": entra, "tid": otherID}), nil, 401},
		{"endorsed for another channel", rs("teams-key", nil), map[string]any{"channelId": "directline"}, 401},
		{"service URL of another host", rs("key", map[string]any{"serviceurl": "https://smba.trafficmanager.net/amer/"}), nil, 400},
		{"service URL claim is empty", rs("key", map[string]any{"serviceurl": ""}), nil, 400},
		{"service URL claim with the host as a user name", rs("key", map[string]any{"serviceurl": strings.Replace(w.channel.URL, "127.0.0.1", "127.0.0.1@evil.test", 1)}), nil, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			turnsBefore, callsBefore := turns.Load(), len(w.channel.all())+len(w.tokens.all())
			got := srv.post(t, w.message("hello", tt.activity), tt.authorization...)
			got.want(t, tt.want)
			ran := turns.Load() > turnsBefore
			called := len(w.channel.all())+len(w.tokens.all()) > callsBefore
			if good := tt.want == 200; ran != good || called != good {
				t.Errorf("the turn ran: %t, something was sent or asked for: %t; want both %t", ran, called, good)
			}
			if tt.want == 401 && (got.body != "" || got.Header.Get("WWW-Authenticate") != "Bearer") {
				t.Errorf("401 with body %q and WWW-Authenticate %q, want no body and Bearer", got.body, got.Header.Get("WWW-Authenticate"))
			}
		})
	}
	if signature := good[strings.LastIndex(good, ".")+1:]; strings.Contains(log.String(), signature) {
		t.Errorf("the log holds a token: %s", log)
	}
	if !strings.Contains(log.String(), "issuer.evil") {
		t.Errorf("the log does not say why a token was refused: %s", log)
	}
}

// Without the issuer's keys nobody can be let in, and nobody is at fault.
func TestKeysUnreachable(t *testing.T) {
	w := newWorld(t)
	w.issuer.mu.Lock()
	w.issuer.down = true
	w.issuer.mu.Unlock()
	app, turns := counted()
	log := new(journal)
	cfg := config(t, w.settings())
	cfg.Logger = log.logger()
	srv := serve(t, app, cfg)
	srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusServiceUnavailable)
	if !strings.Contains(log.String(), "signing keys not refreshed") {
		t.Errorf("the server's log does not say that there are no keys: %s", log)
	}
	if turns.Load() != 0 {
		t.Error("a turn ran")
	}
	w.tokens.wantUntouched(t, "token endpoint")
	w.channel.wantUntouched(t, "channel")
}

// A token of another tenant, or government cloud, of an application whose
// tenant is not listed, is refused although its audience is right. (case 74)
func TestForeignTenants(t *testing.T) {
	w := newWorld(t)
	settings := w.settings()
	delete(settings, "TokenValidation__ValidIssuers__0")
	delete(settings, "TokenValidation__ValidIssuers__1")
	settings["TokenValidation__TenantId"] = "common"
	app, turns := counted()
	srv := serve(t, app, config(t, settings))
	token := func(iss, tid string) string {
		return sign(t, jwt.SigningMethodRS256, signingKey(), "key", claims(map[string]any{"iss": iss, "tid": tid}))
	}
	srv.post(t, w.message("hello", nil), token("https://login.microsoftonline.com/"+otherID+"/v2.0", otherID)).want(t, 200)
	before := turns.Load()
	for _, issuer := range []string{
		"https://login.microsoftonline.us/" + otherID + "/v2.0", "https://login.microsoftonline.com/" + otherID + "/v2.0/",
		"https://login.microsoftonline.com/" + otherID, "https://sts.windows.net/" + otherID, "https://login.microsoftonline.com.evil.test/" + otherID + "/v2.0",
	} {
		srv.post(t, w.message("hello", nil), token(issuer, otherID)).want(t, 401)
	}
	if turns.Load() != before {
		t.Error("a turn ran")
	}
}

// Nobody chooses where the agent's token goes, and nothing switches that off.
// (proactive-hosting-auth 9, case 71, case 110)
func TestHostileServiceURLs(t *testing.T) {
	w := newWorld(t)
	evil := newRecorder(t, nil)
	app, turns := counted()
	settings := w.settings()
	settings["OutboundHostValidator__Enabled"] = "false"
	srv := serve(t, app, config(t, settings))
	host := strings.TrimPrefix(w.channel.URL, "http://")
	evilHost := strings.TrimPrefix(evil.URL, "http://")
	tests := []struct{ name, serviceURL string }{
		{"another port of a listed host", evil.URL + "/"},
		{"a user name that looks like the host", "http://" + host + "@" + evilHost + "/"},
		{"a user name in front of the host", "http://ann@" + host + "/"},
		{"a host that only begins like one", "https://smba.trafficmanager.net.evil.test/"},
		{"a host that only ends like one", "https://evilbotframework.com/"},
		{"a sibling of a listed host", "https://evil.trafficmanager.net/"},
		{"plain http", "http://smba.trafficmanager.net/amer/"},
		{"a port of its own", "https://smba.trafficmanager.net:8443/amer/"},
		{"an IP address", "https://10.0.0.7/"},
		{"the cloud's metadata service", "http://169.254.169.254/latest/meta-data/"},
		{"an IPv6 address", "https://[::1]/"},
		{"an IP address in disguise", "http://0x7f000001:" + host[strings.LastIndex(host, ":")+1:] + "/"},
		{"localhost instead of the address", "http://localhost:" + host[strings.LastIndex(host, ":")+1:] + "/"},
		{"https instead of http", "https://" + host + "/"},
		{"a file", "file:///etc/passwd"},
		{"no scheme", host},
		{"no host", "http:///v3"},
		{"a backslash", `http://` + evilHost + `\@` + host + `/`},
		{"a line break", w.channel.URL + "/\r\nX-Evil: 1"},
		{"nothing", ""},
		{"not a URL", "::"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := srv.post(t, w.message("hello", map[string]any{"serviceUrl": tt.serviceURL}), bearer(t))
			got.want(t, http.StatusBadRequest)
			if strings.Contains(got.body, "169.254") || strings.Contains(got.body, evilHost) {
				t.Errorf("the answer repeats the address: %s", got.body)
			}
		})
	}
	if turns.Load() != 0 {
		t.Errorf("%d turns ran", turns.Load())
	}
	w.tokens.wantUntouched(t, "token endpoint")
	w.channel.wantUntouched(t, "channel")
	evil.wantUntouched(t, "attacker")
	srv.post(t, w.message("hello", nil), bearer(t)).want(t, 200) // else the test proves nothing
}

// Microsoft's hosts are trusted unless the operator says otherwise, and what the
// operator lists is. (case 71)
func TestTrustedServiceURLs(t *testing.T) {
	trusted := []string{"https://smba.trafficmanager.net/amer/", "https://contoso.sharepoint.com/", "https://webchat.botframework.com/", "HTTPS://SMBA.trafficmanager.net:443/"}
	for _, defaults := range []string{"true", "false"} {
		t.Run("with Microsoft's hosts: "+defaults, func(t *testing.T) {
			w := newWorld(t)
			settings := w.settings()
			settings["OutboundHostValidator__IncludeDefaultMicrosoftHosts"] = defaults
			settings["OutboundHostValidator__Hosts__1"] = "contoso.com"
			silent := agent.New(agent.Config{Logger: discard})
			srv := serve(t, silent, config(t, settings))
			want := map[string]int{"true": 200, "false": 400}[defaults]
			for _, u := range trusted {
				srv.post(t, w.message("hello", map[string]any{"serviceUrl": u}), bearer(t)).want(t, want)
			}
			srv.post(t, w.message("hello", map[string]any{"serviceUrl": "https://eu.contoso.com/x"}), bearer(t)).want(t, 200)
			srv.post(t, w.message("hello", nil), bearer(t)).want(t, 200)
		})
	}
}

// Nothing that a caller writes becomes a header or a line of its own. (case 112)
func TestLineBreaks(t *testing.T) {
	const evil = "x\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1\r\n"
	tests := []struct {
		name     string
		activity map[string]any
		claims   map[string]any
	}{
		{"in the conversation's id", map[string]any{"conversation": map[string]any{"id": evil}}, nil},
		{"in the activity's id", map[string]any{"id": evil}, nil},
		{"in the recipient", map[string]any{"recipient": map[string]any{"id": evil}}, nil},
		{"in the channel", map[string]any{"channelId": evil}, nil},
		{"in the locale", map[string]any{"locale": evil}, nil},
		{"in the caller", nil, map[string]any{"ver": "2.0", "azp": evil}},
		{"in the caller, old", nil, map[string]any{"ver": "1.0", "appid": evil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			srv := serve(t, newEcho(), config(t, w.settings()))
			token := sign(t, jwt.SigningMethodRS256, signingKey(), "key", claims(tt.claims))
			got := srv.post(t, w.message("hello", tt.activity), token)
			if got.StatusCode != 200 && got.StatusCode != 400 && got.StatusCode != 500 {
				t.Errorf("answered %d", got.StatusCode)
			}
			for _, r := range append(w.channel.all(), w.tokens.all()...) {
				if r.Header.Get("X-Evil") != "" || strings.Contains(r.Path, "evil HTTP") || strings.ContainsAny(r.Path, "\r\n") {
					t.Errorf("on the wire: %s %v", r, r.Header)
				}
				if tt.claims != nil && !strings.HasSuffix(r.Path, "/token") {
					t.Errorf("sent although the caller is no app: %s", r)
				}
			}
			if tt.claims != nil {
				w.tokens.wantUntouched(t, "token endpoint")
			}
		})
	}
}

// An agent without credentials is for its own machine. (DESIGN 4.8)
func TestAnonymousGuard(t *testing.T) {
	w := newWorld(t)
	app, turns := counted()
	log := new(journal)
	srv := serve(t, app, server.Config{Logger: log.logger(), Origins: []string{"https://listed.test"}})
	mounted := new(atomic.Int64)
	srv.Handle("POST /mine", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { mounted.Add(1) }))

	tests := []struct {
		name  string
		alter func(r *http.Request)
		want  int
	}{
		{"a name of this machine", func(r *http.Request) { r.Host = "localhost:1" }, 200},
		{"a page of this machine", func(r *http.Request) { r.Header.Set("Origin", "http://localhost:5173") }, 200},
		{"a listed page", func(r *http.Request) { r.Header.Set("Origin", "https://listed.test") }, 200},
		{"JSON with a charset", func(r *http.Request) { r.Header.Set("Content-Type", "Application/JSON; charset=utf-8") }, 200},
		{"a foreign name", func(r *http.Request) { r.Host = "evil.test" }, 403},
		{"a name that only begins like loopback", func(r *http.Request) { r.Host = "127.0.0.1.evil.test" }, 403},
		{"another machine's address", func(r *http.Request) { r.Host = "10.0.0.7:3978" }, 403},
		{"a foreign page", func(r *http.Request) { r.Header.Set("Origin", "https://evil.test") }, 403},
		{"a page without an origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"a listed page by plain http", func(r *http.Request) { r.Header.Set("Origin", "http://listed.test") }, 403},
		{"two origins", func(r *http.Request) { r.Header["Origin"] = []string{"http://localhost", "https://evil.test"} }, 403},
		{"text", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
		{"a form", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415},
		{"no type", func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
	}
	for _, path := range []string{"/api/messages", "/mine"} {
		for _, tt := range tests {
			t.Run(path+" "+tt.name, func(t *testing.T) {
				before := turns.Load() + mounted.Load()
				body := strings.NewReader(`{"type":"message","text":"hi","channelId":"test","serviceUrl":"` + w.channel.URL +
					`","from":{"id":"a"},"recipient":{"id":"b"},"conversation":{"id":"c"}}`)
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+path, body)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/json")
				tt.alter(req)
				do(t, req).want(t, tt.want)
				if ran := turns.Load()+mounted.Load() > before; ran != (tt.want == 200) {
					t.Errorf("a handler ran: %t", ran)
				}
			})
		}
	}
	t.Run("a token nobody can check", func(t *testing.T) {
		before := turns.Load()
		srv.post(t, w.message("hello", nil), "Bearer a.b.c").want(t, 401)
		if turns.Load() != before {
			t.Error("a turn ran")
		}
	})
	t.Run("a service URL of another machine", func(t *testing.T) {
		before := turns.Load()
		for _, u := range []string{"http://10.0.0.7/", "http://169.254.169.254/", "http://example.com/"} {
			srv.post(t, w.message("hello", map[string]any{"serviceUrl": u})).want(t, 400)
		}
		if turns.Load() != before {
			t.Error("a turn ran")
		}
	})
	for _, r := range w.channel.all() {
		if r.Header["Authorization"] != nil {
			t.Errorf("%s carries a token", r)
		}
	}
	if !strings.Contains(log.String(), "no credentials") {
		t.Errorf("the log does not say that there are no credentials: %s", log)
	}
}

// The size and the depth of what is read are bounded. (case 111)
func TestBounds(t *testing.T) {
	w := newWorld(t)
	app, turns := counted()
	srv := serve(t, app, config(t, w.settings()))
	srv.post(t, w.message(strings.Repeat("x", 10<<20), nil), bearer(t)).want(t, http.StatusRequestEntityTooLarge)

	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/api/messages", strings.NewReader(
		`{"type":"message","channelId":"test","serviceUrl":"`+w.channel.URL+`","from":{"id":"a"},"conversation":{"id":"c"},"value":`+deep+`}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", bearer(t))
	req.Header.Set("Content-Type", "application/json")
	do(t, req).want(t, http.StatusBadRequest)
	if turns.Load() != 0 {
		t.Error("a turn ran")
	}
}

// A stranger is told so before the body is read: the answer comes although
// most of the body is still to be sent.
func TestStrangersAreNotReadFrom(t *testing.T) {
	w := newWorld(t)
	srv := serve(t, newEcho(), config(t, w.settings()))
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(srv.URL, "http://"), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("answered %s, want 401", resp.Status)
	}
}

// /healthz and /readyz need no token, and other methods or paths are not there.
func TestHealth(t *testing.T) {
	w := newWorld(t)
	srv := serve(t, newEcho(), config(t, w.settings()))
	get(t, srv.URL+"/healthz").want(t, 200)
	get(t, srv.URL+"/readyz").want(t, 200)
	get(t, srv.URL+"/api/messages").want(t, 405)
	get(t, srv.URL+"/nothing").want(t, 404)
}

var discard = slog.New(slog.DiscardHandler)
