package playground_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/playground"
	"github.com/outspoken-go/outspoken/server"
)

// newAgent makes the agent of these tests.
func newAgent() *agent.App {
	app := agent.New(agent.Config{Logger: slog.New(slog.DiscardHandler)})
	app.OnText("choose", func(ctx context.Context, t *agent.Turn) error {
		a := activity.Message("Which?")
		a.SuggestedActions = &activity.SuggestedActions{Actions: []activity.CardAction{{Title: "Red"}, {Title: "Green"}, {Title: "Blue"}, {Title: "Grey"}}}
		_, err := t.Send(ctx, a)
		return err
	})
	app.OnText("oops", func(ctx context.Context, t *agent.Turn) error {
		id, err := t.Send(ctx, activity.Message("Helo"))
		if err != nil {
			return err
		}
		fixed := activity.Message("Hello")
		fixed.ID = id
		if err := t.Update(ctx, fixed); err != nil {
			return err
		}
		return t.Delete(ctx, id)
	})
	app.OnText("stream", func(ctx context.Context, t *agent.Turn) error {
		s := t.Stream(ctx)
		if err := s.Informative("Thinking"); err != nil {
			return err
		}
		if _, err := s.WriteString("All of it"); err != nil {
			return err
		}
		if err := s.Flush(); err != nil {
			return err
		}
		_, err := s.End()
		return err
	})
	app.OnText("card", func(ctx context.Context, t *agent.Turn) error {
		a := activity.Message("")
		a.Attachments = []activity.Attachment{{ContentType: "application/x.card", Content: json.RawMessage(`{"b": 1, "a": [1.0]}`)}}
		_, err := t.Send(ctx, a)
		return err
	})
	app.OnMembersAdded(func(ctx context.Context, t *agent.Turn, added []activity.ChannelAccount) error {
		for _, m := range added {
			if err := t.SendText(ctx, "Welcome "+m.Name); err != nil {
				return err
			}
		}
		return nil
	})
	app.OnReactionsAdded(func(ctx context.Context, t *agent.Turn, _ []activity.MessageReaction) error {
		return t.SendText(ctx, "You like "+t.Activity.ReplyToID)
	})
	agent.OnInvoke(app, "sum", func(_ context.Context, _ *agent.Turn, n []int) (int, error) { return n[0] + n[1], nil })
	app.OnEvent("ping", func(ctx context.Context, t *agent.Turn) error {
		_, err := t.Send(ctx, &activity.Activity{Type: activity.TypeEvent, Name: "pong", Value: t.Activity.Value})
		return err
	})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		if err := t.Typing(ctx); err != nil {
			return err
		}
		return t.SendText(ctx, "You said: "+t.Activity.Text)
	})
	return app
}

// A fixture is an agent, a local channel and a playground on one server.
type fixture struct {
	t   testing.TB
	url string
}

func serve(t testing.TB) *fixture {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	srv, err := server.New(newAgent(), server.Config{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(nil)
	base := "http://" + ts.Listener.Addr().String()
	rec := playground.NewRecorder()
	channel, err := localchannel.New(t.Context(), localchannel.Config{
		Agent: base + "/api/messages", BaseURL: base, Logger: logger, Watch: rec.Watch,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.UseLocalChannel(channel)
	srv.Handle("/playground/api/", playground.New(channel, rec, playground.Config{Agent: base + "/api/messages"}).Handler())
	ts.Config.Handler = srv.Handler()
	ts.Start()
	t.Cleanup(func() {
		rec.Close()
		channel.Close()
		ts.Close()
	})
	return &fixture{t, base}
}

// call asks a route of the playground; body and headers may be missing.
func (f *fixture) call(method, path, body string, header ...string) (int, []byte, http.Header) {
	f.t.Helper()
	req, err := http.NewRequest(method, f.url+"/playground/api"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		f.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.StatusCode, answer, resp.Header
}

// want is call for an answer whose status is known; it is decoded into out.
func (f *fixture) want(status int, method, path, body string, out any) {
	f.t.Helper()
	got, answer, _ := f.call(method, path, body)
	if got != status {
		f.t.Fatalf("%s %s answers %d %s, want %d", method, path, got, answer, status)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			f.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

// post is a call of the agent's, from outside of the process.
func (f *fixture) post(path, body string) {
	f.t.Helper()
	resp, err := http.Post(f.url+path, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		f.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		f.t.Fatalf("POST %s answers %d", path, resp.StatusCode)
	}
}

// start begins a conversation.
func (f *fixture) start(body string) localchannel.Info {
	f.t.Helper()
	var info localchannel.Info
	f.want(http.StatusCreated, "POST", "/conversations", body, &info)
	return info
}

func at(info localchannel.Info) string { return "/conversations/" + url.PathEscape(info.ID) }

func (f *fixture) say(info localchannel.Info, text string) {
	f.t.Helper()
	body, err := json.Marshal(map[string]string{"type": "message", "text": text})
	if err != nil {
		f.t.Fatal(err)
	}
	f.want(http.StatusOK, "POST", at(info)+"/activities", string(body), nil)
}

// recorded returns the exchanges of a conversation, once done says so.
func (f *fixture) recorded(info localchannel.Info, what string, done func([]playground.Record) bool) []playground.Record {
	f.t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		var page struct{ Exchanges []playground.Record }
		f.want(http.StatusOK, "GET", "/exchanges?conversation="+url.QueryEscape(info.ID), "", &page)
		if done(page.Exchanges) {
			return page.Exchanges
		}
		select {
		case <-tick.C:
		case <-deadline:
			f.t.Fatalf("waited in vain until %s; recorded: %+v", what, page.Exchanges)
		}
	}
}

// find returns the first exchange with an activity of this type, and text.
func find(records []playground.Record, toAgent bool, typ activity.Type, text string) *playground.Record {
	for i, rec := range records {
		a, err := activity.Decode(rec.Activity)
		if err == nil && rec.ToAgent == toAgent && a.Is(typ) && a.Text == text {
			return &records[i]
		}
	}
	return nil
}
