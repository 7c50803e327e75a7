package cli

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// A place is where a local channel is reached.
type place struct {
	base      string // by the agent
	here      string // by a browser on this machine
	listeners []net.Listener
}

// listen opens addr, and the same port on loopback unless addr covers that: the
// pages are for this machine.
func listen(addr string) (*place, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with --addr", err)
	}
	at := &place{base: "http://" + ln.Addr().String(), listeners: []net.Listener{ln}}
	tcp := ln.Addr().(*net.TCPAddr)
	at.here = "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	switch {
	case tcp.IP.IsLoopback():
		at.here = at.base
	case tcp.IP.IsUnspecified():
		at.base = at.here
	default:
		here, err := net.Listen("tcp", strings.TrimPrefix(at.here, "http://"))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%w; choose another port with --addr", err), ln.Close())
		}
		at.listeners = append(at.listeners, here)
	}
	return at, nil
}

func (at *place) close() {
	for _, ln := range at.listeners {
		ln.Close()
	}
}

// onThisMachine reports whether an address of the form host:port, or host, is
// on loopback.
func onThisMachine(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = strings.Trim(addr, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// hostOf is the host of an address, with its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// withoutQuery is an address that can be shown: a query may hold a key.
func withoutQuery(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	return u.String()
}
