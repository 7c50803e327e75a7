package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// newPlay puts a local channel in front of an agent.
func newPlay(t *testing.T, agent string, args ...string) *process {
	t.Helper()
	return launch(t, append([]string{"play", "--agent", agent, "--addr", "127.0.0.1:0"}, args...)...)
}

// S2-10: an agent in a process of its own runs in our local playground, with no
// cloud: it is talked to, watched, and it speaks first.
func TestS2_10_Play(t *testing.T) {
	agent := launchAgent(t, "127.0.0.1:0").endpoint()
	p := newPlay(t, agent)
	base := p.base()
	for _, path := range []string{"/", "/playground/"} {
		if status, page := request(t, "GET", base+path, "", nil); status != 200 || !strings.Contains(page, "<html") {
			t.Errorf("%s is answered %d %.80s", path, status, page)
		}
	}
	c := newChat(t, base)
	c.say("hello")
	if got := c.since("").texts(); !slices.Equal(got, []string{"You said: hello"}) {
		t.Errorf("the agent said %q", got)
	}
	mark := c.since("").Watermark
	c.say("later")
	await(t, "the agent speaks first", func() bool { return slices.Equal(c.since(mark).texts(), []string{"It is later now"}) })

	var went []string
	for _, e := range exchanges(t, base) {
		went = append(went, fmt.Sprint(e.ToAgent, " ", e.Op, " ", e.Status))
	}
	for _, want := range []string{"true deliver 200", "false send 200"} {
		if !slices.Contains(went, want) {
			t.Errorf("the playground recorded %q, want %q as well", went, want)
		}
	}
	said := p.out.String()
	for _, want := range []string{base + "/playground/", base + "/connector/", "TOKEN_SERVICE_ENDPOINT  " + base, agent, "memory"} {
		if !strings.Contains(said, want) {
			t.Errorf("said %q, which lacks %q", said, want)
		}
	}
	if strings.Contains(said, "Nothing answers") {
		t.Errorf("said %q of an agent that is there", said)
	}
}

type exchange struct {
	ToAgent bool
	Op      string
	Status  int
	Error   string
}

func exchanges(t *testing.T, base string) []exchange {
	t.Helper()
	return ask[struct{ Exchanges []exchange }](t, "GET", base+"/playground/api/exchanges", "").Exchanges
}

// S2-10: the playground acts as the channels that an agent will meet.
func TestS2_10_PlayAsTeams(t *testing.T) {
	var got struct {
		ChannelID  string
		ServiceURL string
		Recipient  struct{ ID string }
	}
	seen := make(chan []byte, 10)
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			seen <- body
		}
	}))
	defer agent.Close()
	p := newPlay(t, agent.URL, "--channel", "msteams")
	newChat(t, p.base())
	if err := json.Unmarshal(<-seen, &got); err != nil {
		t.Fatal(err)
	}
	if got.ChannelID != "msteams" || !strings.HasPrefix(got.Recipient.ID, "28:") || got.ServiceURL != p.base()+"/connector/" {
		t.Errorf("the agent got %+v", got)
	}
}

// The real Web Chat is served from the file that is named.
func TestPlayWebChat(t *testing.T) {
	bundle := filepath.Join(t.TempDir(), "webchat.js")
	const control = "window.WebChat = { createDirectLine }"
	if err := os.WriteFile(bundle, []byte(control), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPlay(t, "http://"+freeAddr(t), "--webchat-bundle", bundle)
	base := p.base()
	await(t, "it says where the page is", func() bool { return strings.Contains(p.out.String(), base+"/webchat\n") })
	if status, page := request(t, "GET", base+"/webchat", "", nil); status != 200 || !strings.Contains(page, "webchat") {
		t.Errorf("the page is answered %d %.80s", status, page)
	}
	if status, script := request(t, "GET", base+"/webchat/webchat.js", "", nil); status != 200 || script != control {
		t.Errorf("the bundle is answered %d %.80s", status, script)
	}
}

// With a folder a restart goes on: the same conversation, the same watermark,
// also after kill -9 and on another port.
func TestPlayRestarted(t *testing.T) {
	data := t.TempDir()
	agent := launchAgent(t, "127.0.0.1:0").endpoint()
	first := newPlay(t, agent, "--data", data)
	c := newChat(t, first.base())
	c.say("hello")
	before := c.since("")
	second := newPlay(t, agent, "--data", data)
	if state := second.end(nil); state.ExitCode() != 1 || !strings.Contains(second.errors.String(), "--data") {
		t.Errorf("a second one on the same folder ended with %s and said %s", state, &second.errors)
	}
	first.end(kill)

	c.base = newPlay(t, agent, "--data", data).base()
	if again := c.since(""); again.Watermark != before.Watermark || len(again.Activities) != len(before.Activities) {
		t.Errorf("after the restart there is %+v, before it was %+v", again, before)
	}
	c.say("again")
	if got := c.since(before.Watermark).texts(); !slices.Equal(got, []string{"You said: again"}) {
		t.Errorf("since the watermark the agent said %q", got)
	}
}

// An agent that is down is told plainly, at the start and to who talks to it.
// What was said is kept, and the agent may be started later.
func TestPlayAgentDown(t *testing.T) {
	addr := freeAddr(t)
	p := newPlay(t, "http://"+addr) // the path is known
	base := p.base()
	await(t, "it is said that nothing answers", func() bool {
		return strings.Contains(p.out.String(), "Nothing answers at http://"+addr+"/api/messages")
	})
	c := newChat(t, base)
	status, said := request(t, "POST", c.url(), `{"type":"message","text":"hello","from":{"id":"ann"}}`, nil)
	if status != 502 || !strings.Contains(said, "BotError") && !strings.Contains(said, "bot") {
		t.Errorf("talking to nobody is answered %d %s", status, said)
	}
	if got := c.since("").Activities; len(got) != 1 || got[0].Text != "hello" {
		t.Errorf("the conversation holds %+v", got)
	}
	if list := exchanges(t, base); len(list) == 0 || list[len(list)-1].Status != 0 || list[len(list)-1].Error == "" {
		t.Errorf("the playground recorded %+v", list)
	}
	launchAgent(t, addr)
	c.say("hello again")
	if got := c.since("").texts(); !slices.Equal(got, []string{"You said: hello again"}) {
		t.Errorf("the agent said %q", got)
	}
}

// S4-02: with a secret Direct Line asks for it, and answers every origin; all
// other routes stay with this machine and its pages.
func TestPlaySecret(t *testing.T) {
	const secret = "a secret of the test"
	t.Setenv("OUTSPOKEN_SECRET", secret)
	agent := launchAgent(t, "127.0.0.1:0").endpoint()
	p := newPlay(t, agent)
	base := p.base()
	elsewhere := func(r *http.Request) { r.Header.Set("Origin", "https://elsewhere.test") }
	conversations := base + "/v3/directline/conversations"
	for name, tt := range map[string]struct {
		alter func(*http.Request)
		want  int
	}{
		"nothing":                {nil, 401},
		"nothing, elsewhere":     {elsewhere, 401},
		"another secret":         {bearer("another"), 403},
		"the secret":             {bearer(secret), 201},
		"the secret, elsewhere":  {func(r *http.Request) { elsewhere(r); bearer(secret)(r) }, 201},
		"the secret, by a proxy": {func(r *http.Request) { bearer(secret)(r); r.Header.Set("X-Forwarded-For", "192.0.2.1") }, 201},
	} {
		if status, said := request(t, "POST", conversations, `{}`, tt.alter); status != tt.want {
			t.Errorf("%s is answered %d %s, want %d", name, status, said, tt.want)
		}
	}
	for _, path := range []string{"/connector/v3/conversations", "/playground/api/conversations", "/playground/api/events", "/api/usertoken/GetToken?userId=ann&connectionName=x", "/api/botsignin/signin", "/", "/playground/"} {
		for name, alter := range map[string]func(*http.Request){
			"a page elsewhere": elsewhere,
			"a foreign name":   func(r *http.Request) { r.Host = "evil.test" },
		} {
			if status, said := request(t, "GET", base+path, "", alter); status != 403 {
				t.Errorf("%s of %s is answered %d %.80s, want 403", path, name, status, said)
			}
		}
	}

	// The page on this machine knows no secret; it gets a token.
	token := ask[struct{ Token, ConversationID string }](t, "POST", base+"/playground/api/token", `{"user":{"id":"ann"}}`)
	if status, said := request(t, "POST", conversations, `{}`, bearer(token.Token)); status != 201 && status != 200 {
		t.Errorf("the page's token is answered %d %s", status, said)
	}
	message := `{"type":"message","text":"hello","from":{"id":"ann"}}`
	if status, said := request(t, "POST", conversations+"/"+token.ConversationID+"/activities", message, bearer(token.Token)); status != 200 {
		t.Errorf("talking with the page's token is answered %d %s", status, said)
	}
	p.end(terminate)
	if said := p.out.String() + p.errors.String(); strings.Contains(said, secret) || strings.Contains(said, token.Token) {
		t.Errorf("a secret is printed:\n%s", said)
	}
}

// Without a secret no page from elsewhere reaches anything.
func TestPlayGuard(t *testing.T) {
	agent := launchAgent(t, "127.0.0.1:0").endpoint()
	base := newPlay(t, agent, "--origin", "https://listed.test").base()
	for _, path := range []string{"/v3/directline/conversations/x", "/connector/v3/conversations", "/playground/api/conversations", "/files/x/y", "/", "/chat/main.js"} {
		for origin, refused := range map[string]bool{"https://elsewhere.test": true, "null": true, "https://listed.test": false} {
			status, said := request(t, "GET", base+path, "", func(r *http.Request) { r.Header.Set("Origin", origin) })
			if (status == 403) != refused {
				t.Errorf("%s is answered %d %.80s to a page of %s", path, status, said, origin)
			}
		}
	}
}

// Other machines get in where something asks them for the secret, and nowhere
// else.
func TestPlayOnTheNetwork(t *testing.T) {
	t.Setenv("OUTSPOKEN_SECRET", "a secret of the test")
	agent := launchAgent(t, "127.0.0.1:0").endpoint()
	ip := outside(t)
	for _, host := range []string{"0.0.0.0", ip} {
		base := launch(t, "play", "--agent", agent, "--addr", net.JoinHostPort(host, "0")).base()
		_, port, _ := strings.Cut(strings.TrimPrefix(base, "http://"), ":")
		if status, _ := request(t, "GET", base+"/", "", nil); status != 200 {
			t.Errorf("on %s the page is answered %d on this machine", host, status)
		}
		far := "http://" + net.JoinHostPort(ip, port)
		for path, want := range map[string]int{"/": 403, "/playground/api/conversations": 403, "/connector/v3/conversations": 403, "/api/usertoken/GetToken": 403} {
			if status, said := request(t, "GET", far+path, "", nil); status != want {
				t.Errorf("on %s %s is answered %d %.80s, want %d", host, path, status, said, want)
			}
		}
		if status, said := request(t, "POST", far+"/v3/directline/conversations", `{}`, nil); status != 401 {
			t.Errorf("on %s a start without the secret is answered %d %s", host, status, said)
		}
		if status, said := request(t, "POST", far+"/v3/directline/conversations", `{}`, bearer("a secret of the test")); status != 201 {
			t.Errorf("on %s a start with the secret is answered %d %s", host, status, said)
		}
	}
}

// An agent on another machine comes in with its token, and nobody without.
func TestPlayForAnAgentOnTheNetwork(t *testing.T) {
	const id, secret = "99999999-8888-7777-6666-555555555555", "the agent's own secret"
	t.Setenv("OUTSPOKEN_SECRET", "a secret of the test")
	t.Setenv("OUTSPOKEN_CLIENT_SECRET", secret)
	base := launch(t, "play", "--agent", "http://"+freeAddr(t), "--addr", net.JoinHostPort(outside(t), "0"), "--client-id", id).base()
	_, port, _ := strings.Cut(strings.TrimPrefix(base, "http://"), ":")
	far := "http://" + net.JoinHostPort(outside(t), port)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {"https://api.botframework.com/.default"}}
	resp, err := http.PostForm(far+"/botframework.com/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&granted); err != nil || granted.Token == "" {
		t.Fatalf("the token endpoint answered %s, %v", resp.Status, err)
	}
	tests := []struct {
		path           string
		without, token int
	}{
		{"/connector/v3/conversations", 401, 200},
		{"/api/usertoken/GetToken?userId=ann&connectionName=x&channelId=directline", 401, 404},
		{"/api/botsignin/GetSignInResource?state=x", 401, 400},
		{"/api/botsignin/getsigninresource?state=x", 401, 400},
		{"/api/botsignin/signin?id=x", 403, 403},
		{"/playground/api/conversations", 403, 403},
		{"/", 403, 403},
	}
	for _, tt := range tests {
		if status, said := request(t, "GET", far+tt.path, "", nil); status != tt.without {
			t.Errorf("%s is answered %d %s without a token, want %d", tt.path, status, said, tt.without)
		}
		if status, said := request(t, "GET", far+tt.path, "", bearer(granted.Token)); status != tt.token {
			t.Errorf("%s is answered %d %s with the agent's token, want %d", tt.path, status, said, tt.token)
		}
	}
	if status, said := request(t, "POST", far+"/api/botsignin/ssotoken", `{"user":"Ann","uri":"api://simulated/graph"}`, nil); status != 403 {
		t.Errorf("silent sign-in from elsewhere is answered %d %s", status, said)
	}
}

// outside is an address of this machine that is not loopback.
func outside(t *testing.T) string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// With a client id the agent gets tokens, has to show tokens, and may go on
// with the one it holds when the channel is started again.
func TestPlayCredentials(t *testing.T) {
	const id, secret, tenant = "99999999-8888-7777-6666-555555555555", "the agent's own secret", "contoso.example"
	addr, data := freeAddr(t), t.TempDir()
	base := "http://" + addr
	agent := launchAgent(t, "127.0.0.1:0",
		"Connections__ServiceConnection__Settings__ClientId="+id,
		"Connections__ServiceConnection__Settings__ClientSecret="+secret,
		"Connections__ServiceConnection__Settings__TenantId="+tenant,
		"Connections__ServiceConnection__Settings__AuthorityEndpoint="+base,
		"TokenValidation__ValidIssuers__0="+base+"/"+tenant+"/v2.0",
		"TokenValidation__OpenIdMetadataUrl="+base+"/"+tenant+"/v2.0/.well-known/openid-configuration",
		"OutboundHostValidator__Hosts__0="+base+"/",
	).endpoint()
	t.Setenv("OUTSPOKEN_CLIENT_SECRET", secret)
	run := func() *process {
		p := launch(t, "play", "--agent", agent, "--addr", addr, "--data", data, "--client-id", id, "--tenant-id", tenant)
		p.base()
		return p
	}
	p := run()
	c := newChat(t, base)
	c.say("hello")
	if got := c.since("").texts(); !slices.Equal(got, []string{"You said: hello"}) {
		t.Fatalf("the agent said %q", got)
	}
	for _, path := range []string{"/connector/v3/conversations", "/api/usertoken/GetToken?userId=ann&connectionName=x"} {
		for name, alter := range map[string]func(*http.Request){"no token": nil, "a forged token": bearer("a.b.c")} {
			if status, said := request(t, "GET", base+path, "", alter); status != 401 {
				t.Errorf("%s with %s is answered %d %s", path, name, status, said)
			}
		}
	}
	if status, said := request(t, "POST", agent, `{"type":"message","text":"hi","channelId":"directline","from":{"id":"ann"},"serviceUrl":"`+base+`/connector/","recipient":{"id":"agent"},"conversation":{"id":"x"}}`, nil); status != 401 {
		t.Errorf("the agent answers %d %s to nobody", status, said)
	}
	for _, want := range []string{base + "/" + tenant + "/oauth2/v2.0/token", base + "/" + tenant + "/v2.0/.well-known/openid-configuration"} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("said %q, which lacks %q", &p.out, want)
		}
	}
	p.end(terminate)
	if said := p.out.String() + p.errors.String(); strings.Contains(said, secret) {
		t.Errorf("the secret is printed:\n%s", said)
	}
	run()
	c.say("again")
	if got := c.since("").texts(); !slices.Equal(got, []string{"You said: hello", "You said: again"}) {
		t.Errorf("after the restart the agent said %q", got)
	}
}

// An orderly stop closes sockets and live lists and waits for neither, nor for
// the 60 seconds that a demo gives its turns.
func TestStopWithStreams(t *testing.T) {
	agent := launchAgent(t, "127.0.0.1:0").endpoint()
	for name, run := range map[string]func() *process{
		"play": func() *process { return newPlay(t, agent) },
		"demo": func() *process { return freshDemo(t) },
	} {
		for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
			t.Run(name+" "+sig.String(), func(t *testing.T) {
				p := run()
				conv := ask[struct{ StreamURL string }](t, "POST", p.base()+"/v3/directline/conversations", `{}`)
				socket, _, err := websocket.Dial(t.Context(), conv.StreamURL, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer socket.CloseNow()
				resp, err := http.Get(p.base() + "/playground/api/events")
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if _, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil {
					t.Fatal(err)
				}
				closed := make(chan error)
				go func() {
					var err error
					for err == nil {
						_, _, err = socket.Read(t.Context())
					}
					closed <- err
				}()
				if err := p.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				if err := <-closed; websocket.CloseStatus(err) == -1 {
					t.Errorf("the socket was not closed, but cut: %v", err)
				}
				if state := p.end(nil); state.ExitCode() != 0 {
					t.Errorf("ended with %s, want status 0", state)
				}
			})
		}
	}
}

// A second signal ends the process at once, whatever it waits for.
func TestPlaySecondSignal(t *testing.T) {
	called, release := make(chan struct{}), make(chan struct{})
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && strings.Contains(string(body), "hang") {
			close(called)
			<-release
		}
	}))
	defer agent.Close()
	defer close(release)
	p := newPlay(t, agent.URL)
	c := newChat(t, p.base())
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		resp, err := http.Post(c.url(), "application/json", strings.NewReader(`{"type":"message","text":"hang","from":{"id":"ann"}}`))
		if err == nil {
			resp.Body.Close()
		}
	}()
	<-called
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, "it stops listening", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	status, ok := p.end(syscall.SIGTERM).Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("ended with %s, want the signal's death", p.cmd.ProcessState)
	}
	<-answered
}
