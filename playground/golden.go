package playground

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// golden answers a txtar archive that agenttest.RunTranscripts runs.
func (p *Playground) golden(w http.ResponseWriter, r *http.Request) (any, error) {
	info, err := p.channel.Info(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	records, since := p.recorder.of(info.ID)
	if !slices.ContainsFunc(records, func(rec Record) bool { return rec.ToAgent }) {
		return nil, refuse(http.StatusConflict, "NothingRecorded", "no turn of this conversation is recorded any more; say something and export again")
	}
	attach(w, info.ID+".txtar")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(goldenOf(info, p.account(info), records, !info.Created.Before(since)))
	return nil, nil
}

// goldenOf writes a conversation in the format of package agenttest. In a test
// the conversation has other ids and its user is "user", so these are put in
// the place of the real ones. What only happened outside of a turn becomes a
// comment: no test can know what made the agent speak. So does what was
// refused: in a test there are no faults, and the agent gets to say it.
func goldenOf(info localchannel.Info, agent activity.ChannelAccount, records []Record, complete bool) []byte {
	g := golden{
		agent: agent.ID,
		ids:   map[string]string{info.ID: "conversation"},
	}
	if len(info.Members) > 0 {
		g.user = info.Members[0].ID
	}
	fmt.Fprintf(&g.out, "Recorded with the playground, as %s (%s). The first user is \"user\" here.\n", info.ChannelID, cmp.Or(info.Kind, "personal"))
	if !complete {
		fmt.Fprint(&g.out, "Earlier turns were no longer recorded, so this begins in the middle.\n")
	}
	if slices.ContainsFunc(records, func(rec Record) bool { return !rec.ToAgent && !ok(rec.Status) }) {
		fmt.Fprint(&g.out, "Calls of the agent failed here, as faults make them. In a test none fails, so it may go on in another way: see the comments, and run it with -update.\n")
	}
	fmt.Fprintf(&g.out, "\n-- %s --\n", nameOf(info))
	for i, t := range turns(records) {
		if i > 0 && t.in != nil && t.in.Is(activity.TypeMessage) {
			g.out.WriteByte('\n')
		}
		g.turn(t)
	}
	return g.out.Bytes()
}

func nameOf(info localchannel.Info) string {
	return cmp.Or(strings.Join(strings.Fields(strings.ReplaceAll(info.Topic, "--", " ")), " "), "conversation")
}

type golden struct {
	out         bytes.Buffer
	user, agent string            // ids of the accounts that have another id in a test
	ids         map[string]string // from the real ones to those of the test
	sent        int               // messages of the agent so far
}

func (g *golden) turn(t *turn) {
	if t.in == nil {
		for _, rec := range t.answers {
			for _, line := range told(rec) {
				g.comment("By itself: " + line)
			}
		}
		return
	}
	g.line(g.act(t.in))
	for _, rec := range t.answers {
		g.answer(rec)
	}
	switch {
	case t.in.Is(activity.TypeInvoke):
		body := string(t.Answer)
		if t.Status == 501 {
			body = ""
		}
		g.line(strings.TrimSpace(fmt.Sprintf("response %d %s", t.Status, body)))
	case !ok(t.Status):
		g.line(fmt.Sprintf("# The agent failed here (%s). Run the test with -update to write down how.", cmp.Or(fmt.Sprint(t.Status), t.Error)))
	}
}

func (g *golden) answer(rec Record) {
	a := decoded(rec)
	if info, streamed := a.StreamInfo(); streamed && rec.Op == opSend && info.StreamType != activity.StreamFinal {
		return // the channel of a test does not stream: it gets the whole answer
	}
	if !rec.done() {
		for _, line := range told(rec) {
			g.comment(line)
		}
		return
	}
	if rec.Op == opSend {
		g.sent++
		g.ids[cmp.Or(a.ID, rec.ActivityID)] = fmt.Sprintf("sent-%d", g.sent)
	}
	for _, line := range told(rec) {
		g.line(line)
	}
}

func (g *golden) comment(s string) { g.line("# " + strings.Join(strings.Fields(s), " ")) }

// line writes a line with the ids of the test. Lines of one text are indented.
func (g *golden) line(s string) {
	longest := func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) }
	for _, real := range slices.SortedFunc(maps.Keys(g.ids), longest) {
		if len(real) > 8 { // shorter ones may be words
			s = strings.ReplaceAll(s, real, g.ids[real])
		}
	}
	g.out.WriteString(strings.ReplaceAll(s, "\n", "\n  ") + "\n")
}
