package directline_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// S4-03: the base URL can be configured, and has a documented default.
func TestS4_03_BaseURL(t *testing.T) {
	tests := []struct {
		name, base, want string
	}{
		{"the default", "", "https://directline.botframework.com/v3/directline/tokens/generate"},
		{"a region", "https://europe.directline.botframework.com", "https://europe.directline.botframework.com/v3/directline/tokens/generate"},
		{"with the path", "https://directline.botframework.azure.cn/v3/directline", "https://directline.botframework.azure.cn/v3/directline/tokens/generate"},
		{"with slashes", "https://chat.example/bots/v3/directline/", "https://chat.example/bots/v3/directline/tokens/generate"},
		{"this machine", "http://127.0.0.1:3978", "http://127.0.0.1:3978/v3/directline/tokens/generate"},
		{"this machine by name", "http://localhost:3978/", "http://localhost:3978/v3/directline/tokens/generate"},
		{"this machine by IPv6", "http://[::1]:3978", "http://[::1]:3978/v3/directline/tokens/generate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got, authorization string
			c, err := directline.New(directline.Config{BaseURL: tt.base, Secret: "s", HTTPClient: &http.Client{
				Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					got, authorization = r.URL.String(), r.Header.Get("Authorization")
					body := io.NopCloser(strings.NewReader(`{"conversationId":"c","token":"t","expires_in":1800}`))
					return &http.Response{StatusCode: 200, Body: body}, nil
				})}})
			if err != nil {
				t.Fatal(err)
			}
			conv, err := c.GenerateToken(t.Context(), directline.Parameters{})
			if err != nil || conv.ID != "c" || conv.Token != "t" || conv.ExpiresIn != 1800 {
				t.Errorf("got %+v, %v", conv, err)
			}
			want(t, "asked", got, tt.want)
			want(t, "authorisation", authorization, "Bearer s")
		})
	}
	if directline.DefaultBaseURL != "https://directline.botframework.com" {
		t.Errorf("the default is %s", directline.DefaultBaseURL)
	}
}

func TestConfigRefused(t *testing.T) {
	tests := []struct {
		name string
		cfg  directline.Config
		want string
	}{
		{"plain http to elsewhere", directline.Config{BaseURL: "http://chat.example", Secret: "hush"}, "https"},
		{"plain http to another machine", directline.Config{BaseURL: "http://10.0.0.7:3978"}, "https"},
		{"a name that only begins like this machine", directline.Config{BaseURL: "http://localhost.example"}, "https"},
		{"no address", directline.Config{BaseURL: "chat.example"}, "BaseURL"},
		{"another scheme", directline.Config{BaseURL: "ws://127.0.0.1"}, "BaseURL"},
		{"a query", directline.Config{BaseURL: "https://chat.example/?t=hush"}, "BaseURL"},
		{"a password", directline.Config{BaseURL: "https://u:hush@chat.example"}, "BaseURL"},
		{"secret and token", directline.Config{Secret: "hush", Token: "hush"}, "not both"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := directline.New(tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestPost(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{Secret: "s"})
		a := activity.Message("hello")
		id, err := chat.Post(t.Context(), a)
		if err != nil || id != "c|0000001" {
			t.Errorf("got %q, %v", id, err)
		}
		if !strings.Contains(f.history[0], `"from":{"id":"anna","name":"Anna"}`) || a.From.ID != "" {
			t.Errorf("posted %s; the caller's From is %+v", f.history[0], a.From)
		}
		chat.Post(t.Context(), &activity.Activity{Type: activity.TypeEvent, From: activity.ChannelAccount{ID: "ben"}})
		if !strings.Contains(f.history[1], `"from":{"id":"ben"}`) {
			t.Errorf("posted %s", f.history[1])
		}
		for _, status := range []int{200, 204} { // without an id, which is legal
			f.answer("POST /conversations/c/activities", reply{status: status})
			if id, err := chat.Post(t.Context(), a); err != nil || id != "" {
				t.Errorf("%d without a body: got %q, %v", status, id, err)
			}
		}
		want(t, "credential", f.last("POST /conversations/c/activities"), "POST /conversations/c/activities Bearer s")
	})
}

func TestPostRefused(t *testing.T) {
	in := func(seconds string) http.Header { return http.Header{"Retry-After": {seconds}} }
	bot := func(status int, code string) reply {
		return reply{status: status, body: `{"error":{"code":"` + code + `","message":"about \u001b[31m the-secret"}}`}
	}
	tests := []struct {
		name    string
		replies []reply
		reason  error // nil: it succeeds
		code    string
		took    time.Duration
	}{
		{"the agent's failure", []reply{bot(502, "BotRejectedActivity")}, activity.ErrOutcomeUnknown, directline.CodeBotRejectedActivity, 0},
		{"a slow agent", []reply{bot(504, "BotError")}, activity.ErrOutcomeUnknown, directline.CodeBotError, 0},
		{"the service's failure", []reply{bot(500, "ServiceError")}, activity.ErrOutcomeUnknown, directline.CodeServiceError, 0},
		{"a busy service that names a time", []reply{{status: 429, header: in("7")}, {status: 503, header: in("2")}}, nil, "", 9 * time.Second},
		{"a busy service that names a date", []reply{{status: 429, header: in("Sat, 01 Jan 2000 00:00:20 GMT")}}, nil, "", 20 * time.Second},
		{"a busy service that names none", []reply{{status: 429}}, activity.ErrThrottled, "", 0},
		{"a busy service that names too long a time", []reply{{status: 429, header: in("20")}, {status: 429, header: in("20")}}, activity.ErrThrottled, "", 20 * time.Second},
		{"too large", []reply{bot(413, "MessageSizeTooBig")}, activity.ErrTooLarge, "MessageSizeTooBig", 0},
		{"garbage for an answer", []reply{{status: 200, body: "<html>"}}, activity.ErrOutcomeUnknown, "", 0},
		{"garbage for an error", []reply{{status: 400, body: `{"error":7}`}}, activity.ErrInvalid, "", 0},
		{"an endless answer", []reply{{status: 200, body: strings.Repeat(" ", 2<<20)}}, errAny, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fake) { // which begins at midnight of 2000-01-01 UTC
				chat := f.start(directline.Config{Secret: "the-secret"})
				f.answer("POST /conversations/c/activities", tt.replies...)
				began := time.Now()
				_, err := chat.Post(t.Context(), activity.Message("hello"))
				if took := time.Since(began); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				if tt.reason == nil && err == nil {
					return
				}
				if err == nil || tt.reason != errAny && !errors.Is(err, tt.reason) {
					t.Fatalf("got %v, want %v", err, tt.reason)
				}
				if e, ok := errors.AsType[*activity.Error](err); tt.code != "" && (!ok || e.Code != tt.code || e.Op != "post activity" || e.Host != "localhost") {
					t.Errorf("got %#v", e)
				}
				if strings.Contains(err.Error(), "the-secret") || strings.Contains(err.Error(), "\x1b") {
					t.Errorf("the error says %q", err)
				}
			})
		})
	}
}

var errAny = errors.New("any error")

// A redirect could lead the secret anywhere.
func TestRedirectsAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		for _, status := range []int{301, 302, 307, 308} {
			f.answer("POST /conversations", reply{status: status, header: http.Header{"Location": {"http://elsewhere/v3/directline/conversations"}}})
			_, err := f.connect(directline.Config{Secret: "s"}).Start(t.Context(), directline.Parameters{})
			if e, ok := errors.AsType[*activity.Error](err); !ok || e.Status != status {
				t.Errorf("%d: got %v", status, err)
			}
		}
		if n := len(f.asked); n != 4 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestUnreachable(t *testing.T) {
	c, err := directline.New(directline.Config{Secret: "hush", HTTPClient: &http.Client{Transport: &http.Transport{
		DialContext: (&pipes{done: closed()}).dial}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Start(t.Context(), directline.Parameters{})
	if !errors.Is(err, activity.ErrUnreachable) || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = c.Resume(ctx, "c", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.Resume(t.Context(), id, ""); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("the id %q: got %v", id, err)
		}
	}
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestResume(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		f.say("1", "2")
		c := f.connect(directline.Config{})
		for mark, heard := range map[string]string{"": "1 2", "1": "2", "2": ""} {
			chat, err := c.Resume(t.Context(), "c", mark)
			if err != nil {
				t.Fatal(err)
			}
			l := listen(t, chat)
			synctest.Wait()
			want(t, "heard after "+mark, l.heard(), heard)
			want(t, "watermark", chat.Watermark(), "2")
			l.end()
		}
		if _, err := c.Resume(t.Context(), "other/../c", ""); !errors.Is(err, activity.ErrNotFound) {
			t.Errorf("an unknown conversation: %v", err)
		}
		want(t, "asked", strings.Fields(f.last("GET"))[1], "/conversations/other%2F..%2Fc?watermark=")
	})
}

// A token whose conversation has begun goes on with it from the beginning.
func TestStartAgain(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		f.say("1")
		f.answer("POST /conversations", reply{status: 200, body: `{"conversationId":"c","token":"t","streamUrl":"ws://localhost/v3/directline/conversations/c/stream?watermark=1"}`})
		l := listen(t, f.start(directline.Config{Token: "t"}))
		synctest.Wait()
		want(t, "heard", l.heard(), "1")
		l.end()
	})
}

// A stream address may lead elsewhere, but not in the clear.
func TestStreamAddress(t *testing.T) {
	for _, stream := range []string{"ws://chat.example/stream?t=hush", "http://localhost/stream?t=hush", "://hush", "wss://hush\x7f", ""} {
		t.Run(stream, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fake) {
				f.answer("POST /conversations", reply{status: 201, body: `{"conversationId":"c","streamUrl":` + quote(stream) + `}`})
				f.noSockets = true
				l := listen(t, f.start(directline.Config{}))
				f.say("hello")
				time.Sleep(2 * time.Second)
				want(t, "heard", l.heard(), "hello")
				if strings.Contains(f.logs.String(), "hush") {
					t.Errorf("logged %s", &f.logs)
				}
				l.end()
			})
		})
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, "\x7f", `\u007f`) + `"` }

func TestUpload(t *testing.T) {
	type part struct{ field, name, contentType, content string }
	var got []part
	var address string
	c, err := directline.New(directline.Config{BaseURL: "http://localhost", HTTPClient: &http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			answer := `{"conversationId":"c"}`
			if strings.HasSuffix(r.URL.Path, "/upload") {
				address, answer = r.URL.RequestURI(), `{"id":"7"}`
				_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
				if err != nil {
					t.Error(err)
				}
				form := multipart.NewReader(r.Body, params["boundary"])
				for {
					p, err := form.NextRawPart()
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Errorf("the form is not complete: %v", err)
						break
					}
					content, _ := io.ReadAll(p)
					got = append(got, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(content)})
				}
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(answer))}, nil
		})}})
	if err != nil {
		t.Fatal(err)
	}
	chat, err := c.Resume(t.Context(), "c", "")
	if err != nil {
		t.Fatal(err)
	}
	chat.User.ID = "anna & co"
	id, err := chat.Upload(t.Context(), nil, directline.File{Name: "ä\".png", Content: []byte("one")},
		directline.File{Name: "note", ContentType: "text/plain;\r\n charset=utf-8", Content: []byte("two")}, directline.File{Name: "x"})
	if err != nil || id != "7" {
		t.Fatalf("got %q, %v", id, err)
	}
	want(t, "address", address, "/v3/directline/conversations/c/upload?userId=anna+%26+co")
	wanted := []part{
		{"activity", "blob", "application/vnd.microsoft.activity", `{"type":"message","from":{"id":"anna & co"}}`},
		{"file", "ä\".png", "image/png", "one"},
		{"file", "note", "text/plain; charset=utf-8", "two"},
		{"file", "x", "application/octet-stream", ""},
	}
	if len(got) != len(wanted) {
		t.Fatalf("%d parts: %q", len(got), got)
	}
	for i, w := range wanted {
		if got[i] != w {
			t.Errorf("part %d is %q, want %q", i, got[i], w)
		}
	}
	for _, kind := range []string{"not a type", "text/plain\r\nX-Evil: 1"} {
		if _, err := chat.Upload(t.Context(), nil, directline.File{Name: "x", ContentType: kind}); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("the content type %q: %v", kind, err)
		}
	}
}
