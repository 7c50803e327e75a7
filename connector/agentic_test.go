package connector_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
)

// agenticAt is a conversation on channel "agents" of an agent that has an
// identity of its own.
func agenticAt(serviceURL string) activity.Conversation {
	to := at(serviceURL, activity.ChannelAgents)
	to.Reference.Agent.Role = activity.RoleAgenticUser
	to.Reference.Agent.AgenticAppID, to.Reference.Agent.AgenticUserID = "instance-1", "user-1"
	return to
}

// Every operation, and case 81: only a send and a reply shorten the id, and
// only in the path.
func TestCase81_EveryOperation(t *testing.T) {
	long := strings.Repeat(`ab/\#?cdef`, 20)
	short, whole := strings.Repeat(`ab____cdef`, 15), strings.Repeat(`ab%2F%5C%23%3Fcdef`, 20)
	type op func(ctx context.Context, c *connector.Client, to activity.Conversation) error
	sent := func(to activity.Conversation, id, replyTo string) *activity.Activity {
		a := message(to, "hi")
		a.ID, a.ReplyToID = id, replyTo
		return a
	}
	tests := []struct {
		name string
		op   op
		want string
	}{
		{"send", func(ctx context.Context, c *connector.Client, to activity.Conversation) error {
			_, err := c.Send(ctx, to, sent(to, "", ""))
			return err
		}, "POST /v3/conversations/" + short + "/activities"},
		{"reply", func(ctx context.Context, c *connector.Client, to activity.Conversation) error {
			_, err := c.Send(ctx, to, sent(to, "", "A"))
			return err
		}, "POST /v3/conversations/" + short + "/activities/A"},
		{"update", func(ctx context.Context, c *connector.Client, to activity.Conversation) error {
			_, err := c.Update(ctx, to, sent(to, "A", ""))
			return err
		}, "PUT /v3/conversations/" + whole + "/activities/A"},
		{"delete", func(ctx context.Context, c *connector.Client, to activity.Conversation) error {
			return c.Delete(ctx, to, "A")
		}, "DELETE /v3/conversations/" + whole + "/activities/A"},
		{"members", func(ctx context.Context, c *connector.Client, to activity.Conversation) error {
			_, err := c.Members(ctx, to, 0, "")
			return err
		}, "GET /v3/conversations/" + whole + "/pagedmembers"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, `{}`)
			to := agenticAt(ch.URL)
			to.Reference.Conversation.ID = long
			if err := tt.op(t.Context(), newClient(connector.Config{}), to); err != nil {
				t.Fatal(err)
			}
			got := ch.one(t)
			if asked := got.Method + " " + got.URI; asked != tt.want {
				t.Errorf("asked\n%s, want\n%s", asked, tt.want)
			}
			if got.Body != "" {
				var body struct{ Conversation struct{ ID string } }
				if err := json.Unmarshal([]byte(got.Body), &body); err != nil || body.Conversation.ID != long {
					t.Errorf("the body says %q, %v", body.Conversation.ID, err)
				}
			}
			if diff := cmp.Diff(headers{"A365", "outspoken", "instance-1", "agents"}, agenticHeaders(got.Header)); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

type headers struct{ Registrar, Name, ID, Referrer string }

func agenticHeaders(h http.Header) headers {
	return headers{h.Get("AgentRegistrar"), h.Get("AgentName"), h.Get("AgentID"), h.Get("Agent-Referrer")}
}

func TestAgenticHeaders(t *testing.T) {
	tests := []struct {
		name   string
		change func(*activity.ConversationReference)
		want   headers
	}{
		{"an agentic user", func(*activity.ConversationReference) {}, headers{"A365", "Sales_Sally 2-b", "instance-1", "agents"}},
		{"an instance in Copilot", func(r *activity.ConversationReference) {
			r.Agent.Role, r.ChannelID = "agenticInstance", activity.ChannelTeamsCopilot
		}, headers{"A365", "Sales_Sally 2-b", "instance-1", "msteams:COPILOT"}},
		{"no instance", func(r *activity.ConversationReference) { r.Agent.AgenticAppID = "" }, headers{"A365", "Sales_Sally 2-b", "user-1", "agents"}},
		{"a second header in disguise", func(r *activity.ConversationReference) {
			r.Agent.AgenticAppID, r.ChannelID = "x\r\nAuthorization: y", "agents\n"
		}, headers{"A365", "Sales_Sally 2-b", "", ""}},
		{"too long", func(r *activity.ConversationReference) { r.Agent.AgenticAppID = strings.Repeat("x", 257) }, headers{"A365", "Sales_Sally 2-b", "", "agents"}},
		{"any other agent", func(r *activity.ConversationReference) { r.Agent.Role = activity.RoleAgent }, headers{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, `{}`)
			to := agenticAt(ch.URL)
			tt.change(&to.Reference)
			a := message(to, "hi")
			if _, err := newClient(connector.Config{AgentName: "Sales_Sally 2-b"}).Send(t.Context(), to, a); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, agenticHeaders(ch.one(t).Header)); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAgentNameIsChecked(t *testing.T) {
	for _, name := range []string{"Sally\r\nX: y", "Sälly", "a/b", strings.Repeat("x", 257)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New took the name %q", name)
				}
			}()
			newClient(connector.Config{AgentName: name})
		}()
	}
}

// A conversation of an agentic user as another SDK stored it: every token, the
// headers and the path come from what stands there, and the user-token service
// gets the connection's own token. (proactive-hosting-auth 3.4 and 5.6)
func TestAgenticConversationFromStore(t *testing.T) {
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.FormValue("grant_type") + "-" + r.FormValue("client_id") + "-in" + strings.TrimSuffix(r.URL.Path, "/oauth2/v2.0/token")
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"access_token":"`+strings.ReplaceAll(token, "/", "-")+`","expires_in":3600}`)
	}))
	defer login.Close()
	tokens, err := auth.NewConnections(auth.ConnectionsConfig{Connections: []auth.Connection{
		{Name: "A", ClientID: "blueprint", ClientSecret: "s3cr3t", Authority: login.URL, TenantID: "own.example"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ch := newChannel(t, 200, `{}`)
	var to activity.Conversation
	if err := json.Unmarshal([]byte(`{"claims":{"aud":"blueprint","azp":"5a807f24-c9de-44ee-a3a7-329e88a00ffc","ver":"2.0"},"reference":{
		"channelId":"agents","serviceUrl":"`+ch.URL+`","conversation":{"id":"a/1","tenantId":"theirs.example"},"user":{"id":"29:user"},
		"bot":{"id":"sally@theirs.example","role":"agenticUser","agenticAppId":"instance","agenticUserId":"sally"}}}`), &to); err != nil {
		t.Fatal(err)
	}
	if _, err := newClient(connector.Config{Tokens: tokens}).Send(t.Context(), to, message(to, "hi")); err != nil {
		t.Fatal(err)
	}
	got := ch.one(t)
	if a := got.Header.Get("Authorization"); a != "Bearer user_fic-instance-in-theirs.example" || got.URI != "/v3/conversations/a_1/activities" {
		t.Errorf("asked for %s with Authorization %q", got.URI, a)
	}
	if diff := cmp.Diff(headers{"A365", "outspoken", "instance", "agents"}, agenticHeaders(got.Header)); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}

	service := newChannel(t, 404, ``)
	users, err := connector.NewUserTokens(connector.Config{Tokens: tokens, Hosts: hosts{service.URL}}, service.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.Token(t.Context(), to, "graph", ""); err != nil {
		t.Fatal(err)
	}
	if a := service.one(t).Header.Get("Authorization"); a != "Bearer client_credentials-blueprint-in-own.example" {
		t.Errorf("the user-token service got Authorization %q", a)
	}
}
