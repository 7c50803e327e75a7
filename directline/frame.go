package directline

import (
	"encoding/json"
	"hash/maphash"
	"strings"
)

// A rawSet is an [ActivitySet] whose activities have not been read yet.
type rawSet struct {
	activities []json.RawMessage
	watermark  string
}

// parseSet reads a frame or an answer. It reports false for an empty frame,
// which keeps the connection alive, and for all that is no set: other frames
// may come one day and are to be ignored. A watermark may be a number, as some
// local servers send it. (directline 1, 5)
func parseSet(data []byte) (rawSet, bool) {
	var wire struct {
		Activities *[]json.RawMessage `json:"activities"`
		Watermark  json.RawMessage    `json:"watermark"`
	}
	if len(data) == 0 || json.Unmarshal(data, &wire) != nil || wire.Activities == nil {
		return rawSet{}, false
	}
	set := rawSet{activities: *wire.Activities}
	if mark := string(wire.Watermark); strings.HasPrefix(mark, `"`) {
		_ = json.Unmarshal(wire.Watermark, &set.watermark) // it is a string
	} else if mark != "null" && !strings.ContainsAny(mark, "{[tf") {
		set.watermark = mark
	}
	return set, true
}

// remembered is how many activities [replays] knows.
const remembered = 2048

// replays knows what was handed out lately, to leave out what comes again as it
// was: a loop that ended in the middle of a set gets that set again. What comes
// again changed is an update.
type replays struct {
	known map[uint64]bool
	order []uint64 // oldest first, from next on
	next  int
}

var seed = maphash.MakeSeed()

// add reports whether raw is new, and remembers it.
func (r *replays) add(raw []byte) bool {
	sum := maphash.Bytes(seed, raw)
	if r.known[sum] {
		return false
	}
	if r.known == nil {
		r.known = map[uint64]bool{}
	}
	r.known[sum] = true
	if len(r.order) < remembered {
		r.order = append(r.order, sum)
		return true
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = sum
	r.next = (r.next + 1) % remembered
	return true
}
