// Package httpd is the HTTP server behind package server and the command.
package httpd

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// New returns a server for h whose requests have contexts below ctx. It bounds
// how long a client may take to ask, and a stop does not wait for those who
// have not asked anything yet.
func New(ctx context.Context, h http.Handler) *http.Server {
	var fresh newcomers
	s := &http.Server{
		Handler: oneSlash(h), ConnState: fresh.watch, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	s.RegisterOnShutdown(fresh.close)
	return s
}

// newcomers are connections over which nothing was asked yet, such as browsers
// open in advance. [http.Server.Shutdown] would wait 5 seconds for each to ask.
type newcomers struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// watch is a hook for [http.Server.ConnState].
func (n *newcomers) watch(c net.Conn, state http.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if state != http.StateNew {
		delete(n.conns, c)
		return
	}
	if n.conns == nil {
		n.conns = map[net.Conn]bool{}
	}
	n.conns[c] = true
}

func (n *newcomers) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.Close()
	}
}
