package auth

import (
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

// FuzzAgenticAccount: whatever an account from outside says, the secret goes to
// the token endpoint of one tenant at the configured authority, and ids arrive
// as they are or not at all.
func FuzzAgenticAccount(f *testing.F) {
	f.Add(tenant, instanceID, userID, "agenticUser", false)
	f.Add("..", "a/b", "c", "agenticInstance", true)
	f.Add("%2e%2e", instanceID, "sally@contoso.com", "AGENTICUSER", true)
	f.Add("", instanceID, "", "agenticAppInstance", false)
	f.Add("evil.tld#", "a&client_id=b", "a b", "agenticUser", false)
	f.Fuzz(func(t *testing.T, tenantID, instance, user, role string, common bool) {
		conn := testConnection()
		conn.TenantID = tenant
		if conn.Authority = "https://login.test"; common {
			conn.Authority += "/" + tenant
		}
		host := &tokenHost{}
		c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{conn}})
		to := agentic(role)
		to.Reference.Agent = activity.ChannelAccount{Role: role, TenantID: tenantID, AgenticAppID: instance, AgenticUserID: user}
		_, err := c.Token(t.Context(), to)
		if !to.Reference.Agent.Agentic() {
			return
		}
		if err != nil {
			if host.count() > 0 {
				t.Errorf("%v after %d requests", err, host.count())
			}
			return
		}
		if tenantID == "" {
			tenantID = tenant
		}
		for i, call := range host.calls {
			if got, want := call.Get("path"), "/"+tenantID+"/oauth2/v2.0/token"; got != want || strings.Contains(tenantID, "/") {
				t.Errorf("asked %q, want %q", got, want)
			}
			if got := call.Get([]string{"fmi_path", "client_id", "client_id"}[i]); got != instance {
				t.Errorf("request %d is for instance %q, want %q", i, got, instance)
			}
			if i == 2 && call.Get("user_id") != user {
				t.Errorf("the user is %q, want %q", call.Get("user_id"), user)
			}
		}
		if want := map[bool]int{true: 3, false: 2}[to.Reference.Agent.HasRole(activity.RoleAgenticUser)]; len(host.calls) != want {
			t.Errorf("%d requests, want %d", len(host.calls), want)
		}
	})
}
