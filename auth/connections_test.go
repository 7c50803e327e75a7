package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func TestConnectionsMap(t *testing.T) { // case 89
	const other = otherGUID
	teams, first, second := "https://smba.trafficmanager.net/amer/", "A", "B"
	item := func(url, audience, connection string) MapItem { return MapItem{url, audience, connection} }
	tests := []struct {
		name     string
		items    []MapItem
		audience string
		url      string
		want     string // connection; "" for none
	}{
		{"no map: the first of several", nil, clientID, teams, first},
		{"star fits all", []MapItem{item("*", "", second)}, clientID, teams, second},
		{"empty fits all", []MapItem{item("", "", second)}, clientID, teams, second},
		{"audience, ignoring case", []MapItem{item("", strings.ToUpper(other), second), item("", "", first)}, other, teams, second},
		{"another audience goes on", []MapItem{item("", other, second), item("", "", first)}, clientID, teams, first},
		{"audience and pattern", []MapItem{item("https://smba.*", other, second)}, other, teams, second},
		{"nothing fits", []MapItem{item("", other, second)}, clientID, teams, ""},
		{"host only", []MapItem{item(`SMBA\.trafficmanager\.net`, "", second)}, clientID, teams, second},
		{"host with path", []MapItem{item("https://smba.trafficmanager.net/am", "", second)}, clientID, teams, second},
		{"slashes escaped, as others write them", []MapItem{item(`^https:\/\/smba\.trafficmanager\.net\/.*$`, "", second)}, clientID, teams, second},
		{"host and port", []MapItem{item("http://localhost:3978", "", second)}, clientID, "http://localhost:3978", second},
		{"host matches any port", []MapItem{item("localhost", "", second)}, clientID, "http://localhost:3978", second},
		{"other path", []MapItem{item("https://smba.trafficmanager.net/emea", "", second)}, clientID, teams, ""},
		{"other scheme", []MapItem{item("http://smba.trafficmanager.net", "", second)}, clientID, teams, ""},
		{"host goes on", []MapItem{item("smba.trafficmanager.net", "", second)}, clientID, "https://smba.trafficmanager.net.evil.tld/", ""},
		{"host in front", []MapItem{item("smba.trafficmanager.net", "", second)}, clientID, "https://xsmba.trafficmanager.net/", ""},
		{"host in the path", []MapItem{item(`.*\.botframework\.com`, "", second)}, clientID, "https://evil.tld/x.botframework.com", ""},
		{"host as user name", []MapItem{item(`https://smba.trafficmanager.net`, "", second)}, clientID, "https://smba.trafficmanager.net@evil.tld/", ""},
		{"no URL", []MapItem{item("x", "", second)}, clientID, "::", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := &tokenHost{}
			a, b := testConnection(), testConnection()
			b.Name, b.ClientID = "B", other
			c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{a, b}, Map: tt.items})
			to := conversation("aud", tt.audience)
			to.Reference.ServiceURL = tt.url
			_, err := c.Token(t.Context(), to)
			got := ""
			if len(host.calls) > 0 {
				got = map[string]string{clientID: "A", other: "B"}[host.calls[0].Get("client_id")]
			}
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got connection %q, %v, want %q", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "ConnectionsMap") {
				t.Errorf("%v does not say what to do", err)
			}
		})
	}
}

func TestWithoutToken(t *testing.T) {
	copilot := conversation()
	copilot.Reference.Agent.Role = activity.RoleConnectorUser
	one := []Connection{testConnection()}
	tests := []struct {
		name        string
		connections []Connection
		to          activity.Conversation
		ok          bool
	}{
		{"anonymous, no connections", nil, activity.Conversation{}, true},
		{"anonymous, with connections", one, activity.Conversation{}, true},
		{"stored in anonymous mode", nil, activity.Conversation{Claims: map[string]string{"aud": "agent"}}, true},
		{"met with a token, no connections", nil, conversation(), false},
		{"connector user of Copilot Studio", one, copilot, true},
		{"caller that would be a resource", one, conversation("ver", "2.0", "azp", "https://graph.microsoft.com"), false},
		{"caller that would be two scopes", one, conversation("ver", "2.0", "azp", "a b"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := &tokenHost{}
			got, err := newConnections(t, host, ConnectionsConfig{Connections: tt.connections}).Token(t.Context(), tt.to)
			if got != "" || (err == nil) != tt.ok || host.count() != 0 {
				t.Errorf("got %q, %v after %d calls; want no token, no call and ok %v", got, err, host.count(), tt.ok)
			}
		})
	}
}

func TestNewConnectionsRefuses(t *testing.T) { // case 91
	with := func(change func(*Connection)) ConnectionsConfig {
		c := testConnection()
		change(&c)
		return ConnectionsConfig{Connections: []Connection{c}}
	}
	mapped := func(url, name string) ConnectionsConfig {
		return ConnectionsConfig{Connections: []Connection{testConnection()}, Map: []MapItem{{ServiceURL: url, Connection: name}}}
	}
	tests := []struct {
		name string
		cfg  ConnectionsConfig
		want string
	}{
		{"no secret", with(func(c *Connection) { c.ClientSecret = "" }), "Connections__A__Settings__ClientSecret"},
		{"no client id", with(func(c *Connection) { c.ClientID = "" }), "Connections__A__Settings__ClientId"},
		{"unknown type", with(func(c *Connection) { c.AuthType = "Certificate" }), "Connections__A__Settings__AuthType is \"Certificate\"; supported: ClientSecret"},
		{"no name", with(func(c *Connection) { c.Name = "" }), "no name"},
		{"plain http", with(func(c *Connection) { c.Authority = "http://login.test" }), "Connections__A__Settings__AuthorityEndpoint"},
		{"no URL", with(func(c *Connection) { c.Authority = "login.test" }), "Connections__A__Settings__AuthorityEndpoint"},
		{"unknown alternate", with(func(c *Connection) { c.Alternate = "B" }), "AlternateBlueprintConnectionName"},
		{"twice", ConnectionsConfig{Connections: []Connection{testConnection(), testConnection()}}, "two connections"},
		{"map names nobody", mapped("*", "B"), `ConnectionsMap__0__Connection: there is no connection "B"`},
		{"map without connections", ConnectionsConfig{Map: []MapItem{{Connection: "A"}}}, "ConnectionsMap__0__Connection"},
		{"bad pattern", mapped("https://*.botframework.com", "A"), "ConnectionsMap__0__ServiceUrl"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewConnections(tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want an error naming %s", err, tt.want)
			}
		})
	}
}

func TestSecretIsNotPrinted(t *testing.T) { // S2-53
	conn := testConnection()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "conn", conn, "all", []Connection{conn})
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "conn", conn, "all", ConnectionsConfig{Connections: []Connection{conn}})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&out, verb+verb, conn, ConnectionsConfig{Connections: []Connection{conn}})
	}
	text, err := json.Marshal(conn)
	if out.Write(text); err != nil || strings.Contains(out.String(), "s3cr3t") || strings.Contains(out.String(), "733363723374") {
		t.Errorf("%v, printed: %s", err, &out)
	}
}

func TestErrorIsShort(t *testing.T) {
	err := refuse("%w", errors.New(strings.Repeat("é", 5000)+"\n"))
	if got := len(err.Error()); got > 520 {
		t.Errorf("the error has %d bytes", got)
	}
}
