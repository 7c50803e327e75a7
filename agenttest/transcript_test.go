package agenttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
)

func TestTranscripts(t *testing.T) {
	agenttest.RunTranscripts(t, "testdata/*.txtar", newShowcase)
}

// newShowcase is an agent that does a bit of everything.
func newShowcase(t *testing.T) *agent.App {
	app := agent.New(agent.Config{Logger: quiet})
	app.OnMembersAdded(func(ctx context.Context, t *agent.Turn, _ []activity.ChannelAccount) error {
		return t.SendText(ctx, "Welcome!")
	})
	app.OnReactionsAdded(func(ctx context.Context, t *agent.Turn, rs []activity.MessageReaction) error {
		return t.SendText(ctx, "You "+rs[0].Type+" "+t.Activity.ReplyToID)
	})
	app.OnInstall(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "Installed.") })
	app.OnText("card", func(ctx context.Context, t *agent.Turn) error {
		a := activity.Message("Look:")
		a.Attachments = []activity.Attachment{{ContentType: "application/x.card", Content: json.RawMessage(`{"title":"Hi"}`)}}
		_, err := t.Send(ctx, a)
		return err
	})
	app.OnText("choose", func(ctx context.Context, t *agent.Turn) error {
		a := activity.Message("Which?")
		a.SuggestedActions = &activity.SuggestedActions{Actions: []activity.CardAction{{Title: "Red"}, {Title: "Blue"}}}
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
		return errors.Join(t.Update(ctx, fixed), t.Delete(ctx, id))
	})
	var later sync.WaitGroup
	t.Cleanup(later.Wait)
	app.OnText("remind me", func(ctx context.Context, t *agent.Turn) error {
		ad, to := t.Adapter(), t.Conversation()
		ctx = context.WithoutCancel(ctx)
		later.Go(func() {
			for range 2 {
				<-time.After(time.Second)
				ad.Send(ctx, to, activity.Message("Ding."))
			}
		})
		return t.SendText(ctx, "I will.")
	})
	app.OnText("fail", func(context.Context, *agent.Turn) error { return errors.New("out of paper") })
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
		if err := t.Typing(ctx); err != nil {
			return err
		}
		return t.SendText(ctx, "You said: "+t.Activity.Text)
	})
	app.OnEvent("ping", func(ctx context.Context, t *agent.Turn) error {
		_, err := t.Send(ctx, &activity.Activity{Type: activity.TypeEvent, Name: "pong", Value: t.Activity.Value})
		return err
	})
	app.OnEvent("raw", func(ctx context.Context, t *agent.Turn) error {
		_, err := t.Send(ctx, &activity.Activity{Type: activity.TypeMessage, Text: "Now!", Importance: "high"})
		return err
	})
	agent.OnInvoke(app, "sum", func(_ context.Context, _ *agent.Turn, ns []int) (sum int, _ error) {
		for _, n := range ns {
			sum += n
		}
		return sum, nil
	})
	return app
}

// A transcript that is wrong must fail: this test runs the test binary on bad
// ones and reads what it says.
func TestTranscriptFailures(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"another answer", "about\n-- a --\nuser: hello\nbot typing\nbot: You said: bye\n",
			"bad.txtar:5: the agent did something else\nwritten:\nuser: hello\nbot typing\n>   bot: You said: bye\n\n" +
				"happened:\nuser: hello\nbot typing\n>   bot: You said: hello\n\n(-update writes down what happened)"},
		{"a missing answer", "-- a --\nuser: hello\nbot typing\n", "bad.txtar:4: the agent did something else"},
		{"an answer too many", "-- a --\nuser leaves\nbot: Bye!\n", "bad.txtar:3: the agent did something else"},
		{"an unknown line", "-- a --\n\nuser dances\n", `bad.txtar:3: "user dances" is not a line of a transcript`},
		{"no JSON", "-- a --\nuser event ping {\n", `bad.txtar:2: the value of event "ping" is not JSON`},
		{"a bad duration", "-- a --\nwait long\n", `bad.txtar:2: wait needs a duration such as 1.5s`},
		{"nothing comes", "-- a --\nuser: hello\nbot typing\nbot: You said: hello\ntime passes\n", `bad.txtar:5: the agent said nothing in 720h0m0s`},
		{"no conversation", "just words\n", "bad.txtar: no conversation; begin one with a line -- name --"},
		{"no file", "", "no transcripts at"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := runScript(t, tt.script)
			if err == nil {
				t.Fatal("the transcript passed")
			}
			if !strings.Contains(unindent(out), tt.want) {
				t.Errorf("output\n%s\nlacks\n%s", out, tt.want)
			}
		})
	}
}

// unindent takes away what the testing package puts in front of lines.
func unindent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

func TestTranscriptUpdate(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.txtar")
	if err := os.WriteFile(file, []byte("About.\n-- a --\n# said\nuser: hello\nbot: wrong\n\n-- b --\nuser: a\n  b\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := runDir(t, dir, "-update"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "About.\n-- a --\n# said\nuser: hello\nbot typing\nbot: You said: hello\n\n-- b --\nuser: a\n  b\nbot typing\nbot: You said: a\n  b\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// runScript runs a transcript in a process of its own, since it should fail.
func runScript(t *testing.T, script string) (string, error) {
	dir := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "bad.txtar"), []byte(script), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return runDir(t, dir)
}

func runDir(t *testing.T, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.run=^TestTranscriptsIn$"}, args...)...)
	cmd.Env = append(os.Environ(), "AGENTTEST_DIR="+dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestTranscriptsIn is the body of the processes that runDir starts.
func TestTranscriptsIn(t *testing.T) {
	if dir := os.Getenv("AGENTTEST_DIR"); dir != "" {
		agenttest.RunTranscripts(t, filepath.Join(dir, "*.txtar"), newShowcase)
	}
}
