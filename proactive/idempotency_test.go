package proactive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

const idempotencyKey = "Idempotency-Key"

func TestIdempotencyAnswersOnce(t *testing.T) {
	y, seen := creating(t)
	y.stored(t, "a:1")
	conv := inline(t, y.stored(t, "a:2"))
	requests := []struct{ path, body string }{
		{"/sendactivity/a:1", `{"text":"<hi>"}`},
		{"/sendactivity", `{"activity":{"text":"hi"},"conversation":` + conv + `}`},
		{"/continue/a:1?x=1", ""},
		{"/continue/onboarding", `{"conversation":` + conv + `,"value":{"n":1}}`},
		{"/create", minimalAda},
	}
	for _, q := range requests {
		t.Run(q.path, func(t *testing.T) {
			key, before, ran := "k-"+q.path, len(y.channel.all()), len(seen.all())
			first := y.post(t, q.path, q.body, idempotencyKey, key)
			again := y.post(t, q.path, q.body, idempotencyKey, key)
			if first.Status != 200 || again.Status != 200 || first.Body != again.Body || first.Header.Get("Content-Type") != again.Header.Get("Content-Type") {
				t.Fatalf("answered %+v, then %+v", first, again)
			}
			if first.Header.Get("Idempotency-Replayed") != "" || again.Header.Get("Idempotency-Replayed") != "true" {
				t.Error("Idempotency-Replayed is on the wrong answer")
			}
			if n := len(y.channel.all()) - before + len(seen.all()) - ran; n != 1 {
				t.Errorf("it was done %d times", n)
			}
			y.post(t, q.path+map[bool]string{true: "&", false: "?"}[strings.Contains(q.path, "?")]+"y=2", q.body, idempotencyKey, key).want(t, 422, "IdempotencyKeyReused")
			if n := len(y.channel.all()) - before + len(seen.all()) - ran; n != 1 {
				t.Errorf("it was done %d times", n)
			}
			y.post(t, q.path, q.body, idempotencyKey, key+"2").want(t, 200, "")
		})
	}
	y.post(t, "/sendactivity/a:1", `{"text":"another"}`, idempotencyKey, "k-/sendactivity/a:1").want(t, 422, "IdempotencyKeyReused")
	y.post(t, "/sendactivity/a:2", `{"text":"<hi>"}`, idempotencyKey, "k-/sendactivity/a:1").want(t, 422, "IdempotencyKeyReused")
}

// local is a handler without a network, for tests that wait until all is quiet.
func local(t *testing.T, continuation agent.Handler) func(ctx context.Context, key string) *httptest.ResponseRecorder {
	app := agent.New(agent.Config{Logger: slog.New(slog.DiscardHandler)})
	app.OnContinue("", continuation)
	book := proactive.NewConversations(storage.NewMemory())
	mustStore(t, book, known("a:1"))
	h := proactive.NewHandler(proactive.New(agent.NewAdapter(app, deaf{}, agent.AdapterConfig{}), app, book, proactive.Config{}),
		proactive.TriggerConfig{Authorise: proactive.BearerKeys("key"), Logger: slog.New(slog.DiscardHandler)})
	return func(ctx context.Context, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/proactive/continue/a:1", nil)
		r.Header.Set("Authorization", "Bearer key")
		if key != "" {
			r.Header.Set(idempotencyKey, key)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
}

func TestIdempotencyAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran, leave := 0, make(chan bool)
		post := local(t, func(context.Context, *agent.Turn) error { ran++; <-leave; return nil })
		answers := make(chan *httptest.ResponseRecorder, 20)
		for range cap(answers) {
			go func() { answers <- post(t.Context(), "k") }()
		}
		synctest.Wait()
		if len(answers) > 0 {
			t.Fatalf("somebody was answered %d before the first was done", (<-answers).Code)
		}
		close(leave)
		replayed := 0
		for range cap(answers) {
			a := <-answers
			if a.Code != 200 || a.Body.Len() > 0 {
				t.Errorf("answered %d %s", a.Code, a.Body)
			}
			if a.Header().Get("Idempotency-Replayed") != "" {
				replayed++
			}
		}
		if ran != 1 || replayed != 19 {
			t.Errorf("it ran %d times, and %d of 20 answers were replayed", ran, replayed)
		}
	})
}

// Two processes on one store, and one after the other.
func TestIdempotencyAcrossProcesses(t *testing.T) {
	store := storage.NewMemory()
	shared := func(p *plan) { p.book = store }
	a, b := newYard(t, shared), newYard(t, shared)
	a.stored(t, "a:1")
	started, leave := make(chan bool), make(chan bool)
	a.app.OnContinue("", func(context.Context, *agent.Turn) error { started <- true; <-leave; return errors.New("broken") })
	b.app.OnContinue("", func(context.Context, *agent.Turn) error { t.Error("it ran again"); return nil })
	first := make(chan reply)
	go func() { first <- a.post(t, "/continue/a:1", "", idempotencyKey, "k") }()
	<-started
	got := b.post(t, "/continue/a:1", "", idempotencyKey, "k")
	if got.want(t, 409, "OutcomeUnknown"); got.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	b.post(t, "/continue/a:1?x=1", "", idempotencyKey, "k").want(t, 422, "IdempotencyKeyReused")
	close(leave)
	want := <-first
	want.want(t, 500, "InternalError")
	if got := b.post(t, "/continue/a:1", "", idempotencyKey, "k"); got.Status != 500 || got.Body != want.Body {
		t.Errorf("answered %+v, want %+v", got, want)
	}
}

func TestIdempotencyOfWhatDidNothing(t *testing.T) {
	t.Run("an unknown id", func(t *testing.T) {
		y := newYard(t)
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`, idempotencyKey, "k").want(t, 404, "-50034")
		y.stored(t, "a:1")
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`, idempotencyKey, "k").want(t, 200, "")
	})
	t.Run("a channel that asks to wait", func(t *testing.T) {
		y, _ := creating(t)
		y.stored(t, "a:1")
		y.channel.answers(429, "")
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`, idempotencyKey, "k").want(t, 429, "")
		y.post(t, "/create", minimalAda, idempotencyKey, "c").want(t, 429, "")
		y.channel.answers(200, `{"id":"1"}`)
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`, idempotencyKey, "k").want(t, 200, "")
		y.post(t, "/create", minimalAda, idempotencyKey, "c").want(t, 200, "")
	})
	t.Run("not signed in", func(t *testing.T) {
		y := newYard(t, func(p *plan) { p.messenger.SignIns = gate{} })
		y.stored(t, "a:1")
		y.app.OnContinue("", nothing, "graph")
		for range 2 {
			got := y.post(t, "/continue/a:1", "", idempotencyKey, "k")
			if got.want(t, 400, "-50047"); got.Header.Get("Idempotency-Replayed") != "" {
				t.Error("the answer was kept, so signing in would not help")
			}
		}
	})
	t.Run("but not a handler that said something before it met a limit", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		y.channel.answers(429, "")
		ran := 0
		y.app.OnContinue("", func(ctx context.Context, t *agent.Turn) error { ran++; return t.SendText(ctx, "hi") })
		for range 2 {
			y.post(t, "/continue/a:1", "", idempotencyKey, "k").want(t, 429, "")
		}
		if ran != 1 {
			t.Errorf("the handler ran %d times", ran)
		}
	})
	t.Run("nor one that did not like its value in the end", func(t *testing.T) {
		y := newYard(t)
		y.stored(t, "a:1")
		ran := 0
		y.app.OnContinue("", func(context.Context, *agent.Turn) error {
			ran++
			return fmt.Errorf("%w: never mind", activity.ErrInvalid)
		})
		for range 2 {
			y.post(t, "/continue/a:1", "", idempotencyKey, "k").want(t, 400, "InvalidArgument")
		}
		if ran != 1 {
			t.Errorf("the handler ran %d times", ran)
		}
	})
	t.Run("nor a create whose outcome is unknown", func(t *testing.T) {
		y, _ := creating(t)
		y.channel.answers(500, "")
		for range 2 {
			y.post(t, "/create", minimalAda, idempotencyKey, "k").want(t, 500, "")
		}
		if n := len(y.channel.all()); n != 1 {
			t.Errorf("the channel got %d requests", n)
		}
	})
}

// Note N4 also when asked twice: the answer still says what failed.
func TestIdempotencyKeepsContinuationError(t *testing.T) {
	y := newYard(t)
	y.channel.answers(201, `{"id":"new-1"}`)
	y.app.OnContinue("", func(context.Context, *agent.Turn) error { return errors.New("broken") })
	for range 2 {
		got := y.post(t, "/create", `{`+forAda+`,"continueConversation":true}`, idempotencyKey, "k")
		if got.Status != 200 || got.Header.Get(proactive.ContinuationErrorHeader) != "InternalError" {
			t.Errorf("answered %+v", got)
		}
	}
	if n := len(y.channel.all()); n != 1 {
		t.Errorf("the channel got %d requests", n)
	}
}

// A caller that gave up waiting finds the answer when it comes again.
func TestIdempotencyAfterHangingUp(t *testing.T) {
	for _, key := range []string{"k", ""} {
		synctest.Test(t, func(t *testing.T) {
			leave, ran := make(chan bool), 0
			post := local(t, func(ctx context.Context, _ *agent.Turn) error {
				ran++
				select {
				case <-leave:
				case <-ctx.Done():
				}
				return ctx.Err()
			})
			ctx, hangUp := context.WithCancel(t.Context())
			first := make(chan *httptest.ResponseRecorder, 1)
			go func() { first <- post(ctx, key) }()
			synctest.Wait()
			hangUp()
			synctest.Wait()
			if cancelled := len(first) == 1; cancelled != (key == "") {
				t.Fatalf("with the key %q the turn was cancelled: %t", key, cancelled)
			}
			close(leave)
			want := map[bool]int{true: 500, false: 200}[key == ""]
			if got := (<-first).Code; got != want {
				t.Errorf("with the key %q the first is answered %d", key, got)
			}
			if again := post(t.Context(), key); again.Code != 200 || ran != map[bool]int{true: 2, false: 1}[key == ""] {
				t.Errorf("with the key %q the second is answered %d; it ran %d times", key, again.Code, ran)
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			post(gone, key) // does not hang either
		})
	}
}

func TestIdempotencyKeys(t *testing.T) {
	y := newYard(t)
	y.stored(t, "a:1")
	for _, key := range []string{"with space", "é", strings.Repeat("x", 256), "tab\t."} {
		y.post(t, "/sendactivity/a:1", `{"text":"hi"}`, idempotencyKey, key).want(t, 400, "InvalidArgument")
	}
	y.channel.wantUntouched(t, "channel")
	// Callers do not meet in each other's keys.
	for i, caller := range []string{"app-1", "app-2"} {
		y.token = triggerToken(t, jwt.MapClaims{"ver": "2.0", "azp": caller})
		y.post(t, "/sendactivity/a:1", `{"text":"`+caller+`"}`, idempotencyKey, "k").want(t, 200, "")
		if n := len(y.channel.all()); n != i+1 {
			t.Errorf("after %s the channel got %d requests", caller, n)
		}
	}
}

func TestIdempotencyWithoutStore(t *testing.T) {
	full := &counting{Memory: storage.NewMemory()}
	y := newYard(t, func(p *plan) { p.book = full })
	y.stored(t, "a:1")
	full.full = errors.New("full")
	y.post(t, "/sendactivity/a:1", `{"text":"hi"}`, idempotencyKey, "k").want(t, 500, "InternalError")
	y.channel.wantUntouched(t, "channel")
}

// An answer is kept for 24 hours.
func TestIdempotencyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		post := local(t, seen.handler(""))
		var ran []int
		for _, wait := range []time.Duration{0, time.Minute, 23 * time.Hour, 2 * time.Hour} {
			time.Sleep(wait)
			if w := post(t.Context(), "k"); w.Code != 200 {
				t.Fatalf("answered %d %s", w.Code, w.Body)
			}
			ran = append(ran, len(seen.all()))
		}
		if diff := cmp.Diff([]int{1, 1, 1, 2}, ran); diff != "" {
			t.Errorf("it ran (-want +got):\n%s", diff)
		}
	})
}
