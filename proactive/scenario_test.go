package proactive_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

// S1-004, S1-009, S1-017, S1-105, S1-110: /subscribe stores the conversation
// and says its id, by which it is known after a restart.
func TestSubscribe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "agent.db")
	w := newRig(t, proactive.Config{})
	open := func() (*proactive.Messenger, func()) {
		store, err := sqlite.Open(t.Context(), file, sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		book := proactive.NewConversations(store)
		w.app = agent.New(agent.Config{Storage: store})
		w.app.OnText("/subscribe", func(ctx context.Context, tn *agent.Turn) error {
			id, err := book.Store(ctx, tn.Conversation())
			if err != nil {
				return err
			}
			return tn.SendText(ctx, "You're subscribed! Conversation ID: "+id)
		})
		return proactive.New(agent.NewAdapter(w.app, w.client, agent.AdapterConfig{}), w.app, book, proactive.Config{}), func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	m, stop := open()
	in := message(func(a *activity.Activity) { a.ServiceURL, a.Text = w.wire.url, "/subscribe" })
	if _, err := m.Adapter().Process(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	stop()
	m, stop = open()
	defer stop()
	if _, err := m.Send(t.Context(), "conv-1", activity.Message("Your report is ready!")); err != nil {
		t.Fatal(err)
	}
	got := w.wire.all()
	if len(got) != 2 || got[0].Body["text"] != "You're subscribed! Conversation ID: conv-1" || got[1].Body["text"] != "Your report is ready!" {
		t.Errorf("said %+v", got)
	}
}

// S0-02, S1-002, S1-019, S1-020, S1-108, S3-01: a webhook, a job that ends, a
// timer and a notification each send one message, outside of any turn.
func TestFromOutsideOfAnyTurn(t *testing.T) {
	tests := map[string]func(t *testing.T, r *rig){
		"an event from outside": func(t *testing.T, r *rig) {
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if _, err := r.Send(req.Context(), req.FormValue("id"), activity.Message("hello")); err != nil {
					w.WriteHeader(500)
				}
			}))
			defer hook.Close()
			resp, err := http.Post(hook.URL+"?id=a:1", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Errorf("the hook answers %d", resp.StatusCode)
			}
		},
		"the result of a job": func(t *testing.T, r *rig) {
			var job sync.WaitGroup
			job.Go(func() {
				if _, err := r.Send(t.Context(), "a:1", activity.Message("hello")); err != nil {
					t.Error(err)
				}
			})
			job.Wait()
		},
		"a reminder": func(t *testing.T, r *rig) {
			ticker := time.NewTicker(time.Millisecond)
			defer ticker.Stop()
			<-ticker.C
			if err := r.Continue(t.Context(), "a:1", say("hello")); err != nil {
				t.Error(err)
			}
		},
		"a notification": func(t *testing.T, r *rig) {
			for e, err := range r.book.ByUser(t.Context(), "msteams", "AAD-Ada") {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.SendTo(t.Context(), e.Conversation, activity.Message("hello")); err != nil {
					t.Error(err)
				}
			}
		},
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, proactive.Config{})
			r.known(t, "a:1")
			run(t, r)
			if got := r.wire.all(); len(got) != 1 || got[0].Body["text"] != "hello" {
				t.Errorf("the channel got %+v, want one message", got)
			}
		})
	}
}

// S1-051, S1-054: what a turn leaves behind works when it is over; the turn
// itself says that it is.
func TestAfterTheTurn(t *testing.T) {
	r := newRig(t, proactive.Config{})
	var turn *agent.Turn
	var conv activity.Conversation
	r.app.OnMessage(func(_ context.Context, tn *agent.Turn) error {
		turn, conv = tn, tn.Conversation()
		return nil
	})
	if _, err := r.Adapter().Process(t.Context(), message(func(a *activity.Activity) { a.ServiceURL = r.wire.url })); err != nil {
		t.Fatal(err)
	}
	if err := turn.SendText(t.Context(), "too late"); !errors.Is(err, agent.ErrTurnEnded) {
		t.Errorf("SendText = %v", err)
	}
	if _, err := r.SendTo(t.Context(), conv, activity.Message("in time")); err != nil {
		t.Error(err)
	}
	var texts []any
	for _, a := range r.wire.all() {
		texts = append(texts, a.Body["text"])
	}
	if !slices.Equal(texts, []any{"in time"}) {
		t.Errorf("said %v", texts)
	}
}
