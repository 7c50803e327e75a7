package server_test

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/server"
)

// TestMain is the tests, or an agent in a process of its own.
func TestMain(m *testing.M) {
	if gate := os.Getenv("OUTSPOKEN_TEST_GATE"); gate != "" {
		cfg := server.FromEnv()
		cfg.Background = background.New(background.Config{})
		if err := server.Run(context.Background(), newWorker(gate, cfg.Background), cfg); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}
	// Whatever package signal starts, it starts here and not in a bubble of
	// synctest, which would wait for its end.
	never := make(chan os.Signal, 1)
	signal.Notify(never, syscall.SIGHUP)
	signal.Stop(never)
	os.Exit(m.Run())
}

// newWorker is an agent whose work lasts until the gate opens, or, in the
// background, until the agent stops.
func newWorker(gate string, queue *background.Queue) *agent.App {
	app := newEcho()
	app.OnText("later", func(ctx context.Context, t *agent.Turn) error {
		later := t.Detach()
		return queue.Go("report", func(ctx context.Context) error {
			<-ctx.Done()
			// There is time for a last word.
			return errors.Join(ctx.Err(), later.SendText(context.WithoutCancel(ctx), "Not this time"))
		})
	})
	app.OnText("work", func(ctx context.Context, t *agent.Turn) error {
		if err := t.SendText(ctx, "On it"); err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, gate, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		return t.SendText(ctx, "Here it is")
	})
	return app
}

// A process is an agent as an operator runs it.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *journal
	done chan struct{} // closed when it has ended
}

var listening = regexp.MustCompile(`listening addr=(\S+)`)

// launch starts a program with these settings and nothing else of ours.
func launch(t *testing.T, program string, settings map[string]string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program), log: new(journal), done: make(chan struct{})}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PORT=") {
			p.cmd.Env = append(p.cmd.Env, kv)
		}
	}
	for name, value := range settings {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the state says how
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // fails if it has ended, which is fine
		<-p.done
		if t.Failed() {
			t.Logf("the agent's log:\n%s", p.log)
		}
	})
	return p
}

// url waits until the agent listens.
func (p *process) url() string {
	p.t.Helper()
	var addr []string
	await(p.t, "the agent listens", func() bool {
		addr = listening.FindStringSubmatch(p.log.String())
		return addr != nil || p.over()
	})
	if addr == nil {
		p.t.Fatalf("the agent ended: %s", p.cmd.ProcessState)
	}
	return "http://" + addr[1]
}

func (p *process) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits until the process has ended.
func (p *process) end() *os.ProcessState {
	p.t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState
	case <-time.After(patience):
		p.t.Fatalf("the agent did not end within %s", patience)
		return nil
	}
}

// A gate answers nobody until it is opened.
func newGate(t *testing.T) (url string, open func()) {
	opened := make(chan struct{})
	rec := newRecorder(t, func(int, request) (int, string) {
		<-opened
		return http.StatusOK, "{}"
	})
	open = func() {
		select {
		case <-opened:
		default:
			close(opened)
		}
	}
	t.Cleanup(open) // before the recorder closes, which waits for its requests
	return rec.URL, open
}

// launchWorker is the test binary as an agent.
func launchWorker(t *testing.T, w *world, gate string, more map[string]string) *process {
	settings := w.settings()
	settings["OUTSPOKEN_TEST_GATE"] = gate
	for name, value := range more {
		settings[name] = value
	}
	return launch(t, os.Args[0], settings)
}

// SIGTERM: no new work, the acknowledged work is done, then the process ends
// in order. (case 75)
func TestDrain(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			w := newWorld(t)
			gate, open := newGate(t)
			p := launchWorker(t, w, gate, nil)
			url := p.url()
			get(t, url+"/readyz").want(t, 200)
			for _, conversation := range []string{"a", "b"} {
				a := w.message("work", map[string]any{"conversation": map[string]any{"id": conversation}})
				postTo(t, url, a, bearer(t)).want(t, 202)
			}
			w.channel.next(t)
			w.channel.next(t)

			p.signal(sig)
			await(t, "the agent drains", func() bool { return get(t, url+"/readyz").StatusCode == 503 })
			get(t, url+"/healthz").want(t, 200)
			refused := postTo(t, url, w.message("hello", map[string]any{"conversation": map[string]any{"id": "c"}}), bearer(t))
			refused.want(t, 503)
			if refused.Header.Get("Retry-After") == "" {
				t.Error("the refusal does not say when to try again")
			}
			if p.over() {
				t.Fatal("the agent ended with turns under way")
			}
			open()
			done := map[string]string{}
			for range 2 {
				a := w.channel.next(t).activity(t)
				done[a.Conversation.ID] = a.Text
			}
			if done["a"] != "Here it is" || done["b"] != "Here it is" {
				t.Errorf("the turns ended with %q", done)
			}
			if state := p.end(); state.ExitCode() != 0 {
				t.Errorf("the agent ended with %s, want status 0", state)
			}
			if n := len(w.channel.all()); n != 4 {
				t.Errorf("%d messages, want 4", n)
			}
		})
	}
}

// SIGTERM: work in the background is told to end, has time to do so, and is
// named in the log. (S1-052)
func TestSignalEndsBackgroundWork(t *testing.T) {
	w := newWorld(t)
	gate, _ := newGate(t)
	p := launchWorker(t, w, gate, nil)
	postTo(t, p.url(), w.message("later", nil), bearer(t)).want(t, 200)
	p.signal(syscall.SIGTERM)
	if a := w.channel.next(t).activity(t); a.Text != "Not this time" {
		t.Errorf("the work ended with %q", a.Text)
	}
	if state := p.end(); state.ExitCode() != 0 {
		t.Errorf("the agent ended with %s, want status 0", state)
	}
	if !strings.Contains(p.log.String(), "background work was not finished") || !strings.Contains(p.log.String(), "[report]") {
		t.Errorf("the log does not name the work: %s", p.log)
	}
}

// A second signal ends the process at once, whatever it waits for.
func TestSecondSignal(t *testing.T) {
	w := newWorld(t)
	gate, _ := newGate(t)
	p := launchWorker(t, w, gate, nil)
	url := p.url()
	postTo(t, url, w.message("work", nil), bearer(t)).want(t, 202)
	p.signal(syscall.SIGTERM)
	await(t, "the agent drains", func() bool { return get(t, url+"/readyz").StatusCode == 503 })
	p.signal(syscall.SIGTERM)
	status, ok := p.end().Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("the agent ended with %s, want the signal's death", p.cmd.ProcessState)
	}
}

// When the grace is over, turns are cancelled and may still say so; the process
// ends with an error, for whoever supervises it.
func TestGraceEnds(t *testing.T) {
	w := newWorld(t)
	gate, _ := newGate(t)
	p := launchWorker(t, w, gate, map[string]string{"OUTSPOKEN_GRACE": "50ms"})
	postTo(t, p.url(), w.message("work", nil), bearer(t)).want(t, 202)
	w.channel.next(t)
	p.signal(syscall.SIGTERM)
	if a := w.channel.next(t).activity(t); !strings.HasPrefix(a.Text, "Sorry") {
		t.Errorf("the cancelled turn ended with %q, want an apology", a.Text)
	}
	if state := p.end(); state.ExitCode() != 1 {
		t.Errorf("the agent ended with %s, want status 1", state)
	}
	if !strings.Contains(p.log.String(), "some turns or requests did not end within 50ms") {
		t.Errorf("the log does not say why: %s", p.log)
	}
}

// The smallest example, built as a user would and configured from outside.
// (S1-011, S1-012, S1-014)
func TestEchoExample(t *testing.T) {
	program := filepath.Join(t.TempDir(), "echo")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/outspoken-go/outspoken/examples/echo").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	w := newWorld(t)
	t.Run("runs", func(t *testing.T) {
		p := launch(t, program, w.settings())
		url := p.url()
		postTo(t, url, w.message("hello", nil)).want(t, 401)
		postTo(t, url, w.message("hello", nil), bearer(t)).want(t, 200)
		if r := w.channel.next(t); r.activity(t).Text != "You said: hello" || r.Header.Get("Authorization") != "Bearer token-1" {
			t.Errorf("sent %s with %q", r.Body, r.Header.Get("Authorization"))
		}
		p.signal(os.Interrupt)
		if state := p.end(); state.ExitCode() != 0 {
			t.Errorf("ended with %s, want status 0", state)
		}
		if strings.Contains(p.log.String(), secret) || strings.Contains(p.log.String(), "token-1") {
			t.Errorf("the log holds a secret: %s", p.log)
		}
	})
	mistakes := []struct{ name, setting, value, want string }{
		{"secret missing", "Connections__ServiceConnection__Settings__ClientSecret", "", "Connections__ServiceConnection__Settings__ClientSecret is missing"},
		{"address in use", "OUTSPOKEN_ADDR", strings.TrimPrefix(w.channel.URL, "http://"), "address already in use"},
		{"address of another machine", "OUTSPOKEN_ADDR", "192.0.2.1:3978", "192.0.2.1"},
		{"keys by plain http", "TokenValidation__OpenIdMetadataUrl", "http://keys.test", "TokenValidation__OpenIdMetadataUrl"},
	}
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			settings := w.settings()
			settings[tt.setting] = tt.value
			p := launch(t, program, settings)
			if state := p.end(); state.ExitCode() != 1 {
				t.Errorf("ended with %s, want status 1", state)
			}
			text := p.log.String()
			if !strings.Contains(text, tt.want) || strings.Contains(text, "goroutine") || strings.Contains(text, secret) {
				t.Errorf("said %q, want one sentence with %q", text, tt.want)
			}
		})
	}
	t.Run("warns of what has no effect", func(t *testing.T) {
		settings := w.settings()
		settings["TokenValidation__Audience"] = "x"
		p := launch(t, program, settings)
		p.url()
		if !strings.Contains(p.log.String(), "setting TokenValidation__Audience is unknown and has no effect") {
			t.Errorf("the log does not warn: %s", p.log)
		}
	})
	t.Run("says that there are no credentials", func(t *testing.T) {
		p := launch(t, program, map[string]string{"OUTSPOKEN_ADDR": "127.0.0.1:0"})
		url := p.url()
		await(t, "it is said", func() bool { return strings.Contains(p.log.String(), "no credentials") })
		postTo(t, url, w.message("hello", nil)).want(t, 200)
		if r := w.channel.next(t); r.Header.Get("Authorization") != "" {
			t.Errorf("sent with %q", r.Header.Get("Authorization"))
		}
	})
}

// Shutdown may be called twice, and by several. (case 75)
func TestShutdownTwice(t *testing.T) {
	srv, err := server.New(newEcho(), server.Config{Logger: discard})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	results := make(chan error, 3)
	for range cap(results) {
		go func() { results <- srv.Shutdown(ctx) }()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(srv.Shutdown(ctx), srv.Shutdown(ctx)); err != nil {
		t.Error(err)
	}
}
