package localchannel

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// activityID is the id of the stored activity with number seq. Teams counts in
// milliseconds of the time, so an id begins where the conversation did.
func (conv *conversation) activityID(seq int) string {
	if conv.teamsIDs() {
		return teamsActivityID(conv.created, seq)
	}
	return fmt.Sprintf("%s|%07d", conv.id, seq)
}

func teamsActivityID(created time.Time, seq int) string {
	return strconv.FormatInt(created.UnixMilli()+int64(seq), 10)
}

// teamsIDs reports whether activities have ids in the manner of Teams, as they
// have where the conversation has one.
func (conv *conversation) teamsIDs() bool {
	return strings.IndexByte(conv.id, ':') > 0 && conv.record.teams()
}

// transientID is an id for what is not stored. It takes no number, so that
// numbers are never used twice, not even after a crash.
func (conv *conversation) transientID() string {
	if conv.teamsIDs() {
		return "f:" + uuid.NewString()
	}
	return conv.id + "|" + newID()[:8] + "t"
}

// number is the opposite of activityID; false when no stored activity has the id.
func (conv *conversation) number(activityID string) (int, bool) {
	var seq int
	var err error
	if conv.teamsIDs() {
		var at int64
		at, err = strconv.ParseInt(activityID, 10, 64)
		seq = int(at - conv.created.UnixMilli())
	} else {
		digits, _ := strings.CutPrefix(activityID, conv.id+"|")
		seq, err = strconv.Atoi(digits)
	}
	if err != nil || conv.activityID(seq) != activityID {
		return 0, false
	}
	return seq, conv.record.First <= seq && seq <= conv.record.Last
}

// newID returns 22 random characters that are safe in URLs and keys. The first
// is a letter, as commands take a dash for a flag.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// validID takes the ids that this channel makes, and those of Teams channels:
// safe as one segment of a path or a key.
func validID(id string) bool {
	return id != "" && id != "." && id != ".." && len(id) <= 200 && strings.IndexFunc(id, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_:@.;=", r))
	}) < 0
}
