package localchannel_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/localchannel"
)

func TestGuard(t *testing.T) {
	guarded := localchannel.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
	}), []string{"https://intranet.example"})
	const host, typ = "localhost:3978", "application/json"
	tests := []struct {
		name, host, origin, contentType string
		want                            int
	}{
		{"localhost", host, "", typ, 200},
		{"without port", "localhost", "", typ, 200},
		{"below localhost", "chat.localhost:80", "", typ, 200},
		{"127.0.0.1", "127.0.0.1:3978", "", typ, 200},
		{"all of 127", "127.9.9.9", "", typ, 200},
		{"IPv6", "[::1]:3978", "", typ, 200},
		{"IPv6 without port", "[::1]", "", typ, 200},
		{"any case", "LOCALHOST:1", "", typ, 200},
		{"foreign host", "rebind.example:3978", "", typ, 403},
		{"localhost of others", "localhost.example", "", typ, 403},
		{"looks like 127", "127.0.0.1.example", "", typ, 403},
		{"local network", "192.168.1.2:3978", "", typ, 403},
		{"any address", "0.0.0.0:3978", "", typ, 403},
		{"no host", "", "", typ, 403},
		{"own page", host, "http://localhost:3978", typ, 200},
		{"page on another port", host, "http://127.0.0.1:5173", typ, 200},
		{"listed page", host, "https://intranet.example", typ, 200},
		{"foreign page", host, "https://evil.example", typ, 403},
		{"listed name, other scheme", host, "http://intranet.example", typ, 403},
		{"listed name as prefix", host, "https://intranet.example.evil", typ, 403},
		{"loopback name as user", host, "http://localhost@evil.example", typ, 403},
		{"sandboxed page", host, "null", typ, 403},
		{"file", host, "file://localhost", typ, 403},
		{"charset", host, "", "application/json; charset=utf-8", 200},
		{"suffix", host, "", "application/vnd.x+json", 200},
		{"text", host, "", "text/plain", 415},
		{"form", host, "", "application/x-www-form-urlencoded", 415},
		{"JSON in a text type", host, "", "text/plain; application/json", 415},
		{"text suffix", host, "", "text/x+json", 415},
		{"no type", host, "", "", 415},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := &countingReader{Reader: strings.NewReader(`{}`)}
			r := httptest.NewRequest("POST", "/", body)
			r.Host, r.RemoteAddr = tt.host, "127.0.0.1:1"
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			w := httptest.NewRecorder()
			guarded.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("answers %d, want %d", w.Code, tt.want)
			}
			if w.Code != 200 && body.n > 0 {
				t.Errorf("%d bytes of the body were read", body.n)
			}
		})
	}
}

// Headers are the caller's own words; the ends of the connection are not.
func TestGuardLooksAtTheConnection(t *testing.T) {
	here, there := "127.0.0.1:1", "192.168.1.7:50123"
	tcp := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 3978} }
	tests := []struct {
		name, peer string
		local      net.Addr // nil when no server of net/http is in front
		header     string   // any that proxies add
		want       int
	}{
		{"from here", here, tcp("127.0.0.1"), "", 200},
		{"from here by IPv6", "[::1]:1", tcp("::1"), "", 200},
		{"from here by IPv4 in IPv6", "[::ffff:127.0.0.1]:1", tcp("::ffff:127.0.0.1"), "", 200},
		{"by hand", here, nil, "", 200},
		{"a Unix socket", "@", &net.UnixAddr{Name: "/run/agent", Net: "unix"}, "", 200},
		{"another network, loopback", here, other("127.0.0.1:3978"), "", 200},
		{"another machine", there, tcp("192.168.1.2"), "", 403},
		{"another machine, loopback server", there, tcp("127.0.0.1"), "", 403},
		{"another machine by IPv6", "[2001:db8::1]:1", tcp("::1"), "", 403},
		{"another interface", here, tcp("192.168.1.2"), "", 403},
		{"another network", here, other("10.0.0.1:3978"), "", 403},
		{"another network without addresses", here, other("tunnel"), "", 403},
		{"by hand from httptest", "192.0.2.1:1234", nil, "", 403},
		{"unknown peer", "", nil, "", 403},
		{"unknown peer of a loopback server", "", tcp("127.0.0.1"), "", 403},
		{"odd peer", "localhost:1", nil, "", 403},
		{"no port", "127.0.0.1", nil, "", 403},
		{"a proxy (Forwarded)", here, tcp("127.0.0.1"), "Forwarded", 403},
		{"a proxy (X-Forwarded-For)", here, tcp("127.0.0.1"), "X-Forwarded-For", 403},
		{"a proxy (X-Forwarded-Host)", here, tcp("127.0.0.1"), "X-Forwarded-Host", 403},
		{"a proxy (X-Real-IP)", here, tcp("127.0.0.1"), "X-Real-IP", 403},
		{"a proxy before a Unix socket", "@", &net.UnixAddr{Name: "/run/agent", Net: "unix"}, "X-Forwarded-For", 403},
	}
	guarded := localchannel.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := &countingReader{Reader: strings.NewReader(`{}`)}
			r := httptest.NewRequest("POST", "/", body)
			r.Host, r.RemoteAddr = "localhost:3978", tt.peer
			r.Header.Set("Content-Type", "application/json")
			if tt.header != "" {
				r.Header.Set(tt.header, "127.0.0.1")
			}
			if tt.local != nil {
				r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, tt.local))
			}
			w := httptest.NewRecorder()
			guarded.ServeHTTP(w, r)
			if w.Code != tt.want || body.n > 0 {
				t.Errorf("answers %d after %d bytes of the body, want %d before any", w.Code, body.n, tt.want)
			}
		})
	}
}

// other is an address that is of no network of package net.
type other string

func (other) Network() string  { return "other" }
func (o other) String() string { return string(o) }

// Every request of an anonymous agent passes the guard.
func TestGuardCostsNothing(t *testing.T) {
	guarded := localchannel.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	for _, typ := range []string{"application/json", "application/json; charset=utf-8"} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{}`))
		r.Host, r.RemoteAddr = "127.0.0.1:3978", "127.0.0.1:1"
		r.Header.Set("Content-Type", typ)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 3978})))
		if n := testing.AllocsPerRun(100, func() { guarded.ServeHTTP(nil, r) }); n > 0 {
			t.Errorf("%s: %v allocations", typ, n)
		}
	}
}

type countingReader struct {
	io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestEveryRouteIsGuarded(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	for _, path := range []string{base, base + "/" + conv.ID + "/activities", base + "/" + conv.ID + "/stream", service + "/" + conv.ID + "/activities", service + "/" + conv.ID + "/attachments", "/connector/v3/attachments/x/views/original", "/files/x/y", "/v3/directline/nothing", "/nothing"} {
		f.want(http.StatusForbidden, "POST", path, "{}", nil, "Origin", "https://evil.example")
		f.want(http.StatusForbidden, "GET", path, "", nil, "Host", "evil.example")
		f.want(http.StatusUnsupportedMediaType, "POST", path, "{}", nil, "Content-Type", "text/plain")
	}
	f.agent.received(t, 1)
}

func TestCORS(t *testing.T) {
	f := serve(t)
	req, _ := http.NewRequest("OPTIONS", f.server.URL+base, nil)
	req.Header.Set("Origin", "http://localhost:5173")
	req.Header.Set("Access-Control-Request-Headers", "authorization,x-ms-bot-agent")
	resp, err := f.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	h := resp.Header
	if resp.StatusCode != 204 || h.Get("Access-Control-Allow-Origin") != "http://localhost:5173" || h.Get("Access-Control-Allow-Credentials") != "true" ||
		!strings.Contains(h.Get("Access-Control-Allow-Headers"), "x-ms-bot-agent") {
		t.Errorf("preflight answers %d with %v", resp.StatusCode, h)
	}
}

// Uploads and the forms of OAuth are no JSON; foreign pages may not send them
// either.
func TestGuardTakesFilesAndForms(t *testing.T) {
	guarded := localchannel.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	for path, want := range map[string]int{
		base + "/x/upload": 200, "/tenant/oauth2/v2.0/token": 200, "/api/botsignin/signin": 200,
		base + "/x/upload/x": 415, base + "/x/uploads": 415, "/oauth2/v2.0/token/x": 415, service + "/x/attachments": 415,
	} {
		for origin, want := range map[string]int{"": want, "http://localhost:1": want, "https://evil.example": 403, "null": 403} {
			r := httptest.NewRequest("POST", path, strings.NewReader("x"))
			r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			w := httptest.NewRecorder()
			guarded.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s from %q is answered %d, want %d", path, origin, w.Code, want)
			}
		}
	}
}

func TestGuardOrigin(t *testing.T) {
	guarded := localchannel.GuardOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), []string{"https://intranet.example"})
	for origin, want := range map[string]int{"": 200, "http://localhost:1": 200, "https://intranet.example": 200, "https://evil.example": 403, "null": 403} {
		body := &countingReader{Reader: strings.NewReader("x")}
		r := httptest.NewRequest("POST", "/", body) // from another machine
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		if w.Code != want || body.n > 0 {
			t.Errorf("%q is answered %d after %d bytes of the body, want %d", origin, w.Code, body.n, want)
		}
	}
}
