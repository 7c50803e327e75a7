package middleware_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/middleware"
	"github.com/outspoken-go/outspoken/storage"
)

// counted is an agent that deduplicates in store and counts its turns.
func counted(store storage.Store, window time.Duration) (app *agent.App, turns *int) {
	turns = new(int)
	app = agent.New(agent.Config{Logger: quiet})
	app.Use(middleware.Deduplicate(store, window))
	app.OnFallback(func(context.Context, *agent.Turn) error { *turns++; return nil })
	return app, turns
}

func TestDeduplicateWhatIsTheSame(t *testing.T) {
	message := activity.Activity{Type: activity.TypeMessage, ID: "1", Text: "hi"}
	with := func(change func(*activity.Activity)) *activity.Activity {
		a := message.Clone()
		change(a)
		return a
	}
	tests := []struct {
		name   string
		again  *activity.Activity
		before *activity.Activity // default: the message
		want   int                // turns
	}{
		{"the same again", &message, nil, 1},
		{"the same with another time", with(func(a *activity.Activity) { a.Timestamp = "2020-01-01T00:00:00Z" }), nil, 1},
		{"another id", with(func(a *activity.Activity) { a.ID = "2" }), nil, 2},
		{"another conversation", with(func(a *activity.Activity) { a.Conversation.ID = "b" }), nil, 2},
		{"another channel", with(func(a *activity.Activity) { a.ChannelID = "msteams" }), nil, 2},
		{"another type", with(func(a *activity.Activity) { a.Type = activity.TypeMessageReaction }), nil, 2},
		{"an edit of the same message", with(func(a *activity.Activity) { a.Type = activity.TypeMessageUpdate }),
			with(func(a *activity.Activity) { a.Type = activity.TypeMessageUpdate }), 2},
		{"an invoke", with(func(a *activity.Activity) { a.Type, a.Name = activity.TypeInvoke, "x" }),
			with(func(a *activity.Activity) { a.Type, a.Name = activity.TypeInvoke, "x" }), 2},
		{"expected replies", with(func(a *activity.Activity) { a.DeliveryMode = activity.DeliverExpectReplies }), nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, turns := counted(nil, 0)
			c := agenttest.Start(t, app)
			if tt.before == nil {
				tt.before = &message
			}
			c.Send(tt.before)
			c.Send(tt.again)
			if *turns != tt.want {
				t.Errorf("%d turns, want %d", *turns, tt.want)
			}
		})
	}
}

func TestDeduplicateProactiveTurnsRun(t *testing.T) {
	app, _ := counted(nil, 0)
	c := agenttest.Start(t, app)
	to := c.Conversation()
	to.Reference.ActivityID = "1" // as taken from a message
	runs := 0
	for range 2 {
		if err := c.Adapter().Continue(t.Context(), to, func(context.Context, *agent.Turn) error { runs++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if runs != 2 {
		t.Errorf("%d turns, want 2", runs)
	}
}

func TestDeduplicateWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, turns := counted(nil, time.Minute)
		c, a := agenttest.Start(t, app), &activity.Activity{ID: "1"}
		c.Send(a)
		<-time.After(59 * time.Second)
		c.Send(a)
		if *turns != 1 {
			t.Errorf("%d turns within the window, want 1", *turns)
		}
		<-time.After(2 * time.Second)
		c.Send(a)
		if *turns != 2 {
			t.Errorf("%d turns after the window, want 2", *turns)
		}
	})
}

func TestDeduplicateAcrossProcesses(t *testing.T) {
	store := storage.NewMemory()
	a := &activity.Activity{ID: "1"}
	first, turns1 := counted(store, 0)
	second, turns2 := counted(store, 0)
	agenttest.Start(t, first).Send(a)
	agenttest.Start(t, second).Send(a)
	if *turns1+*turns2 != 1 {
		t.Errorf("%d and %d turns, want one in all", *turns1, *turns2)
	}
}

func TestDeduplicateFailedTurnsMayBeTriedAgain(t *testing.T) {
	app := agent.New(agent.Config{Logger: quiet})
	app.Use(middleware.Deduplicate(app.Storage(), 0))
	failures := []func() error{
		func() error { return errors.New("broken") },
		func() error { panic("broken") },
		func() error { return nil },
	}
	turns := 0
	app.OnMessage(func(context.Context, *agent.Turn) error {
		turns++
		return failures[turns-1]()
	})
	c := agenttest.Start(t, app)
	for i, wantErr := range []bool{true, true, false, false} {
		_, _, err := c.Process(t.Context(), &activity.Activity{ID: "1"})
		if (err != nil) != wantErr {
			t.Errorf("attempt %d: error %v, want one: %v", i+1, err, wantErr)
		}
	}
	if turns != 3 {
		t.Errorf("%d turns, want 3: two that failed and one", turns)
	}
}

// The second caller does not wait for the first, nor run.
func TestDeduplicateInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := agent.New(agent.Config{Logger: quiet})
		app.Use(middleware.Deduplicate(nil, 0))
		turns := 0
		app.OnMessage(func(context.Context, *agent.Turn) error {
			turns++
			<-time.After(time.Minute)
			return nil
		})
		cfg := agenttest.Config{Adapter: agent.AdapterConfig{Concurrent: true}}
		c, a := agenttest.NewChannel(t, app, cfg).Conversation("a"), &activity.Activity{ID: "1"}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Send(a)
		}()
		synctest.Wait()
		start := time.Now()
		c.Send(a)
		if took := time.Since(start); took != 0 || turns != 1 {
			t.Errorf("the duplicate took %s; %d turns, want 1", took, turns)
		}
		<-done
	})
}

func TestDeduplicateStoreFails(t *testing.T) {
	app, turns := counted(brokenStore{}, 0)
	_, _, err := agenttest.Start(t, app).Process(t.Context(), &activity.Activity{ID: "1"})
	if !errors.Is(err, storage.ErrClosed) || *turns != 0 {
		t.Errorf("error = %v after %d turns, want storage.ErrClosed and none", err, *turns)
	}
}

type brokenStore struct{ storage.Store }

func (brokenStore) Write(context.Context, map[string]storage.Item) (map[string]string, error) {
	return nil, storage.ErrClosed
}
