package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

// The names under which other SDKs know the connection of an agentic
// identity's blueprint. (case 90, case 95)
func TestAlternateBlueprintConnection(t *testing.T) {
	const alternate, alt = "Connections__A__Settings__AlternateBlueprintConnectionName", "Connections__A__Settings__altBlueprintConnectionName"
	for name, tt := range map[string]struct {
		env  map[string]string
		want string
	}{
		"as in .NET":       {map[string]string{alternate: "B"}, "B"},
		"as in JavaScript": {map[string]string{alt: "B"}, "B"},
		"both":             {map[string]string{alternate: "C", alt: "B"}, "B"},
		"blank":            {map[string]string{alternate: "B", alt: " "}, "B"},
		"all blank":        {map[string]string{alternate: " ", alt: ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tt.env["Connections__A__Settings__ClientId"] = "id-a"
			cfg := read(t, tt.env, "")
			if got := cfg.Connections.Connections; len(got) != 1 || got[0].Alternate != tt.want || len(cfg.Warnings) > 0 {
				t.Errorf("got %v, alternate %q, warnings %q, want %q", got, got[0].Alternate, cfg.Warnings, tt.want)
			}
		})
	}
}

// The name under which an agentic identity speaks comes from the configuration.
func TestAgentName(t *testing.T) {
	w := newWorld(t)
	to := known(w.channel.URL)
	to.Reference.Agent.Role, to.Reference.Agent.AgenticAppID = activity.RoleAgenticAppInstance, "instance"
	for name, want := range map[string]string{"": "outspoken", "Sales_Sally 2-b": "Sales_Sally 2-b"} {
		cfg := config(t, w.settings())
		cfg.AgentName = name
		srv := serve(t, agent.New(agent.Config{}), cfg)
		err := srv.Adapter().Continue(t.Context(), to, func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "hello") })
		if err != nil {
			t.Fatal(err)
		}
		if got := w.channel.next(t).Header.Get("AgentName"); got != want {
			t.Errorf("with %q the name is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{" \t", "a\r\nb", "Zoë", "a.b", "a\n", strings.Repeat("x", 257)} {
		cfg := server.Config{AgentName: name}
		if _, err := server.New(agent.New(agent.Config{}), cfg); err == nil || !strings.Contains(err.Error(), "AgentName") {
			t.Errorf("New with %.20q: %v", name, err)
		}
		if _, err := cfg.UserTokens(); err == nil {
			t.Errorf("UserTokens with %.20q: no error", name)
		}
	}
}
