package server

import (
	"net"
	"net/http"
	"sync"
)

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
