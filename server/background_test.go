package server_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/server"
)

func untilStopped(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// newJobber is an agent that answers at once and works on.
func newJobber(work *background.Queue, job func(ctx context.Context) error) *agent.App {
	app := agent.New(agent.Config{Logger: discard})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		later := t.Detach()
		err := work.Go("job", func(ctx context.Context) error {
			if err := job(ctx); err != nil {
				return err
			}
			return later.SendText(ctx, "Done: "+later.Activity.Text)
		})
		if errors.Is(err, background.ErrFull) {
			return t.SendText(ctx, "Too busy")
		}
		return errors.Join(err, t.SendText(ctx, "Started"))
	})
	return app
}

// Queued work runs after the turn, which has long been answered. (S1-047,
// S1-050, S1-051, S1-053, S1-054, S1-122)
func TestBackgroundWork(t *testing.T) {
	w := newWorld(t)
	log := new(journal)
	queue := background.New(background.Config{Workers: 1, Depth: 1, Logger: log.logger()})
	finish := make(chan error)
	cfg := config(t, w.settings())
	cfg.Background = queue
	srv := serve(t, newJobber(queue, func(context.Context) error { return <-finish }), cfg)
	if srv.Background() != queue {
		t.Fatal("the server has another queue than it was given")
	}
	want := func(text string) {
		t.Helper()
		if r := w.channel.next(t); r.activity(t).Text != text || r.activity(t).Conversation.ID != "conv-1" {
			t.Errorf("sent %s, want %q", r.Body, text)
		}
	}
	srv.post(t, w.message("one", nil), bearer(t)).want(t, http.StatusOK) // the turn is over
	want("Started")
	srv.post(t, w.message("two", nil), bearer(t)).want(t, http.StatusOK)
	want("Started")
	srv.post(t, w.message("three", nil), bearer(t)).want(t, http.StatusOK)
	want("Too busy")
	finish <- nil
	want("Done: one")
	finish <- errors.New("no paper")
	await(t, "the failure is logged", func() bool { return strings.Contains(log.String(), "no paper") })
	if got := get(t, srv.URL+"/metrics").body; !strings.Contains(got, `outspoken_background_tasks_total{outcome="ok"} 1`) ||
		!strings.Contains(got, `outspoken_background_tasks_total{outcome="failed"} 1`) || !strings.Contains(got, `outspoken_background_tasks_total{outcome="dropped"} 1`) {
		t.Errorf("the metrics are\n%s", got)
	}
}

// A stop waits for the turns, which may still queue work, then cancels the
// work and gives it its grace. What is not finished is logged. (S1-052, case 75)
func TestStopEndsBackgroundWork(t *testing.T) {
	tests := []struct {
		name string
		job  func(ctx context.Context) error
		took time.Duration // from the end of the turns
		err  string
		log  string
	}{
		{"work that listens", untilStopped, 0, "", "gave up=[job"},
		{"work that needs a moment", func(ctx context.Context) error { <-ctx.Done(); time.Sleep(2 * time.Second); return nil }, 2 * time.Second, "", "gave up=[late]"},
		{"work that does not listen", func(context.Context) error { time.Sleep(time.Hour); return nil }, 5 * time.Second, "still running: job", "still running=[job"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := new(journal)
				queue := background.New(background.Config{Grace: 5 * time.Second, Logger: log.logger()})
				app := agent.New(agent.Config{Logger: discard})
				var turnEnded, lateQueued time.Time
				app.OnMessage(func(ctx context.Context, _ *agent.Turn) error {
					if err := queue.Go("job", tt.job); err != nil {
						t.Error(err)
					}
					time.Sleep(20 * time.Second) // the stop comes meanwhile
					lateQueued = time.Now()
					if err := queue.Go("late", untilStopped); err != nil {
						t.Errorf("a turn that drains cannot queue work: %v", err)
					}
					turnEnded = time.Now()
					return ctx.Err()
				})
				srv, err := server.New(app, server.Config{Logger: log.logger(), Background: queue})
				if err != nil {
					t.Fatal(err)
				}
				network := newMemory()
				transport := &http.Transport{DialContext: network.dial}
				ctx, stop := context.WithCancel(t.Context())
				served := make(chan error, 1)
				go func() { served <- srv.Serve(ctx, network) }()
				resp, err := (&http.Client{Transport: transport}).Do(inbound(t, "work", ""))
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				transport.CloseIdleConnections()
				stop()
				err = <-served
				ended := time.Now()
				if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
					t.Errorf("Serve = %v, want %q", err, tt.err)
				}
				if took := ended.Sub(turnEnded); lateQueued.IsZero() || took != tt.took {
					t.Errorf("the work had %s after the turns, want %s", took, tt.took)
				}
				if !strings.Contains(strings.ReplaceAll(log.String(), `"`, ""), tt.log) {
					t.Errorf("the log lacks %s: %s", tt.log, log)
				}
				if err := queue.Go("after", untilStopped); !errors.Is(err, background.ErrClosed) {
					t.Errorf("after the stop: %v, want ErrClosed", err)
				}
				if err := srv.Shutdown(t.Context()); tt.err == "" && err != nil { // twice is no error
					t.Errorf("Shutdown again = %v", err)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// Two turns run when the stop comes: both end, up to the grace. (case 75)
func TestStopWaitsForTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		app := agent.New(agent.Config{Logger: discard})
		app.OnMessage(func(context.Context, *agent.Turn) error { time.Sleep(50 * time.Second); ended.Add(1); return nil })
		srv, err := server.New(app, server.Config{Logger: discard})
		if err != nil {
			t.Fatal(err)
		}
		network := newMemory()
		transport := &http.Transport{DialContext: network.dial}
		client := &http.Client{Transport: transport}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- srv.Serve(ctx, network) }()
		for _, conversation := range []string{"c", "d"} {
			resp, err := client.Do(inboundIn(t, conversation, "work", ""))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		transport.CloseIdleConnections()
		begun := time.Now()
		stop()
		if err := <-served; err != nil || ended.Load() != 2 || time.Since(begun) > time.Minute {
			t.Errorf("Serve = %v after %s with %d turns ended, want both within the 60 seconds", err, time.Since(begun), ended.Load())
		}
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown after the stop = %v", err)
		}
	})
}

// A listener that fails ends the background work, too.
func TestBrokenListenerEndsBackgroundWork(t *testing.T) {
	srv, err := server.New(newEcho(), server.Config{Logger: discard})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Background().Go("job", untilStopped); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := srv.Serve(t.Context(), ln); err == nil || srv.Background().Stats().Running > 0 {
		t.Errorf("Serve = %v with %+v", err, srv.Background().Stats())
	}
}
