package auth

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func newHosts(t testing.TB, cfg HostsConfig) *Hosts {
	t.Helper()
	h, err := NewHosts(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHosts(t *testing.T) {
	plain := HostsConfig{}
	loopback := HostsConfig{AllowLoopback: true}
	listed := HostsConfig{Hosts: []string{
		"Contoso.com", "*.fabrikam.com", "http://10.0.0.7:9000/", "tailspin.com:8443", "https://wing.tip/v1", "adatum.com/path", "http://[fd00::7]:80/",
	}}
	tests := []struct {
		name string
		cfg  HostsConfig
		url  string
		ok   bool
	}{
		{"case 71: Teams", plain, serviceURL, true},
		{"case 71: another host of the traffic manager", plain, "https://evil.trafficmanager.net/", false},
		{"case 71: SharePoint tenant", plain, "https://x.sharepoint.com/", true},
		{"web chat", plain, "https://webchat.botframework.com/", true},
		{"government", plain, "https://webchat.botframework.azure.us/", true},
		{"China", plain, "https://api.botframework.azure.cn", true},
		{"upper case", plain, "HTTPS://SMBA.TrafficManager.NET/amer", true},
		{"port 443", plain, "https://smba.trafficmanager.net:443/amer", true},
		{"another port", plain, "https://smba.trafficmanager.net:444/amer", false},
		{"case 110: plain http", plain, "http://smba.trafficmanager.net/amer", false},
		{"plain http on port 443", plain, "http://smba.trafficmanager.net:443/amer", false},
		{"case 110: IP literal", plain, "https://1.2.3.4/", false},
		{"case 110: IPv6 literal", plain, "https://[::1]/", false},
		{"number for an IP", plain, "https://2130706433/", false},
		{"case 110: user name", plain, "https://smba.trafficmanager.net@evil.tld/", false},
		{"user name before a good host", plain, "https://good@smba.trafficmanager.net/", false},
		{"look-alike without dot", plain, "https://evil-botframework.com/", false},
		{"look-alike as prefix", plain, "https://botframework.com.evil.tld/", false},
		{"trailing dot", plain, "https://smba.trafficmanager.net./", false},
		{"empty label", plain, "https://.botframework.com/", false},
		{"two dots", plain, "https://a..botframework.com/", false},
		{"unicode letter", plain, "https://b\u043etframework.com/", false},
		{"unicode below a good domain", plain, "https://evil.tld\u2100.botframework.com/", false},
		{"unicode slash", plain, "https://evil.tld\uff0f.botframework.com/", false},
		{"unicode dot", plain, "https://smba\u3002trafficmanager.net/", false},
		{"escaped host", plain, "https://evil.tld%2F.botframework.com/", false},
		{"backslash", plain, `https://evil.tld\.botframework.com/`, false},
		{"backslashes for slashes", plain, `https:\\smba.trafficmanager.net\`, false},
		{"fragment", plain, "https://evil.tld#.botframework.com/", false},
		{"query", plain, "https://evil.tld?.botframework.com/", false},
		{"case 112: CRLF in the host", plain, "https://smba.trafficmanager.net\r\nHost: evil.tld/", false},
		{"case 112: CRLF in the path", plain, "https://smba.trafficmanager.net/\r\nX: y", false},
		{"leading space", plain, " https://smba.trafficmanager.net/", false},
		{"no scheme", plain, "smba.trafficmanager.net", false},
		{"no scheme but slashes", plain, "//smba.trafficmanager.net/", false},
		{"opaque", plain, "https:smba.trafficmanager.net", false},
		{"no host", plain, "https:///smba.trafficmanager.net", false},
		{"only a port", plain, "https://:443/", false},
		{"empty", plain, "", false},
		{"another scheme", plain, "file://smba.trafficmanager.net/", false},
		{"the operator's own list only", HostsConfig{OnlyListed: true}, serviceURL, false},

		{"listed domain", listed, "https://contoso.com/x", true},
		{"below a listed domain", listed, "https://a.b.contoso.com/x", true},
		{"below a listed wildcard", listed, "https://a.fabrikam.com/x", true},
		{"listed with a path", listed, "https://adatum.com/other", true},
		{"case 110: listed origin", listed, "http://10.0.0.7:9000/v3/x", true},
		{"listed origin, other port", listed, "http://10.0.0.7:9001/", false},
		{"listed origin, other scheme", listed, "https://10.0.0.7:9000/", false},
		{"listed origin, other host", listed, "http://10.0.0.8:9000/", false},
		{"listed host and port", listed, "https://tailspin.com:8443/", true},
		{"below a listed host and port", listed, "https://a.tailspin.com:8443/", false},
		{"listed URL", listed, "https://WING.tip:443/v2", true},
		{"below a listed URL", listed, "https://a.wing.tip/v1", false},
		{"listed IPv6 origin", listed, "http://[fd00::7]/", true},

		{"loopback unasked", plain, "http://127.0.0.1:3978/", false},
		{"loopback allowed", loopback, "http://127.1.2.3:3978/", true},
		{"loopback by name", loopback, "http://LocalHost:3978/", true},
		{"loopback by IPv6 and https", loopback, "https://[::1]:3978/", true},
		{"below localhost", loopback, "http://evil.localhost/", false},
		{"zone", loopback, "http://[::1%25eth0]/", false},
		{"not quite loopback", loopback, "http://127.0.0.1.evil.tld/", false},
		{"private network", loopback, "http://10.0.0.7:9000/", false},
		{"user name before loopback", loopback, "http://a@127.0.0.1/", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHosts(t, tt.cfg)
			for range 2 { // the second time from memory
				err := h.Check(tt.url)
				if (err == nil) != tt.ok {
					t.Errorf("Check(%q) = %v, want ok %v", tt.url, err, tt.ok)
				}
				if err != nil && !errors.Is(err, activity.ErrUntrustedHost) {
					t.Errorf("%v does not match ErrUntrustedHost", err)
				}
			}
		})
	}
}

func TestHostsErrorSaysWhatToDo(t *testing.T) {
	err := newHosts(t, HostsConfig{}).Check("https://chat.evil.tld/secret-path")
	for _, want := range []string{`"chat.evil.tld"`, "OutboundHostValidator__Hosts"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "secret-path") {
		t.Errorf("%q repeats the whole URL", err)
	}
}

func TestNewHostsRefuses(t *testing.T) {
	for _, entry := range []string{"", "com", "*", "*.com", "10.0.0.7", "::1", "a b.com", "ftp://contoso.com/", "https://", "https://u@contoso.com/", "contoso.com.", "contoso.com:x"} {
		if _, err := NewHosts(HostsConfig{Hosts: []string{entry}}); err == nil || !strings.Contains(err.Error(), "OutboundHostValidator__Hosts") {
			t.Errorf("entry %q: got %v, want an error naming the setting", entry, err)
		}
	}
}

func FuzzHosts(f *testing.F) {
	for _, seed := range []string{
		serviceURL, "http://10.0.0.7:9000/", "https://evil.tld%2F.botframework.com/", `https://evil.tld\.botframework.com/`,
		"https://a@b.botframework.com", "https://[::1]/", "https://x.\u3002botframework.com:443/?#", "HTTPS://BOTFRAMEWORK.COM",
	} {
		f.Add(seed)
	}
	h := newHosts(f, HostsConfig{Hosts: []string{"http://10.0.0.7:9000/"}, AllowLoopback: true})
	f.Fuzz(func(t *testing.T, raw string) {
		if h.Check(raw) != nil {
			return
		}
		u, err := url.Parse(raw)
		if err != nil || u.User != nil {
			t.Fatalf("accepted %q, parsed as %v, %v", raw, u, err)
		}
		host := strings.ToLower(u.Hostname())
		if addr, err := netip.ParseAddr(host); host == "localhost" || err == nil && addr.IsLoopback() || u.Scheme == "http" && u.Host == "10.0.0.7:9000" {
			return
		}
		for _, name := range microsoftHosts {
			if u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") && (host == name || strings.HasSuffix(host, "."+name)) {
				return
			}
		}
		t.Fatalf("accepted %q, which means host %q", raw, u.Host)
	})
}
