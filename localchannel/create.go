package localchannel

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// CreateConversation makes a conversation with the members of p, in which its
// activity, if there is one, is the first. The agent, who asked for it, is not
// told by a conversationUpdate.
//
// The service URL of to says for which channel. On msteams the rules of Teams
// hold: a conversation has one member and a tenant (TenantID, or
// channelData.tenant.id), and is the one that this member has already, if any;
// or channelData.channel.id names a channel, where the activity begins a thread.
func (c *Channel) CreateConversation(ctx context.Context, to activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	to.Reference.Conversation.ID = "" // that of where the agent asks from, if any
	return inProcess(ctx, c, opCreate, &to, nil, func(x *Exchange) (activity.ConversationResourceResponse, error) {
		channel, err := c.arriveInProcess(x.Op, &to)
		if err != nil {
			return activity.ConversationResourceResponse{}, err
		}
		return c.createConversation(ctx, x, channel, &p)
	})
}

func (c *Channel) createConversation(ctx context.Context, x *Exchange, channel string, p *activity.ConversationParameters) (created activity.ConversationResourceResponse, err error) {
	if p.Activity != nil {
		c.came(x, p.Activity)
		if p.Activity.Type == "" {
			return created, missingProperty(x.Op, "activity.type")
		}
	}
	r := record{Channel: channel, Tenant: p.TenantID, Topic: p.TopicName, Kind: kindPersonal}
	if r.Members, err = checkMembers(x.Op, p.Members); err != nil {
		return created, err
	}
	conv, err := c.conversationFor(ctx, x.Op, r, p)
	if err != nil {
		return created, err
	}
	x.Conversation = conv.id
	created.ID, created.ServiceURL = conv.id, c.serviceURL(channel)
	if p.Activity != nil {
		first, err := c.send(ctx, x, p.Activity)
		if err != nil {
			return created, err
		}
		created.ActivityID = first.ID
	}
	return created, nil
}

// conversationFor finds or makes the conversation that the agent asks for.
func (c *Channel) conversationFor(ctx context.Context, op string, r record, p *activity.ConversationParameters) (*conversation, error) {
	if r.teams() {
		return c.teamsConversation(ctx, op, r, p)
	}
	if p.IsGroup != nil && *p.IsGroup {
		r.Kind = kindGroup
	}
	r.ID = newConversationID(r.Channel, r.Kind)
	conv, _, err := c.create(ctx, op, r)
	return conv, err
}

// teamsConversation applies the rules of Teams.
func (c *Channel) teamsConversation(ctx context.Context, op string, r record, p *activity.ConversationParameters) (*conversation, error) {
	bad := func(message string) error { return badSyntax(op, "Teams starts no such conversation: "+message) }
	var data activity.TeamsChannelData
	if len(p.ChannelData) > 0 {
		if err := data.UnmarshalJSON(p.ChannelData); err != nil {
			return nil, bad("channelData is not what Teams knows")
		}
	}
	if data.Tenant != nil {
		r.Tenant = cmp.Or(r.Tenant, data.Tenant.ID)
	}
	switch {
	case data.Channel != nil && data.Channel.ID != "":
		if p.Activity == nil {
			return nil, bad("a thread in a channel begins with a message; add activity")
		}
		return c.teamsThread(ctx, op, r, data.Channel.ID)
	case len(r.Members) != 1 || p.IsGroup != nil && *p.IsGroup:
		return nil, bad("an agent can write to one user, so name exactly one in members and leave out isGroup; or begin a thread in a channel with channelData.channel.id")
	case r.Tenant == "":
		return nil, bad("the tenant of the user is missing; add tenantId or channelData.tenant.id")
	}
	if conv := c.personal(ctx, op, r.Tenant, r.Members[0]); conv != nil {
		return conv, nil
	}
	// The same member leads to the same id, even at the same time.
	r.ID = "a:" + c.mac(r.Tenant, entraID(r.Members[0]))
	conv, _, err := c.create(ctx, op, r)
	return conv, err
}

// teamsThread makes a thread in a Teams channel, with the members of an older
// thread there. Nobody has to know the channel.
func (c *Channel) teamsThread(ctx context.Context, op string, r record, channel string) (*conversation, error) {
	if !validID(threadID(channel, time.Now())) || strings.Contains(channel, ";") {
		return nil, fault(op, http.StatusBadRequest, directline.CodeBadArgument, "channelData.channel.id is not the id of a Teams channel; it looks like 19:name@thread.tacv2")
	}
	r.Kind = kindChannel
	if older := c.sibling(channel); older != nil {
		older.mu.Lock()
		known := older.record
		older.mu.Unlock()
		r.Team, r.Members = known.Team, slices.Clone(known.Members)
		r.Tenant = cmp.Or(r.Tenant, known.Tenant)
	}
	r.Tenant, r.Team = cmp.Or(r.Tenant, defaultTenant), cmp.Or(r.Team, channel)
	for r.Created = time.Now().UTC(); ; r.Created = r.Created.Add(time.Millisecond) {
		r.ID = threadID(channel, r.Created)
		conv, fresh, err := c.create(ctx, op, r)
		if fresh || err != nil { // otherwise another thread began in the same millisecond
			return conv, err
		}
	}
}

// mac is an id that only this channel can make, always the same for these parts.
func (c *Channel) mac(parts ...string) string {
	sum := hmac.New(sha256.New, c.key)
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:16])
}

// threadID is the id of a thread in a Teams channel, which names its first
// message.
func threadID(channel string, created time.Time) string {
	return channel + ";messageid=" + teamsActivityID(created, 1)
}

// checkMembers returns who is to be in a conversation, each once.
func checkMembers(op string, members []activity.ChannelAccount) ([]activity.ChannelAccount, error) {
	var list []activity.ChannelAccount
	for _, m := range members {
		switch {
		case m.ID == "":
			return nil, missingProperty(op, "members.id")
		case memberSize(m) > maxMemberBytes:
			return nil, fault(op, http.StatusBadRequest, directline.CodeBadArgument, fmt.Sprintf("a member has at most %d bytes", maxMemberBytes))
		case !slices.ContainsFunc(list, func(o activity.ChannelAccount) bool { return o.ID == m.ID }):
			list = append(list, m)
		}
		if len(list) > maxMembers {
			return nil, fault(op, http.StatusBadRequest, directline.CodeBadArgument, fmt.Sprintf("a conversation has at most %d members", maxMembers))
		}
	}
	return list, nil
}
