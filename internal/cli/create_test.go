package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

// The demo is its own Teams here: it creates a conversation in its local
// channel, says the first words there, and knows it.
func TestCreate(t *testing.T) {
	addr := freeAddr(t)
	t.Setenv("Proactive__TeamsServiceUrl", "http://"+addr+"/connector/")
	base := launch(t, "demo", "--addr", addr, "--data", t.TempDir()).base()
	create := func(more ...string) activity.Conversation {
		t.Helper()
		args := []string{"create", "--url", base, "--channel", "msteams", "--tenant", "contoso", "--user", "29:bob", "--user-name", "Bob", "--agent", "agent", "--json"}
		out, _ := command(t, 0, append(args, more...)...)
		made := lines[activity.Conversation](t, out)
		if len(made) != 1 || made[0].Reference.Conversation.ID == "" {
			t.Fatalf("creating printed %s", out)
		}
		return made[0]
	}
	said := func(conv activity.Conversation) []string {
		return (&chat{t, base, conv.Reference.Conversation.ID}).since("").texts()
	}

	conv := create("--text", "Good morning", "--topic", "Morning")
	if got := said(conv); !slices.Contains(got, "Good morning") {
		t.Errorf("the new conversation holds %q", got)
	}
	conv = create("--store", "--continuation", "report", "title=Q3")
	if got := said(conv); !slices.Contains(got, "Report ready: Q3") {
		t.Errorf("the new conversation holds %q", got)
	}
	command(t, 0, "send", conv.Reference.Conversation.ID, "Still here", "--url", base)
	if got := said(conv); !slices.Contains(got, "Still here") {
		t.Errorf("the stored conversation holds %q", got)
	}
	conv = create("--continue", "a=b", "--activity", file(t, `{"text":"First"}`))
	if got := said(conv); !slices.Contains(got, "First") || !slices.Contains(got, `Continued {"a":"b"}`) {
		t.Errorf("the new conversation holds %q", got)
	}

	args := []string{"create", "--url", base, "--channel", "msteams", "--user", "29:bob"}
	complains(t, 1, []string{"agentClientId is missing", "--agent"}, append(args, "--tenant", "t")...)
	complains(t, 1, []string{"tenantId is missing", "Microsoft Entra tenant"}, append(args, "--agent", "agent")...)
	complains(t, 1, []string{`no continuation "invoice"`}, append(args, "--continuation", "invoice")...)
	out, _ := command(t, 0, append(args, "--tenant", "t", "--agent", "agent")...)
	if !strings.HasPrefix(out, "Created ") || !strings.Contains(out, "--store") {
		t.Errorf("creating printed %q", out)
	}
}
