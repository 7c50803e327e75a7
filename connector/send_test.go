package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

// TestCases47And48_ReplyEndpoint proves case 47 and case 48.
func TestCases47And48_ReplyEndpoint(t *testing.T) {
	tests := []struct{ name, activityID string }{
		{"case 47: a stored reference with an activity", "A"},
		{"case 48: one without, whose continuation got an id", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, `{"id":"m1"}`)
			to := at(ch.URL, "test")
			to.Reference.ActivityID = tt.activityID
			a := activity.Message("hi")
			a.ReplyToID = to.Reference.Continuation().ID
			to.Reference.Apply(a)
			if _, err := newClient(connector.Config{}).Send(t.Context(), to, a); err != nil {
				t.Fatal(err)
			}
			var body struct{ ReplyToID string }
			got := ch.one(t)
			if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
				t.Fatal(err)
			}
			last := got.URI[strings.LastIndex(got.URI, "/")+1:]
			if last != body.ReplyToID || last == "activities" || tt.activityID != "" && last != tt.activityID {
				t.Errorf("asked for %s with replyToId %q", got.URI, body.ReplyToID)
			}
		})
	}
}

// TestCase81_AgenticConversationIDs proves case 81.
func TestCase81_AgenticConversationIDs(t *testing.T) {
	long := strings.Repeat(`ab/\#?cdef`, 20)
	short := strings.Repeat(`ab____cdef`, 15)
	tests := []struct{ name, channel, role, want string }{
		{"agentic user on agents", "agents", activity.RoleAgenticUser, short},
		{"agentic instance on a sub-channel of agents", "Agents:sub", activity.RoleAgenticAppInstance, short},
		{"other agent on agents", "agents", activity.RoleBot, `ab%2F%5C%23%3Fcdef`},
		{"agentic user on Teams", "msteams", activity.RoleAgenticUser, `ab%2F%5C%23%3Fcdef`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want != short {
				want = strings.Repeat(want, 20)
			}
			ch := newChannel(t, 200, `{}`)
			to := at(ch.URL, tt.channel)
			to.Reference.Conversation.ID = long
			to.Reference.Agent.Role = tt.role
			if _, err := newClient(connector.Config{}).Send(t.Context(), to, message(to, "hi")); err != nil {
				t.Fatal(err)
			}
			got := ch.one(t)
			if want := "/v3/conversations/" + want + "/activities"; got.URI != want {
				t.Errorf("sent to\n%s, want\n%s", got.URI, want)
			}
			var body struct{ Conversation struct{ ID string } }
			if err := json.Unmarshal([]byte(got.Body), &body); err != nil || body.Conversation.ID != long {
				t.Errorf("the body says %q, %v", body.Conversation.ID, err)
			}
		})
	}
}

// TestCase82_TargetedMessages proves case 82.
func TestCase82_TargetedMessages(t *testing.T) {
	tests := []struct {
		name, channel string
		group         bool
		want          string // query, or "refused"
	}{
		{"Teams group", "msteams", true, "?isTargetedActivity=true"},
		{"Copilot group", "msteams:COPILOT", true, "?isTargetedActivity=true"},
		{"web chat", "webchat", true, ""},
		{"Teams 1:1", "msteams", false, "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, `{}`)
			noTokens := tokenFunc(func() (string, error) {
				if tt.want == "refused" {
					t.Error("a token was asked for")
				}
				return secret, nil
			})
			to := at(ch.URL, tt.channel)
			to.Reference.Conversation.IsGroup = tt.group
			a := activity.Message("psst")
			if err := a.AddEntity(activity.ActivityTreatment{Type: activity.EntityActivityTreatment, Treatment: activity.TreatmentTargeted}); err != nil {
				t.Fatal(err)
			}
			to.Reference.Apply(a)
			_, err := newClient(connector.Config{Tokens: noTokens}).Send(t.Context(), to, a)
			if tt.want == "refused" {
				if !errors.Is(err, activity.ErrInvalid) || len(ch.requests()) != 0 {
					t.Errorf("got %v and %d requests, want ErrInvalid and none", err, len(ch.requests()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := ch.one(t).URI, "/v3/conversations/19:c1/activities"+tt.want; got != want {
				t.Errorf("sent to %s, want %s", got, want)
			}
		})
	}
}

// TestCases87And112_Headers proves case 87 and case 112.
func TestCases87And112_Headers(t *testing.T) {
	tests := []struct{ name, userAgent, correlation, wantCorrelation string }{
		{"correlation id", "", "4bf92f35", "4bf92f35"},
		{"a user agent of the operator's", "contoso/1.0", "", ""},
		{"CR and LF never get on the wire", "", "a\r\nX-Evil: 1", ""},
		{"too long", "", strings.Repeat("a", 257), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, `{}`)
			ctx := connector.WithCorrelationID(t.Context(), tt.correlation)
			to := at(ch.URL, "test")
			if _, err := newClient(connector.Config{UserAgent: tt.userAgent}).Send(ctx, to, message(to, "hi")); err != nil {
				t.Fatal(err)
			}
			h := ch.one(t).Header
			if got := h.Get("x-ms-correlation-id"); got != tt.wantCorrelation {
				t.Errorf("x-ms-correlation-id: %q, want %q", got, tt.wantCorrelation)
			}
			if got := h.Get("User-Agent"); tt.userAgent != "" && got != tt.userAgent {
				t.Errorf("User-Agent: %q, want %q", got, tt.userAgent)
			}
			if h.Get("X-Evil") != "" {
				t.Error("a header was smuggled in")
			}
		})
	}
}

func TestTokens(t *testing.T) {
	errNone := errors.New("no secret configured")
	tests := []struct {
		name   string
		tokens connector.TokenSource
		want   error  // nil when the call goes through
		header string // Authorization
	}{
		{"none in anonymous mode", token(""), nil, ""},
		{"one", token("abc"), nil, "Bearer abc"},
		{"an error ends the call", tokenFunc(func() (string, error) { return "", errNone }), errNone, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, `{}`)
			to := at(ch.URL, "test")
			_, err := newClient(connector.Config{Tokens: tt.tokens}).Send(t.Context(), to, message(to, "hi"))
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				if n := len(ch.requests()); n != 0 {
					t.Errorf("%d requests were made without a token", n)
				}
			} else if got := ch.one(t).Header.Get("Authorization"); got != tt.header {
				t.Errorf("Authorization: %q, want %q", got, tt.header)
			}
		})
	}
	t.Run("one that cannot stand in a header is not repeated in the error", func(t *testing.T) {
		ch := newChannel(t, 200, `{}`)
		err := newClient(connector.Config{Tokens: token("abc\r\nX: y")}).Delete(t.Context(), at(ch.URL, "test"), "m1")
		if err == nil || strings.Contains(err.Error(), "abc") || len(ch.requests()) != 0 {
			t.Errorf("got %v and %d requests", err, len(ch.requests()))
		}
	})
}

func TestActivitiesThatCannotBeSent(t *testing.T) {
	ch := newChannel(t, 200, `{}`)
	c, to := newClient(connector.Config{}), at(ch.URL, "test")
	broken := message(to, "hi")
	broken.ChannelData = json.RawMessage(`{`)
	for name, a := range map[string]*activity.Activity{
		"none": nil, "without type": {Conversation: activity.ConversationAccount{ID: "c"}},
		"without conversation": activity.Message("hi"), "with broken channel data": broken,
	} {
		if _, err := c.Send(t.Context(), to, a); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
		if _, err := c.Update(t.Context(), to, a); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("%s, update: got %v, want ErrInvalid", name, err)
		}
		if _, err := c.SendHistory(t.Context(), to, []*activity.Activity{a}); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("%s, history: got %v, want ErrInvalid", name, err)
		}
	}
	if _, err := c.CreateConversation(t.Context(), to, activity.ConversationParameters{Activity: &activity.Activity{}}); !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("create: got %v, want ErrInvalid", err)
	}
	if _, err := c.Members(t.Context(), to, -1, ""); !errors.Is(err, activity.ErrInvalid) {
		t.Errorf("members: got %v, want ErrInvalid", err)
	}
	if n := len(ch.requests()); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestSendLeavesTheActivityAlone(t *testing.T) {
	ch := newChannel(t, 200, `{"id":"m1"}`)
	to := at(ch.URL, "test")
	a := message(to, "hi")
	before := a.Clone()
	if _, err := newClient(connector.Config{}).Send(t.Context(), to, a); err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(before)
	got, _ := json.Marshal(a)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// S2-45: one client, many goroutines; run with -race.
func TestS2_45_ManyGoroutines(t *testing.T) {
	ch := newChannel(t, 200, `{"id":"m1"}`)
	c, to := newClient(connector.Config{}), at(ch.URL, "test")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				if _, err := c.Send(t.Context(), to, message(to, "hi")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(ch.requests()); got != 320 {
		t.Errorf("the channel got %d messages, want 320", got)
	}
}

func TestS2_45_CancelledBeforeAndDuring(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ch := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then the server notices that the caller hung up
		cancel()
		<-r.Context().Done()
	}))
	defer ch.Close()
	c, to := newClient(connector.Config{}), at(ch.URL, "test")
	_, err := c.Send(ctx, to, message(to, "hi"))
	if !errors.Is(err, context.Canceled) || !errors.Is(err, activity.ErrOutcomeUnknown) {
		t.Errorf("during: got %v, want Canceled and ErrOutcomeUnknown", err)
	}
	_, err = c.Send(ctx, to, message(to, "hi"))
	if !errors.Is(err, context.Canceled) || errors.Is(err, activity.ErrOutcomeUnknown) {
		t.Errorf("before: got %v, want Canceled only", err)
	}
}
