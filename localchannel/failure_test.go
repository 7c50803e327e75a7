package localchannel_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// hangUp closes the connection without an answer.
func hangUp(http.ResponseWriter, *http.Request, *activity.Activity) { panic(http.ErrAbortHandler) }

// The error of a client says why the agent failed and what to do, unless
// strangers may read it. The log says it always.
func TestWhyTheAgentFailed(t *testing.T) {
	const begins = "Failed to send activity: bot returned an error"
	tests := []struct {
		name       string
		answer     func(http.ResponseWriter, *http.Request, *activity.Activity)
		down, keys bool
		want       string // HOST is the agent's
		strangers  string // after the beginning
	}{
		{name: "down", down: true, want: "the agent cannot be reached at HOST (connection refused): start it, or check --agent"},
		{name: "401", answer: status(401), want: "the agent answered 401: it wants credentials; see --client-id, or start", strangers: ": it answered 401"},
		{name: "403", answer: status(403), want: "the agent answered 403: it wants credentials", strangers: ": it answered 403"},
		{name: "401 to a token", answer: status(401), keys: true, want: "the agent answered 401: it does not take the channel's token; check --client-id", strangers: ": it answered 401"},
		{name: "404", answer: status(404), want: "the agent answered 404: check the path of --agent", strangers: ": it answered 404"},
		{name: "405", answer: status(405), want: "the agent answered 405: check the path of --agent", strangers: ": it answered 405"},
		{name: "500", answer: says(500, "the reason"), want: "the agent answered 500: see the agent's own log", strangers: ": it answered 500"},
		{name: "307", answer: status(307), want: "the agent answered 307, and redirects are not followed: give --agent the address", strangers: ": it answered 307, and redirects are not followed"},
		{name: "hangs up", answer: hangUp, want: "the agent at HOST closed the connection"},
		{name: "no HTTP", answer: notHTTP, want: "what answers at HOST does not speak HTTP: check --agent"},
	}
	for _, tt := range tests {
		for _, secret := range []string{"", "of the test"} {
			t.Run(tt.name+secret, func(t *testing.T) {
				var log bytes.Buffer
				f := serve(t, func(cfg *localchannel.Config) {
					cfg.Secret, cfg.Logger = secret, slog.New(slog.NewTextHandler(&log, nil))
					cfg.Agent += "/?key=s3cret"
					if tt.keys {
						cfg.Token = func(context.Context, string) (string, error) { return "Bearer x", nil }
					}
				})
				host := f.agent.Listener.Addr().String()
				f.agent.setAnswer(tt.answer)
				if tt.down {
					f.agent.Close()
				}
				conv := f.begin(localchannel.Start{Members: anna})
				_, err := f.channel.Deliver(t.Context(), conv.ID, activity.Message("hi"))
				e, ok := errors.AsType[*activity.Error](err)
				if !ok || e.Status != http.StatusBadGateway {
					t.Fatalf("Deliver: %v", err)
				}
				want := strings.ReplaceAll(tt.want, "HOST", host)
				if secret == "" && !strings.HasPrefix(e.Message, begins+": "+want) {
					t.Errorf("message %q, want %q in it", e.Message, want)
				}
				if secret != "" && e.Message != begins+tt.strangers {
					t.Errorf("message %q for strangers", e.Message)
				}
				f.stop() // so that nobody writes the log
				if said := log.String(); !strings.Contains(said, want) || !strings.Contains(said, "status=") {
					t.Errorf("logged %q, want %q in it", said, want)
				}
				if all := log.String() + e.Message; strings.Contains(all, "s3cret") || strings.Contains(all, "the reason") || strings.Contains(all, "nonsense") {
					t.Errorf("more is told than may be: %s", all)
				}
			})
		}
	}
}
