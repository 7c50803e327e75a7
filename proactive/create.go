package proactive

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// CreateConversation asks a channel for a new conversation. Its JSON is the
// body of the trigger POST /proactive/create. (proactive-hosting-auth 1.4)
//
// Channel, user and agent are needed, in Teams the tenant as well. Two things
// may be asked of Teams: a chat with one user, or a thread in the channel
// TeamsChannelID. Other channels take groups.
type CreateConversation struct {
	// AgentClientID is the agent's client id. When it is empty, Claims name
	// the agent.
	AgentClientID string `json:"agentClientId,omitempty"`

	// ChannelID is where, such as "msteams".
	ChannelID string `json:"channelId"`

	// User is whom to talk to. Its ID is that on the channel; Teams also
	// takes the id of Microsoft Entra, so the user need never have written.
	User activity.ChannelAccount `json:"user"`

	// TenantID is the user's Microsoft Entra tenant.
	TenantID string `json:"tenantId,omitempty"`

	TopicName string `json:"topicName,omitempty"`

	// Activity is the first message, sent by the channel as the conversation
	// is made. Default type: message.
	Activity *activity.Activity `json:"activity,omitempty"`

	// TeamsChannelID, such as "19:…@thread.tacv2", makes the conversation a
	// thread in that channel, whose root is Activity. Other channels ignore
	// it.
	TeamsChannelID string `json:"teamsChannelId,omitempty"`

	// ChannelData is handed to the channel, with tenant and channel added.
	ChannelData json.RawMessage `json:"channelData,omitempty"`

	// IsGroup says whether it is a group. Default: when there are several
	// members or TeamsChannelID is set.
	IsGroup *bool `json:"isGroup,omitempty"`

	// Store keeps the new conversation in the address book.
	Store bool `json:"storeConversation,omitempty"`

	// Members are who joins beside User.
	Members []activity.ChannelAccount `json:"-"`

	// ServiceURL is where to ask. Default: that of the channel; see
	// [Config.TeamsServiceURL] and [ServiceURLFor].
	ServiceURL string `json:"-"`

	// Claims are those of the caller or of a conversation, from which the
	// agent and its credentials follow. Of them [Claims] are used.
	Claims map[string]string `json:"-"`
}

// Validate names the first field that is missing or wrong, in an
// [*InvalidError].
func (c *CreateConversation) Validate() error {
	teams := baseOf(c.ChannelID) == activity.ChannelTeams
	switch {
	case c.AgentClientID == "" && c.Claims["aud"] == "":
		return missing("agentClientId")
	case strings.TrimSpace(c.ChannelID) == "":
		return missing("channelId")
	case strings.TrimSpace(c.User.ID) == "":
		return missing("user.id")
	case teams && strings.TrimSpace(c.TenantID) == "":
		return &InvalidError{"tenantId", "is missing; Teams needs the Microsoft Entra tenant of the user, as in conversation.tenantId of any activity from there"}
	case teams && c.TeamsChannelID != "" && !strings.HasPrefix(strings.TrimSpace(c.TeamsChannelID), "19:"):
		return &InvalidError{"teamsChannelId", fmt.Sprintf("%q is no channel of a team, whose id looks like 19:…@thread.tacv2; the channel id %q of the protocol belongs into channelId", c.TeamsChannelID, activity.ChannelTeams)}
	case len(c.ChannelData) > 0 && json.Unmarshal(c.ChannelData, new(map[string]json.RawMessage)) != nil:
		return &InvalidError{"channelData", "is not a JSON object"}
	}
	return nil
}

// OneToOne asks for a chat with the user of a conversation that is known, such
// as somebody who spoke in a group.
func OneToOne(known activity.Conversation) CreateConversation {
	r := &known.Reference
	user := activity.ChannelAccount{ID: r.User.ID, Name: r.User.Name, AADObjectID: r.User.AADObjectID}
	return CreateConversation{
		ChannelID: r.ChannelID, ServiceURL: r.ServiceURL, User: user, Claims: known.Claims,
		TenantID: cmp.Or(r.Conversation.TenantID, r.User.TenantID),
	}
}

// CopilotThread asks for a new thread of the user of a conversation with the
// agent in Microsoft 365 Copilot, which the agent opens. The user must have an
// Entra object id, as all users of Teams have.
func CopilotThread(known activity.Conversation) CreateConversation {
	c := OneToOne(known)
	c.ChannelID = activity.ChannelTeamsCopilot
	c.User = activity.ChannelAccount{ID: known.Reference.User.EntraID()}
	c.ChannelData = json.RawMessage(`{"productContext":"Copilot","conversation":{"conversationSubType":"AgentProactive"}}`)
	return c
}

// complete returns where and as whom to ask, and what for.
func (c *CreateConversation) complete(teamsURL string) (activity.Conversation, activity.ConversationParameters, error) {
	at := activity.Conversation{Claims: Claims(c.Claims)}
	if at.Identity().IsAgent() { // the token to ask for is one for the channel, not for that agent
		delete(at.Claims, "azp")
		delete(at.Claims, "appid")
	}
	p := activity.ConversationParameters{
		TopicName: strings.TrimSpace(c.TopicName), TenantID: strings.TrimSpace(c.TenantID),
		Members: append([]activity.ChannelAccount{c.User}, c.Members...), IsGroup: c.IsGroup, ChannelData: c.ChannelData,
	}
	if err := c.Validate(); err != nil {
		return at, p, err
	}
	if c.AgentClientID != "" {
		at.Claims = map[string]string{"aud": plainID(c.AgentClientID)}
	}
	at.Reference.ChannelID = strings.TrimSpace(c.ChannelID)
	at.Reference.ServiceURL = cmp.Or(c.ServiceURL, serviceURL(at.Reference.ChannelID, teamsURL))
	at.Reference.Agent = agentAccount(at.Reference.ChannelID, at.Claims["aud"])
	p.Members[0].ID = strings.TrimSpace(c.User.ID)
	if c.Activity != nil {
		p.Activity = c.Activity.Clone()
		p.Activity.Type = cmp.Or(p.Activity.Type, activity.TypeMessage)
	}
	return at, p, c.forTeams(at.Reference.ChannelID, &p)
}

// forTeams adds what Teams reads in its channel data, and says whether it is a
// group. A thread in Copilot, which is a sub-channel, is asked for with what it
// needs and no more. (proactive-hosting-auth 2.6)
func (c *CreateConversation) forTeams(channelID string, p *activity.ConversationParameters) (err error) {
	thread := strings.TrimSpace(c.TeamsChannelID)
	group := len(p.Members) > 1
	switch {
	case strings.EqualFold(channelID, activity.ChannelTeams):
		if p.ChannelData, err = merge(p.ChannelData, "tenant", p.TenantID); err == nil && thread != "" {
			group = true
			p.ChannelData, err = merge(p.ChannelData, "channel", thread)
		}
	case baseOf(channelID) == activity.ChannelTeams:
		return nil
	}
	if p.IsGroup == nil {
		p.IsGroup = &group
	}
	return err
}

// merge sets the id of a member of an object, and leaves all else alone.
func merge(data json.RawMessage, name, id string) (json.RawMessage, error) {
	all, inner := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &all); err != nil {
			return nil, &InvalidError{"channelData", "is not a JSON object"}
		}
	}
	if all == nil || json.Unmarshal(all[name], &inner) != nil || inner == nil {
		inner = map[string]json.RawMessage{}
	}
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	var err error
	if inner["id"], err = json.Marshal(id); err == nil {
		if all[name], err = json.Marshal(inner); err == nil {
			return json.Marshal(all)
		}
	}
	return nil, err
}

// keep stores what the channel made, if store says so. A channel may answer with
// a chat that is known already. Then the user is the one who is known, under
// whose id on the channel state and tokens are, also if the agent asked by the id
// of Entra.
func (m *Messenger) keep(ctx context.Context, made *activity.Conversation, store bool) error {
	if m.book == nil {
		return nil
	}
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if known, err := m.book.Find(ctx, placeOf(made).String()); err == nil {
		user, asked := known.Conversation.Reference.User, made.Reference.User.ID
		if user.ID == asked || strings.EqualFold(user.EntraID(), asked) {
			made.Reference.User = user
		}
	}
	if !store {
		return nil
	}
	_, err := m.book.Store(ctx, *made)
	return err
}

// Create asks a channel for a new conversation, stores it if c says so, and
// then, unless h is nil, runs h as its first turn: with an event named
// CreateConversation, and otherwise as [Messenger.Continue] does. If c has a
// first message, it comes before what h says. Of a chat that is known already,
// the user is the one who is known.
//
// An error together with a conversation whose id is set means that the
// conversation exists and what came after failed: do not create it again.
// When the error matches [activity.ErrOutcomeUnknown] and there is no
// conversation, the channel may have made one.
func (m *Messenger) Create(ctx context.Context, c CreateConversation, h agent.Handler, call ...Call) (activity.Conversation, error) {
	more, err := one(call)
	if err == nil && m.adapter == nil {
		err = missing("adapter")
	}
	if err == nil && m.book == nil && c.Store {
		err = missing("book")
	}
	if err != nil {
		return activity.Conversation{}, err
	}
	at, p, err := c.complete(m.cfg.TeamsServiceURL)
	if err != nil {
		return activity.Conversation{}, err
	}
	self := at.Reference.Agent
	if p.IsGroup == nil {
		at.Reference.Agent = activity.ChannelAccount{} // the token says who asks for a thread in Copilot
	}
	made, err := m.adapter.Create(ctx, at, p, nil)
	if err != nil {
		return made, err
	}
	made.Reference.Agent = self
	made.Reference.User.Role = cmp.Or(made.Reference.User.Role, activity.RoleUser)
	if err := m.keep(ctx, &made, c.Store); err != nil {
		return made, err
	}
	if h == nil {
		return made, nil
	}
	event := activity.Activity{}
	if more.Activity != nil {
		event = *more.Activity.Clone()
	}
	event.Name = activity.EventCreateConversation
	if event.ChannelData == nil {
		event.ChannelData = p.ChannelData
	}
	more.Activity = &event
	return made, m.run(ctx, made, h, more)
}
