package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var gatewayAddress = regexp.MustCompile(`Messaging endpoint: +(http://\S+)/api/messages\n`)

// launchGateway runs serve and returns where it is.
func launchGateway(t *testing.T, args ...string) (p *process, base string) {
	t.Helper()
	t.Setenv("OUTSPOKEN_ADDR", "127.0.0.1:0")
	p = launch(t, append([]string{"serve"}, args...)...)
	await(t, "the gateway listens", func() bool { return strings.Contains(p.errors.String(), "msg=listening") || p.over() })
	found := gatewayAddress.FindStringSubmatch(p.out.String())
	if found == nil {
		t.Fatalf("the gateway said %q", p.out.String())
	}
	return p, found[1]
}

// Through a gateway others speak to whom it met; it says nothing by itself.
func TestGateway(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	config := file(t, `{"Proactive":{"Path":"/trigger","Key":"a key of the test"}}`)
	t.Setenv("OUTSPOKEN_KEY", "a key of the test")
	p, base := launchGateway(t, "--config", config, "--data", data)
	c := newChat(t, newPlay(t, base+"/api/messages").base())
	c.say("hello")
	if got := c.since("").texts(); len(got) > 0 {
		t.Errorf("the gateway said %q by itself", got)
	}
	at := []string{"--url", base, "--path", "/trigger"}
	if got := ids(t, at...); !slices.Equal(got, []string{c.id}) {
		t.Fatalf("the gateway knows %q, want %q", got, c.id)
	}
	command(t, 0, append([]string{"send", c.id, "Through it"}, at...)...)
	command(t, 0, append([]string{"continue", c.id, "text=A whole turn"}, at...)...)
	if got := c.since("").texts(); !slices.Equal(got, []string{"Through it", "A whole turn"}) {
		t.Errorf("the chat holds %q", got)
	}
	complains(t, 1, []string{"value has no text"}, append([]string{"continue", c.id}, at...)...)
	complains(t, 1, []string{"leaving out --data"}, "conversations", "list", "--data", data)
	if state := p.end(terminate); state.ExitCode() != 0 {
		t.Errorf("ended with %s, want status 0", state)
	}
	if got := ids(t, "--data", data); !slices.Equal(got, []string{c.id}) {
		t.Errorf("the folder has %q", got)
	}
	if said := p.out.String() + p.errors.String(); strings.Contains(said, "a key of the test") || strings.Contains(said, "Through it") || strings.Contains(said, "unknown") {
		t.Errorf("the gateway said\n%s", said)
	}
	complains(t, 1, []string{"OUTSPOKEN_CONFIG"}, "serve", "--config", "nowhere.json", "--data", t.TempDir())
}

// slowChannel takes messages when it is told to.
type slowChannel struct {
	*httptest.Server
	asked, answer chan struct{}
}

func newSlowChannel(t *testing.T) *slowChannel {
	s := &slowChannel{asked: make(chan struct{}, 9), answer: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		s.asked <- struct{}{}
		<-s.answer
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"made"}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// A gateway that is told to stop lets the turn that runs come to its end.
func TestGatewayDrains(t *testing.T) {
	channel := newSlowChannel(t)
	p, base := launchGateway(t)
	hello := `{"type":"message","id":"1","text":"hello","channelId":"test","serviceUrl":"` + channel.URL + `/","from":{"id":"ann"},"recipient":{"id":"agent"},"conversation":{"id":"c1"}}`
	if status, said := request(t, "POST", base+"/api/messages", hello, nil); status/100 != 2 {
		t.Fatalf("the message is answered %d %s", status, said)
	}
	await(t, "the gateway knows the conversation", func() bool {
		status, _ := request(t, "GET", base+"/proactive/conversations/c1", "", nil)
		return status == 200
	})
	running := launch(t, "continue", "c1", "text=last words", "--url", base)
	<-channel.asked
	if err := p.cmd.Process.Signal(terminate); err != nil {
		t.Fatal(err)
	}
	await(t, "the gateway drains", func() bool { return strings.Contains(p.errors.String(), "msg=draining") })
	if p.over() || running.over() {
		t.Error("the turn was cut off")
	}
	close(channel.answer)
	if state := running.end(nil); state.ExitCode() != 0 {
		t.Errorf("the continuation ended with %s", state)
	}
	if state := p.end(nil); state.ExitCode() != 0 {
		t.Errorf("the gateway ended with %s", state)
	}
}

// What was created is not lost when its first turn fails.
func TestCreatedAndFailed(t *testing.T) {
	channel := newSlowChannel(t)
	close(channel.answer)
	t.Setenv("Proactive__TeamsServiceUrl", channel.URL+"/")
	_, base := launchGateway(t)
	out, said := command(t, 1, "create", "--url", base, "--channel", "msteams", "--tenant", "t", "--user", "29:ann", "--agent", "a", "--continue", "--store")
	if !strings.HasPrefix(out, "Created made") || !strings.Contains(said, "do not create it again") || !strings.Contains(said, "InvalidArgument") {
		t.Errorf("printed %q and %q", out, said)
	}
	if got := ids(t, "--url", base); !slices.Equal(got, []string{"made"}) {
		t.Errorf("the gateway knows %q", got)
	}
	if n := len(channel.asked); n != 1 {
		t.Errorf("the channel was asked %d times, want once", n)
	}
}
