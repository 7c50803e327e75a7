package playground

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// transcript answers a .transcript file: a JSON array of the activities in both
// directions, oldest first, as the Bot Framework Emulator saves it. To what the
// conversation keeps it adds what only the recorder has: joins, typing,
// invokes, and messages that the agent deleted.
func (p *Playground) transcript(w http.ResponseWriter, r *http.Request) (any, error) {
	id := r.PathValue("id")
	history, err := p.channel.History(r.Context(), id)
	if err != nil {
		return nil, err
	}
	records, _ := p.recorder.of(id)
	attach(w, id+".transcript")
	return transcript(history, records), nil
}

func transcript(history []json.RawMessage, records []Record) []json.RawMessage {
	type entry struct {
		at  time.Time
		raw json.RawMessage
	}
	var entries []entry
	seen := map[string]bool{}
	add := func(raw json.RawMessage, instead time.Time) {
		a, err := activity.Decode(raw)
		if err != nil || a.ID != "" && seen[a.ID] {
			return
		}
		seen[a.ID] = true
		at, err := a.Timestamp.Parse()
		if err != nil {
			at = instead
		}
		entries = append(entries, entry{at, raw})
	}
	for _, raw := range history {
		add(raw, time.Time{})
	}
	for _, rec := range records {
		if rec.happened() {
			add(rec.Activity, rec.Time)
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.at.Compare(b.at) })
	raws := []json.RawMessage{}
	for _, e := range entries {
		raws = append(raws, e.raw)
	}
	return raws
}

// happened reports whether an activity was added to the conversation: by a user,
// whether or not the agent took it, or by the agent, unless it was refused.
func (rec Record) happened() bool {
	return len(rec.Activity) > 0 && (rec.ToAgent || rec.Op == opSend && rec.done())
}

// attach makes the browser save the answer under a name.
func attach(w http.ResponseWriter, name string) {
	harmless := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			return c
		}
		return '-'
	}, name)
	w.Header().Set("Content-Disposition", `attachment; filename="`+harmless+`"`)
}
