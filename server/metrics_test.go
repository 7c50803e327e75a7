package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

var (
	metricComment = regexp.MustCompile(`^# (HELP|TYPE) (outspoken_[a-z_]+) (.+)$`)
	metricSample  = regexp.MustCompile(`^(outspoken_[a-z_]+)((?:\{[a-z]+="[A-Za-z0-9]+"(?:,[a-z]+="[A-Za-z0-9]+")*\})?) (\d+)$`)
)

// metrics reads the text format, and checks it: each family has its HELP and
// TYPE, in this order and once, before its samples, of which none comes twice.
func (r *running) metrics(t *testing.T) map[string]string {
	t.Helper()
	got := get(t, r.URL+"/metrics")
	got.want(t, http.StatusOK)
	if ct := got.Header.Get("Content-Type"); ct != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("Content-Type %q", ct)
	}
	if !strings.HasSuffix(got.body, "\n") {
		t.Error("the last line has no end")
	}
	samples, said, family := map[string]string{}, map[string]bool{}, ""
	for line := range strings.Lines(got.body) {
		line = strings.TrimSuffix(line, "\n")
		if c := metricComment.FindStringSubmatch(line); c != nil {
			if said[c[1]+c[2]] || c[1] == "TYPE" && !said["HELP"+c[2]] {
				t.Errorf("out of place: %s", line)
			}
			if c[1] == "TYPE" && (c[3] == "counter") != strings.HasSuffix(c[2], "_total") {
				t.Errorf("counters end in _total, and nothing else: %s", line)
			}
			said[c[1]+c[2]], family = true, c[2]
			continue
		}
		s := metricSample.FindStringSubmatch(line)
		switch {
		case s == nil:
			t.Errorf("not a line of the format: %q", line)
		case s[1] != family || !said["TYPE"+family] || samples[s[1]+s[2]] != "":
			t.Errorf("out of place: %s", line)
		default:
			samples[s[1]+s[2]] = s[3]
		}
	}
	return samples
}

// What is counted, and that nothing else is.
func TestMetrics(t *testing.T) {
	w := newWorld(t)
	w.channel.answer = func(n int, r request) (int, string) {
		text := ""
		if strings.HasPrefix(r.Method, "P") && strings.HasSuffix(r.Path, "/in-1") {
			text = r.activity(t).Text
		}
		switch {
		case text == "Echo: blocked":
			return http.StatusForbidden, `{"error":{"code":"MessageWritesBlocked","message":"no"}}`
		case text == "Echo: gateway":
			return http.StatusBadGateway, ""
		case n == 1:
			return http.StatusServiceUnavailable, ""
		}
		return http.StatusOK, `{"id":"x"}`
	}
	app := newEcho()
	app.OnText("fail", func(context.Context, *agent.Turn) error { return errors.New("no paper") })
	app.OnText("edit", func(ctx context.Context, t *agent.Turn) error {
		return errors.Join(t.Update(ctx, &activity.Activity{Type: "message", ID: "x", Text: "y"}), t.Delete(ctx, "x"))
	})
	wait, running := make(chan struct{}), make(chan struct{})
	app.OnText("wait", func(context.Context, *agent.Turn) error { close(running); <-wait; return nil })
	app.OnInvoke("ask", func(_ context.Context, t *agent.Turn) error { return t.Respond(http.StatusNotFound, nil) })
	srv := serve(t, app, config(t, w.settings()))

	all := srv.metrics(t)
	for name, n := range all {
		if n != "0" {
			t.Errorf("%s is %s before anything happened", name, n)
		}
	}
	srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK) // after one retry
	srv.post(t, w.message("blocked", nil), bearer(t)).want(t, http.StatusInternalServerError)
	srv.post(t, w.message("gateway", nil), bearer(t)).want(t, http.StatusInternalServerError)
	srv.post(t, w.message("fail", nil), bearer(t)).want(t, http.StatusInternalServerError)
	srv.post(t, w.message("edit", nil), bearer(t)).want(t, http.StatusOK)
	srv.post(t, w.message("", map[string]any{"type": "invoke", "name": "ask"}), bearer(t)).want(t, http.StatusNotFound)
	srv.post(t, w.message("", map[string]any{"type": "conversationUpdate"}), bearer(t)).want(t, http.StatusOK)
	srv.post(t, w.message("", map[string]any{"type": "madeUp\"}"}), bearer(t)).want(t, http.StatusOK)
	srv.post(t, w.message("hello", nil)).want(t, http.StatusUnauthorized)
	err := srv.Messenger().Continue(t.Context(), "conv-1", func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "By the way") })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := srv.Adapter().Send(t.Context(), known("http://127.0.0.1:9/"), activity.Message("nobody is there")); !errors.Is(err, activity.ErrUntrustedHost) {
		t.Fatal(err)
	}
	srv.post(t, w.message("wait", nil), bearer(t)).want(t, http.StatusAccepted)
	<-running

	want := map[string]string{
		`turns_total{kind="message",outcome="ok"}`:            "2",
		`turns_total{kind="message",outcome="failed"}`:        "3",
		`turns_total{kind="invoke",outcome="ok"}`:             "1",
		`turns_total{kind="conversationUpdate",outcome="ok"}`: "1",
		`turns_total{kind="other",outcome="ok"}`:              "1",
		`turns_total{kind="proactive",outcome="ok"}`:          "1",
		`turns_running`:                           "1",
		`acknowledgements_total{status="200"}`:    "4",
		`acknowledgements_total{status="202"}`:    "1",
		`acknowledgements_total{status="4xx"}`:    "2",
		`acknowledgements_total{status="5xx"}`:    "3",
		`sends_total{op="send",result="ok"}`:      "5", // hello, three apologies, by the way
		`sends_total{op="send",result="refused"}`: "2",
		`sends_total{op="send",result="unknown"}`: "1",
		`sends_total{op="update",result="ok"}`:    "1",
		`sends_total{op="delete",result="ok"}`:    "1",
		`retries_total`:                           "1",
	}
	got := srv.metrics(t)
	for name, n := range got {
		if w := want[strings.TrimPrefix(name, "outspoken_")]; n != w && !(w == "" && n == "0") {
			t.Errorf("%s is %s, want %s", name, n, w)
		}
	}
	for name := range want {
		if got["outspoken_"+name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	if len(got) != len(all) {
		t.Errorf("there were %d samples, now %d: callers must not be able to add any", len(all), len(got))
	}
	close(wait)
}

// Who may read: this machine, and others with the key; pages from elsewhere
// never.
func TestWhoReadsMetrics(t *testing.T) {
	const here, there = "127.0.0.1:1234", "192.0.2.7:1234"
	const ok, no, wrong = http.StatusOK, http.StatusForbidden, http.StatusUnauthorized
	tests := []struct {
		name             string
		peer             string
		header           []string // name, value
		host             string
		without, withKey int // for a server without a key and one with
	}{
		{name: "this machine", peer: here, without: ok, withKey: ok},
		{name: "another", peer: there, without: no, withKey: no},
		{name: "another with the key", peer: there, header: []string{"Authorization", "Bearer the-key"}, host: "agent.example", without: no, withKey: ok},
		{name: "another with a wrong key", peer: there, header: []string{"Authorization", "Bearer the-ke"}, without: no, withKey: wrong},
		{name: "another with an empty key", peer: there, header: []string{"Authorization", "Bearer "}, without: no, withKey: no},
		{name: "another way to show it", peer: there, header: []string{"Authorization", "Basic the-key"}, without: no, withKey: wrong},
		{name: "behind a proxy here", peer: here, header: []string{"X-Forwarded-For", "192.0.2.7"}, without: no, withKey: no},
		{name: "a foreign name for this machine", peer: here, host: "evil.test", without: no, withKey: no},
		{name: "a page from elsewhere", peer: here, header: []string{"Origin", "https://evil.test"}, without: no, withKey: no},
		{name: "a page with the key", peer: here, header: []string{"Origin", "https://evil.test", "Authorization", "Bearer the-key"}, without: no, withKey: no},
	}
	handler := func(key server.Secret) http.Handler {
		w := newWorld(t)
		cfg := config(t, w.settings())
		cfg.MetricsKey = key
		srv, err := server.New(newEcho(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return srv.Handler()
	}
	without, withKey := handler(""), handler("the-key")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for h, want := range map[http.Handler]int{without: tt.without, withKey: tt.withKey} {
				r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
				r.RemoteAddr, r.Host = tt.peer, "localhost:3978"
				if tt.host != "" {
					r.Host = tt.host
				}
				for i := 0; i < len(tt.header); i += 2 {
					r.Header.Set(tt.header[i], tt.header[i+1])
				}
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				if rec.Code != want || (want == ok) != strings.Contains(rec.Body.String(), "outspoken_turns_total") {
					t.Errorf("answered %d %.80s, want %d", rec.Code, rec.Body, want)
				}
			}
		})
	}
}

// Counting must not cost a turn memory.
func TestMetricsCostNoMemory(t *testing.T) {
	srv, err := server.New(newEcho(), server.Config{Logger: discard})
	if err != nil {
		t.Fatal(err)
	}
	count := server.CountOnce(srv)
	if n := testing.AllocsPerRun(1000, count); n > 0 {
		t.Errorf("counting one turn allocates %v times", n)
	}
}
