package directline_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// While a loop runs, the token never gets half as old as it may.
func TestTokenIsKeptAlive(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		l := listen(t, chat)
		time.Sleep(14 * time.Minute)
		want(t, "refreshed before half of 30 minutes", f.last("POST /tokens"), "POST /tokens/refresh Bearer token-1")
		time.Sleep(106 * time.Minute)
		if n := f.count("POST /tokens/refresh"); n != 8 {
			t.Errorf("%d refreshes in two hours, want 8", n)
		}
		want(t, "the last one", f.last("POST /tokens"), "POST /tokens/refresh Bearer token-8")
		if _, err := chat.Post(t.Context(), activity.Message("hello")); err != nil {
			t.Fatal(err)
		}
		want(t, "the next request", f.last("POST /conversations/c"), "POST /conversations/c/activities Bearer token-9")
		l.end()
	})
}

// Without a loop, each call sees to it.
func TestTokenIsRefreshedByCalls(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		for range 10 {
			time.Sleep(10 * time.Minute)
			if _, err := chat.Post(t.Context(), activity.Message("hello")); err != nil {
				t.Fatal(err)
			}
		}
		if n := f.count("POST /tokens/refresh"); n != 5 {
			t.Errorf("%d refreshes in 100 minutes, want one every 20", n)
		}
		token, err := chat.Token(t.Context())
		if err != nil || token != "token-6" {
			t.Errorf("the token is %q, %v", token, err)
		}
	})
}

func TestSecretIsNeverRefreshed(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{Secret: "s"})
		l := listen(t, chat)
		time.Sleep(5 * time.Hour)
		f.cut()
		time.Sleep(time.Minute)
		if n := f.count("POST /tokens"); n != 0 {
			t.Errorf("%d refreshes", n)
		}
		want(t, "credential", strings.Fields(f.last("GET /conversations/c"))[3], "s")
		if token, err := chat.Token(t.Context()); token != "" || err != nil {
			t.Errorf("the token is %q, %v", token, err)
		}
		l.end()
	})
}

// A refresh that fails for the moment is tried again while the old token lasts.
func TestRefreshFailsForTheMoment(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{Token: "given"})
		f.answer("POST /tokens/refresh", reply{status: 500}, reply{status: 404}, reply{status: 200, body: "{"})
		l := listen(t, chat)
		time.Sleep(14 * time.Minute)
		if _, err := chat.Post(t.Context(), activity.Message("hello")); err != nil {
			t.Fatal(err)
		}
		want(t, "meanwhile", f.last("POST /conversations/c"), "POST /conversations/c/activities Bearer token-1")
		time.Sleep(2 * time.Minute)
		if n := f.count("POST /tokens/refresh"); n != 4 {
			t.Errorf("%d refreshes, want 4", n)
		}
		if _, err := chat.Post(t.Context(), activity.Message("hello")); err != nil {
			t.Fatal(err)
		}
		want(t, "afterwards", f.last("POST /conversations/c"), "POST /conversations/c/activities Bearer token-2")
		l.end()
	})
}

func TestTokenExpired(t *testing.T) {
	expired := reply{status: 403, body: `{"error":{"code":"TokenExpired","message":"too old: token-1"}}`}
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		time.Sleep(time.Hour)
		f.answer("POST /tokens/refresh", expired, expired)
		_, err := chat.Post(t.Context(), activity.Message("hello"))
		e, ok := errors.AsType[*activity.Error](err)
		if !ok || e.Code != directline.CodeTokenExpired || e.Status != http.StatusForbidden || strings.Contains(err.Error(), "token-1") {
			t.Errorf("posting with an expired token: %v", err)
		}
		l := listen(t, chat)
		<-l.done
		if e, ok := errors.AsType[*activity.Error](l.err); !ok || e.Code != directline.CodeTokenExpired {
			t.Errorf("the loop ended with %v", l.err)
		}
	})
	// The service may be stricter than it said: one refresh is tried.
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		for _, refusal := range []reply{expired, {status: 401}} {
			f.answer("POST /conversations/c/activities", refusal)
			if _, err := chat.Post(t.Context(), activity.Message("hello")); err != nil {
				t.Errorf("posting after a refresh: %v", err)
			}
		}
		f.answer("POST /conversations/c/activities", expired)
		f.answer("POST /tokens/refresh", expired)
		if _, err := chat.Post(t.Context(), activity.Message("hello")); !errors.Is(err, activity.ErrForbidden) {
			t.Errorf("posting when a refresh does not help: %v", err)
		}
	})
}

// Callers at the same moment refresh once, and one who gives up need not wait.
func TestRefreshTogether(t *testing.T) {
	bubble(t, func(t *testing.T, f *fake) {
		chat := f.start(directline.Config{})
		time.Sleep(15 * time.Minute)
		done := make(chan error, 10)
		for range cap(done) {
			go func() {
				_, err := chat.Post(t.Context(), activity.Message("hello"))
				done <- err
			}()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		if n := f.count("POST /tokens/refresh"); n != 1 {
			t.Errorf("%d refreshes", n)
		}
	})
}
