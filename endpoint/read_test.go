package endpoint_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/endpoint"
)

func TestMethods(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		t.Run("case 64 "+method+" is 405 and says what is allowed", func(t *testing.T) {
			h := endpoint.New(never(t), gate{verify: func([]string) (activity.Identity, error) {
				t.Error("somebody was verified")
				return activity.Identity{}, nil
			}}, anyHost{}, endpoint.Config{Logger: quiet})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, "/api/messages", unread{t}))
			wantEmpty(t, w, http.StatusMethodNotAllowed)
			if got := w.Header().Get("Allow"); got != "POST" {
				t.Errorf("Allow = %q, want POST", got)
			}
		})
	}
}

func TestBadBodies(t *testing.T) {
	tests := []struct{ name, body string }{
		{"an empty body", ``},
		{"half an object", `{"type":"message"`},
		{"two objects", body("") + body("")},
		{"null", `null`},
		{"a list", `[` + body("") + `]`},
		{"a page", `<html></html>`},
		{"no conversation id", body(`"conversation":{}`)},
		{"no conversation", body(`"conversation":null`)},
		{"no type", body(`"type":""`)},
		{"no channel", body(`"channelId":""`)},
		{"no sender", body(`"from":{"id":""}`)},
		{"an event without a name", body(`"type":"event"`)},
		{"a text that is a number", body(`"text":5`)},
		{"case 111 100,000 levels of value", body(`"value":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))},
		{"case 111 100,000 levels of an unknown member", body(`"x":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000))},
		{"case 111 100,000 levels that never close", strings.Repeat("[", 100_000)},
	}
	for _, tt := range tests {
		t.Run("case 64 "+tt.name+" is 400", func(t *testing.T) {
			wantError(t, post(t, open(never(t)), tt.body), 400, "BadSyntax")
		})
	}
}

func TestContentTypes(t *testing.T) {
	for contentType, want := range map[string]int{
		"": 200, "application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON;charset=UTF-8": 200,
		"application/activity+json": 200,
		"text/plain":                415, "application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=x": 415,
		"application/jsonp": 415, "image/svg+json": 415, ";": 415,
	} {
		t.Run(fmt.Sprintf("%q is %d", contentType, want), func(t *testing.T) {
			r := request(t.Context(), body(""))
			r.Header.Set("Content-Type", contentType)
			w := httptest.NewRecorder()
			open(receiver(nothing)).ServeHTTP(w, r)
			if want == 415 {
				wantError(t, w, 415, "UnsupportedMediaType")
			} else {
				wantEmpty(t, w, want)
			}
		})
	}
}

// Case 111.
func TestLargeBodies(t *testing.T) {
	const limit = 4 << 20
	t.Run("case 111 10 MB that say so are refused unread", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/api/messages", unread{t})
		r.ContentLength = 10 << 20
		w := httptest.NewRecorder()
		open(never(t)).ServeHTTP(w, r)
		wantError(t, w, 413, "TooLarge")
	})
	t.Run("case 111 10 MB in chunks are refused at the limit", func(t *testing.T) {
		all := &counter{r: strings.NewReader(body(`"text":"` + strings.Repeat("x", 10<<20) + `"`))}
		r := httptest.NewRequest(http.MethodPost, "/api/messages", all)
		r.ContentLength = -1
		w := httptest.NewRecorder()
		open(never(t)).ServeHTTP(w, r)
		wantError(t, w, 413, "TooLarge")
		if all.n > limit+1<<20 {
			t.Errorf("%d bytes were read, want little more than the limit of %d", all.n, limit)
		}
	})
	const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for name, start := range map[string]string{
		"that says its length":  head + "Content-Length: 10485760\r\n\r\n",
		"that comes in a chunk": head + "Transfer-Encoding: chunked\r\n\r\n400010\r\n" + strings.Repeat("x", limit+1),
	} {
		t.Run("case 111 over a connection, a body "+name+" is refused before it is there", func(t *testing.T) {
			srv := httptest.NewServer(open(never(t)))
			defer srv.Close()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, start); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != 413 {
				t.Errorf("status = %d, want 413", resp.StatusCode)
			}
		})
	}
	t.Run("MaxBody is the largest body taken", func(t *testing.T) {
		fits := body(`"text":"hello"`)
		for extra, want := range map[int64]int{0: 200, -1: 413} {
			h := endpoint.New(receiver(nothing), gate{}, anyHost{}, endpoint.Config{MaxBody: int64(len(fits)) + extra, Logger: quiet})
			for _, chunked := range []bool{false, true} {
				r := request(t.Context(), fits)
				if chunked {
					r.ContentLength = -1
				}
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != want {
					t.Errorf("MaxBody %+d, chunked %v: status = %d, want %d", extra, chunked, w.Code, want)
				}
			}
		}
	})
	t.Run("a body that ends early is 400", func(t *testing.T) {
		r := request(t.Context(), body(""))
		r.ContentLength++
		w := httptest.NewRecorder()
		open(never(t)).ServeHTTP(w, r)
		wantError(t, w, 400, "BadSyntax")
	})
	t.Run("a request made by hand may not know its length", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", io.MultiReader(strings.NewReader(body(""))))
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		open(receiver(nothing)).ServeHTTP(w, r)
		wantEmpty(t, w, 200)
	})
	t.Run("or have a body at all", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		open(never(t)).ServeHTTP(w, r)
		wantError(t, w, 400, "BadSyntax")
	})
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// A refusal is an error that chooses its status.
type refusal int

func (refusal) Error() string               { return "token of tenant 4711 refused: key=hunter2" }
func (r refusal) HTTPStatus() (int, string) { return int(r), "this is not for you" }

const notForYou = `{"error":{"code":"Unauthorized","message":"this is not for you"}}`

// Case 73, as far as it is the endpoint's.
func TestVerify(t *testing.T) {
	t.Run("case 73 it comes before the content type and the body, and its 401 is empty", func(t *testing.T) {
		for name, tt := range map[string]struct {
			err  error
			want int
			body string
		}{
			"any error is 401":              {errors.New("no token: hunter2"), 401, ""},
			"an error may say so":           {refusal(401), 401, ""},
			"an error may say 403":          {refusal(403), 403, notForYou},
			"also when it is wrapped":       {fmt.Errorf("auth: %w", refusal(403)), 403, notForYou},
			"a success is no status for it": {refusal(200), 401, ""},
			"and neither is nothing at all": {refusal(0), 401, ""},
		} {
			t.Run(name, func(t *testing.T) {
				h := endpoint.New(never(t), gate{verify: func([]string) (activity.Identity, error) { return activity.Identity{}, tt.err }},
					anyHost{}, endpoint.Config{Logger: quiet})
				r := httptest.NewRequest(http.MethodPost, "/api/messages", unread{t})
				r.Header.Set("Content-Type", "text/plain")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != tt.want || w.Body.String() != tt.body {
					t.Errorf("answer = %d %s, want %d %s", w.Code, w.Body, tt.want, tt.body)
				}
				if got := w.Header().Get("WWW-Authenticate"); (got == "Bearer") != (tt.want == 401) {
					t.Errorf("WWW-Authenticate = %q with status %d", got, tt.want)
				}
			})
		}
	})
	for name, values := range map[string][]string{
		"no header": nil, "an empty header": {""}, "one header": {"Bearer a"}, "two headers": {"Bearer a", "Bearer b"},
	} {
		t.Run("case 73 "+name+" is handed on as it came", func(t *testing.T) {
			var got []string
			h := endpoint.New(receiver(nothing), gate{verify: func(v []string) (activity.Identity, error) {
				got = v
				return activity.Identity{}, nil
			}}, anyHost{}, endpoint.Config{Logger: quiet})
			r := request(t.Context(), body(""))
			for _, v := range values {
				r.Header.Add("Authorization", v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			wantEmpty(t, w, 200)
			if diff := cmp.Diff(values, got); diff != "" {
				t.Errorf("Verify got (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("the turn knows who was verified", func(t *testing.T) {
		var got, bound activity.Identity
		h := endpoint.New(receiver(func(_ context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
			got = in.Identity
			return nil, nil
		}), gate{
			verify: func([]string) (activity.Identity, error) {
				return activity.Identity{Claims: map[string]string{"aud": "bot-1"}}, nil
			},
			bind: func(id activity.Identity, _ *activity.Activity) error { bound = id; return nil },
		}, anyHost{}, endpoint.Config{Logger: quiet})
		wantEmpty(t, post(t, h, body("")), 200)
		if got.Audience() != "bot-1" || bound.Audience() != "bot-1" {
			t.Errorf("audience of the turn %q, of Bind %q, want bot-1", got.Audience(), bound.Audience())
		}
	})
	t.Run("Bind refuses with 400, or the status of its error", func(t *testing.T) {
		for _, tt := range []struct {
			err  error
			want int
		}{{errors.New("hunter2"), 400}, {refusal(403), 403}} {
			h := endpoint.New(never(t), gate{bind: func(activity.Identity, *activity.Activity) error { return tt.err }}, anyHost{}, endpoint.Config{Logger: quiet})
			wantError(t, post(t, h, body("")), tt.want, "Refused")
		}
	})
}

// Cases 70, 71 and 110 with the checks that package auth has for them.
func TestServiceURLs(t *testing.T) {
	hosts, err := auth.NewHosts(auth.HostsConfig{Hosts: []string{"http://10.0.0.7:9000/"}})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := auth.NewVerifier(auth.VerifierConfig{Audiences: []string{"bot-1"}})
	if err != nil {
		t.Fatal(err)
	}
	const teams = "https://smba.trafficmanager.net/teams/"
	tests := []struct {
		name       string
		serviceURL string
		claim      string // "-": none
		want       int
	}{
		{"case 70 the claim's host", teams, teams, 200},
		{"case 70 another path and port in the claim", teams, "https://SMBA.trafficmanager.net:8443/", 200},
		{"case 70 no claim", teams, "-", 200},
		{"case 70 a claim of another host", teams, "https://login.botframework.com/", 400},
		{"case 70 an empty claim", teams, "", 400},
		{"case 70 a good name before the host", "https://smba.trafficmanager.net@evil.example/", teams, 400},
		{"case 71 a host beside a trusted one", "https://evil.trafficmanager.net/", "-", 400},
		{"case 71 a host below a trusted one", "https://x.sharepoint.com/", "-", 200},
		{"case 110 plain http", "http://smba.trafficmanager.net/teams/", "-", 400},
		{"case 110 an IP address", "https://10.0.0.7/", "-", 400},
		{"case 110 an IPv6 address", "https://[::1]/", "-", 400},
		{"case 110 user info", "https://user:pass@smba.trafficmanager.net/", "-", 400},
		{"case 110 plain http and an IP address that are listed", "http://10.0.0.7:9000/connector/", "-", 200},
		{"case 110 another port than the listed one", "http://10.0.0.7:9001/", "-", 400},
		{"case 112 a line break", `https://smba.trafficmanager.net/\r\nHost: evil.example/`, "-", 400},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s is %d", tt.name, tt.want), func(t *testing.T) {
			run := endpoint.Receiver(receiver(nothing))
			if tt.want != 200 {
				run = never(t)
			}
			h := endpoint.New(run, gate{bind: verifier.Bind, verify: func([]string) (activity.Identity, error) {
				claims := map[string]string{"aud": "bot-1"}
				if tt.claim != "-" {
					claims["serviceurl"] = tt.claim
				}
				return activity.Identity{Claims: claims}, nil
			}}, hosts, endpoint.Config{Logger: quiet})
			if w := post(t, h, body(`"serviceUrl":"`+tt.serviceURL+`"`)); w.Code != tt.want {
				t.Errorf("answer = %d %s, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
}

// What a caller is told is short and stable; the cause goes to the log, and
// what users write goes to neither.
func TestNothingInternalIsTold(t *testing.T) {
	const secret = "hunter2"
	inside := errors.New("dial tcp 10.0.0.7: " + secret)
	tests := []struct {
		name  string
		cfg   endpoint.Config
		gate  gate
		run   receiver
		body  string
		inLog bool
		host  error
	}{
		{"Verify", endpoint.Config{}, gate{verify: func([]string) (activity.Identity, error) { return activity.Identity{}, inside }}, nothing, body(""), true, nil},
		{"Bind", endpoint.Config{}, gate{bind: func(activity.Identity, *activity.Activity) error { return inside }}, nothing, body(""), true, nil},
		{"Hosts", endpoint.Config{}, gate{}, nothing, body(""), true, inside},
		{"the turn", endpoint.Config{}, gate{}, func(context.Context, activity.Inbound) (*activity.InvokeResponse, error) { return nil, inside }, body(""), false, nil},
		{"an invoke", endpoint.Config{}, gate{}, func(context.Context, activity.Inbound) (*activity.InvokeResponse, error) { return nil, inside }, body(invokes), false, nil},
		{"a stream", endpoint.Config{}, gate{}, func(context.Context, activity.Inbound) (*activity.InvokeResponse, error) { return nil, inside }, body(streams), false, nil},
		{"a bad text", endpoint.Config{}, gate{}, nothing, body(`"text":{"my pin":"` + secret + `"}`), false, nil},
		{"a broken text", endpoint.Config{}, gate{}, nothing, body(`"text":"` + secret), false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			tt.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			w := post(t, endpoint.New(tt.run, tt.gate, hostFunc(func(string) error { return tt.host }), tt.cfg), tt.body)
			if w.Code < 400 || strings.Contains(w.Body.String(), secret) || strings.Contains(w.Body.String(), "10.0.0.7") {
				t.Errorf("answer = %d %s, want an error without what is inside", w.Code, w.Body)
			}
			if got := strings.Contains(log.String(), secret); got != tt.inLog {
				t.Errorf("log = %q, want the cause in it: %v", log.String(), tt.inLog)
			}
		})
	}
}
