package directline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

// A local is the real channel, in front of an agent that says again what it
// hears, unless it is told to be silent.
type local struct {
	t         *testing.T
	channel   *localchannel.Channel
	server    *httptest.Server
	silent    atomic.Bool
	noSockets atomic.Bool
	files     chan string // contents of what was uploaded
}

func newLocal(t *testing.T, change ...func(*localchannel.Config)) *local {
	l := &local{t: t, files: make(chan string, 10)}
	agent := httptest.NewServer(http.HandlerFunc(l.agent))
	t.Cleanup(agent.Close)
	l.server = httptest.NewUnstartedServer(nil)
	cfg := localchannel.Config{Agent: agent.URL, BaseURL: "http://" + l.server.Listener.Addr().String(), Logger: slog.New(slog.DiscardHandler)}
	for _, fn := range change {
		fn(&cfg)
	}
	var err error
	l.channel, err = localchannel.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	serve := l.channel.Handler()
	l.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.noSockets.Load() && strings.HasSuffix(r.URL.Path, "/stream") {
			http.Error(w, "no sockets here", http.StatusBadGateway)
			return
		}
		serve.ServeHTTP(w, r)
	})
	l.server.Start()
	t.Cleanup(func() { l.channel.Close(); l.server.Close() })
	return l
}

func (l *local) agent(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	in, err := activity.Decode(body)
	if err != nil || l.silent.Load() || !in.Is(activity.TypeMessage) {
		return
	}
	for _, file := range in.Attachments {
		resp, err := http.Get(file.ContentURL)
		if err != nil {
			l.t.Error(err)
			return
		}
		content, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		l.files <- file.Name + ": " + string(content)
	}
	l.say(in.Conversation.ID, "again: "+in.Text, in.ID)
}

func (l *local) say(conversation, text, replyTo string) {
	to := activity.Conversation{Reference: activity.ConversationReference{Conversation: activity.ConversationAccount{ID: conversation}}}
	if _, err := l.channel.Send(context.Background(), to, &activity.Activity{Type: activity.TypeMessage, Text: text, ReplyToID: replyTo}); err != nil {
		l.t.Error(err)
	}
}

func (l *local) client() *directline.Client { return l.as(directline.Config{}) }

func (l *local) as(cfg directline.Config) *directline.Client {
	l.t.Helper()
	cfg.BaseURL, cfg.Logger = l.server.URL, slog.New(slog.DiscardHandler)
	c, err := directline.New(cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *local) start() *directline.Chat {
	l.t.Helper()
	chat, err := l.client().Start(l.t.Context(), directline.Parameters{User: directline.User{ID: "anna"}})
	if err != nil {
		l.t.Fatal(err)
	}
	return chat
}

// take reads n texts.
func take(t *testing.T, chat *directline.Chat, n int) []string {
	t.Helper()
	var texts []string
	for a, err := range chat.Activities(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if texts = append(texts, a.Text); len(texts) == n {
			break
		}
	}
	return texts
}

// The whole client against the real channel, over a socket and by polling.
func TestLocalChannel(t *testing.T) {
	for _, sockets := range []bool{true, false} {
		t.Run(fmt.Sprint("sockets ", sockets), func(t *testing.T) {
			l := newLocal(t)
			l.noSockets.Store(!sockets)
			chat := l.start()
			if _, err := chat.Post(t.Context(), activity.Message("hello")); err != nil {
				t.Fatal(err)
			}
			want(t, "said", strings.Join(take(t, chat, 2), ", "), "hello, again: hello")
			l.say(chat.ID(), "by itself", "")
			want(t, "said", strings.Join(take(t, chat, 1), ", "), "by itself")

			resumed, err := l.client().Resume(t.Context(), chat.ID(), chat.Watermark())
			if err != nil {
				t.Fatal(err)
			}
			l.say(chat.ID(), "later", "")
			want(t, "said after resuming", strings.Join(take(t, resumed, 1), ", "), "later")
			anew, err := l.client().Resume(t.Context(), chat.ID(), "")
			if err != nil {
				t.Fatal(err)
			}
			want(t, "said from the beginning", strings.Join(take(t, anew, 4), ", "), "hello, again: hello, by itself, later")
		})
	}
}

// A loop that is much slower than the agent is cut off by the channel again and
// again, and misses nothing.
func TestLocalChannelSlowLoop(t *testing.T) {
	l := newLocal(t)
	chat := l.start()
	l.say(chat.ID(), "0x", "")
	const count = 600 // more than the channel queues for a socket
	big := strings.Repeat("x", 20_000)
	n := 0
	for a, err := range chat.Activities(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			for i := range count {
				l.say(chat.ID(), fmt.Sprint(i+1, big), "")
			}
		}
		if !strings.HasPrefix(a.Text, fmt.Sprint(n, "x")) {
			t.Fatalf("after %d comes %.10s", n-1, a.Text)
		}
		if n++; n > count {
			break
		}
	}
	if n != count+1 {
		t.Errorf("%d activities", n)
	}
}

func TestLocalChannelUpload(t *testing.T) {
	l := newLocal(t)
	chat := l.start()
	a := activity.Message("see this")
	if _, err := chat.Upload(t.Context(), a, directline.File{Name: "ä note.txt", Content: []byte("content")}); err != nil {
		t.Fatal(err)
	}
	want(t, "the agent read", <-l.files, "ä note.txt: content")
	want(t, "said", strings.Join(take(t, chat, 2), ", "), "see this, again: see this")
}

// S4-05: to start a conversation and to post to it needs no answer of the agent.
func TestS4_05_SilentAgent(t *testing.T) {
	l := newLocal(t)
	l.silent.Store(true)
	if id, err := l.start().Post(t.Context(), activity.Message("is anybody there?")); err != nil || id == "" {
		t.Errorf("got %q, %v", id, err)
	}
}

func TestLocalChannelUnknownConversation(t *testing.T) {
	if _, err := newLocal(t).client().Resume(t.Context(), "nobody", ""); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// S4-02: a wrong secret is refused, and the right one can be exchanged for a
// token that opens one conversation.
func TestS4_02_Secret(t *testing.T) {
	l := newLocal(t, func(cfg *localchannel.Config) { cfg.Secret = "the-right-one" })
	status := func(err error) int {
		e, _ := errors.AsType[*activity.Error](err)
		if e == nil {
			t.Fatalf("got %v", err)
		}
		return e.Status
	}
	for credential, want := range map[string]int{"": http.StatusUnauthorized, "the-wrong-one": http.StatusForbidden} {
		_, err := l.as(directline.Config{Secret: credential}).Start(t.Context(), directline.Parameters{})
		if got := status(err); got != want {
			t.Errorf("the secret %q is answered %d, want %d", credential, got, want)
		}
	}
	owner := l.as(directline.Config{Secret: "the-right-one"})
	granted, err := owner.GenerateToken(t.Context(), directline.Parameters{User: directline.User{ID: "dl_anna"}})
	if err != nil || granted.ID == "" || granted.Token == "" || granted.StreamURL != "" {
		t.Fatalf("got %+v, %v", granted, err)
	}
	other, err := owner.Start(t.Context(), directline.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	holder := l.as(directline.Config{Token: granted.Token})
	chat, err := holder.Start(t.Context(), directline.Parameters{})
	if err != nil || chat.ID() != granted.ID {
		t.Fatalf("the token starts %v, %v", chat, err)
	}
	if _, err := chat.Post(t.Context(), activity.Message("hello")); err != nil {
		t.Error(err)
	}
	want(t, "said", strings.Join(take(t, chat, 2), ", "), "hello, again: hello")
	if _, err := holder.Resume(t.Context(), other.ID(), ""); status(err) != http.StatusForbidden {
		t.Errorf("the token on another conversation: %v", err)
	}
	if _, err := holder.GenerateToken(t.Context(), directline.Parameters{}); err == nil {
		t.Error("a token generates tokens")
	}
}
