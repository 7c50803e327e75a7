package connector

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// A connTrace knows whether an attempt got a connection. Before that, nothing
// can have left. A transport that does not tell leaves it open.
type connTrace struct {
	hooks      httptrace.ClientTrace
	asked, got atomic.Bool
}

func withTrace(ctx context.Context) (context.Context, *connTrace) {
	t := new(connTrace)
	t.hooks.GetConn = func(string) { t.asked.Store(true) }
	t.hooks.GotConn = func(httptrace.GotConnInfo) { t.got.Store(true) }
	return httptrace.WithClientTrace(ctx, &t.hooks), t
}

// left reports whether anything of an attempt that ended in err can have left.
func (t *connTrace) left(err error) bool {
	if t.got.Load() {
		return true
	}
	return !t.asked.Load() && !dialFailed(err)
}
