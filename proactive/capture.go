package proactive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Capture is a middleware that stores the conversation of each inbound turn
// before its handler runs, if it is new or its address changed, and clears its
// mark. When the turn says that the agent was removed, it marks a conversation
// that is known. An address that is stored already costs a read, and not even
// that when this process saw it within the last minute; so a mark that another
// process set meanwhile may outlive messages for as long.
//
// The user of a group, whose state and tokens a continuation has, stays the one
// that was met first, or that [Conversations.Store] named.
//
// Left out are turns that another agent started: it names conversations as it
// likes, and must not move the address of a user's. So are activities without
// a service URL, which are answered in the HTTP response only, and turns
// without a token in a conversation that was met with one.
//
// When the store fails, so does the turn, before its handler runs: an address
// that is lost without a word is missed when it is too late, while a failed
// turn shows at once.
func (c *Conversations) Capture(next agent.Handler) agent.Handler {
	return func(ctx context.Context, t *agent.Turn) error {
		if !t.Proactive() && !t.Identity.IsAgent() && t.Activity.ServiceURL != "" {
			if err := c.capture(ctx, t); err != nil {
				return fmt.Errorf("proactive: capture %q: %w", t.Activity.Conversation.ID, err)
			}
		}
		return next(ctx, t)
	}
}

func (c *Conversations) capture(ctx context.Context, t *agent.Turn) error {
	told, sum := news(t.Activity), glance(t)
	if !told && c.seen.recently(t.Activity.Conversation.ID, sum) {
		return nil
	}
	conv := t.Conversation()
	conv.Reference.ActivityID = "" // belongs to one activity
	if who := joined(t.Activity); who != nil && !isGroup(&conv.Reference.Conversation) {
		conv.Reference.User = *who
	}
	left := removed(t.Activity)
	tenant, team := teamsIDs(t.Activity)
	err := c.put(ctx, placeOf(&conv), &conv, func(e *Entry, known bool) bool {
		switch {
		case known && e.Conversation.Claims["iss"] != "" && conv.Claims["iss"] == "":
			return false // said by nobody in particular
		case left && (!known || e.Mark.Status == StatusUninstalled):
			return false
		case left:
			e.Mark = Mark{StatusUninstalled, "the agent was removed", time.Now().UTC().Truncate(time.Second)}
			return true
		}
		now := conv
		if known {
			now.Reference = completed(conv.Reference, e.Conversation.Reference, told)
			was, errWas := fingerprint(e.Conversation)
			is, errIs := fingerprint(now)
			if was == is && errWas == nil && errIs == nil && e.Mark == (Mark{}) && (team == "" || e.Team != "") {
				return false
			}
		}
		e.Conversation, e.Mark = now, Mark{}
		e.Team, e.Tenant = cmp.Or(team, e.Team), cmp.Or(now.Reference.Conversation.TenantID, tenant, e.Tenant)
		return true
	})
	if err == nil && !left {
		c.seen.note(t.Activity.Conversation.ID, sum)
	}
	return err
}

// completed is a reference with what was known before and this activity does
// not tell: some name neither the user's name nor the Entra id, one about the
// conversation itself may come from somebody else, and in a group anybody
// speaks.
func completed(r, was activity.ConversationReference, told bool) activity.ConversationReference {
	r.ActivityID = was.ActivityID
	if was.User.ID != "" && (told || isGroup(&r.Conversation)) {
		r.User, r.Locale = was.User, was.Locale
	}
	if r.User.ID == was.User.ID {
		r.User.Name = cmp.Or(r.User.Name, was.User.Name)
		r.User.AADObjectID = cmp.Or(r.User.AADObjectID, was.User.AADObjectID)
	}
	return r
}

// news reports whether the activity is about the conversation itself, which is
// rare enough to look into the store each time.
func news(a *activity.Activity) bool {
	return a.Is(activity.TypeConversationUpdate) || a.Is(activity.TypeInstallationUpdate)
}

// removed reports whether the agent was taken out of the conversation. An
// upgrade removes and adds it.
func removed(a *activity.Activity) bool {
	if a.Is(activity.TypeInstallationUpdate) {
		return strings.EqualFold(a.Action, "remove")
	}
	if a.Is(activity.TypeConversationUpdate) {
		for _, m := range a.MembersRemoved {
			if m.ID == a.Recipient.ID {
				return true
			}
		}
	}
	return false
}

// joined is the one user who came into a conversation. Channels let the agent,
// or nobody in particular, say so.
func joined(a *activity.Activity) (who *activity.ChannelAccount) {
	if !a.Is(activity.TypeConversationUpdate) {
		return nil
	}
	for i, m := range a.MembersAdded {
		switch {
		case m.ID == a.Recipient.ID:
		case who != nil:
			return nil
		default:
			who = &a.MembersAdded[i]
		}
	}
	return who
}

func teamsIDs(a *activity.Activity) (tenant, team string) {
	if !a.OnChannel(activity.ChannelTeams) || len(a.ChannelData) == 0 {
		return "", ""
	}
	data, err := a.TeamsData()
	if err != nil {
		return "", ""
	}
	if data.Tenant != nil {
		tenant = data.Tenant.ID
	}
	if data.Team != nil {
		team = data.Team.ID
	}
	return tenant, team
}

var glanceSeed = maphash.MakeSeed()

// glance is nearly [fingerprint] and much cheaper, for every turn: members that
// this SDK does not know are left out, so their changes wait for [lookAgain].
func glance(t *agent.Turn) uint64 {
	var h maphash.Hash
	h.SetSeed(glanceSeed)
	add := func(values ...string) {
		for _, v := range values {
			h.WriteString(v)
			h.WriteByte(0)
		}
	}
	a := t.Activity
	conv, group := &a.Conversation, isGroup(&a.Conversation)
	add(a.ChannelID, a.ServiceURL, conv.ID, conv.Name, conv.ConversationType, conv.TenantID, strconv.FormatBool(group),
		a.Recipient.ID, a.Recipient.Name, string(a.Recipient.Role), a.Recipient.TenantID, a.Recipient.AgenticAppID, a.Recipient.AgenticUserID)
	if !group {
		add(a.From.ID, a.From.Name, a.From.AADObjectID, string(a.From.Role), a.From.TenantID, a.Locale)
	}
	for _, name := range claimNames {
		add(t.Identity.Claims[name])
	}
	return h.Sum64()
}

// fingerprint is what must change for an address to be stored again. Who spoke
// last in a group does not count, or each turn would be a write.
func fingerprint(conv activity.Conversation) ([32]byte, error) {
	r := &conv.Reference
	r.ActivityID, r.RequestID, r.DeliveryMode, conv.ActivityContext = "", "", "", nil
	if isGroup(&r.Conversation) {
		r.User, r.Locale = activity.ChannelAccount{}, ""
	}
	raw, err := conv.MarshalJSON()
	return sha256.Sum256(raw), err
}

func isGroup(conv *activity.ConversationAccount) bool {
	return conv.IsGroup || strings.EqualFold(conv.ConversationType, "groupChat") || strings.EqualFold(conv.ConversationType, "channel")
}

// seen remembers which addresses were in the store a moment ago, by the id of
// the conversation, which spares most turns the look. It is bounded.
type seen struct {
	mu   sync.Mutex
	last map[string]sighting
}

type sighting struct {
	sum uint64
	at  time.Time
}

const (
	maxSeen   = 10_000
	maxSeenID = 1024 // bytes; senders choose ids
	// lookAgain is how long what another process does to a conversation may go
	// unnoticed by messages.
	lookAgain = time.Minute
)

func (s *seen) recently(id string, sum uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.last[id]
	return ok && last.sum == sum && time.Since(last.at) < lookAgain
}

func (s *seen) note(id string, sum uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(id) > maxSeenID {
		return
	}
	if len(s.last) >= maxSeen {
		clear(s.last)
	}
	if s.last == nil {
		s.last = map[string]sighting{}
	}
	s.last[id] = sighting{sum, time.Now()}
}

func (s *seen) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.last, id)
}
