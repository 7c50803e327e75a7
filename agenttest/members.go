package agenttest

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/outspoken-go/outspoken/activity"
)

// SetMembers sets who is in a conversation. A [Client] adds its own user.
func (c *Connector) SetMembers(conversationID string, members ...activity.ChannelAccount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chat(conversationID).members = slices.Clone(members)
}

// CreateConversation implements [agent.Connector]. Each call makes a new
// conversation, "conversation-1" and so on, with the members it was given.
func (c *Connector) CreateConversation(ctx context.Context, to activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	call := &Call{Op: OpCreate, To: to}
	if p.Activity != nil {
		call.Activity = p.Activity.Clone()
	}
	var r activity.ConversationResourceResponse
	err := c.perform(ctx, call, func() error {
		call.ID = c.id("conversation")
		c.chat(call.ID).members = slices.Clone(p.Members)
		r = activity.ConversationResourceResponse{ID: call.ID, ServiceURL: to.Reference.ServiceURL}
		if a := call.Activity; a != nil {
			a.ID, a.Conversation.ID = c.id("sent"), call.ID
			r.ActivityID = a.ID
			c.say(ctx, a)
		}
		return nil
	})
	if err != nil {
		return activity.ConversationResourceResponse{}, err
	}
	return r, nil
}

// Member implements [agent.Connector].
func (c *Connector) Member(ctx context.Context, to activity.Conversation, userID string) (activity.ChannelAccount, error) {
	call := &Call{Op: OpMember, To: to, ID: userID}
	var found activity.ChannelAccount
	err := c.perform(ctx, call, func() error {
		members := c.chat(to.Reference.Conversation.ID).members
		i := indexMember(members, userID)
		if i < 0 {
			return refuse(OpMember, http.StatusNotFound, "MemberNotFoundInConversation")
		}
		found = members[i]
		return nil
	})
	return found, err
}

// Members implements [agent.Connector]. The token is the number of members
// before the page.
func (c *Connector) Members(ctx context.Context, to activity.Conversation, pageSize int, token string) (activity.PagedMembers, error) {
	call := &Call{Op: OpMembers, To: to}
	var page activity.PagedMembers
	err := c.perform(ctx, call, func() error {
		members := c.chat(to.Reference.Conversation.ID).members
		from, err := strconv.Atoi("0" + token)
		if err != nil || from > len(members) {
			return refuse(OpMembers, http.StatusBadRequest, "BadContinuationToken")
		}
		end := len(members)
		if pageSize > 0 && from+pageSize < end {
			end = from + pageSize
			page.ContinuationToken = strconv.Itoa(end)
		}
		page.Members = slices.Clone(members[from:end])
		return nil
	})
	return page, err
}

func (c *Connector) join(conversationID string, members []activity.ChannelAccount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat := c.chat(conversationID)
	for _, m := range members {
		if indexMember(chat.members, m.ID) < 0 {
			chat.members = append(chat.members, m)
		}
	}
}

func (c *Connector) leave(conversationID string, members []activity.ChannelAccount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat := c.chat(conversationID)
	chat.members = slices.DeleteFunc(chat.members, func(m activity.ChannelAccount) bool { return indexMember(members, m.ID) >= 0 })
}

func indexMember(members []activity.ChannelAccount, id string) int {
	return slices.IndexFunc(members, func(m activity.ChannelAccount) bool { return m.ID == id })
}
