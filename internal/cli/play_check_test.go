package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPlayForItself(t *testing.T) {
	tests := []struct {
		agent, addr string
		own         bool
	}{
		{"http://127.0.0.1:3979/api/messages", "127.0.0.1:3979", true},
		{"http://localhost:3979", "127.0.0.1:3979", true},
		{"http://127.0.0.1:3979", "LOCALHOST:3979", true},
		{"http://localhost:3979", "0.0.0.0:3979", true},
		{"http://127.0.0.1:3979", ":3979", true},
		{"http://127.0.0.1:3979", "192.0.2.1:3979", true}, // which is opened beside it
		{"http://127.0.0.1", "127.0.0.1:80", true},
		{"http://127.0.0.1:3978", "127.0.0.1:3979", false},
		{"http://127.0.0.2:3979", "127.0.0.1:3979", false},
		{"http://[::1]:3979", "127.0.0.1:3979", false},
		{"http://192.0.2.2:3979", "192.0.2.1:3979", false},
	}
	for _, tt := range tests {
		p := play{agent: tt.agent, addr: tt.addr, channel: "directline", secret: "s"}
		err := p.check()
		if _, usage := err.(errUsage); (err != nil) != tt.own || usage != tt.own || tt.own && !strings.Contains(err.Error(), "own address") {
			t.Errorf("--agent %s --addr %s: %v", tt.agent, tt.addr, err)
		}
	}
}

func TestOrigins(t *testing.T) {
	for origin, good := range map[string]bool{
		"http://localhost:5173": true, "https://shop.example": true, "https://shop.example/": true,
		"foo": false, "": false, "*": false, "localhost:5173": false, "https://shop.example/page": false, "https://a@shop.example": false, "ftp://x.test": false,
	} {
		if err := checkOrigins([]string{origin}); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// What is plainly wrong ends the command with one line that names the flag.
func TestPlayAndDemoFlags(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.js")
	if err := os.WriteFile(page, []byte("<!doctype html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"play", "--agent", "http://127.0.0.1:1"}, {"demo", "--data", ""}} {
		for _, wrong := range [][]string{{"--origin", "foo"}, {"--webchat-bundle", page}, {"--webchat-bundle", page + ".none"}} {
			var out, errs bytes.Buffer
			args := append(append(command[:len(command):len(command)], "--addr", "127.0.0.1:0"), wrong...)
			if status := run(t.Context(), args, &out, &errs); status != 2 || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), wrong[0]) {
				t.Errorf("%q ended with %d, %s", args, status, &errs)
			}
		}
	}
}

func TestPlayProbe(t *testing.T) {
	tests := []struct {
		name          string
		head, options int
		said          string
	}{
		{"takes HEAD", 200, 0, ""},
		{"takes no HEAD", 405, 0, ""},
		{"has another path", 404, 404, "the path of --agent looks wrong"},
		{"knows the path by its methods", 404, 204, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := make(chan string, 10)
			agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r.Method
				w.WriteHeader(map[string]int{"HEAD": tt.head, "OPTIONS": tt.options}[r.Method])
			}))
			defer agent.Close()
			p := newPlay(t, agent.URL+"/?key=s3cret")
			for method := ""; method != "OPTIONS" && (method == "" || tt.options != 0); {
				method = <-asked
			}
			if tt.said != "" {
				await(t, "it says so", func() bool { return strings.Contains(p.out.String(), tt.said) })
			}
			p.end(os.Interrupt)
			if said := p.out.String(); strings.Contains(said, "looks wrong") != (tt.said != "") || strings.Contains(said, "s3cret") {
				t.Errorf("said %s", said)
			}
		})
	}
}
