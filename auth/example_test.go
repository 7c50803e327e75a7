package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/auth"
)

func ExampleVerifier() {
	verifier, err := auth.NewVerifier(auth.VerifierConfig{
		Audiences: []string{"99999999-8888-7777-6666-555555555555"}, // the agent's client id
	})
	if err != nil {
		panic(err)
	}
	request, _ := http.NewRequest(http.MethodPost, "/api/messages", nil)

	_, err = verifier.Verify(context.Background(), request.Header.Values("Authorization"))
	if refused, ok := errors.AsType[*auth.Error](err); ok {
		fmt.Println(refused.HTTPStatus())
	}
	// Output: 401 a bearer token is required
}

func ExampleHosts() {
	hosts, err := auth.NewHosts(auth.HostsConfig{Hosts: []string{"http://10.0.0.7:9000/"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(hosts.Check("https://smba.trafficmanager.net/emea/"))
	fmt.Println(hosts.Check("http://10.0.0.7:9000/chat"))
	fmt.Println(hosts.Check("https://botframework.com.evil.tld/"))
	// Output:
	// <nil>
	// <nil>
	// auth: the service URL is not trusted: "botframework.com.evil.tld" is not listed; if it is right, add it to OutboundHostValidator__Hosts
}

func ExampleConnections() {
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("asked for", r.FormValue("scope"))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"a-token","token_type":"Bearer","expires_in":3600}`)
	}))
	defer login.Close()

	connections, err := auth.NewConnections(auth.ConnectionsConfig{
		Connections: []auth.Connection{{
			Name:         "ServiceConnection",
			ClientID:     "99999999-8888-7777-6666-555555555555",
			ClientSecret: "from the environment, never from the source",
			Authority:    login.URL,
		}},
	})
	if err != nil {
		panic(err)
	}
	conversation := activity.Conversation{
		Reference: activity.ConversationReference{ServiceURL: "https://smba.trafficmanager.net/emea/"},
		Claims:    map[string]string{"aud": "99999999-8888-7777-6666-555555555555"},
	}
	for range 2 {
		token, err := connections.Token(context.Background(), conversation)
		fmt.Println(token, err)
	}
	// Output:
	// asked for https://api.botframework.com/.default
	// a-token <nil>
	// a-token <nil>
}

// An agent with a user account of its own in the directory speaks with a token
// of that account.
func ExampleConnections_agenticUser() {
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.FormValue("grant_type"), "by", r.FormValue("client_id"), "in", r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"a-token","token_type":"Bearer","expires_in":3600}`)
	}))
	defer login.Close()

	connections, err := auth.NewConnections(auth.ConnectionsConfig{
		Connections: []auth.Connection{{
			Name:         "ServiceConnection",
			ClientID:     "blueprint",
			ClientSecret: "from the environment, never from the source",
			Authority:    login.URL + "/common",
		}},
	})
	if err != nil {
		panic(err)
	}
	conversation := activity.Conversation{
		Reference: activity.ConversationReference{
			ChannelID:    activity.ChannelAgents,
			ServiceURL:   "https://smba.trafficmanager.net/emea/",
			Conversation: activity.ConversationAccount{ID: "a:1", TenantID: "contoso.com"},
			Agent: activity.ChannelAccount{
				Role:          activity.RoleAgenticUser,
				AgenticAppID:  "instance",
				AgenticUserID: "sally",
			},
		},
		Claims: map[string]string{"aud": "blueprint"},
	}
	for range 2 {
		token, err := connections.Token(context.Background(), conversation)
		fmt.Println(token, err)
	}
	// Output:
	// client_credentials by blueprint in /contoso.com/oauth2/v2.0/token
	// client_credentials by instance in /contoso.com/oauth2/v2.0/token
	// user_fic by instance in /contoso.com/oauth2/v2.0/token
	// a-token <nil>
	// a-token <nil>
}

// A user's token is exchanged for one that another service takes. Package signin
// calls this for a handler that asks for the user's token.
func ExampleConnections_OnBehalfOf() {
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("asked for", r.FormValue("scope"), r.FormValue("requested_token_use"))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"a-token-for-graph","token_type":"Bearer","expires_in":3600}`)
	}))
	defer login.Close()

	connections, err := auth.NewConnections(auth.ConnectionsConfig{
		Connections: []auth.Connection{{
			Name:         "ServiceConnection",
			ClientID:     "99999999-8888-7777-6666-555555555555",
			ClientSecret: "from the environment, never from the source",
			Authority:    login.URL + "/contoso.com",
		}},
	})
	if err != nil {
		panic(err)
	}
	scopes := []string{"https://graph.microsoft.com/User.Read"}
	for range 2 {
		got, err := connections.OnBehalfOf(context.Background(), activity.Conversation{}, "ServiceConnection", "the-users-token", scopes)
		fmt.Println(got.Token, err)
	}
	// Output:
	// asked for https://graph.microsoft.com/User.Read on_behalf_of
	// a-token-for-graph <nil>
	// a-token-for-graph <nil>
}
