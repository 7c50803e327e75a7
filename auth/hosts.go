package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// microsoftHosts are where Microsoft's channels take calls; subdomains count.
// (proactive-hosting-auth 4.3; the government and China hosts are added)
var microsoftHosts = []string{
	"botframework.com", "botframework.us", "botframework.azure.us", "botframework.azure.cn",
	"smba.trafficmanager.net", "teams.microsoft.com", "teams.microsoft.us",
	"graph.microsoft.com", "sharepoint.com", "svc.ms", "blob.core.windows.net",
}

// HostsConfig says which hosts may get the agent's tokens. The zero HostsConfig
// trusts Microsoft's channels.
type HostsConfig struct {
	// Hosts are trusted as well. "contoso.com" and "*.contoso.com" mean this
	// host and its subdomains by https; a full URL such as
	// "http://10.0.0.7:9000/" means exactly this scheme, host and port, with
	// any path; "host:port" is the same by https.
	Hosts []string

	// OnlyListed leaves out Microsoft's hosts.
	OnlyListed bool

	// AllowLoopback trusts every port of localhost, 127.0.0.0/8 and ::1, by
	// http and https. For anonymous mode.
	AllowLoopback bool
}

// Hosts is a list of hosts that may get the agent's tokens.
type Hosts struct {
	names    map[string]bool // these and what ends in "." and one of them, by https
	origins  map[string]bool // exactly these, such as http://10.0.0.7:9000
	loopback bool
	passed   *cache[string, bool] // URLs that passed before
}

// NewHosts checks cfg and returns its list.
func NewHosts(cfg HostsConfig) (*Hosts, error) {
	h := &Hosts{
		names:    map[string]bool{},
		origins:  map[string]bool{},
		loopback: cfg.AllowLoopback,
		passed:   newCache[string, bool](1024),
	}
	if !cfg.OnlyListed {
		for _, name := range microsoftHosts {
			h.names[name] = true
		}
	}
	for _, entry := range cfg.Hosts {
		if err := h.add(entry); err != nil {
			return nil, fmt.Errorf("auth: OutboundHostValidator__Hosts %q: %w", entry, err)
		}
	}
	return h, nil
}

func (h *Hosts) add(entry string) error {
	if strings.Contains(entry, "://") {
		return h.addOrigin(entry)
	}
	name, _, _ := strings.Cut(entry, "/")
	if strings.Contains(name, ":") {
		return h.addOrigin("https://" + name)
	}
	name = strings.ToLower(strings.TrimPrefix(name, "*."))
	if _, err := netip.ParseAddr(name); err == nil || !isName(name) || !strings.Contains(name, ".") {
		return errors.New("write a domain such as contoso.com, or a full URL such as http://10.0.0.7:9000/")
	}
	h.names[name] = true
	return nil
}

func (h *Hosts) addOrigin(raw string) error {
	u, err := parseServiceURL(raw)
	if err != nil {
		return err
	}
	h.origins[origin(u)] = true
	return nil
}

// Check reports whether a token may be sent to this service URL. If not, the
// error matches [activity.ErrUntrustedHost] and names the host.
func (h *Hosts) Check(serviceURL string) error {
	if ok, _ := h.passed.get(serviceURL); ok {
		return nil
	}
	u, err := parseServiceURL(serviceURL)
	if err == nil {
		err = h.check(u)
	}
	if err != nil {
		return fmt.Errorf("auth: %w: %w", activity.ErrUntrustedHost, err)
	}
	if len(serviceURL) <= 512 {
		h.passed.put(serviceURL, true)
	}
	return nil
}

func (h *Hosts) check(u *url.URL) error {
	host := strings.ToLower(u.Hostname())
	if h.origins[origin(u)] || h.loopback && isLoopback(host) {
		return nil
	}
	const fix = "; if it is right, list it as a full URL in OutboundHostValidator__Hosts"
	if u.Scheme != "https" {
		return fmt.Errorf("%.200q is addressed by plain http"+fix, u.Host)
	}
	if port := u.Port(); port != "" && port != "443" {
		return fmt.Errorf("%.200q has a port of its own"+fix, u.Host)
	}
	for name, more := host, true; more; _, name, more = strings.Cut(name, ".") {
		if h.names[name] {
			return nil
		}
	}
	return fmt.Errorf("%.200q is not listed; if it is right, add it to OutboundHostValidator__Hosts", host)
}

// parseServiceURL parses with the parser that will also make the request, so
// that both mean the same host.
func parseServiceURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("it cannot be parsed") // the parser's error would repeat the URL
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("its scheme is %.20q instead of https", u.Scheme)
	case u.User != nil:
		return nil, fmt.Errorf("%.200q stands behind a user name", u.Host)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && !isName(u.Hostname()) {
		return nil, fmt.Errorf("%.200q is not a host name in plain ASCII", u.Host)
	}
	return u, nil
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// isName matches DNS names without a trailing dot, of labels that are not empty.
var isName = regexp.MustCompile(`^[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+)*$`).MatchString

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Zone() == "" && addr.IsLoopback()
}
