package directline_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// bubble runs a test with a clock of its own. What the fake left running would
// fail it.
func bubble(t *testing.T, test func(t *testing.T, f *fake)) {
	synctest.Test(t, func(t *testing.T) { test(t, newFake(t)) })
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestSocket(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		f.say("hello") // before the socket is open
		l := listen(t, chat)
		synctest.Wait()
		for _, frame := range []string{
			"", " ", "not JSON", "7", "null", `[]`, `{"news":true}`, `{"activities":7}`, // to be ignored
			`{"activities":[{"type":"typing"}]}`,
			`{"activities":[{"type":"message","id":"c|0000001","text":"hello, changed"}]}`,
			`{"activities":[{"type":"messageDelete","id":"c|0000001"}],"watermark":null}`,
			`{"activities":[{"type":7}]}`,
		} {
			f.push(frame)
		}
		f.mu.Lock()
		f.socket.Write(t.Context(), websocket.MessageBinary, []byte(`{"activities":[{"type":"message","text":"binary"}]}`))
		f.mu.Unlock()
		synctest.Wait()
		want(t, "watermark", chat.Watermark(), "1")
		f.say("one", "two")
		synctest.Wait()
		want(t, "heard", l.heard(), "hello typing: hello, changed messageDelete: one two")
		want(t, "watermark", chat.Watermark(), "3")
		if n := f.count("GET /"); n != 0 {
			t.Errorf("%d further requests beside the socket", n)
		}
		want(t, "authorisation of the socket", f.last("GET stream"), "GET stream ")
		if err := l.end(); !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}

// A socket that is lost is made anew with the watermark: nothing is lost or
// comes twice.
func TestReconnect(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		l := listen(t, chat)
		synctest.Wait()
		f.say("1")
		synctest.Wait()
		f.cut()
		f.say("2", "3")
		f.answer("GET /conversations/c", reply{status: 500}, reply{status: 503, header: http.Header{"Retry-After": {"60"}}})
		time.Sleep(50 * time.Second)
		want(t, "heard while the service asks to wait", l.heard(), "1")
		time.Sleep(20 * time.Second)
		f.say("4")
		synctest.Wait()
		want(t, "heard", l.heard(), "1 2 3 4")
		want(t, "asked", strings.Fields(f.last("GET /conversations/c?"))[1], "/conversations/c?watermark=1")
		f.end(websocket.StatusGoingAway, "restart")
		time.Sleep(2 * time.Second)
		f.say("5")
		synctest.Wait()
		want(t, "heard", l.heard(), "1 2 3 4 5")
		l.end()
		if strings.Contains(f.logs.String(), "token-") || strings.Contains(f.logs.String(), "stream-token") {
			t.Errorf("a token is in the log: %s", &f.logs)
		}
	})
}

// A socket that broke before its first frame cannot have moved the watermark:
// what was said since the start is fetched.
func TestReconnectBeforeTheFirstFrame(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		l := listen(t, chat)
		synctest.Wait()
		f.cut()
		f.say("hello")
		time.Sleep(2 * time.Second)
		f.say("again")
		synctest.Wait()
		want(t, "heard", l.heard(), "hello again")
		l.end()
	})
}

// An address that was not used in time has lost its token.
func TestLateListener(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		f.say("hello")
		time.Sleep(5 * time.Minute)
		l := listen(t, chat)
		synctest.Wait()
		f.say("again")
		synctest.Wait()
		want(t, "heard", l.heard(), "hello again")
		want(t, "asked", strings.Fields(f.last("GET /conversations/c?"))[1], "/conversations/c?watermark=1")
		l.end()
	})
}

func TestPolling(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		f.noSockets = true
		l := listen(t, f.start(directline.Config{}))
		f.say("1")
		time.Sleep(10500 * time.Millisecond)
		f.say("2")
		time.Sleep(10 * time.Second)
		want(t, "heard", l.heard(), "1 2")
		if n := f.count("GET /conversations/c/activities"); n < 20 || n > 22 {
			t.Errorf("%d polls in 20 seconds", n)
		}
		if n := f.count("GET stream"); n != 1 {
			t.Errorf("%d sockets tried in 20 seconds", n)
		}
		f.set(func() { f.noSockets = false })
		time.Sleep(time.Minute)
		before := f.count("GET /")
		time.Sleep(time.Minute)
		f.say("3")
		synctest.Wait()
		want(t, "heard", l.heard(), "1 2 3")
		if n := f.count("GET /") - before; n != 0 {
			t.Errorf("%d polls beside a socket", n)
		}
		l.end()
	})
}

// Sockets that open and carry nothing, as behind some proxies, are given up for
// polling.
func TestSocketsThatCarryNothing(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		l := listen(t, f.start(directline.Config{}))
		for range 40 {
			synctest.Wait()
			f.cut()
			time.Sleep(time.Second)
		}
		before := f.count("GET /conversations/c/activities")
		f.say("hello")
		time.Sleep(2 * time.Second)
		want(t, "heard", l.heard(), "hello")
		if before < 10 {
			t.Errorf("%d polls in 40 seconds", before)
		}
		l.end()
	})
}

// Two clients of one conversation do not throw each other out again and again.
func TestCollision(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		l := listen(t, f.start(directline.Config{}))
		synctest.Wait()
		f.end(websocket.StatusPolicyViolation, "collision")
		time.Sleep(10 * time.Minute)
		f.say("hello")
		time.Sleep(2 * time.Second)
		want(t, "heard", l.heard(), "hello")
		if n := f.count("GET stream"); n != 1 {
			t.Errorf("%d sockets", n)
		}
		l.end()
	})
}

// A service that is gone without a word is noticed within a minute.
func TestDeadSocket(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		f.deaf = true
		l := listen(t, f.start(directline.Config{}))
		synctest.Wait()
		f.set(func() { f.deaf = false })
		time.Sleep(2 * time.Minute)
		f.say("hello")
		synctest.Wait()
		want(t, "heard", l.heard(), "hello")
		if n := f.count("GET stream"); n != 2 {
			t.Errorf("%d sockets, want the dead one and its successor", n)
		}
		l.end()
	})
}

// A loop that takes its time is not mistaken for a dead service.
func TestSlowLoop(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		f.say("1")
		heard := ""
		for a, err := range chat.Activities(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			heard += a.Text
			if a.Text == "1" {
				go f.say("2")
				go f.push("")
			}
			time.Sleep(10 * time.Minute)
			if a.Text == "2" {
				break
			}
		}
		want(t, "heard", heard, "12")
		if n := f.count("GET stream"); n != 1 {
			t.Errorf("%d sockets", n)
		}
	})
}

func TestWhatEndsALoop(t *testing.T) {
	refusal := func(status int, code string) reply {
		return reply{status: status, body: `{"error":{"code":"` + code + `","message":"so it is"}}`}
	}
	tests := []struct {
		name   string
		reply  reply
		reason error
		code   string
	}{
		{"gone", refusal(404, "NotFound"), activity.ErrNotFound, "NotFound"},
		{"expired", refusal(403, "TokenExpired"), activity.ErrForbidden, "TokenExpired"},
		{"another conversation's token", refusal(403, "Forbidden"), activity.ErrForbidden, "Forbidden"},
		{"no credentials", refusal(401, "Unauthorized"), activity.ErrUnauthorized, "Unauthorized"},
		{"a strange watermark", refusal(400, "BadArgument"), activity.ErrInvalid, "BadArgument"},
		{"moved", reply{status: 302, header: http.Header{"Location": {"http://localhost/elsewhere"}}}, nil, ""},
		{"a web page", reply{status: 200, body: "<html>Sign in to the network</html>"}, nil, ""},
		{"another service", reply{status: 200, body: `{"ok":true}`}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fake) {
				chat := f.start(directline.Config{Secret: "the-secret"})
				f.noSockets = true
				f.answer("GET /conversations/c/activities", tt.reply)
				l := listen(t, chat)
				<-l.done
				e, _ := errors.AsType[*activity.Error](l.err)
				if l.err == nil || tt.reason != nil && !errors.Is(l.err, tt.reason) || tt.code != "" && e.Code != tt.code {
					t.Errorf("ended with %v", l.err)
				}
				if strings.Contains(l.err.Error(), "the-secret") {
					t.Errorf("the secret is in %v", l.err)
				}
			})
		})
	}
}

// A loop that is left goes on where it was.
func TestLeaveALoop(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		f.say("1", "2", "3")
		take := func(n int) (heard string) {
			for a, err := range chat.Activities(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				heard += a.Text
				if n--; n == 0 {
					break
				}
			}
			return heard
		}
		want(t, "heard first", take(2), "12")
		want(t, "watermark within a set", chat.Watermark(), "")
		want(t, "heard then", take(1), "3")
		want(t, "watermark after the set", chat.Watermark(), "3")
		f.say("4")
		want(t, "heard at last", take(1), "4")
	})
}

func TestOneLoopAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		first := listen(t, chat)
		synctest.Wait()
		second := listen(t, chat)
		<-second.done
		if second.err == nil {
			t.Error("two loops run")
		}
		f.say("hello")
		synctest.Wait()
		want(t, "heard", first.heard(), "hello")
		first.end()
	})
}

func TestLoopUnreachable(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		f.noSockets = true
		l := listen(t, chat)
		synctest.Wait()
		f.client.Transport.(*http.Transport).CloseIdleConnections()
		f.answer("GET /conversations/c/activities", reply{status: 502}, reply{status: 504}, reply{status: 429, header: http.Header{"Retry-After": {"40"}}})
		time.Sleep(30 * time.Second)
		f.say("hello")
		want(t, "heard while told to wait", l.heard(), "")
		time.Sleep(30 * time.Second)
		want(t, "heard", l.heard(), "hello")
		l.end()
	})
}

// A service that takes a request and never answers is given up after a minute.
func TestLoopWithoutAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		f.noSockets = true
		f.answer("GET /conversations/c/activities", reply{status: never})
		l := listen(t, chat)
		f.say("hello")
		time.Sleep(50 * time.Second)
		want(t, "heard while nothing is answered", l.heard(), "")
		time.Sleep(20 * time.Second)
		want(t, "heard", l.heard(), "hello")
		l.end()
	})
}
