package localchannel

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// A Start says which conversation to begin.
type Start struct {
	ChannelID string                    `json:"channelId,omitempty"` // what the agent sees; default Config.ChannelID
	Kind      string                    `json:"kind,omitempty"`      // "personal" (default), "groupChat" or "channel"
	Members   []activity.ChannelAccount `json:"members,omitempty"`   // users
	Topic     string                    `json:"topic,omitempty"`
	TenantID  string                    `json:"tenantId,omitempty"` // default on msteams: one of the channel's own
	Locale    string                    `json:"locale,omitempty"`   // such as "en-US"
}

// Info describes a conversation.
type Info struct {
	ID         string                    `json:"id"`
	ChannelID  string                    `json:"channelId"`
	Kind       string                    `json:"kind"` // "personal", "groupChat" or "channel"
	Topic      string                    `json:"topic,omitempty"`
	TenantID   string                    `json:"tenantId,omitempty"`
	ServiceURL string                    `json:"serviceUrl"`
	Members    []activity.ChannelAccount `json:"members"`
	Created    time.Time                 `json:"created"`
	Updated    time.Time                 `json:"updated"` // when something was stored last
	First      int                       `json:"first"`   // number of the oldest activity kept
	Last       int                       `json:"last"`    // number of the newest; the watermark
}

// Start begins a conversation and tells the agent, in the background. What makes
// no sense is [activity.ErrInvalid].
func (c *Channel) Start(ctx context.Context, s Start) (Info, error) {
	const op = "start conversation"
	if err := c.begin(op); err != nil {
		return Info{}, err
	}
	defer c.work.Done()
	r, err := c.newRecord(op, s)
	if err != nil {
		return Info{}, err
	}
	conv, _, err := c.create(ctx, op, r)
	if err == nil {
		err = conv.lock(op)
	}
	if err != nil {
		return Info{}, err
	}
	defer conv.mu.Unlock()
	return c.info(conv), c.introduce(op, conv, s.Locale)
}

// newRecord is the record that a Start asks for.
func (c *Channel) newRecord(op string, s Start) (record, error) {
	bad := func(message string) (record, error) {
		return record{}, fault(op, http.StatusBadRequest, directline.CodeBadArgument, message)
	}
	r := record{
		Channel: cmp.Or(s.ChannelID, c.cfg.ChannelID), Kind: cmp.Or(s.Kind, kindPersonal),
		Topic: s.Topic, Tenant: s.TenantID, Locale: s.Locale, Created: time.Now().UTC(),
	}
	var err error
	if r.Members, err = checkMembers(op, s.Members); err != nil {
		return r, err
	}
	switch {
	case !c.knows(r.Channel):
		return bad("channelId must be msteams, webchat, directline or emulator")
	case r.Kind != kindPersonal && r.Kind != kindGroup && r.Kind != kindChannel:
		return bad("kind must be personal, groupChat or channel")
	case r.teams() && r.Kind == kindPersonal && len(r.Members) > 1:
		return bad("a personal conversation of Teams has one user; use kind groupChat")
	case len(r.Topic)+len(r.Tenant)+len(r.Locale) > 2000:
		return bad("topic, tenantId and locale have at most 2,000 bytes together")
	}
	r.ID = newConversationID(r.Channel, r.Kind)
	if r.teams() && r.Kind == kindChannel {
		r.Team = newConversationID(r.Channel, r.Kind)
		r.ID = threadID(r.ID, r.Created)
	}
	return r, nil
}

// Info describes the conversation with the id. To describe one is not to use it:
// when there are too many it goes as if nobody had looked.
func (c *Channel) Info(ctx context.Context, id string) (Info, error) {
	const op = "get conversation"
	if err := c.begin(op); err != nil {
		return Info{}, err
	}
	defer c.work.Done()
	conv, err := c.lookUp(ctx, op, id)
	if err == nil {
		err = conv.lock(op)
	}
	if err != nil {
		return Info{}, err
	}
	defer conv.mu.Unlock()
	return c.info(conv), nil
}

func (c *Channel) info(conv *conversation) Info {
	r := &conv.record
	return Info{
		ID: r.ID, ChannelID: r.Channel, Kind: r.Kind, Topic: r.Topic, TenantID: r.Tenant, ServiceURL: c.serviceURL(r.Channel),
		Members: conv.roster(r.Members), Created: r.Created, Updated: r.Updated, First: r.First, Last: r.Last,
	}
}

// List describes at most n conversations whose ids are greater than after, in
// the order of their ids; n <= 0 means 100. Next is what to go on after, "" at
// the end.
func (c *Channel) List(after string, n int) (infos []Info, next string) {
	infos = []Info{}
	if n <= 0 {
		n = 100
	}
	c.mu.Lock()
	all := slices.Collect(maps.Values(c.conversations))
	c.mu.Unlock()
	all = slices.DeleteFunc(all, func(conv *conversation) bool { return conv.id <= after })
	slices.SortFunc(all, func(a, b *conversation) int { return cmp.Compare(a.id, b.id) })
	if len(all) > n {
		all, next = all[:n], all[n-1].id
	}
	for _, conv := range all {
		if conv.lock("list") == nil { // otherwise it was deleted just now
			infos = append(infos, c.info(conv))
			conv.mu.Unlock()
		}
	}
	return infos, next
}

// History returns the activities of the conversation that are kept, oldest
// first, as its clients see them.
func (c *Channel) History(ctx context.Context, id string) ([]json.RawMessage, error) {
	const op = "get history"
	conv, done, err := c.enter(ctx, op, id)
	if err != nil {
		return nil, err
	}
	now := conv.record
	done()
	all := []json.RawMessage{}
	for after := now.First - 1; after < now.Last; {
		var page []json.RawMessage
		if page, after, err = c.page(ctx, id, after, now.Last); err != nil {
			return nil, c.storeFailed(op, id, err)
		}
		all = append(all, page...)
	}
	return all, nil
}
