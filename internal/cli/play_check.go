package cli

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// channels are those that the local channel can act as.
var channels = []string{"directline", "webchat", "msteams", "emulator"}

// taken are the first segments of addresses of our own, which no tenant may
// have.
var taken = []string{"api", "chat", "connector", "files", "playground", "v1", "v3", "webchat"}

// check finds what makes no sense, and completes the rest.
func (p *play) check() error {
	mistake := func(format string, args ...any) error { return errUsage{fmt.Errorf(format, args...)} }
	if p.agent == "" {
		return mistake("--agent is missing: give the messaging endpoint of the agent, such as http://127.0.0.1:3978/api/messages")
	}
	agent, err := url.Parse(p.agent)
	if err != nil || agent.Host == "" || agent.Scheme != "http" && agent.Scheme != "https" {
		return mistake("--agent must be an http or https address, such as http://127.0.0.1:3978/api/messages")
	}
	if strings.Trim(agent.Path, "/") == "" {
		agent.Path = "/api/messages"
		p.agent = agent.String()
	}
	if p.isOwn(agent) {
		return mistake("--agent %s is this command's own address (--addr %s): give the agent's", withoutQuery(p.agent), p.addr)
	}
	if err := checkOrigins(p.origins); err != nil {
		return err
	}
	if !slices.Contains(channels, p.channel) {
		return mistake("--channel %s: it is one of %s", p.channel, strings.Join(channels, ", "))
	}
	switch {
	case p.clientID != "" && p.clientSecret == "":
		return mistake("--client-id needs the secret with which the agent gets its tokens: set OUTSPOKEN_CLIENT_SECRET, or --client-secret")
	case p.clientID == "" && p.tenantID != "":
		return mistake("--tenant-id means nothing without --client-id")
	case slices.Contains(taken, p.tenantID):
		return mistake("--tenant-id %s: give a GUID or a domain", p.tenantID)
	}
	return p.checkAddr(agent.Host)
}

// checkAddr lets other machines in only where something asks them who they are.
func (p *play) checkAddr(agent string) error {
	host, _, err := net.SplitHostPort(p.addr)
	if err != nil {
		return errUsage{fmt.Errorf("--addr %q: write host:port, such as %s", p.addr, playAddr)}
	}
	ip := net.ParseIP(host)
	switch {
	case onThisMachine(p.addr):
		return nil
	case p.secret == "":
		return errUsage{fmt.Errorf("--addr %s: anybody who reaches it could talk to the agent. Set OUTSPOKEN_SECRET (or --secret), which other machines then have to show; "+
			"pages, playground and whatever else asks for no secret stay on this machine. Or listen on %s", p.addr, playAddr)}
	case (host == "" || ip != nil && ip.IsUnspecified()) && !onThisMachine(agent):
		return errUsage{fmt.Errorf("--addr %s: the agent at %s is told where to answer, so name the address at which it reaches this machine", p.addr, agent)}
	}
	return nil
}

// isOwn reports whether an address is one that listen will open.
func (p *play) isOwn(agent *url.URL) bool {
	host, port, err := net.SplitHostPort(p.addr)
	if err != nil || port != cmp.Or(agent.Port(), map[string]string{"http": "80", "https": "443"}[agent.Scheme]) {
		return false
	}
	named, loopback := numeric(agent.Hostname()), numeric("localhost")
	here := numeric(host)
	switch {
	case named == here:
		return true
	case here == "" || net.ParseIP(here).IsUnspecified():
		return onThisMachine(named)
	}
	return named == loopback && !onThisMachine(here)
}

// numeric is a host with the name of this machine as the address that it has.
func numeric(host string) string {
	if strings.EqualFold(host, "localhost") {
		return "127.0.0.1"
	}
	return host
}

// checkOrigins finds what no browser sends as an origin.
func checkOrigins(origins []string) error {
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
			return errUsage{fmt.Errorf("--origin %s: an origin looks like http://localhost:5173, with scheme and port and no path", origin)}
		}
	}
	return nil
}
