package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

// A partner is a server with an agent, for the chat command to talk to. The
// agent answers "hi" with "Echo: hi" and greets newcomers.
type partner struct {
	t       *testing.T
	url     string
	channel *localchannel.Channel

	mu     sync.Mutex
	got    []*activity.Activity
	answer func(p *partner, in *activity.Activity) int // status; nil echoes
}

func newPartner(t *testing.T, change ...func(*localchannel.Config)) *partner {
	p := &partner{t: t}
	agent := httptest.NewServer(p)
	t.Cleanup(agent.Close)
	server := httptest.NewUnstartedServer(nil)
	p.url = "http://" + server.Listener.Addr().String()
	cfg := localchannel.Config{Agent: agent.URL, BaseURL: p.url, Logger: slog.New(slog.DiscardHandler)}
	for _, fn := range change {
		fn(&cfg)
	}
	var err error
	p.channel, err = localchannel.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = p.channel.Handler()
	server.Start()
	t.Cleanup(func() { p.channel.Close(); server.Close() })
	return p
}

func (p *partner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	in, err := activity.Decode(body)
	if err != nil {
		p.t.Error(err)
		return
	}
	p.mu.Lock()
	p.got = append(p.got, in)
	answer := p.answer
	p.mu.Unlock()
	switch {
	case in.Is(activity.TypeConversationUpdate):
		p.send(in, &activity.Activity{Type: activity.TypeMessage, Text: "Welcome", ReplyToID: in.ID})
	case in.Is(activity.TypeMessage) && answer != nil:
		w.WriteHeader(answer(p, in))
	case in.Is(activity.TypeMessage):
		p.send(in, in.Reply("Echo: "+in.Text))
	}
}

func (p *partner) send(in, out *activity.Activity) string {
	response, err := p.channel.Send(context.Background(), activity.Conversation{Reference: in.Reference()}, out)
	if err != nil {
		p.t.Error(err)
	}
	return response.ID
}

// messages are those that the agent got.
func (p *partner) messages() []*activity.Activity {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*activity.Activity
	for _, a := range p.got {
		if a.Is(activity.TypeMessage) {
			list = append(list, a)
		}
	}
	return list
}

func (p *partner) options() chatOptions {
	return chatOptions{servers: []string{p.url}, user: "user", wait: 100 * time.Millisecond, silence: longestSilence}
}

// chatOnce runs the command with input that ends.
func chatOnce(t *testing.T, o chatOptions, input string) (out, errs string, err error) {
	t.Helper()
	var outs, failures bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = chatTo(ctx, o, strings.NewReader(input), &outs, &failures)
	return outs.String(), failures.String(), err
}

// untimed takes the times off the beginnings of lines.
func untimed(out string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if len(line) > 9 && line[2] == ':' && line[5] == ':' {
			line = line[9:]
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestChatOnce(t *testing.T) {
	p := newPartner(t)
	o := p.options()
	o.once = true
	out, errs, err := chatOnce(t, o, "hi\nthere /quit\n\n")
	if err != nil || errs != "" || untimed(out) != "Agent: Echo: hi\n         there /quit\n" {
		t.Errorf("printed %q, %q, %v", out, errs, err)
	}
	o.json = true
	out, _, err = chatOnce(t, o, "/id")
	var a struct{ Type, Text, ReplyToID string }
	if json.Unmarshal([]byte(out), &a) != nil || err != nil || a.Text != "Echo: /id" || strings.Count(out, "\n") != 1 {
		t.Errorf("printed %q, %v", out, err)
	}
	if _, _, err := chatOnce(t, o, "\n"); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("nothing to say: %v", err)
	}
	if _, _, err := chatOnce(t, o, strings.Repeat("x", maxInput+1)); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("too much to say: %v", err)
	}
}

func TestChatOnceAgentFails(t *testing.T) {
	p := newPartner(t)
	p.answer = func(p *partner, in *activity.Activity) int {
		p.send(in, in.Reply("Sorry."))
		return http.StatusInternalServerError
	}
	o := p.options()
	o.once = true
	out, _, err := chatOnce(t, o, "hi")
	if err == nil || !strings.Contains(err.Error(), "the agent failed") || untimed(out) != "Agent: Sorry.\n" {
		t.Errorf("printed %q, %v", out, err)
	}
}

// Replies that come long after the agent has answered the channel.
func TestChatOnceLateReplies(t *testing.T) {
	p := newPartner(t)
	var late sync.WaitGroup
	t.Cleanup(late.Wait)
	p.answer = func(p *partner, in *activity.Activity) int {
		late.Go(func() {
			for _, text := range []string{"one", "two", "three"} {
				<-time.After(50 * time.Millisecond)
				p.send(in, in.Reply(text))
			}
			other := in.Reply("of another time")
			other.ReplyToID = in.Conversation.ID + "|9999999"
			p.send(in, other)
		})
		return http.StatusOK
	}
	o := p.options()
	o.once, o.wait = true, time.Second
	if out, _, err := chatOnce(t, o, "hi"); err != nil || untimed(out) != "Agent: one\nAgent: two\nAgent: three\n" {
		t.Errorf("printed %q, %v", out, err)
	}
}

// What comes unasked within the wait is printed as well, and marked.
func TestChatOnceUnasked(t *testing.T) {
	p := newPartner(t)
	p.answer = func(p *partner, in *activity.Activity) int {
		p.send(in, activity.Message("loose"))
		if in.Text == "answer" {
			p.send(in, in.Reply("reply"))
			p.send(in, activity.Message("more"))
		}
		return http.StatusOK
	}
	o := p.options()
	o.once = true
	for say, want := range map[string]string{"answer": "Agent (unasked): loose\nAgent: reply\nAgent (unasked): more\n", "do not": "Agent (unasked): loose\n"} {
		if out, _, err := chatOnce(t, o, say); err != nil || untimed(out) != want {
			t.Errorf("printed %q, want %q, %v", out, want, err)
		}
	}
}

// An agent that is silent makes the command fail, so that a script notices.
func TestChatOnceSilence(t *testing.T) {
	p := newPartner(t)
	p.answer = func(*partner, *activity.Activity) int { return http.StatusOK }
	o := p.options()
	o.silence = 50 * time.Millisecond
	o.once = true
	if out, _, err := chatOnce(t, o, "hi"); err == nil || err.Error() != "the agent said nothing within 50ms" {
		t.Errorf("printed %q, %v", out, err)
	}
}

// Lines through a pipe: each is a message, or a command.
func TestChatLines(t *testing.T) {
	p := newPartner(t)
	file := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.answer = func(p *partner, in *activity.Activity) int {
		out := in.Reply("You said " + in.Text)
		if in.Text == "buttons" {
			out.SuggestedActions = activity.Suggest("Red", "Blue")
		}
		p.send(in, out)
		return http.StatusOK
	}
	input := "hello\n\n /id\n/id\n/dance\n/file " + file + "\n/file " + file + "x\n/help\n7\n/quit\nnever said\n"
	out, errs, err := chatOnce(t, p.options(), input)
	if err != nil || errs != "" {
		t.Fatalf("ended with %v, %s", err, errs)
	}
	for _, want := range []string{"Agent: Welcome\n", "Agent: You said hello\n", "Agent: You said /id\n", "Agent: You said 7\n",
		`There is no command /dance`, "you:\n         [file] note.txt (text/plain", "Not sent: ", "/file PATH"} {
		if !strings.Contains(untimed(out), want) {
			t.Errorf("without %q, printed:\n%s", want, out)
		}
	}
	for _, a := range p.messages() {
		if a.Text == "never said" || a.From.ID != "user" {
			t.Errorf("the agent got %q of %q", a.Text, a.From.ID)
		}
	}
	ids := conversationID.FindStringSubmatch(out)
	if ids == nil {
		t.Fatalf("no id in %s", out)
	}
	o := p.options()
	o.conversation = ids[1]
	out, _, err = chatOnce(t, o, "buttons\n")
	if err != nil || !strings.Contains(untimed(out), "you: hello\n") || !strings.Contains(out, "You said buttons\n         [1] Red\n         [2] Blue\n") {
		t.Errorf("resumed with %v:\n%s", err, out)
	}
}

func TestChatFindsNobody(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	p := newPartner(t)
	o := p.options()
	o.once = true
	o.servers = []string{gone.URL, web.URL, p.url}
	if out, _, err := chatOnce(t, o, "hi"); err != nil || !strings.Contains(out, "Echo: hi") {
		t.Errorf("the third server: %q, %v", out, err)
	}
	o.servers = []string{gone.URL}
	if _, _, err := chatOnce(t, o, "hi"); err == nil || !strings.Contains(err.Error(), "outspoken demo") {
		t.Errorf("no server: %v", err)
	}
	o.servers = []string{web.URL}
	if _, _, err := chatOnce(t, o, "hi"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("another server: %v", err)
	}
	o.servers, o.conversation = []string{p.url}, "nobody"
	if _, _, err := chatOnce(t, o, "hi"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("another conversation: %v", err)
	}
	o.servers = []string{"http://chat.example"}
	if _, _, err := chatOnce(t, o, "hi"); err == nil || !strings.Contains(err.Error(), "https") {
		t.Errorf("plain http: %v", err)
	}
}

// A server with a secret tells what is missing, and takes secret or token.
func TestChatSecret(t *testing.T) {
	p := newPartner(t, func(cfg *localchannel.Config) { cfg.Secret = "the-right-one" })
	o := p.options()
	o.once = true
	for _, secret := range []string{"", "the-wrong-one"} {
		o.secret = secret
		_, errs, err := chatOnce(t, o, "hi")
		if err == nil || !strings.Contains(err.Error(), "OUTSPOKEN_SECRET") || strings.Contains(err.Error()+errs, "the-wrong-one") {
			t.Errorf("with %q ended with %v, %s", secret, err, errs)
		}
	}
	o.secret = "the-right-one"
	if out, _, err := chatOnce(t, o, "hi"); err != nil || untimed(out) != "Agent: Echo: hi\n" {
		t.Errorf("with the secret printed %q, %v", out, err)
	}
	o.secret, o.token = "", p.channel.GenerateToken(directline.Parameters{}, "").Token
	for range 2 { // the second time its conversation has begun
		if out, _, err := chatOnce(t, o, "hi"); err != nil || untimed(out) != "Agent: Echo: hi\n" {
			t.Errorf("with a token printed %q, %v", out, err)
		}
	}
}

func TestChatArguments(t *testing.T) {
	t.Setenv("OUTSPOKEN_SECRET", "s")
	t.Setenv("OUTSPOKEN_TOKEN", "")
	tests := []struct {
		args []string
		want chatOptions
	}{
		{nil, chatOptions{servers: chatServers, secret: "s"}},
		{[]string{"abc"}, chatOptions{servers: chatServers, conversation: "abc", secret: "s"}},
		{[]string{"http://localhost:4000/v3/directline"}, chatOptions{servers: []string{"http://localhost:4000/v3/directline"}, secret: "s"}},
		{[]string{"https://x.test", "a:b"}, chatOptions{servers: []string{"https://x.test"}, conversation: "a:b", secret: "s"}},
	}
	for _, tt := range tests {
		o := chatOptions{wait: time.Second}
		if err := o.place(tt.args); err != nil || strings.Join(o.servers, " ") != strings.Join(tt.want.servers, " ") ||
			o.conversation != tt.want.conversation || o.secret != tt.want.secret {
			t.Errorf("%q is read as %+v, %v", tt.args, o, err)
		}
	}
	o := chatOptions{wait: time.Second, token: "given"}
	if err := o.place(nil); err != nil || o.secret != "" || o.token != "given" {
		t.Errorf("a flag beside the environment is read as %+v, %v", o, err)
	}
	for _, args := range [][]string{{"chat", "a", "b"}, {"chat", "https://x.test", "a", "b"}, {"chat", "--wait", "1h"}, {"chat", "ftp://x"},
		{"chat", "127.0.0.1:3979"}, {"chat", "localhost:3978"}, {"chat", "localhost"}, {"chat", "agent.test:3978/v3"}, {"chat", "localhost:3978", "a"}} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), args, &out, &errs); status != 2 || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q ended with %d, %s", args, status, &errs)
		}
	}
}

// As somebody runs it: through a pipe, and stopped with Ctrl-C.
func TestChatProcess(t *testing.T) {
	p := newPartner(t)
	c, typing := chatProcess(t, p.url, "--once", "--wait", "50ms")
	io.WriteString(typing, "hi\n")
	typing.Close()
	if state := c.end(nil); state.ExitCode() != 0 || untimed(c.out.String()) != "Agent: Echo: hi\n" {
		t.Errorf("ended with %s", state)
	}
	c, typing = chatProcess(t, p.url)
	io.WriteString(typing, "hi\n")
	await(t, "the reply is there", func() bool { return strings.Contains(c.out.String(), "Echo: hi") })
	if state := c.end(os.Interrupt); state.ExitCode() != 1 || c.errors.String() != "outspoken: interrupted before the agent was done\n" {
		t.Errorf("ended with %s", state)
	}
}

func chatProcess(t *testing.T, args ...string) (*process, io.WriteCloser) {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], append([]string{"chat"}, args...)...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "OUTSPOKEN_TEST_COMMAND=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errors
	typing, err := p.cmd.StdinPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
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
			t.Logf("outspoken chat %q said:\n%s%s", args, &p.out, &p.errors)
		}
	})
	return p, typing
}

var conversationID = regexp.MustCompile(`(?m)^([A-Za-z0-9_-]{10,})$`)
