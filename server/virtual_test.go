package server_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

// A memory is a network without sockets, so that time can be virtual on it.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newMemory() *memory { return &memory{make(chan net.Conn), make(chan struct{})} }

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error   { close(m.closed); return nil }
func (m *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.conns <- there:
		return here, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serveVirtually runs app in the bubble of the test and returns a client for it.
func serveVirtually(t *testing.T, app *agent.App) *http.Client {
	srv, err := server.New(app, server.Config{Logger: discard})
	if err != nil {
		t.Fatal(err)
	}
	network := newMemory()
	transport := &http.Transport{DialContext: network.dial}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, network) }()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return &http.Client{Transport: transport}
}

func inbound(t *testing.T, text, mode string) *http.Request { return inboundIn(t, "c", text, mode) }

func inboundIn(t *testing.T, conversation, text, mode string) *http.Request {
	body := strings.NewReader(`{"type":"message","text":"` + text + `","channelId":"test","serviceUrl":"http://127.0.0.1:9/",` +
		`"deliveryMode":"` + mode + `","from":{"id":"a"},"recipient":{"id":"b"},"conversation":{"id":"` + conversation + `"}}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/api/messages", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

// A handler may take a minute, or ten: the channel has its answer after a
// second, and the handler runs to its end. (S0-03, S2-43)
func TestMinutesOfWork(t *testing.T) {
	for _, work := range []time.Duration{60 * time.Second, 10 * time.Minute} {
		t.Run(work.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan error, 1)
				app := agent.New(agent.Config{Logger: discard})
				app.OnMessage(func(ctx context.Context, _ *agent.Turn) error {
					select {
					case <-time.After(work):
					case <-ctx.Done():
					}
					ended <- ctx.Err()
					return nil
				})
				client := serveVirtually(t, app)
				begun := time.Now()
				resp, err := client.Do(inbound(t, "work", ""))
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if took := time.Since(begun); resp.StatusCode != http.StatusAccepted || took > time.Second {
					t.Errorf("answered %s after %s, want 202 within a second", resp.Status, took)
				}
				if err := <-ended; err != nil {
					t.Errorf("the work was cut off after %s: %v", time.Since(begun), err)
				}
				if took := time.Since(begun); took != work {
					t.Errorf("the work took %s, want %s", took, work)
				}
			})
		})
	}
}

// A caller that waits for the turn may wait long, in silence or not: the time
// limits of the server are for reading requests.
func TestMinutesOfWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := agent.New(agent.Config{Logger: discard})
		app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
			for _, text := range []string{"one", "two"} {
				select {
				case <-time.After(3 * time.Minute):
				case <-ctx.Done():
					return ctx.Err()
				}
				if err := t.SendText(ctx, text); err != nil {
					return err
				}
			}
			return nil
		})
		client := serveVirtually(t, app)
		for _, mode := range []string{activity.DeliverStream, activity.DeliverExpectReplies} {
			resp, err := client.Do(inbound(t, "wait", mode))
			if err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"one"`) || !strings.Contains(string(body), `"two"`) {
				t.Errorf("%s: answered %s %s, %v; want both messages", mode, resp.Status, body, err)
			}
		}
	})
}

// A caller that sends its request too slowly is not waited for.
func TestSlowCaller(t *testing.T) {
	for name, sent := range map[string]string{
		"no header":   "POST /api/messages HTTP/1.1\r\nHost: localhost\r\n",
		"no body":     "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n",
		"half a body": "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, err := server.New(newEcho(), server.Config{Logger: discard})
				if err != nil {
					t.Fatal(err)
				}
				network := newMemory()
				ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
				served := make(chan error, 1)
				go func() { served <- srv.Serve(ctx, network) }()
				conn, err := network.dial(ctx, "", "")
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				if _, err := io.WriteString(conn, sent); err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, bufio.NewReader(conn)) // until the server hangs up
				if took := time.Since(begun); took > 2*time.Minute {
					t.Errorf("the server waited %s", took)
				}
				stop()
				if err := <-served; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A connection that a browser opened in advance does not delay the end.
func TestUnusedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := server.New(newEcho(), server.Config{Logger: discard})
		if err != nil {
			t.Fatal(err)
		}
		network := newMemory()
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		served := make(chan error, 1)
		go func() { served <- srv.Serve(ctx, network) }()
		if _, err := network.dial(ctx, "", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		begun := time.Now()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("the server took %s to end", took)
		}
	})
}
