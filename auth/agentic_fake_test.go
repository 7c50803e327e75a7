package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	instanceID = "aaaa1111-2222-3333-4444-555555555555"
	userID     = "bbbb1111-2222-3333-4444-555555555555"
)

// A directory is an identity provider over HTTP with the rules of agentic
// identities: each token is given only for those that must come before it.
// Tokens say whose they are, in the form step/tenant/instance/user.
type directory struct {
	*httptest.Server

	mu     sync.Mutex
	calls  []url.Values                                // with the path as "path"
	counts map[string]int                              // requests by step
	answer func(w http.ResponseWriter, r request) bool // unless nil and false, in place of a token
}

// A request is what one form asks for.
type request struct {
	step string // "own", "app", "instance", "user"
	form url.Values
}

func newDirectory(t testing.TB) *directory {
	d := &directory{counts: map[string]int{}}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	form, tenant := r.PostForm, strings.Split(r.URL.Path, "/")[1]
	step := "own"
	switch {
	case form.Get("grant_type") == "user_fic":
		step = "user"
	case form.Has("client_assertion"):
		step = "instance"
	case form.Has("fmi_path"):
		step = "app"
	}
	form.Set("path", r.URL.Path)
	d.mu.Lock()
	d.calls = append(d.calls, form)
	d.counts[step]++
	n, answer := d.counts[step], d.answer
	d.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if answer != nil && answer(w, request{step, form}) {
		return
	}
	app, instance := form.Get("client_id"), form.Get("client_id")
	if !strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") || !d.admits(step, tenant, form) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"not as the directory wants it"}`)
		return
	}
	token := fmt.Sprintf("own/%s/%s/%d", tenant, app, n)
	switch step {
	case "app":
		token = fmt.Sprintf("app/%s/%s/%d", tenant, form.Get("fmi_path"), n)
	case "instance":
		token = fmt.Sprintf("instance/%s/%s/%d", tenant, instance, n)
	case "user":
		token = fmt.Sprintf("user/%s/%s/%s/%d", tenant, instance, form.Get("user_id"), n)
	}
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token)
}

// admits reports whether all that a step needs was shown.
func (d *directory) admits(step, tenant string, form url.Values) bool {
	instance := form.Get("client_id")
	asserted := form.Get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" &&
		strings.HasPrefix(form.Get("client_assertion"), "app/"+tenant+"/"+instance+"/") && !form.Has("client_secret")
	exchange := form.Get("scope") == "api://AzureAdTokenExchange/.default"
	switch step {
	case "app":
		return form.Get("client_secret") == secret && form.Get("grant_type") == "client_credentials" && exchange
	case "instance":
		return asserted && form.Get("grant_type") == "client_credentials" && exchange
	case "user":
		return asserted && form.Get("user_id") != "" && !exchange &&
			strings.HasPrefix(form.Get("user_federated_identity_credential"), "instance/"+tenant+"/"+instance+"/")
	}
	return form.Get("client_secret") == secret && !exchange
}

// set changes how the directory answers.
func (d *directory) set(answer func(w http.ResponseWriter, r request) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

// asked is how often each step was asked for, as "own app instance user".
func (d *directory) asked() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprint(d.counts["own"], d.counts["app"], d.counts["instance"], d.counts["user"])
}

// connections uses d by a connection with the client id.
func (d *directory) connections(t testing.TB, change ...func(*Connection)) *Connections {
	t.Helper()
	conn := testConnection()
	conn.Authority = d.URL
	for _, c := range change {
		c(&conn)
	}
	c, err := NewConnections(ConnectionsConfig{Connections: []Connection{conn}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// agentic is a conversation of an agent that has an identity of its own.
func agentic(role string) activity.Conversation {
	to := conversation("ver", "2.0", "azp", otherGUID) // as of the service that such agents talk to
	to.Reference.ChannelID = activity.ChannelAgents
	to.Reference.Conversation.TenantID = tenant
	to.Reference.Agent = activity.ChannelAccount{Role: role, AgenticAppID: instanceID, AgenticUserID: userID}
	return to
}
