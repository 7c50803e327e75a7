package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
)

// An entry is a conversation as a server shows it.
type entry struct {
	ID           string
	Tenant, Team string
	Tags         []string
	Mark         *proactive.Mark
	Conversation activity.Conversation
}

func (e *entry) reference() *activity.ConversationReference { return &e.Conversation.Reference }

func (e *entry) status() string {
	if e.Mark == nil {
		return "ok"
	}
	return string(e.Mark.Status)
}

// user is a name with an id, or what there is.
func (e *entry) user() string {
	user := e.reference().User
	if user.Name == "" || user.Name == user.ID {
		return user.ID
	}
	return user.Name + " (" + user.ID + ")"
}

// cell is text that stays in its place.
func cell(s string) string {
	return cmp.Or(strings.NewReplacer("\n", " ", "\t", " ").Replace(harmless(s)), "-")
}

// print writes a page as a table, or as one line of JSON for each conversation.
func (b *book) print(out io.Writer, page []json.RawMessage, head bool) error {
	entries, times := make([]entry, len(page)), map[string]int{}
	for i, raw := range page {
		if b.json {
			if err := printJSON(out, raw); err != nil {
				return err
			}
			continue
		}
		if err := b.decode(reply{body: raw}, &entries[i]); err != nil {
			return err
		}
		times[entries[i].reference().Conversation.ID]++
	}
	if b.json || len(page) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if head {
		fmt.Fprintln(w, "CONVERSATION\tCHANNEL\tUSER\tTENANT\tTAGS\tSTATUS")
	}
	for i := range entries {
		e := &entries[i]
		id := e.reference().Conversation.ID
		if times[id] > 1 {
			id = e.ID // the short one is ambiguous
		}
		fmt.Fprintln(w, strings.Join([]string{
			cell(id), cell(e.reference().ChannelID), cell(e.user()), cell(e.Tenant), cell(strings.Join(e.Tags, ", ")), cell(e.status()),
		}, "\t"))
	}
	return w.Flush()
}

// show writes all that is known of a conversation.
func (e *entry) show(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, cell(value))
		}
	}
	r := e.reference()
	line("Conversation", r.Conversation.ID)
	line("In full", e.ID)
	line("Channel", r.ChannelID)
	line("Kind", r.Conversation.ConversationType)
	line("User", e.user())
	line("Entra id", r.User.EntraID())
	line("Agent", r.Agent.ID)
	line("Client id", e.Conversation.Claims["aud"])
	line("Tenant", e.Tenant)
	line("Team", e.Team)
	line("Tags", strings.Join(e.Tags, ", "))
	line("Language", r.Locale)
	line("Service URL", r.ServiceURL)
	if e.Mark == nil {
		line("Status", "takes messages, as far as is known")
	} else {
		line("Status", fmt.Sprintf("%s since %s %s; takes messages again when the user writes or installs the agent",
			e.Mark.Status, e.Mark.At.Format(time.RFC3339), e.Mark.Reason))
	}
	return w.Flush()
}
