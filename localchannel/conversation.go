package localchannel

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// These bound the roster, which is stored with every message. Who does not fit
// may speak but is not listed and not announced.
const (
	maxMembers     = 100
	maxMemberBytes = 1000 // of id and name
)

// A record is what is stored of a conversation beside its activities. These
// are numbered First to Last without a gap; Last is the newest watermark.
type record struct {
	ID      string                    `json:"id"`
	Created time.Time                 `json:"created"`
	Updated time.Time                 `json:"updated"`
	First   int                       `json:"first"`
	Last    int                       `json:"last"`
	Members []activity.ChannelAccount `json:"members"`
	Topic   string                    `json:"topic,omitempty"`
	IsGroup bool                      `json:"isGroup,omitempty"`
}

type conversation struct {
	id   string
	used atomic.Int64 // Unix time of the last use in microseconds; the longest idle goes first

	mu       sync.Mutex
	record   record
	gone     bool          // deleted from the store
	socket   *socket       // the client's, if one is open
	delivery chan struct{} // closed when the newest delivery to the agent is over
}

func newConversation(r record) *conversation {
	conv := &conversation{id: r.ID, record: r, delivery: make(chan struct{})}
	conv.used.Store(r.Updated.UnixMicro())
	close(conv.delivery)
	return conv
}

func (conv *conversation) touch() { conv.used.Store(time.Now().UnixMicro()) }

// lock locks the conversation unless it was deleted meanwhile.
func (conv *conversation) lock(op string) error {
	conv.mu.Lock()
	if conv.gone {
		conv.mu.Unlock()
		return conversationNotFound(op)
	}
	return nil
}

// account is the conversation as activities name it.
func (conv *conversation) account() activity.ConversationAccount {
	return activity.ConversationAccount{ID: conv.id, IsGroup: conv.record.IsGroup, Name: conv.record.Topic}
}

// join adds a user to the roster, and reports whether it was not there before.
func (conv *conversation) join(user activity.ChannelAccount) bool {
	members := conv.record.Members
	if _, known := conv.member(user.ID); known || len(members) >= maxMembers || len(user.ID)+len(user.Name) > maxMemberBytes {
		return false
	}
	conv.record.Members = append(slices.Clip(members), user)
	return true
}

func (conv *conversation) member(id string) (activity.ChannelAccount, bool) {
	i := slices.IndexFunc(conv.record.Members, func(m activity.ChannelAccount) bool { return m.ID == id })
	if i < 0 {
		return activity.ChannelAccount{}, false
	}
	return conv.record.Members[i], true
}

// activityID is the id of the stored activity with number seq.
func (conv *conversation) activityID(seq int) string { return fmt.Sprintf("%s|%07d", conv.id, seq) }

// transientID is an id for what is not stored. It takes no number, so that
// numbers are never used twice, not even after a crash.
func (conv *conversation) transientID() string { return conv.id + "|" + newID()[:8] + "t" }

// number is the opposite of activityID; false when no stored activity has the id.
func (conv *conversation) number(activityID string) (int, bool) {
	digits, ok := strings.CutPrefix(activityID, conv.id+"|")
	seq, err := strconv.Atoi(digits)
	if !ok || err != nil || conv.activityID(seq) != activityID {
		return 0, false
	}
	return seq, conv.record.First <= seq && seq <= conv.record.Last
}

// newID returns 22 random characters that are safe in URLs and keys.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func validID(id string) bool {
	return id != "" && len(id) <= 100 && strings.IndexFunc(id, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	}) < 0
}
