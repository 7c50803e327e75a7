package playground

import (
	"cmp"
	"slices"

	"github.com/outspoken-go/outspoken/activity"
)

// Operations of an agent that a golden tells.
const (
	opSend   = "send"
	opUpdate = "update"
	opDelete = "delete"
)

func ok(status int) bool { return status >= 200 && status < 300 }

// done reports whether the channel did what the agent asked for: also when a
// fault then cut the connection, which leaves no status.
func (rec Record) done() bool { return !rec.ToAgent && (rec.Status == 0 || ok(rec.Status)) }

// A turn is what a user did and what the agent did then.
type turn struct {
	Record
	in      *activity.Activity
	answers []Record
}

// turns puts each thing the agent did, or was refused, below the turn it belongs to: the one
// that it answers by id, else the latest that was under way. What belongs to
// none makes a turn without a user.
func turns(records []Record) []*turn {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b Record) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Seq, b.Seq)) })
	var list []*turn
	byID := map[string]*turn{}
	for _, rec := range records {
		a := decoded(rec)
		if rec.ToAgent {
			t := &turn{Record: rec, in: a}
			list, byID[a.ID] = append(list, t), t
			continue
		}
		if rec.Op != opSend && rec.Op != opUpdate && rec.Op != opDelete {
			continue
		}
		t := byID[a.ReplyToID]
		for _, open := range slices.Backward(list) {
			if t == nil && open.in != nil && !rec.Time.After(open.Time.Add(open.Took)) {
				t = open
			}
		}
		if t == nil {
			t = new(turn)
			list = append(list, t)
		}
		t.answers = append(t.answers, rec)
	}
	return list
}
