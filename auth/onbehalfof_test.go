package auth

import (
	"context"
	"errors"
	"fmt"
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

// usersToken is a user's token, with characters that a form escapes.
const usersToken = "eyJ1c2Vy+/.c2lnbmVk=="

// onBehalfOf is what an agent with the connections A and B gets for the user.
func onBehalfOf(ctx context.Context, c *Connections, userToken string, scopes ...string) (string, error) {
	got, err := c.OnBehalfOf(ctx, conversation(), "", userToken, scopes)
	return got.Token, err
}

func TestOnBehalfOfRequest(t *testing.T) {
	a, b := testConnection(), testConnection()
	a.TenantID, a.Scopes = tenant, []string{"its own"}
	b.Name, b.ClientID, b.Authority = "B", otherGUID, "https://login.test/"+tenant
	blueprint := ConnectionsConfig{Connections: []Connection{a, b}}
	blueprint.Connections[0].Alternate = "b"
	agentic := conversation()
	agentic.Reference.Agent = activity.ChannelAccount{Role: activity.RoleAgenticUser, AgenticAppID: instanceID, AgenticUserID: userID}
	tests := []struct {
		name       string
		to         activity.Conversation
		connection string
		client     string
	}{
		{"the one that speaks in the conversation", conversation(), "", clientID},
		{"by name, ignoring case", conversation(), "b", otherGUID},
		{"by name for a conversation that it does not speak in", activity.Conversation{}, "B", otherGUID},
		{"the blueprint of an agentic identity", agentic, "", otherGUID},
		{"by name for an agentic identity", agentic, "A", clientID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := &tokenHost{}
			tt.to.Reference.ChannelID = activity.ChannelWebChat
			before := time.Now()
			got, err := newConnections(t, host, blueprint).OnBehalfOf(t.Context(), tt.to, tt.connection, usersToken, []string{"User.Read", "Mail.Read"})
			end, _ := got.Expiration.Parse()
			if err != nil || got.Token != "token-1" || got.ChannelID != activity.ChannelWebChat || got.IsExchangeable ||
				end.Before(before.Add(time.Hour-time.Second)) || end.After(time.Now().Add(time.Hour)) {
				t.Fatalf("got %v, %v", got, err)
			}
			want := []url.Values{{
				"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "requested_token_use": {"on_behalf_of"},
				"assertion": {usersToken}, "scope": {"User.Read Mail.Read"}, "client_id": {tt.client}, "client_secret": {secret},
				"path": {"/" + tenant + "/oauth2/v2.0/token"},
			}}
			if diff := cmp.Diff(want, host.calls); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnBehalfOfAsksNothing(t *testing.T) {
	one := ConnectionsConfig{Connections: []Connection{testConnection()}}
	elsewhere := one
	elsewhere.Map = []MapItem{{Audience: otherGUID, Connection: "A"}}
	tests := []struct {
		name, connection, token string
		cfg                     ConnectionsConfig
		scopes                  []string
		want                    string
		is                      error
	}{
		{"no scope", "", usersToken, one, nil, "no scope", activity.ErrInvalid},
		{"blank scopes", "", usersToken, one, []string{"", " "}, "no scope", activity.ErrInvalid},
		{"no token", "", "", one, []string{"x"}, "0 bytes", activity.ErrInvalid},
		{"endless token", "", strings.Repeat("x", 64<<10+1), one, []string{"x"}, "65537 bytes", activity.ErrInvalid},
		{"unknown connection", "C", usersToken, one, []string{"x"}, `no connection "C"`, nil},
		{"no connection fits", "", usersToken, elsewhere, []string{"x"}, "ConnectionsMap", nil},
		{"anonymous agent", "", usersToken, ConnectionsConfig{}, []string{"x"}, "ClientSecret", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := &tokenHost{}
			got, err := newConnections(t, host, tt.cfg).OnBehalfOf(t.Context(), conversation(), tt.connection, tt.token, tt.scopes)
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) || got.Token != "" || host.count() != 0 {
				t.Errorf("got %v, %v after %d calls, want an error with %q", got, err, host.count(), tt.want)
			}
			if tt.token != "" && strings.Contains(err.Error(), tt.token) || activity.Retryable(err) {
				t.Errorf("the error holds the token or looks as if it would pass: %v", err)
			}
		})
	}
}

func TestOnBehalfOfIsKept(t *testing.T) {
	host := &tokenHost{}
	b := testConnection()
	b.Name = "B"
	c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection(), b}})
	for range 2 {
		for i, tt := range []struct {
			connection, token string
			scopes            []string
		}{
			{"", "one", []string{"x"}},
			{"", "two", []string{"x"}},
			{"", "one", []string{"y"}},
			{"", "one", []string{"x", "y"}},
			{"B", "one", []string{"x"}},
			{"A", "one", []string{" x "}}, // the first again
		} {
			got, err := c.OnBehalfOf(t.Context(), conversation(), tt.connection, tt.token, tt.scopes)
			if want := fmt.Sprintf("token-%d", i%5+1); err != nil || got.Token != want {
				t.Errorf("%v: got %q, %v, want %q", tt, got.Token, err, want)
			}
		}
	}
	if own, err := c.Token(t.Context(), conversation()); own != "token-6" || err != nil {
		t.Errorf("the agent's own token is %q, %v", own, err)
	}
	for i := range 2 * maxTokens {
		if _, err := onBehalfOf(t.Context(), c, fmt.Sprint("user ", i), "x"); err != nil {
			t.Fatal(err)
		}
	}
	kept := c.sources["a"].exchanged.entries
	if len(kept) != maxTokens {
		t.Errorf("%d are kept, want %d", len(kept), maxTokens)
	}
	for key := range kept {
		if text := fmt.Sprintf("%v%+v%#v%s%q", key, key, key, key, key); strings.Contains(text, "user ") {
			t.Fatalf("the key shows the user's token: %s", text)
		}
	}
}

func TestOnBehalfOfIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &tokenHost{delay: time.Second}
		c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if _, err := onBehalfOf(ctx, c, usersToken, "x"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("who gives up got %v", err)
			}
		})
		for range 50 {
			wg.Go(func() {
				if got, err := onBehalfOf(t.Context(), c, usersToken, "x"); got != "token-1" || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		wg.Wait()
		if got := host.count(); got != 1 {
			t.Errorf("%d token calls, want 1", got)
		}
	})
}

func TestOnBehalfOfIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &tokenHost{}
		c := newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}})
		answer := func(status int) {
			host.mu.Lock()
			defer host.mu.Unlock()
			host.answer = func(w http.ResponseWriter, _ int) { w.WriteHeader(status) }
		}
		want := func(token string, calls int, is error) {
			t.Helper()
			got, err := onBehalfOf(t.Context(), c, usersToken, "x")
			if got != token || !errors.Is(err, is) || host.count() != calls {
				t.Errorf("got %q, %v after %d calls, want %q, %v after %d", got, err, host.count(), token, is, calls)
			}
		}
		want("token-1", 1, nil)
		time.Sleep(54 * time.Minute)
		want("token-1", 1, nil)
		time.Sleep(2 * time.Minute) // 4 minutes are left
		want("token-2", 2, nil)     // never one that is about to end

		answer(http.StatusServiceUnavailable)
		time.Sleep(56 * time.Minute)
		want("token-2", 3, nil) // the old one helps out
		want("token-2", 3, nil) // and the endpoint is left alone for a while
		answer(http.StatusBadRequest)
		time.Sleep(renewAgain)
		want("", 4, activity.ErrUnauthorized) // the user may not any more
		answer(http.StatusServiceUnavailable)
		time.Sleep(5 * time.Minute)
		want("", 5, activity.ErrUnreachable) // it has ended
	})
}

func TestOnBehalfOfErrors(t *testing.T) {
	tests := []struct {
		status int
		body   string
		code   string
		retry  bool
		calls  int
	}{
		{400, `{"error":"invalid_grant","error_description":"AADSTS65001: not consented to ` + usersToken + `, or ` + url.QueryEscape(usersToken) + ` by ` + secret + `\r\nTrace: 1"}`, "invalid_grant", false, 1},
		{400, `{"error":"` + usersToken + `","error_description":"` + strings.Repeat("x", 10_000) + `"}`, "(secret)", false, 1},
		{200, `{"error":"invalid_grant"}`, "invalid_grant", false, 1},
		{401, `{"error":"invalid_client"}`, "invalid_client", false, 1},
		{302, ``, "", false, 1}, // not followed
		{200, `{"access_token":""}`, "", true, 1},
		{200, `{"access_token":"` + strings.Repeat("x", 2<<20) + `"}`, "", true, 1}, // more than is read
		{408, ``, "", true, 2},
		{429, ``, "", true, 1},
		{503, `<html>` + usersToken, "", true, 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status, tt.code), func(t *testing.T) {
			host := &tokenHost{answer: func(w http.ResponseWriter, _ int) {
				w.Header().Set("Location", "https://evil.tld/")
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}}
			got, err := onBehalfOf(t.Context(), newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}}), usersToken, "x")
			e, ok := errors.AsType[*TokenError](err)
			if got != "" || !ok || e.Connection != "A" || e.For != "on behalf of a user" || e.Code != tt.code {
				t.Fatalf("got %q, %#v", got, err)
			}
			if activity.Retryable(err) != tt.retry || errors.Is(err, activity.ErrUnauthorized) == tt.retry {
				t.Errorf("%v: retryable %t, want %t", err, activity.Retryable(err), tt.retry)
			}
			wantHarmless(t, err)
			if n := host.count(); n != tt.calls {
				t.Errorf("the endpoint was called %d times, want %d", n, tt.calls)
			}
		})
	}
}

// wantHarmless checks that an error can be logged.
func wantHarmless(t *testing.T, err error) {
	t.Helper()
	text := fmt.Sprintf("%v %+v", err, err)
	for _, hidden := range []string{usersToken, url.QueryEscape(usersToken), secret, url.QueryEscape(secret), "\r", "\n"} {
		if strings.Contains(text, hidden) {
			t.Errorf("the error holds %q: %q", hidden, text)
		}
	}
	if len(text) > 4000 {
		t.Errorf("the error has %d bytes", len(text))
	}
}

// FuzzOnBehalfOfAnswer: whatever the token endpoint answers, there is a token
// or an error that can be logged.
func FuzzOnBehalfOfAnswer(f *testing.F) {
	f.Add(200, "application/json", `{"access_token":"x","expires_in":3600}`)
	f.Add(200, "text/plain", "access_token=x&expires_in=%zz"+usersToken)
	f.Add(400, "application/json", `{"error":"invalid_grant","error_description":"`+usersToken+`"}`)
	f.Add(400, "application/x-www-form-urlencoded", "error=x&error_description="+url.QueryEscape(url.QueryEscape(usersToken)))
	f.Add(200, "application/json", `{"access_token":"x","expires_in":"`+usersToken+`"}`)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 200 || status > 599 {
			return
		}
		host := &tokenHost{answer: func(w http.ResponseWriter, _ int) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}}
		got, err := onBehalfOf(t.Context(), newConnections(t, host, ConnectionsConfig{Connections: []Connection{testConnection()}}), usersToken, "x")
		if (got == "") == (err == nil) {
			t.Fatalf("got %q, %v", got, err)
		}
		if err != nil {
			wantHarmless(t, err)
		}
	})
}
