package auth

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
)

func TestAgenticUserToken(t *testing.T) { // case 90; proactive-hosting-auth 3.4 and 6.3
	d := newDirectory(t)
	got, err := d.connections(t).Token(t.Context(), agentic(activity.RoleAgenticUser))
	if want := "user/" + tenant + "/" + instanceID + "/" + userID + "/1"; got != want || err != nil {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
	app, instance := "app/"+tenant+"/"+instanceID+"/1", "instance/"+tenant+"/"+instanceID+"/1"
	path, jwt := "/"+tenant+"/oauth2/v2.0/token", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	want := []url.Values{{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
		"scope": {"api://AzureAdTokenExchange/.default"}, "fmi_path": {instanceID}, "path": {path},
	}, {
		"grant_type": {"client_credentials"}, "client_id": {instanceID},
		"client_assertion_type": {jwt}, "client_assertion": {app},
		"scope": {"api://AzureAdTokenExchange/.default"}, "path": {path},
	}, {
		"grant_type": {"user_fic"}, "client_id": {instanceID},
		"client_assertion_type": {jwt}, "client_assertion": {app},
		"user_id": {userID}, "user_federated_identity_credential": {instance},
		"scope": {"5a807f24-c9de-44ee-a3a7-329e88a00ffc/.default"}, "path": {path},
	}}
	if diff := cmp.Diff(want, d.calls); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAgenticRoles(t *testing.T) {
	asInstance, asUser := "0 1 1 0", "0 1 1 1"
	for role, want := range map[string]string{
		activity.RoleAgenticUser:        asUser,
		"AGENTICUSER":                   asUser,
		activity.RoleAgenticAppInstance: asInstance,
		"agenticInstance":               asInstance,
		activity.RoleAgent:              "1 0 0 0",
		activity.RoleConnectorUser:      "0 0 0 0",
		"":                              "1 0 0 0",
	} {
		d := newDirectory(t)
		if _, err := d.connections(t).Token(t.Context(), agentic(role)); err != nil || d.asked() != want {
			t.Errorf("role %q: %v, asked %s times, want %s", role, err, d.asked(), want)
		}
	}
	d := newDirectory(t)
	got, err := d.connections(t).Token(t.Context(), agentic(activity.RoleAgenticAppInstance))
	if want := "instance/" + tenant + "/" + instanceID + "/1"; got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	anonymous := agentic(activity.RoleAgenticUser)
	anonymous.Claims = nil
	if got, err := d.connections(t).Token(t.Context(), anonymous); got != "" || err != nil {
		t.Errorf("anonymous: got %q, %v", got, err)
	}
}

func TestAgenticTenantAndScope(t *testing.T) {
	both := func(to *activity.Conversation) { to.Reference.Agent.TenantID = otherGUID }
	tests := []struct {
		name   string
		to     func(*activity.Conversation)
		conn   func(*Connection)
		tenant string
		scope  string
	}{
		{"that of the agent's account comes first", both, nil, otherGUID, apxScope},
		{"then that of the conversation", nil, nil, tenant, apxScope},
		{"then the connection's own", func(to *activity.Conversation) { to.Reference.Conversation.TenantID = "" },
			func(c *Connection) { c.TenantID = "contoso.com" }, "contoso.com", apxScope},
		{"the connection's own gives way", both, func(c *Connection) { c.TenantID = "contoso.com" }, otherGUID, apxScope},
		{"scopes of the connection", nil, func(c *Connection) { c.Scopes = []string{"one", "{instance}/two"} }, tenant,
			"one https://api.botframework.com/two"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, to := newDirectory(t), agentic(activity.RoleAgenticUser)
			if tt.to != nil {
				tt.to(&to)
			}
			change := func(*Connection) {}
			if tt.conn != nil {
				change = tt.conn
			}
			if _, err := d.connections(t, change).Token(t.Context(), to); err != nil {
				t.Fatal(err)
			}
			for _, call := range d.calls {
				if got := call.Get("path"); got != "/"+tt.tenant+"/oauth2/v2.0/token" {
					t.Errorf("asked %s, want tenant %s", got, tt.tenant)
				}
			}
			if got := d.calls[2].Get("scope"); got != tt.scope {
				t.Errorf("scope %q, want %q", got, tt.scope)
			}
		})
	}
}

func TestAuthorityPerTenant(t *testing.T) {
	const end = "/oauth2/v2.0/token"
	for authority, want := range map[string]string{
		"":                                     "https://login.microsoftonline.com/" + tenant,
		"https://login.test":                   "https://login.test/" + tenant,
		"https://login.test/":                  "https://login.test/" + tenant,
		"https://login.test/common":            "https://login.test/" + tenant,
		"https://login.test/common/":           "https://login.test/" + tenant,
		"https://login.test/" + otherGUID:      "https://login.test/" + tenant,
		"https://login.test/x/" + otherGUID:    "https://login.test/x/" + tenant,
		"https://login.test/contoso.com":       "https://login.test/contoso.com",
		"https://login.test/uncommon":          "https://login.test/uncommon",
		"https://common.test:8443/a%2Fb":       "https://common.test:8443/a%2Fb",
		"http://127.0.0.1:9/" + otherGUID + "": "http://127.0.0.1:9/" + tenant,
	} {
		got, err := Connection{Authority: authority, TenantID: "contoso.com"}.tokenURL(tenant)
		if got != want+end || err != nil {
			t.Errorf("authority %q: got %s, %v, want %s", authority, got, err, want+end)
		}
	}
}

func TestAlternateConnection(t *testing.T) { // case 90
	const agent, agenticUser, agenticInstance = activity.RoleAgent, activity.RoleAgenticUser, activity.RoleAgenticAppInstance
	for _, tt := range []struct{ role, alternate, want string }{
		{agenticUser, "b", otherGUID},
		{agenticInstance, "B", otherGUID},
		{agenticUser, "", clientID},
		{agent, "b", clientID},
	} {
		d := newDirectory(t)
		a, b := testConnection(), testConnection()
		a.Alternate, a.Authority = tt.alternate, d.URL
		b.Name, b.ClientID, b.Authority = "B", otherGUID, d.URL
		c, err := NewConnections(ConnectionsConfig{Connections: []Connection{a, b}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Token(t.Context(), agentic(tt.role)); err != nil {
			t.Fatal(err)
		}
		if got := d.calls[0].Get("client_id"); got != tt.want {
			t.Errorf("role %s, alternate %q: got client %s, want %s", tt.role, tt.alternate, got, tt.want)
		}
	}
}

func TestAgenticIDsAreChecked(t *testing.T) {
	d := newDirectory(t)
	c := d.connections(t)
	for name, spoil := range map[string]func(*activity.Conversation){
		"agenticAppId":                  func(to *activity.Conversation) { to.Reference.Agent.AgenticAppID = "" },
		"agenticAppId with a path":      func(to *activity.Conversation) { to.Reference.Agent.AgenticAppID = "a/b" },
		"agenticUserId":                 func(to *activity.Conversation) { to.Reference.Agent.AgenticUserID = "" },
		"agenticUserId with a line":     func(to *activity.Conversation) { to.Reference.Agent.AgenticUserID = "a\nb" },
		"agenticUserId too long":        func(to *activity.Conversation) { to.Reference.Agent.AgenticUserID = strings.Repeat("a", 257) },
		"tenantId that climbs":          func(to *activity.Conversation) { to.Reference.Agent.TenantID = ".." },
		"tenantId that is a host":       func(to *activity.Conversation) { to.Reference.Conversation.TenantID = "//evil.tld" },
		"tenantId with a query":         func(to *activity.Conversation) { to.Reference.Agent.TenantID = "a?b" },
		"tenantId that is escaped dots": func(to *activity.Conversation) { to.Reference.Agent.TenantID = "%2e%2e" },
	} {
		to := agentic(activity.RoleAgenticUser)
		spoil(&to)
		_, err := c.Token(t.Context(), to)
		field, _, _ := strings.Cut(name, " ")
		if !errors.Is(err, activity.ErrInvalid) || !strings.Contains(err.Error(), field) || len(err.Error()) > 512 {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if d.asked() != "0 0 0 0" {
		t.Errorf("asked %s times", d.asked())
	}
}

func TestAgenticTokensAreShared(t *testing.T) {
	d := newDirectory(t)
	c := d.connections(t)
	others := map[string]func(*activity.Conversation){
		"one":              func(*activity.Conversation) {},
		"another user":     func(to *activity.Conversation) { to.Reference.Agent.AgenticUserID = otherGUID },
		"another instance": func(to *activity.Conversation) { to.Reference.Agent.AgenticAppID = otherGUID },
		"another tenant":   func(to *activity.Conversation) { to.Reference.Agent.TenantID = otherGUID },
	}
	var wg sync.WaitGroup
	for name, change := range others {
		for range 50 {
			wg.Go(func() {
				to := agentic(activity.RoleAgenticUser)
				to.Reference.Agent.TenantID = tenant
				change(&to)
				who := &to.Reference.Agent
				want := fmt.Sprintf("user/%s/%s/%s/", who.TenantID, who.AgenticAppID, who.AgenticUserID)
				for range 20 {
					if got, err := c.Token(t.Context(), to); err != nil || !strings.HasPrefix(got, want) {
						t.Errorf("%s: got %q, %v, want one of %s", name, got, err, want)
					}
				}
			})
		}
	}
	wg.Wait()
	if got := d.asked(); got != "0 3 3 4" {
		t.Errorf("asked %s times, want each token once: 0 3 3 4", got)
	}
	if _, err := c.Token(t.Context(), agentic(activity.RoleAgenticAppInstance)); err != nil || d.asked() != "0 3 3 4" {
		t.Errorf("the instance's token: %v, asked %s times", err, d.asked())
	}
	if _, err := c.Token(t.Context(), conversation()); err != nil || d.asked() != "1 3 3 4" {
		t.Errorf("the connection's own: %v, asked %s times", err, d.asked())
	}
}

// However many identities there are, what is remembered stays bounded.
func TestAgenticTokensAreBounded(t *testing.T) {
	host := &tokenHost{}
	c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
	for i := range maxTokens + 100 {
		to := agentic(activity.RoleAgenticUser)
		to.Reference.Agent.AgenticUserID = fmt.Sprint("user-", i)
		if _, err := c.Token(t.Context(), to); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(c.sources["a"].tokens.entries); got > maxTokens || host.count() < maxTokens+100 {
		t.Errorf("%d tokens are kept after %d requests, want at most %d", got, host.count(), maxTokens)
	}
}

func TestAgenticTokenErrors(t *testing.T) {
	owners := map[string]string{
		"app":      `app token for instance "` + instanceID + `"`,
		"instance": `instance "` + instanceID + `"`,
		"user":     `user "` + userID + `" of instance "` + instanceID + `"`,
	}
	asked := map[string][2]string{"app": {"0 2 0 0", "0 3 1 1"}, "instance": {"0 1 2 0", "0 1 3 1"}, "user": {"0 1 1 2", "0 1 1 3"}}
	for step, owner := range owners {
		for _, tt := range []struct {
			status int
			is     error
			again  bool
		}{{400, activity.ErrUnauthorized, false}, {302, activity.ErrUnauthorized, false}, {503, activity.ErrUnreachable, true}} {
			t.Run(fmt.Sprint(step, " ", tt.status), func(t *testing.T) {
				evil := newDirectory(t)
				d := newDirectory(t)
				d.set(func(w http.ResponseWriter, r request) bool {
					if r.step != step {
						return false
					}
					w.Header().Set("Location", evil.URL)
					w.WriteHeader(tt.status)
					echo := strings.Join([]string{
						r.form.Get("client_secret"), r.form.Get("client_assertion"), r.form.Get("user_federated_identity_credential"),
						url.QueryEscape(r.form.Get("client_assertion")),
					}, " and ")
					fmt.Fprintf(w, `{"error":"invalid_grant","error_description":%q}`, "I got "+echo)
					return true
				})
				var log bytes.Buffer
				c := d.connections(t)
				c.sources["a"].log = slog.New(slog.NewTextHandler(&log, nil))
				to := agentic(activity.RoleAgenticUser)
				for range 2 {
					_, err := c.Token(t.Context(), to)
					e, ok := errors.AsType[*TokenError](err)
					if !ok || e.Connection != "A" || e.For != owner || e.Status != tt.status || e.Code != "invalid_grant" {
						t.Fatalf("got %#v", err)
					}
					if !errors.Is(err, tt.is) || activity.Retryable(err) != tt.again || !strings.Contains(err.Error(), owner) {
						t.Errorf("%v: errors.Is(%v) %v, retryable %v", err, tt.is, errors.Is(err, tt.is), activity.Retryable(err))
					}
					said := err.Error() + log.String()
					for _, hidden := range []string{secret, url.QueryEscape(secret), "app/", "instance/", "app%2F"} {
						if strings.Contains(said, hidden) {
							t.Errorf("%q is told: %s", hidden, said)
						}
					}
					if !strings.Contains(said, "(secret)") {
						t.Errorf("the fake did not tell, so this proves nothing: %s", said)
					}
				}
				if got, want := d.asked(), asked[step][0]; got != want {
					t.Errorf("asked %s times, want %s: what is known is not asked for again", got, want)
				}
				d.set(nil)
				if got, err := c.Token(t.Context(), to); err != nil || !strings.HasPrefix(got, "user/") || d.asked() != asked[step][1] {
					t.Errorf("afterwards: %q, %v, asked %s times, want %s", got, err, d.asked(), asked[step][1])
				}
				if len(evil.calls) > 0 {
					t.Error("a redirect was followed")
				}
			})
		}
	}
}

func TestAgenticTokenIsRenewedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &tokenHost{}
		c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
		want := func(want string, calls int) {
			t.Helper()
			got, err := c.Token(t.Context(), agentic(activity.RoleAgenticUser))
			synctest.Wait()
			if got != want || err != nil || host.count() != calls {
				t.Errorf("got %q, %v after %d calls, want %q after %d", got, err, host.count(), want, calls)
			}
		}
		want("token-3", 3)
		time.Sleep(54 * time.Minute)
		want("token-3", 3)
		time.Sleep(2 * time.Minute) // 4 minutes are left
		want("token-3", 6)          // and all three are renewed, while nobody waits
		got, err := c.Token(t.Context(), agentic(activity.RoleAgenticUser))
		if got == "token-3" || err != nil || host.count() != 6 {
			t.Errorf("got %q, %v after %d calls, want the new token", got, err, host.count())
		}
	})
}
