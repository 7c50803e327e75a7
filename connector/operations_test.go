package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

type client = connector.Client

// S2-55: every operation of the channel REST protocol has a method.
func TestOperations(t *testing.T) {
	reply := func(to activity.Conversation) *activity.Activity {
		a := message(to, "hi")
		a.ReplyToID = "a 1"
		return a
	}
	const sent = `{"type":"message","serviceUrl":"URL","channelId":"test","from":{"id":"28:agent"},"conversation":{"id":"19:c1"},"recipient":{"id":"29:user"},"text":"hi"`
	const people = `[{"id":"29:u1","name":"Ada"},{"id":"29:u2"}]`
	tests := []struct {
		name   string
		call   func(context.Context, *client, activity.Conversation) (any, error)
		want   string // method and path
		body   string // what the channel must get
		status int
		answer string
		result string // what the caller must get, as JSON
	}{
		{"send; S0-19 returns the id", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Send(ctx, to, message(to, "hi"))
		}, "POST /v3/conversations/19:c1/activities", sent + `}`, 201, `{"id":"m1"}`, `{"id":"m1"}`},
		{"reply", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Send(ctx, to, reply(to))
		}, "POST /v3/conversations/19:c1/activities/a%201", sent + `,"replyToId":"a 1"}`, 200, `{"id":"m2"}`, `{"id":"m2"}`},
		{"S2-41 a send that was queued, with an empty answer", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Send(ctx, to, message(to, "hi"))
		}, "POST /v3/conversations/19:c1/activities", sent + `}`, 202, ``, `{}`},
		{"S2-31 update", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			a := message(to, "hi")
			a.ID = "m/1"
			return c.Update(ctx, to, a)
		}, "PUT /v3/conversations/19:c1/activities/m%2F1", strings.Replace(sent, `,"serviceUrl"`, `,"id":"m/1","serviceUrl"`, 1) + `}`, 200, `{"id":"m/1"}`, `{"id":"m/1"}`},
		{"S2-31 delete", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return nil, c.Delete(ctx, to, "m1")
		}, "DELETE /v3/conversations/19:c1/activities/m1", ``, 204, ``, `null`},
		{"create conversation; S0-15 a Copilot thread", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			to.Reference.Conversation.ID = ""
			return c.CreateConversation(ctx, to, connector.CopilotThread("tenant-1", "entra-1"))
		}, "POST /v3/conversations",
			`{"members":[{"id":"entra-1"}],"tenantId":"tenant-1","channelData":{"productContext":"Copilot","conversation":{"conversationSubType":"AgentProactive"}}}`,
			201, `{"id":"19:new","activityId":"m1"}`, `{"id":"19:new","activityId":"m1"}`},
		{"list conversations", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Conversations(ctx, to, "page 2&x")
		}, "GET /v3/conversations?continuationToken=page+2%26x", ``, 200, `{"conversations":[{"id":"19:c1","members":` + people + `}],"continuationToken":"p3"}`,
			`{"conversations":[{"id":"19:c1","members":` + people + `}],"continuationToken":"p3"}`},
		{"history", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.SendHistory(ctx, to, []*activity.Activity{message(to, "hi"), message(to, "hi")})
		}, "POST /v3/conversations/19:c1/activities/history", `{"activities":[` + sent + `},` + sent + `}]}`, 200, `{"id":"h1"}`, `{"id":"h1"}`},
		{"one member", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Member(ctx, to, "29:u1")
		}, "GET /v3/conversations/19:c1/members/29:u1", ``, 200, `{"id":"29:u1","email":"ada@example.com"}`, `{"id":"29:u1","email":"ada@example.com"}`},
		{"a page of members", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Members(ctx, to, 50, "t=2")
		}, "GET /v3/conversations/19:c1/pagedmembers?continuationToken=t%3D2&pageSize=50", ``, 200, `{"members":` + people + `,"continuationToken":"t=3"}`,
			`{"members":` + people + `,"continuationToken":"t=3"}`},
		{"the first page of members", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Members(ctx, to, 0, "")
		}, "GET /v3/conversations/19:c1/pagedmembers", ``, 200, `{"members":[]}`, `{"members":[]}`},
		{"all members", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.AllMembers(ctx, to)
		}, "GET /v3/conversations/19:c1/members", ``, 200, people, people},
		{"members who see an activity", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.ActivityMembers(ctx, to, "m1")
		}, "GET /v3/conversations/19:c1/activities/m1/members", ``, 200, people, people},
		{"delete a member", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return nil, c.DeleteMember(ctx, to, "29:u1")
		}, "DELETE /v3/conversations/19:c1/members/29:u1", ``, 200, ``, `null`},
		{"upload an attachment", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.UploadAttachment(ctx, to, connector.AttachmentUpload{Type: "text/plain", Name: "a.txt", Original: []byte("hello")})
		}, "POST /v3/conversations/19:c1/attachments", `{"type":"text/plain","name":"a.txt","originalBase64":"aGVsbG8="}`, 201, `{"id":"f1"}`, `{"id":"f1"}`},
		{"describe an attachment", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			return c.Attachment(ctx, to, "f1")
		}, "GET /v3/attachments/f1", ``, 200, `{"name":"a.txt","type":"text/plain","views":[{"viewId":"original","size":5}]}`,
			`{"name":"a.txt","type":"text/plain","views":[{"viewId":"original","size":5}]}`},
		{"a view of an attachment", func(ctx context.Context, c *client, to activity.Conversation) (any, error) {
			file, err := c.AttachmentView(ctx, to, "f1", "original")
			return string(file), err
		}, "GET /v3/attachments/f1/views/original", ``, 200, "any \x01 bytes", `"any \u0001 bytes"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, tt.status, tt.answer)
			result, err := tt.call(t.Context(), newClient(connector.Config{}), at(ch.URL, "test"))
			if err != nil {
				t.Fatal(err)
			}
			got := ch.one(t)
			if got.Method+" "+got.URI != tt.want {
				t.Errorf("asked for %s %s, want %s", got.Method, got.URI, tt.want)
			}
			if diff := cmp.Diff(strings.ReplaceAll(tt.body, "URL", ch.URL), got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if asJSON, _ := json.Marshal(result); string(asJSON) != tt.result {
				t.Errorf("result %s, want %s", asJSON, tt.result)
			}
			wantHeaders(t, got, tt.body != "")
		})
	}
}

// S0-17: every call carries the token and says that it speaks JSON.
func wantHeaders(t *testing.T, got seen, hasBody bool) {
	t.Helper()
	want := map[string]string{"Authorization": "Bearer " + secret, "Accept": "application/json"}
	if hasBody {
		want["Content-Type"] = "application/json; charset=utf-8"
	}
	if strings.Contains(got.URI, "/views/") {
		want["Accept"] = "application/octet-stream"
	}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if !strings.HasPrefix(got.Header.Get("User-Agent"), "outspoken ") {
		t.Errorf("User-Agent: %q", got.Header.Get("User-Agent"))
	}
}

func TestS0_18_SendUsesTheCreatedID(t *testing.T) {
	ch := newChannel(t, 201, `{"id":"a/b c;d?e"}`)
	c, to := newClient(connector.Config{}), at(ch.URL, "msteams")
	made, err := c.CreateConversation(t.Context(), to, connector.CopilotThread("t", "u"))
	if err != nil {
		t.Fatal(err)
	}
	to.Reference.Conversation.ID = made.ID
	// Case 57: the first send into a created conversation is no reply.
	if _, err := c.Send(t.Context(), to, message(to, "hi")); err != nil {
		t.Fatal(err)
	}
	if got, want := ch.requests()[1].URI, "/v3/conversations/a%2Fb%20c%3Bd%3Fe/activities"; got != want {
		t.Errorf("sent to %s, want %s", got, want)
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	tests := []struct {
		name, answer string
		call         func(context.Context, *client, activity.Conversation) error
		want         error
	}{
		{"a send was taken all the same", `<html>`, func(ctx context.Context, c *client, to activity.Conversation) error {
			_, err := c.Send(ctx, to, message(to, "hi"))
			return err
		}, activity.ErrOutcomeUnknown},
		{"a created conversation without id", `{}`, func(ctx context.Context, c *client, to activity.Conversation) error {
			_, err := c.CreateConversation(ctx, to, activity.ConversationParameters{})
			return err
		}, activity.ErrOutcomeUnknown},
		{"more than 4 MiB", `"` + strings.Repeat("x", 4<<20), func(ctx context.Context, c *client, to activity.Conversation) error {
			_, err := c.AllMembers(ctx, to)
			if err == nil || !strings.Contains(err.Error(), "exceeds 4194304 bytes") {
				t.Errorf("got %v, want an error about the size", err)
			}
			return err
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, tt.answer)
			if err := tt.call(t.Context(), newClient(connector.Config{}), at(ch.URL, "test")); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			ch.one(t)
		})
	}
}

func TestConnectorUserTakesMessagesAtTheServiceURL(t *testing.T) {
	ch := newChannel(t, http.StatusOK, `{"id":"m1"}`)
	to := at(ch.URL+"/flows/in?api-version=1", "pva-studio")
	to.Reference.Agent.Role = activity.RoleConnectorUser
	if _, err := newClient(connector.Config{}).Send(t.Context(), to, message(to, "hi")); err != nil {
		t.Fatal(err)
	}
	got := ch.one(t)
	if got.URI != "/flows/in?api-version=1" || got.Header.Get("Authorization") != "" {
		t.Errorf("asked for %s with Authorization %q", got.URI, got.Header.Get("Authorization"))
	}
}
