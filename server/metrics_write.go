package server

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/localchannel"
)

// guardMetrics lets this machine read the metrics, and others with the key.
// Pages of other origins never may.
func (s *Server) guardMetrics(key Secret) http.Handler {
	write := http.HandlerFunc(s.writeMetrics)
	fromHere, fromAnywhere := localchannel.Guard(write, nil), localchannel.GuardOrigin(write, nil)
	want := sha256.Sum256([]byte(key))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(strings.TrimSpace(given)))
		switch {
		case key == "" || given == "":
			fromHere.ServeHTTP(w, r)
		case strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1:
			fromAnywhere.ServeHTTP(w, r)
		default:
			http.Error(w, "this is not the key", http.StatusUnauthorized)
		}
	})
}

// writeMetrics writes the text format of Prometheus, version 0.0.4.
func (s *Server) writeMetrics(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	m, tasks := s.metrics, s.background.Stats()
	family := func(kind, name, help string) {
		fmt.Fprintf(&b, "# HELP outspoken_%s %s\n# TYPE outspoken_%s %s\n", name, help, name, kind)
	}
	single := func(kind, name, help string, value any) {
		family(kind, name, help)
		fmt.Fprintf(&b, "outspoken_%s %d\n", name, value)
	}
	family("counter", "turns_total", "Turns by the kind of activity that they were about; busy ones did not run.")
	for i, kind := range turnKinds {
		for j, outcome := range outcomes {
			fmt.Fprintf(&b, "outspoken_turns_total{kind=%q,outcome=%q} %d\n", kind, outcome, m.turns[i][j].Load())
		}
	}
	single("gauge", "turns_running", "Turns that run now.", m.running.Load())
	family("counter", "acknowledgements_total", "Answers of the messaging endpoint by HTTP status.")
	for i, class := range ackClasses {
		fmt.Fprintf(&b, "outspoken_acknowledgements_total{status=%q} %d\n", class, m.acks[i].Load())
	}
	family("counter", "sends_total", "What channels were asked to send, update, delete or create, by result after all retries.")
	for i, op := range sendOps {
		for j, result := range results {
			fmt.Fprintf(&b, "outspoken_sends_total{op=%q,result=%q} %d\n", op, result, m.sends[i][j].Load())
		}
	}
	single("counter", "retries_total", "Requests to channels that were repeated.", m.retries.Load())
	single("gauge", "background_waiting", "Background tasks that wait for a worker.", tasks.Waiting)
	single("gauge", "background_running", "Background tasks that run now.", tasks.Running)
	family("counter", "background_tasks_total", "Background tasks by how they ended; dropped ones never ran.")
	for _, t := range []struct {
		outcome string
		n       uint64
	}{{"ok", tasks.Done}, {"failed", tasks.Failed}, {"panicked", tasks.Panicked}, {"dropped", tasks.Dropped}} {
		fmt.Fprintf(&b, "outspoken_background_tasks_total{outcome=%q} %d\n", t.outcome, t.n)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(b.Bytes()) // the caller may have hung up; there is nobody to tell
}
