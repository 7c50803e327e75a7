package endpoint_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/endpoint"
)

// S2-41, S2-43, S0-03: a turn that ends soon is answered 200, any other 202.
func TestAcknowledge(t *testing.T) {
	tests := []struct {
		name     string
		cfg      endpoint.Config
		turn     time.Duration
		status   int
		answered time.Duration
	}{
		{"S2-41 a turn that ends at once is 200", endpoint.Config{}, 0, 200, 0},
		{"S2-41 a turn that ends in time is 200", endpoint.Config{}, 900 * time.Millisecond, 200, 900 * time.Millisecond},
		{"S2-41 S2-43 a longer one is 202 after a second", endpoint.Config{}, 2 * time.Second, 202, time.Second},
		{"S0-03 a handler of 60 s is 202 after a second", endpoint.Config{}, time.Minute, 202, time.Second},
		{"S0-03 or when the configuration says", endpoint.Config{AckAfter: 5 * time.Second}, time.Minute, 202, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, ended := time.Now(), make(chan time.Duration, 1)
				h := endpoint.New(receiver(func(ctx context.Context, _ activity.Inbound) (*activity.InvokeResponse, error) {
					err := work(ctx, tt.turn)
					ended <- time.Since(start)
					return nil, err
				}), gate{}, anyHost{}, tt.cfg)
				defer shutdown(t, h)
				ctx, hangUp := context.WithCancel(t.Context())
				w := httptest.NewRecorder()
				h.ServeHTTP(w, request(ctx, body("")))
				hangUp() // as net/http does when the answer is written
				wantEmpty(t, w, tt.status)
				if got := time.Since(start); got != tt.answered {
					t.Errorf("answered after %s, want %s", got, tt.answered)
				}
				if got := <-ended; got != tt.turn {
					t.Errorf("the turn ended after %s, want %s", got, tt.turn)
				}
			})
		})
	}
}

// S2-42, S2-44, S0-03, S0-04: with a real agent, whoever answers first.
func TestBothExchanges(t *testing.T) {
	tests := []struct {
		name   string
		work   time.Duration // of the handler, before it sends
		send   time.Duration // of the channel, to take what is sent
		status int
	}{
		{"S2-42 S2-44 the agent's message arrives before the acknowledgement", 0, 0, 200},
		{"S2-42 the channel takes the message only after it was acknowledged", 0, 3 * time.Second, 202},
		{"S0-03 S0-04 the answer to a request that closed a minute ago", time.Minute, 0, 202},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, ad, wire := newBot(agent.AdapterConfig{})
				wire.delay = tt.send
				app.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
					if err := work(ctx, tt.work); err != nil {
						return err
					}
					return tn.SendText(ctx, "You said: "+tn.Activity.Text)
				})
				h := open(ad)
				wantEmpty(t, post(t, h, body(`"text":"hello"`)), tt.status)
				shutdown(t, h)
				if diff := cmp.Diff([]string{"You said: hello"}, wire.texts()); diff != "" {
					t.Errorf("texts differ (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Case 65.
func TestFailedTurn(t *testing.T) {
	fail := func(after time.Duration) (*endpoint.Handler, *atomic.Int32, *wire) {
		var hooks atomic.Int32
		wire := &wire{}
		app := agent.New(agent.Config{Logger: quiet, OnError: func(ctx context.Context, tn *agent.Turn, _ error) {
			hooks.Add(1)
			_ = tn.SendText(ctx, "Sorry.")
		}})
		app.OnMessage(func(ctx context.Context, _ *agent.Turn) error {
			return errors.Join(work(ctx, after), errors.New("password=hunter2"))
		})
		return open(agent.NewAdapter(app, wire, agent.AdapterConfig{})), &hooks, wire
	}
	for name, tt := range map[string]struct {
		after  time.Duration
		status int
		body   string
	}{
		"case 65 in time it is 500 with a fixed body": {0, 500, `{"error":{"code":"InternalError","message":"the agent failed to handle the activity"}}`},
		"case 65 after the acknowledgement it is 202": {time.Minute, 202, ""},
	} {
		t.Run(name+", and the hook runs once", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, hooks, wire := fail(tt.after)
				w := post(t, h, body(""))
				shutdown(t, h)
				if w.Code != tt.status || w.Body.String() != tt.body {
					t.Errorf("answer = %d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
				}
				if hooks.Load() != 1 || len(wire.texts()) != 1 {
					t.Errorf("the hook ran %d times and the user was told %q", hooks.Load(), wire.texts())
				}
			})
		})
	}
}

// S2-43: the caller hanging up ends a turn only if it waits for it.
func TestHangingUp(t *testing.T) {
	tests := []struct {
		name    string
		members string
		ends    bool
	}{
		{"S2-43 a message turn goes on", "", false},
		{"an invoke ends", invokes, true},
		{"a turn with expectReplies ends", expectReplies, true},
		{"a turn with a stream ends", streams, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var err error
				h := open(receiver(func(ctx context.Context, _ activity.Inbound) (*activity.InvokeResponse, error) {
					err = work(ctx, time.Minute)
					return nil, err
				}))
				ctx, hangUp := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer hangUp()
				h.ServeHTTP(httptest.NewRecorder(), request(ctx, body(tt.members)))
				shutdown(t, h)
				if got := err != nil; got != tt.ends {
					t.Errorf("the turn ended with %v, want an end by the caller: %v", err, tt.ends)
				}
			})
		})
	}
	t.Run("S2-43 over a real connection", func(t *testing.T) {
		began, release, ended := make(chan bool), make(chan bool), make(chan error, 1)
		srv := httptest.NewServer(open(receiver(func(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
			close(began)
			if in.Activity.Is(activity.TypeInvoke) {
				<-ctx.Done()
			} else {
				<-release
			}
			ended <- ctx.Err()
			return nil, ctx.Err()
		})))
		defer srv.Close()
		call := func(members string) {
			ctx, hangUp := context.WithCancel(t.Context())
			began = make(chan bool)
			go func() {
				<-began
				hangUp()
			}()
			r := request(ctx, body(members))
			r.RequestURI, r.URL.Scheme, r.URL.Host = "", "http", srv.Listener.Addr().String()
			if _, err := http.DefaultTransport.RoundTrip(r); !errors.Is(err, context.Canceled) {
				t.Errorf("RoundTrip = %v, want a cancelled request", err)
			}
		}
		call(invokes)
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the invoke ended with %v, want context.Canceled", err)
		}
		call("")
		close(release)
		if err := <-ended; err != nil {
			t.Errorf("the message ended with %v, want nothing", err)
		}
	})
}

// A message turn still has what a middleware put into the request's context.
func TestTurnsHaveTheValuesOfTheirRequest(t *testing.T) {
	type key struct{}
	for name, members := range map[string]string{"message": "", "invoke": invokes, "expectReplies": expectReplies, "stream": streams} {
		t.Run(name, func(t *testing.T) {
			var got any
			h := open(receiver(func(ctx context.Context, _ activity.Inbound) (*activity.InvokeResponse, error) {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				got = ctx.Value(key{})
				return nil, nil
			}))
			h.ServeHTTP(httptest.NewRecorder(), request(context.WithValue(t.Context(), key{}, "trace-7"), body(members)))
			if got != "trace-7" {
				t.Errorf("value = %v, want trace-7", got)
			}
		})
	}
}

func TestNoRoom(t *testing.T) {
	t.Run("one more than MaxDetached is refused until a turn ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := endpoint.New(receiver(func(ctx context.Context, _ activity.Inbound) (*activity.InvokeResponse, error) {
				return nil, work(ctx, time.Minute)
			}), gate{}, anyHost{}, endpoint.Config{MaxDetached: 2, Logger: quiet})
			wantEmpty(t, post(t, h, body("")), 202)
			wantEmpty(t, post(t, h, body("")), 202)
			for _, members := range []string{"", invokes} {
				w := post(t, h, body(members))
				wantError(t, w, 503, "ServiceUnavailable")
				if w.Header().Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
			}
			<-time.After(time.Minute)
			synctest.Wait()
			wantEmpty(t, post(t, h, body("")), 202)
			shutdown(t, h)
		})
	})
	t.Run("turns that came together are never more than MaxDetached behind a 202", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := endpoint.New(receiver(func(ctx context.Context, _ activity.Inbound) (*activity.InvokeResponse, error) {
				return nil, work(ctx, 10*time.Second)
			}), gate{}, anyHost{}, endpoint.Config{MaxDetached: 2, Logger: quiet})
			defer shutdown(t, h)
			var wg sync.WaitGroup
			var early, late atomic.Int32
			start := time.Now()
			for range 5 {
				wg.Go(func() {
					switch w := post(t, h, body("")); {
					case w.Code == 202 && time.Since(start) == time.Second:
						early.Add(1)
					case w.Code == 200 && time.Since(start) == 10*time.Second:
						late.Add(1)
					default:
						t.Errorf("answer = %d after %s", w.Code, time.Since(start))
					}
				})
			}
			wg.Wait()
			if early.Load() != 2 || late.Load() != 3 {
				t.Errorf("%d turns were detached, %d were waited for, want 2 and 3", early.Load(), late.Load())
			}
		})
	})
	t.Run("a busy conversation is 503 with Retry-After", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, ad, _ := newBot(agent.AdapterConfig{QueueDepth: 1})
			app.OnFallback(func(ctx context.Context, _ *agent.Turn) error { return work(ctx, time.Minute) })
			h := open(ad)
			wantEmpty(t, post(t, h, body("")), 202)
			wantEmpty(t, post(t, h, body("")), 202) // waits for the first
			for _, members := range []string{"", expectReplies, streams} {
				w := post(t, h, body(members))
				wantError(t, w, 503, "ServiceUnavailable")
				if w.Header().Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
			}
			shutdown(t, h)
		})
	})
}

// Case 75.
func TestShutdown(t *testing.T) {
	minute := receiver(func(ctx context.Context, _ activity.Inbound) (*activity.InvokeResponse, error) {
		return nil, work(ctx, time.Minute)
	})
	t.Run("case 75 it waits for the turns that run and refuses others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(minute)
			start := time.Now()
			var wg sync.WaitGroup
			wantEmpty(t, post(t, h, body("")), 202)
			wg.Go(func() { wantEmpty(t, post(t, h, body(invokes)), 501) })
			synctest.Wait()
			wg.Go(func() {
				if err := h.Shutdown(t.Context()); err != nil || time.Since(start) != 61*time.Second {
					t.Errorf("Shutdown = %v after %s, want nil after 61s", err, time.Since(start))
				}
			})
			synctest.Wait()
			if !h.Draining() {
				t.Error("Draining = false")
			}
			for _, members := range []string{"", invokes, expectReplies, streams} {
				w := post(t, h, body(members))
				wantError(t, w, 503, "ServiceUnavailable")
				if w.Header().Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
			}
			wg.Wait()
			if err := h.Shutdown(t.Context()); err != nil {
				t.Errorf("case 75: Shutdown again = %v", err)
			}
		})
	})
	t.Run("case 75 it cancels what takes longer than its context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan error, 4)
			h := open(receiver(func(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
				ended <- work(ctx, time.Hour)
				return nil, ctx.Err()
			}))
			var wg sync.WaitGroup
			for _, members := range []string{"", invokes, expectReplies, streams} {
				wg.Go(func() { post(t, h, body(members)) })
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := h.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Shutdown = %v, want DeadlineExceeded", err)
			}
			for range cap(ended) {
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("a turn ended with %v, want Canceled", err)
				}
			}
			wg.Wait()
			if err := h.Shutdown(t.Context()); err != nil {
				t.Errorf("Shutdown again = %v, want nil as nothing runs", err)
			}
		})
	})
	t.Run("it does not wait for a request that a panicking verifier left", func(t *testing.T) {
		h := endpoint.New(never(t), gate{verify: func([]string) (activity.Identity, error) { panic("boom") }}, anyHost{}, endpoint.Config{Logger: quiet})
		func() {
			defer func() { _ = recover() }() // as net/http does
			post(t, h, body(""))
		}()
		shutdown(t, h)
	})
}
