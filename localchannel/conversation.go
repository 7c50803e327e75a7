package localchannel

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
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
	maxMemberBytes = 1200 // as JSON
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
	IsGroup bool                      `json:"isGroup,omitempty"` // in records of before there was Kind
	Channel string                    `json:"channel,omitempty"` // which the agent sees
	Kind    string                    `json:"kind,omitempty"`
	Tenant  string                    `json:"tenant,omitempty"`
	Team    string                    `json:"team,omitempty"` // of a thread in Teams
	Locale  string                    `json:"locale,omitempty"`
}

type conversation struct {
	id      string
	created time.Time
	person  string       // whose only personal conversation in Teams this is; guarded by Channel.mu
	used    atomic.Int64 // Unix time of the last use in microseconds; the longest idle goes first

	mu       sync.Mutex
	record   record
	gone     bool          // deleted from the store
	socket   *socket       // the client's, if one is open
	delivery chan struct{} // closed when the newest delivery to the agent is over
}

func (c *Channel) newConversation(r record) *conversation {
	r.Channel = cmp.Or(r.Channel, c.cfg.ChannelID)
	if r.Kind == "" {
		r.Kind = kindPersonal
		if r.IsGroup {
			r.Kind = kindGroup
		}
	}
	r.IsGroup = r.Kind != kindPersonal
	if r.teams() {
		r.Tenant = cmp.Or(r.Tenant, defaultTenant)
	}
	conv := &conversation{id: r.ID, created: r.Created, record: r, delivery: make(chan struct{})}
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
	r := &conv.record
	account := activity.ConversationAccount{ID: conv.id, IsGroup: r.IsGroup, Name: r.Topic}
	if r.teams() {
		account.ConversationType, account.TenantID = r.Kind, r.Tenant
	}
	return account
}

// join adds a user to the roster, and reports whether it was not there before.
func (conv *conversation) join(user activity.ChannelAccount) bool {
	members := conv.record.Members
	if _, known := conv.member(user.ID); known || len(members) >= maxMembers || memberSize(user) > maxMemberBytes {
		return false
	}
	conv.record.Members = append(slices.Clip(members), user)
	return true
}

// member finds a user by id, in Teams also by the Microsoft Entra object id.
func (conv *conversation) member(id string) (activity.ChannelAccount, bool) {
	i := slices.IndexFunc(conv.record.Members, func(m activity.ChannelAccount) bool { return m.ID == id })
	if i < 0 && len(id) == 36 && conv.record.teams() {
		i = slices.IndexFunc(conv.record.Members, func(m activity.ChannelAccount) bool { return strings.EqualFold(entraID(m), id) })
	}
	if i < 0 {
		return activity.ChannelAccount{}, false
	}
	return conv.record.Members[i], true
}

// memberSize is how much room a member takes in the record.
func memberSize(m activity.ChannelAccount) int {
	raw, err := json.Marshal(m)
	if err != nil {
		return math.MaxInt
	}
	return len(raw)
}
