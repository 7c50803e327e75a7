package connector_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func response(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// Steps of a fake transport: a status, or how the connection failed.
const (
	refused   = -1 // nothing listens there
	reset     = -2 // lost after the request was read
	noHost    = -3 // DNS knows no such name
	untrusted = -4 // wrong certificate
)

// script is a transport that goes through its steps and then succeeds.
func script(count *int, steps ...int) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		step := 200
		if *count < len(steps) {
			step = steps[*count]
		}
		*count++
		switch step {
		case refused:
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		case noHost:
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		case untrusted:
			return nil, &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
		}
		if r.Body != nil {
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
		if step == reset {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		}
		return response(step, `{"id":"m1"}`), nil
	}
}

func TestWhatIsRepeated(t *testing.T) {
	steps := map[string]int{
		"400": 400, "401": 401, "404": 404, "412": 412, "429": 429, "500": 500, "501": 501, "502": 502, "503": 503, "504": 504,
		"refused": refused, "reset": reset, "no host": noHost, "wrong certificate": untrusted,
	}
	repeated := map[string]string{
		"POST":   "412 429 503 refused",
		"GET":    "412 429 502 503 504 refused reset",
		"PUT":    "412 429 502 503 504 refused reset",
		"DELETE": "412 429 502 503 504 refused reset",
	}
	reasons := map[string]error{
		"refused": activity.ErrUnreachable, "no host": activity.ErrUnreachable, "wrong certificate": activity.ErrUnreachable,
		"412": activity.ErrUnavailable, "429": activity.ErrThrottled, "503": activity.ErrUnavailable,
		"502": activity.ErrUnavailable, "504": activity.ErrUnavailable, "reset": activity.ErrUnavailable,
		"POST 502": activity.ErrOutcomeUnknown, "POST 504": activity.ErrOutcomeUnknown, "POST reset": activity.ErrOutcomeUnknown,
		"POST 500": activity.ErrOutcomeUnknown, "POST 501": activity.ErrOutcomeUnknown, "501": activity.ErrUnavailable,
		"400": activity.ErrInvalid, "401": activity.ErrUnauthorized, "404": activity.ErrNotFound, "500": activity.ErrUnavailable,
	}
	for method, call := range calls {
		for name, step := range steps {
			t.Run(method+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					want := strings.Contains(" "+repeated[method]+" ", " "+name+" ")
					count := 0
					c := newClient(connector.Config{HTTPClient: &http.Client{Transport: script(&count, step)}})
					err := call(t.Context(), c)
					if want != (count == 2) || want != (err == nil) {
						t.Errorf("%d attempts and %v, want it repeated: %t", count, err, want)
					}
					// The same failure without an end.
					count = 0
					start := time.Now()
					c = newClient(connector.Config{HTTPClient: &http.Client{Transport: script(&count, repeat(step, 10_000)...)}})
					err = call(t.Context(), c)
					reason := reasons[method+" "+name]
					if reason == nil {
						reason = reasons[name]
					}
					if err == nil || reason != nil && !errors.Is(err, reason) {
						t.Errorf("got %v, want %v", err, reason)
					}
					if reason == activity.ErrOutcomeUnknown && activity.Retryable(err) {
						t.Errorf("%v may be repeated although that may double the message", err)
					}
					if waited := time.Since(start); waited > 30*time.Second || want && waited < 10*time.Second || !want && waited != 0 {
						t.Errorf("waited %v, repeated: %t", waited, want)
					}
				})
			})
		}
	}
}

var calls = map[string]func(context.Context, *connector.Client) error{
	"POST": func(ctx context.Context, c *connector.Client) error {
		to := at("https://channel.example/", "test")
		_, err := c.Send(ctx, to, message(to, "hi"))
		return err
	},
	"GET": func(ctx context.Context, c *connector.Client) error {
		_, err := c.Member(ctx, at("https://channel.example/", "test"), "u1")
		return err
	},
	"PUT": func(ctx context.Context, c *connector.Client) error {
		to := at("https://channel.example/", "test")
		a := message(to, "hi")
		a.ID = "m1"
		_, err := c.Update(ctx, to, a)
		return err
	},
	"DELETE": func(ctx context.Context, c *connector.Client) error {
		return c.Delete(ctx, at("https://channel.example/", "test"), "m1")
	},
}

func repeat(step, times int) []int {
	steps := make([]int, times)
	for i := range steps {
		steps[i] = step
	}
	return steps
}

func TestRetryAfterIsObeyed(t *testing.T) {
	tests := []struct {
		name     string
		value    func() string
		deadline time.Duration // of the context; 0 for none
		maxWait  time.Duration
		wait     time.Duration // at least, when repeated
		at       time.Duration // when the error comes; repeated otherwise
		fails    bool
	}{
		{name: "seconds", value: func() string { return "7" }, wait: 7 * time.Second},
		{name: "a date", value: func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, wait: 9 * time.Second},
		{name: "a date in the past", value: func() string { return "Mon, 01 Jan 1990 00:00:00 GMT" }},
		{name: "nonsense", value: func() string { return "soon" }},
		{name: "exactly all we wait", value: func() string { return "30" }, wait: 30 * time.Second},
		{name: "more than we wait", value: func() string { return "31" }, fails: true},
		{name: "more than any clock holds", value: func() string { return "4294967295" }, fails: true},
		{name: "more than the context has", value: func() string { return "7" }, deadline: 6 * time.Second, fails: true},
		{name: "never waiting", value: func() string { return "1" }, maxWait: -1, fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.deadline != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				first := true
				c := newClient(connector.Config{MaxWait: tt.maxWait, HTTPClient: &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					if !first {
						return response(200, `{}`), nil
					}
					first = false
					resp := response(429, ``)
					resp.Header.Set("Retry-After", tt.value())
					return resp, nil
				})}})
				start := time.Now()
				err := calls["POST"](ctx, c)
				waited := time.Since(start)
				if tt.fails {
					if !errors.Is(err, activity.ErrThrottled) || activity.RetryAfter(err) == 0 || waited != 0 {
						t.Errorf("after %v: %v, want ErrThrottled with its time, at once", waited, err)
					}
				} else if err != nil || waited < tt.wait || waited > tt.wait+time.Second {
					t.Errorf("waited %v, %v; want %v", waited, err, tt.wait)
				}
			})
		})
	}
}

// OnRetry counts requests that are made again, not those that fail for good.
func TestOnRetryIsToldOfEachRepetition(t *testing.T) {
	tests := []struct {
		name, method string
		steps        []int
		maxWait      time.Duration
		want         []string
	}{
		{name: "no failure", method: "POST"},
		{name: "throttled twice", method: "POST", steps: []int{429, 429}, want: []string{"send", "send"}},
		{name: "no connection, then no answer", method: "DELETE", steps: []int{refused, reset}, want: []string{"delete", "delete"}},
		{name: "repeated, then failed for good", method: "PUT", steps: []int{503, 400}, want: []string{"update"}},
		{name: "never repeated", method: "POST", steps: []int{404}},
		{name: "no time to repeat it", method: "POST", steps: []int{429}, maxWait: -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				count := 0
				c := newClient(connector.Config{
					HTTPClient: &http.Client{Transport: script(&count, tt.steps...)}, MaxWait: tt.maxWait,
					OnRetry: func(op string) { got = append(got, op) },
				})
				_ = calls[tt.method](t.Context(), c) // TestWhatIsRepeated has its errors
				if !slices.Equal(got, tt.want) || count != len(got)+1 {
					t.Errorf("told of %q in %d requests, want %q", got, count, tt.want)
				}
			})
		})
	}
}

func TestWaitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		start := time.Now()
		c := newClient(connector.Config{HTTPClient: &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			resp := response(429, ``)
			resp.Header.Set("Retry-After", "20")
			return resp, nil
		})}})
		err := calls["POST"](ctx, c)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, activity.ErrThrottled) || activity.RetryAfter(err) != 20*time.Second {
			t.Errorf("got %v, want Canceled and the last failure", err)
		}
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("waited %v, want 5s", waited)
		}
	})
}

func TestAttemptTimeout(t *testing.T) {
	hang := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			io.Copy(io.Discard, r.Body)
		}
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	})
	synctest.Test(t, func(t *testing.T) {
		c := newClient(connector.Config{HTTPClient: &http.Client{Transport: hang}, MaxWait: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := calls["POST"](ctx, c); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's own end when there is no timeout", err)
		}
		c = newClient(connector.Config{HTTPClient: &http.Client{Transport: hang, Timeout: time.Second}, MaxWait: -1})
		if err := calls["POST"](t.Context(), c); !errors.Is(err, activity.ErrOutcomeUnknown) {
			t.Errorf("got %v, want ErrOutcomeUnknown", err)
		}
		if err := calls["GET"](t.Context(), c); !errors.Is(err, activity.ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
	})
}

// Attempts take time, too: what bounds a call is the clock, not the pauses.
func TestSlowHostIsNotAskedForLong(t *testing.T) {
	tests := []struct {
		name     string
		slow     time.Duration // each attempt
		status   int           // 0 when the answer never comes
		attempts int
		reason   error
	}{
		{"hangs", time.Hour, 0, 1, activity.ErrUnavailable},
		{"answers after a while", 12 * time.Second, 503, 3, activity.ErrUnavailable},
		{"throttles after a while", 28 * time.Second, 429, 1, activity.ErrThrottled},
	}
	for _, tt := range tests {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			t.Run(method+" "+tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					count, start := 0, time.Now()
					c := newClient(connector.Config{HTTPClient: &http.Client{Timeout: time.Minute, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
						if count++; time.Since(start) > 30*time.Second {
							t.Errorf("attempt %d begins after %v", count, time.Since(start))
						}
						select {
						case <-r.Context().Done():
							return nil, r.Context().Err()
						case <-time.After(tt.slow):
						}
						resp := response(tt.status, ``)
						if tt.status == http.StatusTooManyRequests {
							resp.Header.Set("Retry-After", "3")
						}
						return resp, nil
					})}})
					err := calls[method](t.Context(), c)
					if !errors.Is(err, tt.reason) || count != tt.attempts {
						t.Errorf("%v after %d attempts, want %v after %d", err, count, tt.reason, tt.attempts)
					}
					if tt.reason == activity.ErrThrottled && activity.RetryAfter(err) != 3*time.Second {
						t.Errorf("%v has lost its retry time", err)
					}
					if took, most := time.Since(start), 30*time.Second+min(tt.slow, time.Minute); took > most {
						t.Errorf("took %v, want at most %v", took, most)
					}
				})
			})
		}
	}
}

func TestDeletionWhoseAnswerWasLost(t *testing.T) {
	for name, tt := range map[string]struct {
		steps []int
		want  error
	}{
		"gone after a lost answer":    {[]int{reset, 404}, nil},
		"gone after a gateway failed": {[]int{504, refused, 404}, nil},
		"not there after a throttle":  {[]int{429, 404}, activity.ErrNotFound},
		"not there":                   {[]int{404}, activity.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				count := 0
				c := newClient(connector.Config{HTTPClient: &http.Client{Transport: script(&count, tt.steps...)}})
				if err := calls["DELETE"](t.Context(), c); !errors.Is(err, tt.want) || count != len(tt.steps) {
					t.Errorf("got %v after %d attempts, want %v", err, count, tt.want)
				}
			})
		})
	}
}

func TestRepeatingIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		count := 0
		c := connector.New(connector.Config{
			Hosts: hosts{"https://"}, Tokens: token(secret), Logger: slog.New(slog.NewTextHandler(&out, nil)),
			HTTPClient: &http.Client{Transport: script(&count, 503, 429)},
		})
		if err := calls["POST"](t.Context(), c); err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(out.String(), "\n")
		if lines != 2 || !strings.Contains(out.String(), "conversation=19:c1") || strings.Contains(out.String(), secret) {
			t.Errorf("log:\n%s", &out)
		}
	})
}

// An answer that breaks off: a read is repeated, a send was taken.
func TestAnswerBreaksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for method, want := range map[string]int{"GET": 2, "POST": 1} {
			count := 0
			c := newClient(connector.Config{HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Body != nil {
					io.Copy(io.Discard, r.Body)
				}
				if count++; count == 1 {
					resp := response(200, ``)
					resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id`), errReader{}))
					return resp, nil
				}
				return response(200, `{}`), nil
			})}})
			err := calls[method](t.Context(), c)
			if count != want || (method == "POST") != errors.Is(err, activity.ErrOutcomeUnknown) {
				t.Errorf("%s: %d attempts, %v", method, count, err)
			}
		}
	})
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, syscall.ECONNRESET }
