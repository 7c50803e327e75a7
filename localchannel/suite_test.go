package localchannel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

const (
	secret     = "correct.horse.battery" // with two dots, as a token has
	withSecret = "Bearer " + secret
)

func useSecret(cfg *localchannel.Config) { cfg.Secret = secret }

// S4-01: a client of Direct Line 3.0, from a token to the end of the
// conversation.
func TestS4_01_DirectLineClient(t *testing.T) {
	f := serve(t, useSecret)
	f.agent.setAnswer(echo)

	var token directline.Conversation
	f.want(200, "POST", "/v3/directline/tokens/generate", `{"user":{"id":"dl_anna","name":"Anna"}}`, &token, "Authorization", withSecret)
	if token.ID == "" || token.Token == "" || token.ExpiresIn != 1800 || token.StreamURL != "" {
		t.Fatalf("generated %+v", token)
	}
	f.want(200, "POST", "/v3/directline/tokens/refresh", "", &token, "Authorization", "Bearer "+token.Token)
	auth := []string{"Authorization", "Bearer " + token.Token}

	var conv, resumed directline.Conversation
	f.want(201, "POST", base, "", &conv, auth...)
	if conv.ID != token.ID || conv.StreamURL == "" {
		t.Fatalf("started %+v for %s", conv, token.ID)
	}
	if got := f.agent.received(t, 1)[0]; len(got.MembersAdded) != 2 || got.MembersAdded[1].ID != "dl_anna" {
		t.Errorf("the agent was told of %+v", got.MembersAdded)
	}
	socket := dial(t, conv.StreamURL)
	activities := base + "/" + conv.ID + "/activities"
	var posted activity.ResourceResponse
	f.want(200, "POST", activities, `{"type":"message","text":"hello","from":{"id":"x"}}`, &posted, auth...)
	if own := next(t, socket); own.Activities[0].ID != posted.ID || own.Watermark != "1" || own.Activities[0].From.ID != "dl_anna" {
		t.Errorf("the own message comes as %+v", own)
	}
	reply := next(t, socket)
	if reply.Activities[0].Text != "You said: hello" || reply.Activities[0].ReplyToID != posted.ID || reply.Watermark != "2" {
		t.Errorf("the reply comes as %+v", reply)
	}

	socket.CloseNow()
	f.want(200, "POST", activities, `{"type":"message","text":"while away"}`, nil, auth...)
	f.want(200, "POST", base, "", nil, auth...) // the same conversation again
	f.want(200, "GET", base+"/"+conv.ID+"?watermark="+reply.Watermark, "", &resumed, auth...)
	if resumed.StreamURL == conv.StreamURL || resumed.ID != conv.ID {
		t.Errorf("resumed %+v", resumed)
	}
	socket = dial(t, resumed.StreamURL)
	if set := next(t, socket); !slices.Equal(texts(set), []string{"while away", "You said: while away"}) || set.Watermark != "4" {
		t.Errorf("after coming back %q up to %q", texts(set), set.Watermark)
	}

	form, contentType := multipartForm(t, part{"file", "cat.png", "image/png", "PNG"})
	f.want(200, "POST", base+"/"+conv.ID+"/upload?userId=x", form, &posted, append(auth, "Content-Type", contentType)...)
	uploaded := next(t, socket).Activities[0]
	if uploaded.ID != posted.ID || len(uploaded.Attachments) != 1 || uploaded.From.ID != "dl_anna" {
		t.Fatalf("the upload comes as %+v", uploaded)
	}
	if got, _ := fetch(t, "GET", uploaded.Attachments[0].ContentURL); got != "PNG" {
		t.Errorf("the file reads %q", got)
	}

	f.want(200, "POST", activities, `{"type":"endOfConversation"}`, nil, auth...)
	for set := next(t, socket); !set.Activities[0].Is(activity.TypeEndOfConversation); set = next(t, socket) {
	}
	var set directline.ActivitySet
	f.want(200, "GET", activities+"?watermark="+reply.Watermark, "", &set, auth...)
	if last := set.Activities[len(set.Activities)-1]; !last.Is(activity.TypeEndOfConversation) || set.Watermark != "7" {
		t.Errorf("polled %d activities up to %s, the last one %s", len(set.Activities), set.Watermark, last.Type)
	}
	f.want(200, "POST", activities, `{"type":"message","text":"still open"}`, nil, auth...)
}

// S4-02: a secret opens everything and can be exchanged for a token, which
// opens one conversation.
func TestS4_02_Secret(t *testing.T) {
	f := serve(t, useSecret)
	var first, second, token directline.Conversation
	f.want(201, "POST", base, withAnna, &first, "Authorization", withSecret)
	f.want(201, "POST", base, withAnna, &second, "Authorization", withSecret)
	f.want(200, "POST", "/v3/directline/tokens/generate", "", &token, "Authorization", withSecret)
	stream, _, _ := strings.Cut(strings.SplitAfter(first.StreamURL, "t=")[1], "&")
	body := `{"type":"message","from":{"id":"anna"}}`
	tests := []struct {
		name, method, path, body, auth string
		want                           int
		code                           string
	}{
		{"the secret", "POST", base + "/" + first.ID + "/activities", body, withSecret, 200, ""},
		{"the secret, of another", "GET", base + "/" + second.ID, "", withSecret, 200, ""},
		{"scheme in small letters", "GET", base + "/" + second.ID, "", "bearer " + secret, 200, ""},
		{"its token", "GET", base + "/" + first.ID + "/activities", "", "Bearer " + first.Token, 200, ""},
		{"its token, elsewhere", "GET", base + "/" + second.ID + "/activities", "", "Bearer " + first.Token, 403, "Forbidden"},
		{"its token posts elsewhere", "POST", base + "/" + second.ID + "/activities", body, "Bearer " + first.Token, 403, "Forbidden"},
		{"its token uploads elsewhere", "POST", base + "/" + second.ID + "/upload?userId=x", body, "Bearer " + first.Token, 403, "Forbidden"},
		{"wrong secret", "POST", base, "", "Bearer wrong", 403, "Forbidden"},
		{"the secret and more", "POST", base, "", withSecret + "x", 403, "Forbidden"},
		{"the beginning of the secret", "POST", base, "", withSecret[:12], 403, "Forbidden"},
		{"another secret with two dots", "POST", base, "", "Bearer a.b.c", 403, "Forbidden"},
		{"nothing", "POST", base, "", "", 401, "Unauthorized"},
		{"an empty one", "POST", base, "", "Bearer ", 401, "Unauthorized"},
		{"undefined", "POST", base, "", "Bearer undefined", 401, "Unauthorized"},
		{"not a bearer", "POST", base, "", "Basic " + secret, 401, "Unauthorized"},
		{"the secret alone", "POST", base, "", secret, 401, "Unauthorized"},
		{"a token wants tokens", "POST", "/v3/directline/tokens/generate", "", "Bearer " + first.Token, 403, "Forbidden"},
		{"nothing wants tokens", "POST", "/v3/directline/tokens/generate", "", "", 401, "Unauthorized"},
		{"the secret is refreshed", "POST", "/v3/directline/tokens/refresh", "", withSecret, 403, "Forbidden"},
		{"the token of a stream address elsewhere", "POST", "/v3/directline/tokens/refresh", "", "Bearer " + stream, 403, "Forbidden"},
		{"polls without", "GET", base + "/" + first.ID + "/activities", "", "", 401, "Unauthorized"},
		{"streams without", "GET", base + "/" + first.ID + "/stream", "", "", 401, "Unauthorized"},
		{"streams elsewhere", "GET", base + "/" + second.ID + "/stream?t=" + stream, "", "", 403, "Forbidden"},
		{"streams with the secret in the address", "GET", base + "/" + second.ID + "/stream?t=" + secret, "", "", 403, "Forbidden"},
		{"session without", "GET", "/v3/directline/session/getsessionid", "", "", 401, "Unauthorized"},
		{"a conversation that has not begun", "GET", base + "/" + token.ID, "", "Bearer " + token.Token, 404, "ConversationNotFound"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var failed directline.ErrorResponse
			if got := f.do(tt.method, tt.path, tt.body, &failed, "Authorization", tt.auth); got != tt.want || failed.Error.Code != tt.code {
				t.Errorf("answers %d %s, want %d %s", got, failed.Error.Code, tt.want, tt.code)
			}
		})
	}
}

// S4-05: the connection test of a contact centre: it starts with the secret,
// says something, and is content without an answer.
func TestS4_05_SilentAgent(t *testing.T) {
	f := serve(t, useSecret)
	var conv directline.Conversation
	var posted activity.ResourceResponse
	f.want(201, "POST", base, "", &conv, "Authorization", withSecret)
	data := `{"action":{"name":"WELCOME"},"context":{"lpEvent":{"Type":"x"},"lpSdes":[1.0,{"K":"é"}]}}`
	f.want(200, "POST", base+"/"+conv.ID+"/activities", `{"type":"message","text":"","from":{"id":"consumer"},"channelData":`+data+`}`, &posted, "Authorization", withSecret)
	if got := f.agent.received(t, 3)[2]; string(got.ChannelData) != data || posted.ID != got.ID {
		t.Errorf("the agent got %s with channelData %s", got.ID, got.ChannelData)
	}
	var set directline.ActivitySet
	f.want(200, "GET", base+"/"+conv.ID+"/activities", "", &set, "Authorization", withSecret)
	if len(set.Activities) != 1 || string(set.Activities[0].ChannelData) != data {
		t.Errorf("the client reads back %+v", set.Activities)
	}
}

// With a secret other machines and pages of any origin may call Direct Line,
// and nothing else.
func TestSecretOpensDirectLineOnly(t *testing.T) {
	for name, check := range map[string]func(*http.Request) error{"agents of this machine": nil, "agents with a token": func(*http.Request) error { return nil }} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, useSecret, func(cfg *localchannel.Config) { cfg.CheckAgent = check })
			handler := f.channel.Handler()
			ask := func(method, path, peer, origin string) int {
				r := httptest.NewRequest(method, path, strings.NewReader(`{}`))
				r.Host, r.RemoteAddr = "chat.example", peer
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", withSecret)
				if origin != "" {
					r.Header.Set("Origin", origin)
				}
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				return w.Code
			}
			const far, near, page = "192.0.2.7:50000", "127.0.0.1:1", "https://shop.example"
			if got := ask("POST", base, far, page); got != 201 {
				t.Errorf("a page elsewhere is answered %d, want 201", got)
			}
			if got := ask("OPTIONS", base, far, page); got != 204 {
				t.Errorf("its preflight is answered %d, want 204", got)
			}
			for _, path := range []string{service, service + "/x/activities", service + "/x/attachments", "/connector/v3/attachments/x", "/connector/v3/attachments/x/views/original"} {
				for _, method := range []string{"GET", "POST"} {
					if got := ask(method, path, near, page); got != 403 {
						t.Errorf("%s %s answers a foreign page %d, want 403", method, path, got)
					}
				}
			}
			if got := ask("POST", service, far, ""); (got == 403) != (check == nil) {
				t.Errorf("an agent on another machine is answered %d", got)
			}
		})
	}
}

type part struct{ field, name, contentType, content string }

// multipartForm is a form as browsers send it.
func multipartForm(t testing.TB, parts ...part) (body, contentType string) {
	t.Helper()
	const boundary = "----form"
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + p.field + "\"; filename=\"" + p.name + "\"\r\n")
		if p.contentType != "" {
			b.WriteString("Content-Type: " + p.contentType + "\r\n")
		}
		b.WriteString("\r\n" + p.content + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n", "multipart/form-data; boundary=" + boundary
}

// fetch asks for an address and returns the body.
func fetch(t testing.TB, method, url string, header ...string) (string, *http.Response) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), resp
}

// attachments are those of the newest activity.
func (f *fixture) attachments(conversation string) []activity.Attachment {
	f.t.Helper()
	set := f.history(conversation, "")
	if len(set.Activities) == 0 {
		f.t.Fatal("the history is empty")
	}
	return set.Activities[len(set.Activities)-1].Attachments
}
