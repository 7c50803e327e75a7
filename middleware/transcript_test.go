package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/middleware"
)

// A book is a TranscriptLogger that remembers.
type book struct {
	mu    sync.Mutex
	lines []string
	last  *activity.Activity
	err   error
}

func (b *book) Log(ctx context.Context, a *activity.Activity) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fmt.Sprintf("%s %s %s: %s", a.From.ID, a.Type, a.ID, a.Text))
	b.last = a
	return errors.Join(b.err, ctx.Err())
}

func (b *book) want(t *testing.T, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, b.lines); diff != "" {
		t.Errorf("the transcript differs (-want +got):\n%s", diff)
	}
}

func TestTranscript(t *testing.T) {
	app, b := agent.New(agent.Config{Logger: quiet}), new(book)
	middleware.Transcript(b).Install(app)
	app.OnText("edit", func(ctx context.Context, t *agent.Turn) error {
		id, err := t.Send(ctx, activity.Message("Helo"))
		if err != nil {
			return err
		}
		fixed := activity.Message("Hello")
		fixed.ID = id
		return errors.Join(t.Update(ctx, fixed), t.Delete(ctx, id))
	})
	app.OnText("fail", func(ctx context.Context, t *agent.Turn) error {
		return errors.Join(t.SendText(ctx, "so far"), errors.New("broken"))
	})
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "ok") })
	c := agenttest.Start(t, app)

	t.Run("what arrives, is sent, edited and deleted", func(t *testing.T) {
		c.SendText("edit")
		b.want(t, "user message received-1: edit", "agent message sent-1: Helo",
			"agent messageUpdate sent-1: Hello", "agent messageDelete sent-1: ")
	})
	t.Run("S2-37: all activities have an address, a time and a role", func(t *testing.T) {
		if a := b.last; a.Conversation.ID != "conversation" || a.ChannelID != "test" || a.Timestamp == "" {
			t.Errorf("deletion logged as %+v", a)
		}
		in := &activity.Activity{Text: "x", From: activity.ChannelAccount{ID: "eve"}}
		app, b := agent.New(agent.Config{Logger: quiet}), new(book)
		middleware.Transcript(b).Install(app)
		agenttest.Start(t, app).Send(in)
		if b.last.From.Role != activity.RoleUser {
			t.Errorf("role = %q, want user", b.last.From.Role)
		}
	})
	t.Run("trap 24: all of a turn that fails, with the apology", func(t *testing.T) {
		b.lines = nil
		c.Process(t.Context(), activity.Message("fail"))
		b.want(t, "user message received-2: fail", "agent message sent-2: so far",
			"agent message sent-3: Sorry, something went wrong. Please try again.")
	})
	t.Run("proactive messages, not what starts their turns", func(t *testing.T) {
		b.lines = nil
		c.Adapter().Send(t.Context(), c.Conversation(), activity.Message("psst"))
		c.Adapter().Continue(t.Context(), c.Conversation(), func(ctx context.Context, t *agent.Turn) error {
			return t.SendText(ctx, "hey")
		})
		b.want(t, "agent message sent-4: psst", "agent message sent-5: hey")
	})
	t.Run("not what the channel refused", func(t *testing.T) {
		b.lines = nil
		c.Connector().Fail(agenttest.Fault{Times: -1, Err: activity.ErrForbidden})
		c.Process(t.Context(), activity.Message("hello"))
		c.Connector().Heal()
		b.want(t, "user message received-3: hello")
	})
	t.Run("an id for what the channel gave none", func(t *testing.T) {
		a := activity.Message("hello")
		a.DeliveryMode = activity.DeliverExpectReplies
		c.Send(a)
		if id, found := strings.CutPrefix(b.last.ID, "g_"); !found || len(id) != 36 {
			t.Errorf("id = %q, want g_ and a uuid", b.last.ID)
		}
	})
	t.Run("also when the turn was cancelled", func(t *testing.T) {
		b.lines = nil
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c.Process(ctx, activity.Message("late"))
		if b.err = nil; len(b.lines) == 0 || !strings.HasSuffix(b.lines[0], ": late") {
			t.Errorf("transcript = %q", b.lines)
		}
	})
}

// What is logged is a copy: handlers may change the activity, loggers too.
func TestTranscriptCopies(t *testing.T) {
	app, b := agent.New(agent.Config{}), new(book)
	middleware.Transcript(b).Install(app)
	app.OnMessage(func(_ context.Context, t *agent.Turn) error {
		t.Activity.Text = "changed"
		t.Activity.Entities[0][2] = 'X'
		return nil
	})
	a := activity.Message("original")
	if err := a.AddEntity(map[string]string{"type": "x"}); err != nil {
		t.Fatal(err)
	}
	agenttest.Start(t, app).Send(a)
	if b.last.Text != "original" || string(b.last.Entities[0]) != `{"type":"x"}` {
		t.Errorf("logged %q with %s", b.last.Text, b.last.Entities[0])
	}
}

func TestTranscriptLoggerFails(t *testing.T) {
	var log bytes.Buffer
	app := agent.New(agent.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	middleware.Transcript(&book{err: errors.New("disk full")}).Install(app)
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "secret answer") })
	agenttest.WantTexts(t, agenttest.Start(t, app).SendText("secret question"), "secret answer")
	if got := log.String(); strings.Count(got, "disk full") != 2 || strings.Contains(got, "secret") {
		t.Errorf("log:\n%s\nwant two lines about the disk and nothing that was said", got)
	}
}

// The innermost of two hooks logs what the outer one made of it; what a hook
// swallowed is not logged. (trap 14, trap 18, S2-37)
func TestTranscriptAmongOtherHooks(t *testing.T) {
	app, b := agent.New(agent.Config{}), new(book)
	app.UseSend(func(next agent.SendHandler) agent.SendHandler {
		return func(ctx context.Context, t *agent.Turn, out *agent.Outgoing) error {
			if out.Activity.Text == "swallow" {
				return nil
			}
			out.Activity.Text = strings.ToUpper(out.Activity.Text)
			return next(ctx, t, out)
		}
	})
	middleware.Transcript(b).Install(app)
	app.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
		id, err := tn.Send(ctx, activity.Message("swallow"))
		if id != "" || err != nil || tn.Responded() {
			t.Errorf("a swallowed message has id %q, error %v, responded %v", id, err, tn.Responded())
		}
		return tn.SendText(ctx, "loud")
	})
	agenttest.WantTexts(t, agenttest.Start(t, app).SendText("go"), "LOUD")
	b.want(t, "user message received-1: go", "agent message sent-1: LOUD")
}

func TestTranscriptDir(t *testing.T) {
	parent := t.TempDir()
	dir := middleware.TranscriptDir(filepath.Join(parent, "transcripts"))
	ids := []string{"../../etc/passwd", "..", "", "a/b", "a:b", `a\b`, "a\x00b", "A b", strings.Repeat("19:meeting_", 100), "Ä", "con"}
	for _, channel := range []string{"../", "test", "msteams:COPILOT"} {
		for _, id := range ids {
			a := activity.Message("line one\nline two")
			a.ChannelID, a.Conversation.ID = channel, id
			for range 2 {
				if err := dir.Log(t.Context(), a); err != nil {
					t.Fatalf("channel %q, conversation %.20q: %v", channel, id, err)
				}
			}
			data, err := os.ReadFile(dir.File(channel, id))
			if err != nil || bytes.Count(data, []byte("\n")) != 2 {
				t.Errorf("channel %q, conversation %.20q: %q, %v; want two lines", channel, id, data, err)
			}
		}
	}
	files, err := os.ReadDir(string(dir))
	if err != nil || len(files) != 3*len(ids) {
		t.Errorf("%d files, want %d: one for each conversation (%v)", len(files), 3*len(ids), err)
	}
	if outside, _ := os.ReadDir(parent); len(outside) != 1 {
		t.Errorf("files outside of the directory: %v", outside)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v, want it private (%v)", f.Name(), info.Mode(), err)
		}
	}
}

func TestTranscriptDirFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := middleware.TranscriptDir(file).Log(t.Context(), activity.Message("x")); err == nil {
		t.Error("a file in the place of the directory is no error")
	}
}
