package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A turn that takes longer than a channel waits: the request is answered, and
// what the turn says later arrives in the same conversation. (S0-01, S0-03,
// S0-04, S0-06, S2-43)
func TestLongTurn(t *testing.T) {
	w := newWorld(t)
	work := make(chan struct{})
	ended := make(chan error, 1)
	app := agent.New(agent.Config{Logger: discard})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		err := t.SendText(ctx, "On it")
		<-work
		err = errors.Join(err, ctx.Err(), t.SendText(ctx, "Here it is"))
		ended <- err
		return err
	})
	srv := serve(t, app, config(t, w.settings()))

	begun := time.Now()
	srv.post(t, w.message("report", nil), bearer(t)).want(t, http.StatusAccepted)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the acknowledgement took %s; channels give up after 15 seconds, and the agent promises 1", took)
	}
	first := w.channel.next(t)
	if n := len(w.channel.all()); n != 1 {
		t.Errorf("%d messages came before the work was done, want 1", n)
	}
	close(work)
	second := w.channel.next(t)
	for i, r := range []request{first, second} {
		a := r.activity(t)
		if want := []string{"On it", "Here it is"}[i]; a.Text != want {
			t.Errorf("message %d is %q, want %q", i+1, a.Text, want)
		}
		if want := "POST /v3/conversations/conv-1/activities/in-1"; r.String() != want || a.Conversation.ID != "conv-1" || a.ReplyToID != "in-1" {
			t.Errorf("message %d went to %s, conversation %q, in reply to %q", i+1, r, a.Conversation.ID, a.ReplyToID)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("the turn ended with %v", err)
	}
}

// The agent speaks with nothing to answer. (S0-02)
func TestSpeakFirst(t *testing.T) {
	w := newWorld(t)
	known := make(chan activity.Conversation, 1)
	app := agent.New(agent.Config{Logger: discard})
	app.OnMessage(func(_ context.Context, t *agent.Turn) error {
		known <- t.Conversation()
		return nil
	})
	srv := serve(t, app, config(t, w.settings()))
	srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
	w.channel.wantUntouched(t, "channel")

	id, err := srv.Adapter().Send(t.Context(), <-known, activity.Message("Your report is ready!"))
	if err != nil {
		t.Fatal(err)
	}
	r := w.channel.next(t)
	a := r.activity(t)
	if a.Text != "Your report is ready!" || !a.Is(activity.TypeMessage) || a.Conversation.ID != "conv-1" || a.Recipient.ID != "29:ann" || a.From.ID != "28:"+clientID {
		t.Errorf("sent %s", r.Body)
	}
	if id != "given-1" || len(w.channel.all()) != 1 {
		t.Errorf("id %q after %d requests, want the channel's id after one", id, len(w.channel.all()))
	}
}

// The inbound activity and the answer are two exchanges, whose order is open:
// usually one is inside the other. (S2-41, S2-42)
func TestTwoExchanges(t *testing.T) {
	t.Run("the channel takes the answer first", func(t *testing.T) {
		w := newWorld(t)
		srv := serve(t, newEcho(), config(t, w.settings()))
		got := srv.post(t, w.message("hello", nil), bearer(t))
		got.want(t, http.StatusOK)
		if got.body != "" {
			t.Errorf("the acknowledgement says %q, want nothing", got.body)
		}
		if r := w.channel.next(t); r.Header.Get("Authorization") != "Bearer token-1" || r.activity(t).Text != "Echo: hello" {
			t.Errorf("sent %s with %q", r.Body, r.Header.Get("Authorization"))
		}
	})
	t.Run("the channel takes it after the acknowledgement", func(t *testing.T) {
		w := newWorld(t)
		acknowledged := make(chan struct{})
		w.channel.answer = func(int, request) (int, string) {
			<-acknowledged
			return http.StatusCreated, `{"id":"late"}`
		}
		sent := make(chan string, 1)
		app := agent.New(agent.Config{Logger: discard})
		app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
			id, err := t.Send(ctx, activity.Message("Echo: "+t.Activity.Text))
			sent <- id
			return err
		})
		srv := serve(t, app, config(t, w.settings()))
		srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusAccepted)
		close(acknowledged)
		if id := <-sent; id != "late" {
			t.Errorf("the id is %q, want the channel's", id)
		}
	})
	for _, status := range []int{200, 201, 202} {
		t.Run("the channel acknowledges with "+http.StatusText(status), func(t *testing.T) {
			w := newWorld(t)
			w.channel.answer = func(int, request) (int, string) { return status, "" }
			srv := serve(t, newEcho(), config(t, w.settings()))
			srv.post(t, w.message("hello", nil), bearer(t)).want(t, http.StatusOK)
			if n := len(w.channel.all()); n != 1 {
				t.Errorf("sent %d times, want once", n)
			}
		})
	}
}

// What is sent in a turn is addressed as an answer, whatever it is. (S2-30, S2-31)
func TestAnswersAreAddressed(t *testing.T) {
	w := newWorld(t)
	app := agent.New(agent.Config{Logger: discard})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		event, err := activity.Event("refresh", map[string]int{"n": 1})
		if err != nil {
			return err
		}
		_, errEvent := t.Send(ctx, event)
		errTyping := t.Typing(ctx)
		id, errSend := t.Send(ctx, activity.Message("one"))
		edited := activity.Message("two")
		edited.ID = id
		errUpdate := t.Update(ctx, edited)
		errDelete := t.Delete(ctx, id)
		_, errEnd := t.Send(ctx, &activity.Activity{Type: activity.TypeEndOfConversation})
		return errors.Join(errEvent, errTyping, errSend, errUpdate, errDelete, errEnd)
	})
	app.OnInvoke("sum", func(ctx context.Context, t *agent.Turn) error {
		return errors.Join(t.SendText(ctx, "on the side"), t.Respond(http.StatusAccepted, map[string]int{"sum": 3}))
	})
	srv := serve(t, app, config(t, w.settings()))
	srv.post(t, w.message("go", nil), bearer(t)).want(t, http.StatusOK)
	invoked := srv.post(t, w.message("", map[string]any{"type": "invoke", "name": "sum", "id": "in-2"}), bearer(t))
	if invoked.StatusCode != http.StatusAccepted || invoked.body != `{"sum":3}` {
		t.Errorf("the invoke is answered %d %s", invoked.StatusCode, invoked.body)
	}
	const path = "/v3/conversations/conv-1/activities/"
	want := []string{"POST " + path + "in-1 event", "POST " + path + "in-1 typing", "POST " + path + "in-1 message",
		"PUT " + path + "given-3 message", "DELETE " + path + "given-3", "POST " + path + "in-1 endOfConversation",
		"POST " + path + "in-2 message"}
	var got []string
	for _, r := range w.channel.all() {
		line := r.String()
		if len(r.Body) > 0 {
			a := r.activity(t)
			line += " " + string(a.Type)
			if a.From.ID != "28:"+clientID || a.Recipient.ID != "29:ann" || a.Conversation.ID != "conv-1" || a.ChannelID != "msteams" {
				t.Errorf("%s is addressed %s", line, r.Body)
			}
		}
		if r.Header.Get("Authorization") != "Bearer token-1" {
			t.Errorf("%s carries %q", line, r.Header.Get("Authorization"))
		}
		got = append(got, line)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A failed turn: the hook runs, the user hears something neutral, the caller
// learns nothing of the cause. (S2-32, DESIGN 4.2)
func TestFailedTurn(t *testing.T) {
	w := newWorld(t)
	log := new(journal)
	app := agent.New(agent.Config{Logger: log.logger()})
	app.OnText("fail", func(context.Context, *agent.Turn) error { return errors.New("the database at 10.0.0.7 is gone") })
	app.OnText("panic", func(context.Context, *agent.Turn) error { panic("out of paper") })
	srv := serve(t, app, config(t, w.settings()))
	for _, text := range []string{"fail", "panic"} {
		got := srv.post(t, w.message(text, nil), bearer(t))
		got.want(t, http.StatusInternalServerError)
		said := w.channel.next(t).activity(t).Text
		for _, inner := range []string{"10.0.0.7", "out of paper", "goroutine"} {
			if strings.Contains(got.body+said, inner) {
				t.Errorf("%s: the caller is told %q and the user %q", text, got.body, said)
			}
		}
		if said == "" {
			t.Errorf("%s: the user is told nothing", text)
		}
	}
	for _, cause := range []string{"the database at 10.0.0.7 is gone", "out of paper"} {
		if !strings.Contains(log.String(), cause) {
			t.Errorf("the log lacks %q: %s", cause, log)
		}
	}
}
