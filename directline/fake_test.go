package directline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// pipes is a network inside the process, so that time can be made to pass.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	b := &buffered{Conn: server, queue: make(chan []byte, 100), done: make(chan struct{})}
	select {
	case p.conns <- b:
		go b.drain()
		return client, nil
	case <-p.done:
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("nobody listens")}
	}
}

// A buffered connection takes a little of what is written before anybody reads
// it, as all networks do.
type buffered struct {
	net.Conn
	queue chan []byte
	done  chan struct{}
	once  sync.Once
}

func (b *buffered) Write(p []byte) (int, error) {
	select {
	case b.queue <- bytes.Clone(p):
		return len(p), nil
	case <-b.done:
		return 0, net.ErrClosed
	}
}

func (b *buffered) drain() {
	for {
		select {
		case p := <-b.queue:
			b.Conn.Write(p)
		case <-b.done:
			return
		}
	}
}

func (b *buffered) Close() error {
	b.once.Do(func() { close(b.done) })
	return b.Conn.Close()
}

// A fake is a Direct Line service with one conversation, which does what it
// ought to unless told otherwise.
type fake struct {
	t      *testing.T
	client *http.Client
	logs   lockedBuffer

	mu        sync.Mutex
	asked     []string // "POST /conversations Bearer x", below /v3/directline
	answers   map[string][]reply
	history   []string        // activities as JSON
	socket    *websocket.Conn // the newest
	sockets   []*websocket.Conn
	tokens    int
	noSockets bool
	deaf      bool // sockets are not read, so pings are not answered
}

// A reply stands in for an answer of the fake.
type reply struct {
	status int
	body   string
	header http.Header
}

// never is the status of an answer that does not come.
const never = -1

func newFake(t *testing.T) *fake {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	transport := &http.Transport{DialContext: p.dial}
	f := &fake{t: t, client: &http.Client{Transport: transport}, answers: map[string][]reply{}}
	server := &http.Server{Handler: f, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	ended := make(chan struct{})
	go func() { defer close(ended); server.Serve(p) }()
	t.Cleanup(func() {
		f.mu.Lock()
		sockets := f.sockets
		f.mu.Unlock()
		for _, conn := range sockets {
			conn.CloseNow()
		}
		transport.CloseIdleConnections()
		server.Close()
		<-ended
	})
	return f
}

// connect makes a client of the fake.
func (f *fake) connect(cfg directline.Config) *directline.Client {
	f.t.Helper()
	cfg.BaseURL, cfg.HTTPClient = "http://localhost", f.client
	cfg.Logger = slog.New(slog.NewTextHandler(&f.logs, nil))
	c, err := directline.New(cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *fake) start(cfg directline.Config) *directline.Chat {
	f.t.Helper()
	chat, err := f.connect(cfg).Start(f.t.Context(), directline.Parameters{User: directline.User{ID: "anna", Name: "Anna"}})
	if err != nil {
		f.t.Fatal(err)
	}
	return chat
}

// answer puts replies in the place of the next answers to "METHOD path".
func (f *fake) answer(to string, replies ...reply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[to] = append(f.answers[to], replies...)
}

// count is how many requests began so.
func (f *fake) count(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, a := range f.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

func (f *fake) last(prefix string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := ""
	for _, a := range f.asked {
		if strings.HasPrefix(a, prefix) {
			found = a
		}
	}
	return found
}

// set lets a switch be changed while the fake serves.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// say adds a message of the agent to the history, and to the socket if one is open.
func (f *fake) say(texts ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from := len(f.history)
	for _, text := range texts {
		n := len(f.history) + 1
		f.history = append(f.history, fmt.Sprintf(`{"type":"message","id":"c|%07d","text":%q,"from":{"id":"bot","role":"bot"}}`, n, text))
	}
	f.write(f.after(from))
}

// push sends a frame as it is.
func (f *fake) push(frame string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.write(frame)
}

func (f *fake) write(frame string) {
	if f.socket != nil {
		_ = f.socket.Write(context.Background(), websocket.MessageText, []byte(frame)) // the client may have gone
	}
}

func (f *fake) cut() { f.end(websocket.StatusCode(0), "") }

// end closes the socket, with a word of goodbye unless code is 0.
func (f *fake) end(code websocket.StatusCode, reason string) {
	f.mu.Lock()
	conn := f.socket
	f.socket = nil
	f.mu.Unlock()
	if conn != nil && code != 0 {
		conn.Close(code, reason)
	} else if conn != nil {
		conn.CloseNow()
	}
}

// after is a set of what follows the first n activities.
func (f *fake) after(n int) string {
	return fmt.Sprintf(`{"activities":[%s],"watermark":"%d"}`, strings.Join(f.history[n:], ","), len(f.history))
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.RequestURI(), "/v3/directline")
	op, _, _ := strings.Cut(r.Method+" "+path, "?")
	f.mu.Lock()
	if !strings.Contains(op, "/stream") {
		f.asked = append(f.asked, r.Method+" "+path+" "+r.Header.Get("Authorization"))
	}
	if queue := f.answers[op]; len(queue) > 0 {
		f.answers[op] = queue[1:]
		f.mu.Unlock()
		if queue[0].status == never {
			<-r.Context().Done()
			return
		}
		for key, values := range queue[0].header {
			w.Header()[key] = values
		}
		w.WriteHeader(queue[0].status)
		io.WriteString(w, queue[0].body)
		return
	}
	defer f.mu.Unlock()
	mark, _ := strconv.Atoi(r.URL.Query().Get("watermark"))
	from := len(f.history)
	if r.URL.Query().Get("watermark") != "" {
		from = mark
	}
	switch op {
	case "POST /conversations":
		w.WriteHeader(http.StatusCreated)
		f.conversation(w, 0)
	case "GET /conversations/c":
		f.conversation(w, from)
	case "POST /tokens/refresh", "POST /tokens/generate":
		f.conversation(w, 0)
	case "GET /conversations/c/activities":
		io.WriteString(w, f.after(mark))
	case "POST /conversations/c/activities":
		var a map[string]any
		if json.Unmarshal(body, &a) != nil {
			f.t.Errorf("posted %q", body)
		}
		a["id"] = fmt.Sprintf("c|%07d", len(f.history)+1)
		raw, _ := json.Marshal(a)
		f.history = append(f.history, string(raw))
		f.write(f.after(len(f.history) - 1))
		fmt.Fprintf(w, `{"id":%q}`, a["id"])
	case "GET /conversations/c/stream":
		f.stream(w, r, mark)
	default:
		http.Error(w, `{"error":{"code":"NotFound","message":"nothing here"}}`, http.StatusNotFound)
	}
}

func (f *fake) conversation(w io.Writer, from int) {
	f.tokens++
	fmt.Fprintf(w, `{"conversationId":"c","token":"token-%d","expires_in":1800,"streamUrl":"ws://localhost/v3/directline/conversations/c/stream?watermark=%d&t=stream-token"}`, f.tokens, from)
}

func (f *fake) stream(w http.ResponseWriter, r *http.Request, from int) {
	f.asked = append(f.asked, "GET stream "+r.Header.Get("Authorization"))
	if f.noSockets {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	f.socket, f.sockets = conn, append(f.sockets, conn)
	if !f.deaf {
		go func() {
			for {
				if _, _, err := conn.Read(context.Background()); err != nil {
					return
				}
			}
		}()
	}
	if from < len(f.history) {
		f.write(f.after(from))
	}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A loop runs over a chat's activities in the background.
type loop struct {
	mu    sync.Mutex
	texts []string
	err   error
	stop  context.CancelFunc
	done  chan struct{}
}

func listen(t *testing.T, chat *directline.Chat) *loop {
	ctx, cancel := context.WithCancel(t.Context())
	l := &loop{stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for a, err := range chat.Activities(ctx) {
			l.mu.Lock()
			if err != nil {
				l.err = err
			} else {
				l.texts = append(l.texts, text(a))
			}
			l.mu.Unlock()
		}
	}()
	return l
}

// text is what a test wants to know of an activity.
func text(a *activity.Activity) string {
	if a.Is(activity.TypeMessage) {
		return a.Text
	}
	return string(a.Type) + ":" + a.Text
}

func (l *loop) heard() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.texts, " ")
}

// end stops the loop and returns why it ended.
func (l *loop) end() error {
	l.stop()
	<-l.done
	return l.err
}
