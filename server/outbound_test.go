package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
)

// known is a conversation that the agent met before, at this service URL.
func known(serviceURL string) activity.Conversation {
	return activity.Conversation{
		Claims: map[string]string{"aud": clientID},
		Reference: activity.ConversationReference{
			ChannelID: "msteams", ServiceURL: serviceURL, Conversation: activity.ConversationAccount{ID: "conv-1"},
			Agent: activity.ChannelAccount{ID: "28:" + clientID}, User: activity.ChannelAccount{ID: "29:ann"},
		},
	}
}

// How the agent gets its own token. (S0-11)
func TestTokenRequest(t *testing.T) {
	tests := []struct {
		name      string
		set       map[string]string
		wantPath  string
		wantScope string
	}{
		{name: "by default from the Bot Framework's tenant", wantPath: "/botframework.com/oauth2/v2.0/token"},
		{name: "from a tenant", set: map[string]string{"TenantId": tenantID}, wantPath: "/" + tenantID + "/oauth2/v2.0/token"},
		{name: "from an authority with a path", set: map[string]string{"AuthorityEndpoint": "{tokens}/contoso.com/", "TenantId": tenantID},
			wantPath: "/contoso.com/oauth2/v2.0/token"},
		{name: "for other scopes", set: map[string]string{"Scopes": "{instance}/.default"}, wantPath: "/botframework.com/oauth2/v2.0/token"},
		{name: "for the government", set: map[string]string{"Scopes__0": "https://api.botframework.us/.default"},
			wantPath: "/botframework.com/oauth2/v2.0/token", wantScope: "https://api.botframework.us/.default"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			settings := w.settings()
			for name, value := range tt.set {
				settings["Connections__ServiceConnection__Settings__"+name] = strings.Replace(value, "{tokens}", w.tokens.URL, 1)
			}
			srv := serve(t, newEcho(), config(t, settings))
			if _, err := srv.Adapter().Send(t.Context(), known(w.channel.URL), activity.Message("hello")); err != nil {
				t.Fatal(err)
			}
			r := w.tokens.next(t)
			if r.String() != "POST "+tt.wantPath || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("asked %s as %q, want POST %s and a form", r, r.Header.Get("Content-Type"), tt.wantPath)
			}
			form, err := url.ParseQuery(string(r.Body))
			if err != nil {
				t.Fatal(err)
			}
			want := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
				"scope": {"https://api.botframework.com/.default"}}
			if tt.wantScope != "" {
				want.Set("scope", tt.wantScope)
			}
			if form.Encode() != want.Encode() {
				t.Errorf("the form is %s, want %s", form.Encode(), want.Encode())
			}
			if r.Header.Get("Authorization") != "" {
				t.Errorf("the secret is sent twice")
			}
		})
	}
}

// A token that is not to be had is a typed error, and nothing is sent. (S0-12)
func TestTokenRefused(t *testing.T) {
	tests := []struct {
		status   int
		body     string
		wantCode string
		want     error
	}{
		{400, `{"error":"invalid_scope","error_description":"AADSTS70011: no such scope"}`, "invalid_scope", activity.ErrUnauthorized},
		{401, `{"error":"invalid_client","error_description":"AADSTS7000215: wrong secret ` + secret + `"}`, "invalid_client", activity.ErrUnauthorized},
		{500, `<html>` + secret + `</html>`, "", activity.ErrUnreachable},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			w := newWorld(t)
			w.tokens.answer = func(int, request) (int, string) { return tt.status, tt.body }
			log := new(journal)
			cfg := config(t, w.settings())
			cfg.Logger = log.logger()
			srv := serve(t, newEcho(), cfg)
			_, err := srv.Adapter().Send(t.Context(), known(w.channel.URL), activity.Message("hello"))
			refused, ok := errors.AsType[*auth.TokenError](err)
			if !ok || refused.Status != tt.status || refused.Code != tt.wantCode || !errors.Is(err, tt.want) {
				t.Errorf("error %v (%+v), want a TokenError %d %q that is %v", err, refused, tt.status, tt.wantCode, tt.want)
			}
			w.channel.wantUntouched(t, "channel")
			got := srv.post(t, w.message("hello", nil), bearer(t))
			got.want(t, http.StatusInternalServerError)
			w.channel.wantUntouched(t, "channel")
			for _, s := range []string{secret, url.QueryEscape(secret)} {
				if strings.Contains(fmt.Sprintf("%v %+v %s", err, err, got.body)+log.String(), s) {
					t.Errorf("the secret shows: %v, answer %s, log %s", err, got.body, log)
				}
			}
		})
	}
}

// Many who need a token ask for it once. (S0-13)
func TestTokenIsShared(t *testing.T) {
	w := newWorld(t)
	srv := serve(t, newEcho(), config(t, w.settings()))
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range 50 {
		wg.Go(func() {
			for range 20 {
				if _, err := srv.Adapter().Send(t.Context(), known(w.channel.URL), activity.Message("hello")); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if sent, asked := len(w.channel.all()), len(w.tokens.all()); sent != 1000 || asked != 1 || failed.Load() > 0 {
		t.Errorf("%d messages arrived, %d failed, with %d token requests; want 1000, 0 and 1", sent, failed.Load(), asked)
	}
}

// When the token ends, many senders ask for the next one once. (S0-13)
func TestTokenIsRenewedOnce(t *testing.T) {
	w := newWorld(t)
	w.tokens.answer = func(n int, _ request) (int, string) {
		life := 3600
		if n == 1 {
			life = 1
		}
		return http.StatusOK, fmt.Sprintf(`{"token_type":"Bearer","access_token":"token-%d","expires_in":%d}`, n, life)
	}
	srv := serve(t, newEcho(), config(t, w.settings()))
	var renewed atomic.Bool
	w.channel.answer = func(_ int, r request) (int, string) {
		if r.Header.Get("Authorization") != "Bearer token-1" {
			renewed.Store(true)
		}
		return http.StatusOK, `{"id":"x"}`
	}
	var wg sync.WaitGroup
	for range 50 { // they send across the end of the first token
		wg.Go(func() {
			for !renewed.Load() {
				if _, err := srv.Adapter().Send(t.Context(), known(w.channel.URL), activity.Message("hello")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if asked := len(w.tokens.all()); asked != 2 {
		t.Errorf("%d token requests, want 2", asked)
	}
	for _, r := range w.channel.all() {
		if got := r.Header.Get("Authorization"); got != "Bearer token-1" && got != "Bearer token-2" {
			t.Errorf("%s carries %q", r, got)
		}
	}
}

// A service URL may have a path, and it may end in a slash or not. (S0-16)
func TestServiceURLWithPath(t *testing.T) {
	w := newWorld(t)
	srv := serve(t, newEcho(), config(t, w.settings()))
	for _, base := range []string{"/teams", "/teams/"} {
		at := known(w.channel.URL + base)
		if _, err := srv.Adapter().Create(t.Context(), at, activity.ConversationParameters{Members: []activity.ChannelAccount{{ID: "29:ann"}}}, nil); err != nil {
			t.Fatal(err)
		}
		at.Reference.ActivityID = "in-0"
		if _, err := srv.Adapter().Send(t.Context(), at, activity.Message("hello")); err != nil {
			t.Fatal(err)
		}
		srv.post(t, w.message("hello", map[string]any{"serviceUrl": w.channel.URL + base}), bearer(t)).want(t, 200)
		for _, want := range []string{"POST /teams/v3/conversations", "POST /teams/v3/conversations/conv-1/activities/in-0", "POST /teams/v3/conversations/conv-1/activities/in-1"} {
			if got := w.channel.next(t).String(); got != want {
				t.Errorf("service URL %q: asked %s, want %s", base, got, want)
			}
		}
	}
}

// Token, conversation, message: with the headers, the ids and the bodies that
// the channel expects. (S0-17, S0-18, S0-19)
func TestCreateAndSend(t *testing.T) {
	const made = "a:1/2;x=@thread v2?#%"
	w := newWorld(t)
	w.channel.answer = func(_ int, r request) (int, string) {
		if r.Path == "/v3/conversations" {
			id, _ := json.Marshal(made)
			return http.StatusCreated, `{"id":` + string(id) + `}`
		}
		return http.StatusOK, `{"id":"the-id"}`
	}
	srv := serve(t, newEcho(), config(t, w.settings()))
	p := activity.ConversationParameters{TenantID: tenantID, Members: []activity.ChannelAccount{{ID: otherID}}}
	p.ChannelData = json.RawMessage(`{"productContext":"Copilot","conversation":{"conversationSubType":"AgentProactive"}}`)
	var id string
	conv, err := srv.Adapter().Create(t.Context(), known(w.channel.URL), p, func(ctx context.Context, t *agent.Turn) (err error) {
		id, err = t.Send(ctx, activity.Message("hello"))
		return err
	})
	if err != nil || id != "the-id" || conv.Reference.Conversation.ID != made {
		t.Fatalf("Create = %+v, %v, and the message got id %q; want those of the channel", conv, err, id)
	}

	create, send := w.channel.next(t), w.channel.next(t)
	if create.String() != "POST /v3/conversations" {
		t.Errorf("asked %s for a conversation", create)
	}
	var body map[string]any
	if err := json.Unmarshal(create.Body, &body); err != nil {
		t.Fatal(err)
	}
	members, _ := json.Marshal(body["members"])
	data, _ := json.Marshal(body["channelData"])
	if string(members) != `[{"id":"`+otherID+`"}]` || body["tenantId"] != tenantID ||
		string(data) != `{"conversation":{"conversationSubType":"AgentProactive"},"productContext":"Copilot"}` {
		t.Errorf("the conversation is asked for by %s", create.Body)
	}
	if want := "POST /v3/conversations/" + url.PathEscape(made) + "/activities"; send.String() != want {
		t.Errorf("the message went to %s, want %s", send, want)
	}
	if a := send.activity(t); !a.Is(activity.TypeMessage) || a.Text != "hello" || a.Conversation.ID != made {
		t.Errorf("sent %s", send.Body)
	}
	for _, r := range []request{create, send} {
		if got := r.Header.Get("Authorization"); got != "Bearer token-1" {
			t.Errorf("%s carries %q", r, got)
		}
		if got := r.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("%s is %q", r, got)
		}
	}
	if n := len(w.tokens.all()); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

// An address from elsewhere gets no token, whichever way it comes.
func TestForeignAddress(t *testing.T) {
	w := newWorld(t)
	evil := newRecorder(t, nil)
	srv := serve(t, newEcho(), config(t, w.settings()))
	for _, address := range []string{evil.URL, "http://10.0.0.7/", "https://evil.test/", strings.Replace(w.channel.URL, "http://", "http://ann@", 1)} {
		_, sendErr := srv.Adapter().Send(t.Context(), known(address), activity.Message("hello"))
		_, createErr := srv.Adapter().Create(t.Context(), known(address), activity.ConversationParameters{}, nil)
		for _, err := range []error{sendErr, createErr} {
			if !errors.Is(err, activity.ErrUntrustedHost) {
				t.Errorf("%s: %v, want %v", address, err, activity.ErrUntrustedHost)
			}
		}
	}
	evil.wantUntouched(t, "attacker")
	w.tokens.wantUntouched(t, "token endpoint")
}

// A redirect is not followed: the token stays where it was sent.
func TestRedirect(t *testing.T) {
	evil := newRecorder(t, nil)
	w := newWorld(t)
	redirecting := newRedirector(t, evil.URL)
	settings := w.settings()
	settings["OutboundHostValidator__Hosts__1"] = redirecting
	srv := serve(t, newEcho(), config(t, settings))
	if _, err := srv.Adapter().Send(t.Context(), known(redirecting), activity.Message("hello")); err == nil {
		t.Error("a redirect counts as a success")
	}
	evil.wantUntouched(t, "attacker")
}
