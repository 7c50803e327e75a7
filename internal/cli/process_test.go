package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

// TestMain is the tests, or the command in a process of its own, or an agent to
// put it in front of.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("OUTSPOKEN_TEST_COMMAND") != "":
		os.Exit(Main(os.Args[1:]))
	case os.Getenv("OUTSPOKEN_TEST_AGENT") != "":
		if err := server.Run(context.Background(), newEcho(), server.FromEnv()); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// newEcho repeats what it hears. "later" makes it speak first.
func newEcho() *agent.App {
	app := agent.New(agent.Config{})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "You said: "+t.Activity.Text) })
	app.OnText("later", func(ctx context.Context, t *agent.Turn) error {
		adapter, to := t.Adapter(), t.Conversation()
		go adapter.Send(context.WithoutCancel(ctx), to, activity.Message("It is later now"))
		return nil
	})
	return app
}

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick, late := time.NewTicker(2*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited %s until %s", patience, what)
		}
	}
}

// text is output that grows.
type text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *text) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *text) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// A process is the command as somebody runs it.
type process struct {
	t           *testing.T
	cmd         *exec.Cmd
	out, errors text
	done        chan struct{} // closed when it has ended
}

// launch runs the command with arguments.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	return start(t, []string{"OUTSPOKEN_TEST_COMMAND=1"}, args...)
}

// launchAgent runs an echo in a process of its own.
func launchAgent(t *testing.T, addr string, settings ...string) *process {
	t.Helper()
	p := start(t, append(settings, "OUTSPOKEN_TEST_AGENT=1", "OUTSPOKEN_ADDR="+addr))
	await(t, "the agent listens", func() bool { return strings.Contains(p.errors.String(), "listening") || p.over() })
	return p
}

var listening = regexp.MustCompile(`listening addr=(\S+)`)

// endpoint is where an agent takes messages.
func (p *process) endpoint() string {
	p.t.Helper()
	found := listening.FindStringSubmatch(p.errors.String())
	if found == nil {
		p.t.Fatal("the agent does not listen")
	}
	return "http://" + found[1] + "/api/messages"
}

// start runs this program with more in its environment.
func start(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), environ...)
	p.cmd.Dir = t.TempDir() // where a demo would leave its folder
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errors
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
			t.Logf("%s %s said:\n%s%s", environ[0], strings.Join(args, " "), &p.out, &p.errors)
		}
	})
	return p
}

var address = regexp.MustCompile(`Chat with the agent: +(http://\S+)/\n`)

// base waits until demo or play tells its address.
func (p *process) base() string {
	p.t.Helper()
	var found []string
	await(p.t, "the command tells its address", func() bool {
		found = address.FindStringSubmatch(p.out.String())
		return found != nil || p.over()
	})
	if found == nil {
		p.t.Fatalf("the command ended: %s", p.cmd.ProcessState)
	}
	return found[1]
}

func (p *process) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// end sends a signal, unless it is nil, and waits until the process has ended.
func (p *process) end(s os.Signal) *os.ProcessState {
	p.t.Helper()
	if s != nil {
		if err := p.cmd.Process.Signal(s); err != nil {
			p.t.Fatal(err)
		}
	}
	select {
	case <-p.done:
		return p.cmd.ProcessState
	case <-time.After(patience):
		p.t.Fatalf("the process did not end within %s", patience)
		return nil
	}
}

// request asks the command, and returns status and body. What alter does to the
// request comes last.
func request(t testing.TB, method, url, body string, alter func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if alter != nil {
		alter(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// ask is a request that must succeed; the answer is decoded.
func ask[T any](t testing.TB, method, url, body string) (into T) {
	t.Helper()
	status, data := request(t, method, url, body, nil)
	if status/100 != 2 {
		t.Fatalf("%s %s answered %d %s", method, url, status, data)
	}
	if err := json.Unmarshal([]byte(data), &into); err != nil {
		t.Fatalf("%s %s answered %s: %v", method, url, data, err)
	}
	return into
}

// A chat is a conversation over Direct Line.
type chat struct {
	t    testing.TB
	base string
	id   string
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func newChat(t testing.TB, base string) *chat {
	t.Helper()
	conv := ask[struct {
		ConversationID string `json:"conversationId"`
	}](t, "POST", base+"/v3/directline/conversations", `{"user":{"id":"ann","name":"Ann"}}`)
	return &chat{t, base, conv.ConversationID}
}

func (c *chat) url() string { return c.base + "/v3/directline/conversations/" + c.id + "/activities" }

// say posts a message and returns its id.
func (c *chat) say(text string) string {
	c.t.Helper()
	body, _ := json.Marshal(map[string]any{"type": "message", "text": text, "from": map[string]string{"id": "ann"}})
	return ask[struct{ ID string }](c.t, "POST", c.url(), string(body)).ID
}

type set struct {
	Watermark  string
	Activities []struct {
		ID, Type, Text string
		From           struct{ ID string }
	}
}

func (c *chat) since(watermark string) set {
	c.t.Helper()
	return ask[set](c.t, "GET", c.url()+"?watermark="+watermark, "")
}

// texts are the texts of the agent.
func (s set) texts() []string {
	var texts []string
	for _, a := range s.Activities {
		if a.From.ID != "ann" {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

// greeted waits for the welcome, after which nothing comes by itself.
func (c *chat) greeted() *chat {
	c.t.Helper()
	await(c.t, "the agent greets", func() bool { return strings.Join(c.since("").texts(), "|") == "Welcome Ann" })
	return c
}

func freshDemo(t *testing.T, args ...string) *process {
	return launch(t, append([]string{"demo", "--addr", "127.0.0.1:0", "--data", t.TempDir()}, args...)...)
}

var kill, terminate = os.Kill, syscall.SIGTERM
