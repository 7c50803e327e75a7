package connector_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

// A server that closes a kept connection once it has read a second message may
// have acted on it. net/http would repeat a GET here; a POST must not be.
func TestPostOnAKeptConnectionIsNeverDoubled(t *testing.T) {
	var delivered, connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		n := delivered.Add(1)
		if n == 2 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
			return
		}
		io.WriteString(w, `{"id":"m`+strconv.Itoa(int(n))+`"}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c, to := newClient(connector.Config{}), at(server.URL, "test")
	if _, err := c.Send(t.Context(), to, message(to, "one")); err != nil {
		t.Fatal(err)
	}
	_, err := c.Send(t.Context(), to, message(to, "two"))
	if !errors.Is(err, activity.ErrOutcomeUnknown) || activity.Retryable(err) {
		t.Errorf("got %v, want ErrOutcomeUnknown", err)
	}
	if n, m := delivered.Load(), connections.Load(); n != 2 || m != 1 {
		t.Errorf("the server got %d messages over %d connections, want 2 over 1", n, m)
	}
}

func TestNothingListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := newClient(connector.Config{MaxWait: -1})
	to := at("http://"+l.Addr().String(), "test")
	_, err = c.Send(t.Context(), to, message(to, "hi"))
	if !errors.Is(err, activity.ErrUnreachable) || !errors.Is(err, syscall.ECONNREFUSED) || !activity.Retryable(err) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
	if err := c.Delete(t.Context(), to, "m1"); !errors.Is(err, activity.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
}

func TestWrongCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	c, to := newClient(connector.Config{Hosts: hosts{server.URL}}), at(server.URL, "test")
	if _, err := c.Send(t.Context(), to, message(to, "hi")); !errors.Is(err, activity.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
}

// What ends while there is no connection yet can be repeated; what ends in a
// transport that tells nothing, perhaps not.
func TestContextEndsBeforeAConnection(t *testing.T) {
	tests := []struct {
		name      string
		transport func(started func()) http.RoundTripper
		want      error
	}{
		{"net/http while dialing", func(started func()) http.RoundTripper {
			return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				started()
				<-ctx.Done()
				return nil, ctx.Err()
			}}
		}, activity.ErrUnreachable},
		{"a transport that tells nothing", func(started func()) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				started()
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
		}, activity.ErrOutcomeUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			c := newClient(connector.Config{HTTPClient: &http.Client{Transport: tt.transport(cancel)}})
			if err := calls["POST"](ctx, c); !errors.Is(err, tt.want) || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v and Canceled", err, tt.want)
			}
		})
	}
}
