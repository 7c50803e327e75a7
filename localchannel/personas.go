package localchannel

import (
	"cmp"
	"strings"

	"github.com/google/uuid"

	"github.com/outspoken-go/outspoken/activity"
)

// Kinds of conversations, in the words of Teams.
const (
	kindPersonal = "personal"
	kindGroup    = "groupChat"
	kindChannel  = "channel" // a thread in a channel of a team
)

// space makes the ids that Microsoft Entra would have given: the same name
// gives the same id, in every process.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/outspoken-go/outspoken/localchannel"))

// defaultTenant is the organisation of Teams users who name none.
var defaultTenant = uuid.NewSHA1(space, []byte("tenant")).String()

// entraID is the Microsoft Entra object id of a Teams user: the one given, the
// id itself if it is one, or one that is always the same for this id.
func entraID(user activity.ChannelAccount) string {
	if id := user.EntraID(); id != "" {
		return id
	}
	if _, err := uuid.Parse(user.ID); err == nil {
		return strings.ToLower(user.ID)
	}
	return uuid.NewSHA1(space, []byte(user.ID)).String()
}

// teams reports whether the conversation is one of Teams.
func (r *record) teams() bool {
	channel, _ := activity.SplitChannel(r.Channel)
	return channel == activity.ChannelTeams
}

// thread is the id of the Teams channel that the conversation is a thread of.
func (r *record) thread() string {
	channel, _, _ := strings.Cut(r.ID, ";messageid=")
	return channel
}

// knows reports whether the channel can act as the channel with this id.
func (c *Channel) knows(channel string) bool {
	switch channel {
	case activity.ChannelTeams, activity.ChannelWebChat, activity.ChannelDirectLine, activity.ChannelEmulator, c.cfg.ChannelID:
		return true
	}
	return false
}

// newConversationID is an id in the manner of the channel; that of a thread in
// a Teams channel lacks its message.
func newConversationID(channel, kind string) string {
	r := record{Channel: channel}
	switch {
	case channel == activity.ChannelEmulator:
		return uuid.NewString()
	case !r.teams():
		return newID()
	case kind == kindChannel:
		return "19:" + newID() + "@thread.tacv2"
	case kind == kindGroup:
		return "19:" + newID() + "@thread.v2"
	}
	return "a:" + newID()
}

// newConversationID is the id of a conversation that a Direct Line client is
// about to start.
func (c *Channel) newConversationID() string {
	return newConversationID(c.cfg.ChannelID, kindPersonal)
}

// agentAccount is the agent as the conversation's channel names it.
func (c *Channel) agentAccount(conv *conversation) activity.ChannelAccount {
	id := c.cfg.AgentID
	if conv.record.teams() && !strings.HasPrefix(id, "28:") {
		id = "28:" + id
	}
	return activity.ChannelAccount{ID: id, Name: c.cfg.AgentName, Role: activity.RoleBot}
}

// userAccount is a user as activities of the conversation's channel name one.
func (conv *conversation) userAccount(user activity.ChannelAccount) activity.ChannelAccount {
	account := activity.ChannelAccount{ID: user.ID, Name: user.Name, Role: activity.RoleUser}
	if conv.record.teams() {
		account.AADObjectID = entraID(user)
	}
	return account
}

// rosterAccount is a member as the conversation's channel describes one who is
// asked for.
func (conv *conversation) rosterAccount(m activity.ChannelAccount) activity.ChannelAccount {
	if !conv.record.teams() {
		return m
	}
	first, last, _ := strings.Cut(m.Name, " ")
	m.AADObjectID = entraID(m)
	m.TenantID = cmp.Or(m.TenantID, conv.record.Tenant)
	m.GivenName, m.Surname = cmp.Or(m.GivenName, first), cmp.Or(m.Surname, last)
	m.UserPrincipalName = cmp.Or(m.UserPrincipalName, m.Email, mailName(m.ID)+"@example.com")
	m.Email = cmp.Or(m.Email, m.UserPrincipalName)
	m.UserRole = cmp.Or(m.UserRole, "user")
	return m
}

// mailName is an id as the first half of a mail address.
func mailName(id string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(id)), "-")
}
