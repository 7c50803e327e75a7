package cli

import (
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
