package server_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

// read is FromEnv with these variables and, unless it is empty, this file.
func read(t *testing.T, env map[string]string, file string) server.Config {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	if file != "" {
		path := filepath.Join(t.TempDir(), "agent.json")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("OUTSPOKEN_CONFIG", path)
	}
	return server.FromEnv()
}

// plain writes down what a test is about.
func plain(cfg server.Config) string {
	var b strings.Builder
	for _, c := range cfg.Connections.Connections {
		fmt.Fprintf(&b, "%s: type=%s id=%s secret=%s tenant=%s authority=%s scopes=%q alternate=%s\n",
			c.Name, c.AuthType, c.ClientID, c.ClientSecret, c.TenantID, c.Authority, c.Scopes, c.Alternate)
	}
	for _, m := range cfg.Connections.Map {
		fmt.Fprintf(&b, "map %s %s %s\n", m.ServiceURL, m.Audience, m.Connection)
	}
	v := cfg.Validation
	fmt.Fprintf(&b, "validation %q %s %q %s %q %t %t\n", v.Audiences, v.TenantID, v.ValidIssuers, v.OpenIDMetadataURL, v.AllowedCallers, v.AzureBotServiceOnly, v.IsGov)
	fmt.Fprintf(&b, "hosts %q %t\norigins %q\naddr %s\ngrace %s", cfg.Hosts.Hosts, cfg.Hosts.OnlyListed, cfg.Origins, cfg.Addr, cfg.Grace)
	return b.String()
}

// What counts of an environment and a file. (case 95)
func TestFromEnv(t *testing.T) {
	const nothing = "validation []  []  [] false false\nhosts [] false\norigins []\naddr 127.0.0.1:3978\ngrace 0s"
	everything := strings.Join([]string{
		`A: type=ClientSecret id=id-a secret=secret-a tenant=tenant-a authority=https://login.test scopes=["one" "two"] alternate=B`,
		`B: type= id=id-b secret=secret-b tenant= authority=https://old.test scopes=[] alternate=`,
		`map https://smba.test id-a A`, `map *  B`,
		`validation ["aud-1" "aud-2"] tenant-v ["iss-1"] https://keys.test/ ["x" "y"] true true`,
		`hosts ["contoso.com" "http://10.0.0.7:9000/"] true`, `origins ["https://one.test" "https://two.test"]`,
		`addr 127.0.0.1:1234`, `grace 1m30s`,
	}, "\n")
	tests := []struct {
		name string
		env  map[string]string
		file string
		want string
	}{
		{name: "nothing is set", want: nothing},
		{name: "every variable, in any case", want: everything, env: map[string]string{
			"Connections__A__Settings__AuthType":                         "ClientSecret",
			"CONNECTIONS__A__SETTINGS__CLIENTID":                         "id-a",
			"connections__A__settings__clientsecret":                     "secret-a",
			"Connections__A__Settings__TenantId":                         "tenant-a",
			"Connections__A__Settings__AuthorityEndpoint":                "https://login.test",
			"Connections__A__Settings__Scopes__0":                        "one",
			"Connections__A__Settings__Scopes__1":                        "two",
			"Connections__A__Settings__AlternateBlueprintConnectionName": "B",
			"Connections__B__Settings__ClientId":                         "id-b",
			"Connections__B__Settings__ClientSecret":                     " secret-b ",
			"Connections__B__Settings__Authority":                        "https://old.test",
			"ConnectionsMap__2__Connection":                              "A",
			"ConnectionsMap__2__ServiceUrl":                              "https://smba.test",
			"ConnectionsMap__2__Audience":                                "id-a",
			"ConnectionsMap__10__Connection":                             "B",
			"ConnectionsMap__10__ServiceUrl":                             "*",
			"TokenValidation__Audiences":                                 "aud-1, aud-2",
			"TokenValidation__TenantId":                                  "tenant-v",
			"TokenValidation__ValidIssuers__0":                           "iss-1",
			"TokenValidation__OpenIdMetadataUrl":                         "https://keys.test/",
			"TokenValidation__AllowedCallers":                            "x y",
			"TokenValidation__AzureBotServiceOnly":                       "true",
			"TokenValidation__IsGov":                                     "1",
			"OutboundHostValidator__Hosts__0":                            "contoso.com",
			"OutboundHostValidator__Hosts__1":                            "http://10.0.0.7:9000/",
			"OutboundHostValidator__IncludeDefaultMicrosoftHosts":        "false",
			"OUTSPOKEN_ORIGINS":                                          "https://one.test,https://two.test",
			"OUTSPOKEN_ADDR":                                             "127.0.0.1:1234",
			"OUTSPOKEN_GRACE":                                            "90s",
		}},
		{name: "the same from a file", want: everything, file: "\uFEFF" + `{
			"OUTSPOKEN_ADDR": "127.0.0.1:1234", "outspoken_grace": "90s", "OUTSPOKEN_ORIGINS": ["https://one.test", "https://two.test"],
			"Connections": {
				"A": {"Settings": {"AuthType": "ClientSecret", "ClientId": "id-a", "ClientSecret": "secret-a", "TenantId": "tenant-a",
					"AuthorityEndpoint": "https://login.test", "Scopes": ["one", "two"], "AlternateBlueprintConnectionName": "B"}},
				"B": {"settings": {"clientId": "id-b", "clientSecret": "secret-b", "authority": "https://old.test"}}},
			"ConnectionsMap": [
				{"ServiceUrl": "https://smba.test", "Audience": "id-a", "Connection": "A"}, {"ServiceUrl": "*", "Audience": null, "Connection": "B"}],
			"TokenValidation": {"Audiences": ["aud-1", "aud-2"], "TenantId": "tenant-v", "ValidIssuers": "iss-1",
				"OpenIdMetadataUrl": "https://keys.test/", "AllowedCallers": "x,y", "AzureBotServiceOnly": true, "IsGov": "true"},
			"OutboundHostValidator__Hosts": "contoso.com http://10.0.0.7:9000/",
			"OutboundHostValidator": {"IncludeDefaultMicrosoftHosts": false}
		}`},
		{
			name: "the environment wins, name by name, and blank counts as not set",
			file: `{"TokenValidation": {"Audiences": ["file-0", "file-1"], "TenantId": "file"}, "OUTSPOKEN_ADDR": "127.0.0.1:1", "OUTSPOKEN_GRACE": "1s"}`,
			env:  map[string]string{"TOKENVALIDATION__AUDIENCES__0": "env-0", "TokenValidation__TenantId": "env", "OUTSPOKEN_ADDR": "  ", "OUTSPOKEN_GRACE": ""},
			want: "validation [\"env-0\" \"file-1\"] env []  [] false false\nhosts [] false\norigins []\naddr 127.0.0.1:1\ngrace 1s",
		},
		{
			name: "a list in one value and one by one",
			env:  map[string]string{"OutboundHostValidator__Hosts": "a.test,b.test", "OutboundHostValidator__Hosts__10": "d.test", "OutboundHostValidator__Hosts__9": "c.test"},
			want: strings.Replace(nothing, "hosts []", `hosts ["a.test" "b.test" "c.test" "d.test"]`, 1),
		},
		{
			name: "a five-part key makes no connection",
			env:  map[string]string{"Connections__A__Settings__ClientId__Extra": "id-a", "Connections__A__Settings__ClientSecret__0": "s"},
			want: nothing,
		},
		{
			name: "nor does a connection of blanks",
			env:  map[string]string{"Connections__A__Settings__ClientId": "", "Connections__A__Settings__ClientSecret": " "},
			want: nothing,
		},
		{
			name: "the names of the JavaScript SDK",
			env: map[string]string{"clientId": "id", "clientSecret": "secret", "tenantId": "t", "authorityEndpoint": "https://login.test", "scopes": "one two",
				"MicrosoftAppId": "not this"},
			want: "ServiceConnection: type= id=id secret=secret tenant=t authority=https://login.test scopes=[\"one\" \"two\"] alternate=\n" + nothing,
		},
		{
			name: "the names of the Bot Framework",
			env: map[string]string{"MicrosoftAppId": "id", "MicrosoftAppPassword": "secret", "MicrosoftAppTenantId": "t", "MicrosoftAppType": "SingleTenant",
				"authority": "https://old.test"},
			want: "ServiceConnection: type= id=id secret=secret tenant=t authority=https://old.test scopes=[] alternate=\n" + nothing,
		},
		{
			name: "short names count only without a section",
			env: map[string]string{"MicrosoftAppId": "id", "MicrosoftAppPassword": "secret",
				"Connections__A__Settings__ClientId": "id-a", "Connections__A__Settings__ClientSecret": "secret-a"},
			want: "A: type= id=id-a secret=secret-a tenant= authority= scopes=[] alternate=\n" + nothing,
		},
		{
			name: "PORT of a platform, without credentials",
			env:  map[string]string{"PORT": "8080"},
			want: strings.Replace(nothing, "127.0.0.1:3978", "127.0.0.1:8080", 1),
		},
		{
			name: "PORT of a platform, with credentials",
			env:  map[string]string{"PORT": "8080", "clientId": "id", "clientSecret": "secret"},
			want: "ServiceConnection: type= id=id secret=secret tenant= authority= scopes=[] alternate=\n" + strings.Replace(nothing, "127.0.0.1:3978", ":8080", 1),
		},
		{
			name: "names whose lower case has another length",
			env:  map[string]string{"Connections__ȺȺȺ__Settings__ClientId": "id", "TOKENVALIDATION__AUDİENCES": "x"},
			want: "ȺȺȺ: type= id=id secret= tenant= authority= scopes=[] alternate=\n" + nothing,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := plain(read(t, tt.env, tt.file)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// What has no effect is told. (case 95)
func TestWarnings(t *testing.T) {
	cfg := read(t, map[string]string{
		"Connections__A__Settings__ClientId__Extra": "x",
		"Connections__A__Settings__ClientSecrett":   "never to be seen",
		"ConnectionsMap__0__Conection":              "x",
		"TOKENVALIDATION__Audience":                 "x",
		"OutboundHostValidator__Enabled":            "false",
		"OUTSPOKEN_ADDRESS":                         "x",
		"OUTSPOKEN_TEST_POSTGRES":                   "of the tests",
		"SOMEBODY__ELSES__SETTING":                  "x",
		"clientid2":                                 "x",
	}, `{"Logging": {"LogLevel": {"Default": "Warning"}}, "AgentApplication": {"StartTypingTimer": true}, "TokenValidation": {"Enabled": false}}`)
	names := []string{
		"Connections__A__Settings__ClientId__Extra", "Connections__A__Settings__ClientSecrett", "ConnectionsMap__0__Conection",
		"OUTSPOKEN_ADDRESS", "OutboundHostValidator__Enabled", "TOKENVALIDATION__Audience",
		"AgentApplication__StartTypingTimer", "Logging__LogLevel__Default", "TokenValidation__Enabled",
	}
	var want []string
	for _, name := range names {
		want = append(want, "setting "+name+" is unknown and has no effect")
	}
	slices.Sort(want)
	got := slices.Sorted(slices.Values(cfg.Warnings))
	if !slices.Equal(got, want) {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Mistakes stop the start, by name, and before anything listens.
func TestMistakes(t *testing.T) {
	id := map[string]string{"Connections__A__Settings__ClientId": "id"}
	tests := []struct {
		name string
		env  map[string]string
		file string
		want []string // parts of the error
	}{
		{name: "flag", env: map[string]string{"TokenValidation__IsGov": "yes please"}, want: []string{"TokenValidation__IsGov", `"yes please"`, "true or false"}},
		{name: "flag that is on by default", env: map[string]string{"OutboundHostValidator__IncludeDefaultMicrosoftHosts": "nein"},
			want: []string{"OutboundHostValidator__IncludeDefaultMicrosoftHosts", "true or false"}},
		{name: "several at once", env: map[string]string{"TokenValidation__AzureBotServiceOnly": "x", "OUTSPOKEN_GRACE": "y"},
			want: []string{"TokenValidation__AzureBotServiceOnly", "OUTSPOKEN_GRACE"}},
		{name: "duration without unit", env: map[string]string{"OUTSPOKEN_GRACE": "60"}, want: []string{"OUTSPOKEN_GRACE", `"60"`, "60s"}},
		{name: "duration below zero", env: map[string]string{"OUTSPOKEN_GRACE": "-5s"}, want: []string{"OUTSPOKEN_GRACE", `"-5s"`}},
		{name: "duration of zero", env: map[string]string{"OUTSPOKEN_GRACE": "0s"}, want: []string{"OUTSPOKEN_GRACE", `"0s"`}},
		{name: "no file", env: map[string]string{"OUTSPOKEN_CONFIG": "/nowhere/agent.json"}, want: []string{"OUTSPOKEN_CONFIG", "/nowhere/agent.json"}},
		{name: "file is no JSON", file: `{"a":`, want: []string{"OUTSPOKEN_CONFIG", "agent.json", "EOF"}},
		{name: "file is a list", file: `[1]`, want: []string{"OUTSPOKEN_CONFIG", "array"}},
		{name: "file holds more", file: `{} {"TokenValidation":{}}`, want: []string{"OUTSPOKEN_CONFIG", "more after the JSON object"}},
		{name: "secret is missing", env: id, want: []string{"Connections__A__Settings__ClientSecret is missing"}},
		{name: "app id is missing", env: map[string]string{"Connections__A__Settings__ClientSecret": secret}, want: []string{"Connections__A__Settings__ClientId is missing"}},
		{name: "unknown way to authenticate", env: map[string]string{"Connections__A__Settings__ClientId": "id", "Connections__A__Settings__AuthType": "Certificate"},
			want: []string{"Connections__A__Settings__AuthType", "Certificate", "ClientSecret"}},
		{name: "managed identity by its old name", env: map[string]string{"MicrosoftAppId": "id", "MicrosoftAppType": "UserAssignedMSI"}, want: []string{"AuthType", "UserAssignedMSI"}},
		{name: "map to nowhere", env: map[string]string{"ConnectionsMap__0__Connection": "B"}, want: []string{"ConnectionsMap__0__Connection", `"B"`}},
		{name: "host that is no host", env: map[string]string{"OutboundHostValidator__Hosts": "10.0.0.7"}, want: []string{"OutboundHostValidator__Hosts", `"10.0.0.7"`}},
		{name: "keys over plain http", env: map[string]string{"Connections__A__Settings__ClientId": "id", "Connections__A__Settings__ClientSecret": "s",
			"TokenValidation__OpenIdMetadataUrl": "http://keys.test/"}, want: []string{"TokenValidation__OpenIdMetadataUrl", "https"}},
		{name: "audiences without a connection", env: map[string]string{"TokenValidation__Audiences": "id"}, want: []string{"TokenValidation__Audiences", "cannot answer"}},
		{name: "address without a port", env: map[string]string{"OUTSPOKEN_ADDR": "localhost"}, want: []string{`"localhost"`, "host:port"}},
		{name: "anonymous on all interfaces", env: map[string]string{"OUTSPOKEN_ADDR": "0.0.0.0:3978"}, want: []string{"0.0.0.0:3978", "127.0.0.1:3978", "ClientId"}},
		{name: "anonymous on an empty host", env: map[string]string{"OUTSPOKEN_ADDR": ":3978"}, want: []string{":3978", "without credentials"}},
		{name: "anonymous on IPv6", env: map[string]string{"OUTSPOKEN_ADDR": "[::]:3978"}, want: []string{"[::]:3978", "without credentials"}},
		{name: "anonymous on a name", env: map[string]string{"OUTSPOKEN_ADDR": "localhost.evil.test:3978"}, want: []string{"without credentials"}},
		{name: "anonymous on another machine's address", env: map[string]string{"OUTSPOKEN_ADDR": "10.0.0.7:3978"}, want: []string{"without credentials"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv, err := server.New(agent.New(agent.Config{}), read(t, tt.env, tt.file))
			if err == nil {
				t.Fatalf("New = %v, want an error", srv)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("error %q holds the secret", err)
			}
		})
	}
}

func TestLoopbackAddresses(t *testing.T) {
	for _, addr := range []string{"", "127.0.0.1:0", "localhost:0", "LOCALHOST:0", "[::1]:0", "127.8.9.10:0"} {
		if _, err := server.New(newEcho(), server.Config{Addr: addr}); err != nil {
			t.Errorf("anonymous on %q: %v", addr, err)
		}
	}
}

// Nothing that prints a configuration, or a server, prints its secrets.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Setenv("MicrosoftAppId", clientID)
	t.Setenv("MicrosoftAppPassword", secret)
	cfg := server.FromEnv()
	cfg.Grace = time.Second
	var log journal
	cfg.Logger = log.logger()
	srv, err := server.New(newEcho(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{cfg, &cfg, cfg.Connections, cfg.Connections.Connections, cfg.Connections.Connections[0], &cfg.Connections.Connections[0], srv, *srv, srv.Adapter()} {
		printed := fmt.Sprintf("%v|%+v|%#v|%s", v, v, v, v)
		if strings.Contains(printed, secret) {
			t.Errorf("printing a %T shows the secret: %s", v, printed)
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			slog.New(h).Info("look", "v", v)
		}
	}
	if raw, err := json.Marshal(cfg.Connections.Connections); err != nil || strings.Contains(string(raw), secret) {
		t.Errorf("JSON is %s, %v", raw, err)
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log holds the secret: %s", &log)
	}
	if !strings.Contains(log.String(), clientID) {
		t.Errorf("the log does not even show the client id, so this test proves nothing: %s", &log)
	}
}

// New leaves what it was given as it is: a Config may serve twice.
func TestNewChangesNothing(t *testing.T) {
	t.Setenv("clientId", clientID)
	t.Setenv("clientSecret", secret)
	cfg := server.FromEnv()
	audiences := []string{"one", "spare"}
	cfg.Validation.Audiences = audiences[:1]
	for range 2 {
		if _, err := server.New(newEcho(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	if audiences[1] != "spare" {
		t.Errorf("New wrote %q behind the end of the caller's slice", audiences[1])
	}
}
