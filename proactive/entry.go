package proactive

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// An Entry is one conversation of the address book with what is known of it.
type Entry struct {
	// ID names the conversation among all channels and agents of the store:
	// channel, agent and conversation id, with "|" between them.
	ID string

	Conversation activity.Conversation
	Tenant       string   // the Microsoft Entra tenant, if known
	Team         string   // the Teams team, if it is a channel of one
	Tags         []string // as set by [Conversations.Tag], in order
	Mark         Mark     // zero when the conversation takes messages
}

// A Status says whether a conversation takes messages.
type Status string

// The statuses of a [Mark].
const (
	StatusActive      Status = ""            // as far as is known
	StatusUninstalled Status = "uninstalled" // the agent was removed
	StatusBlocked     Status = "blocked"     // the user or an administrator blocked the agent
	StatusGone        Status = "gone"        // the channel does not know the conversation any more
)

// A Mark says why a conversation takes no messages, and since when.
type Mark struct {
	Status Status    `json:"status"`
	Reason string    `json:"reason,omitempty"` // such as an error code of the channel
	At     time.Time `json:"at"`
}

// A place is what conversations are kept apart by. The sub-channel is no part
// of it: a conversation in Teams is the same in Copilot.
type place struct{ channel, agent, id string }

func placeOf(conv *activity.Conversation) place {
	return place{baseOf(conv.Reference.ChannelID), cmp.Or(conv.Claims["aud"], plainID(conv.Reference.Agent.ID)), conv.Reference.Conversation.ID}
}

// baseOf is a channel without its sub-channel.
func baseOf(channelID string) string {
	base, _ := activity.SplitChannel(channelID)
	return strings.ToLower(base)
}

// plainID is an agent's id without the prefix of a channel, such as "28:".
func plainID(id string) string {
	if _, after, ok := strings.Cut(id, ":"); ok {
		return after
	}
	return id
}

func (p place) String() string { return p.channel + "|" + p.agent + "|" + p.id }

// parsePlace reads what String wrote. Only conversation ids contain a "|".
func parsePlace(s string) (place, bool) {
	parts := strings.SplitN(s, "|", 3)
	if len(parts) < 3 || parts[2] == "" {
		return place{}, false
	}
	return place{parts[0], parts[1], parts[2]}, true
}

// A stored document is the Conversation of the first entry in the form that
// all SDKs use. Our note, and further conversations with the same id, are
// members that others do not know.
const (
	noteMember   = "outspoken"
	othersMember = "outspokenOthers"
)

type note struct {
	Tags   []string `json:"tags,omitempty"`
	Tenant string   `json:"tenant,omitempty"`
	Team   string   `json:"team,omitempty"`
	Mark   *Mark    `json:"mark,omitempty"`
}

// decode reads the entries of one document.
func decode(raw json.RawMessage) ([]Entry, error) {
	var conv activity.Conversation
	if err := conv.UnmarshalJSON(raw); err != nil {
		return nil, err
	}
	rest, ok := conv.Get(othersMember)
	if ok {
		if err := conv.Set(othersMember, nil); err != nil {
			return nil, err
		}
	}
	e, err := newEntry(conv)
	if err != nil || !ok {
		return []Entry{e}, err
	}
	var others []activity.Conversation
	if err := json.Unmarshal(rest, &others); err != nil {
		return nil, fmt.Errorf("%s: %w", othersMember, err)
	}
	entries := []Entry{e}
	for _, conv := range others {
		e, err := newEntry(conv)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func newEntry(conv activity.Conversation) (Entry, error) {
	var n note
	if raw, ok := conv.Get(noteMember); ok {
		if err := json.Unmarshal(raw, &n); err != nil {
			return Entry{}, fmt.Errorf("%s: %w", noteMember, err)
		}
		if err := conv.Set(noteMember, nil); err != nil {
			return Entry{}, err
		}
	}
	e := Entry{ID: placeOf(&conv).String(), Conversation: conv, Tags: n.Tags, Team: n.Team,
		Tenant: cmp.Or(conv.Reference.Conversation.TenantID, n.Tenant)}
	if n.Mark != nil {
		e.Mark = *n.Mark
	}
	return e, nil
}

// encode writes the entries of one document.
func encode(entries []Entry) (json.RawMessage, error) {
	convs := make([]activity.Conversation, len(entries))
	for i, e := range entries {
		convs[i] = e.Conversation
		for _, ours := range []string{noteMember, othersMember} { // only we write these
			if _, ok := convs[i].Get(ours); ok {
				if err := convs[i].Set(ours, nil); err != nil {
					return nil, err
				}
			}
		}
		n := note{Tags: e.Tags, Team: e.Team}
		if e.Tenant != e.Conversation.Reference.Conversation.TenantID {
			n.Tenant = e.Tenant
		}
		if e.Mark != (Mark{}) {
			n.Mark = &e.Mark
		}
		if n.Mark == nil && n.Tags == nil && n.Tenant == "" && n.Team == "" {
			continue
		}
		if err := convs[i].Set(noteMember, n); err != nil {
			return nil, err
		}
	}
	if len(convs) > 1 {
		if err := convs[0].Set(othersMember, convs[1:]); err != nil {
			return nil, err
		}
	}
	return convs[0].MarshalJSON()
}

// clone shares nothing with e that changes in place.
func (e Entry) clone() Entry {
	e.Tags = slices.Clone(e.Tags)
	return e
}
