package localchannel

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

func memberNotFound(op string) error {
	return fault(op, http.StatusNotFound, codeMemberNotFound, "there is no such member in this conversation")
}

// Member returns a user of the conversation.
func (c *Channel) Member(ctx context.Context, to activity.Conversation, userID string) (activity.ChannelAccount, error) {
	const op = "get member"
	conv, done, err := c.enter(ctx, op, to)
	if err != nil {
		return activity.ChannelAccount{}, err
	}
	defer done()
	m, ok := conv.member(userID)
	if !ok {
		return m, memberNotFound(op)
	}
	return m, nil
}

// Members returns the users of the conversation in the order they came, page
// by page. The agent is not one of them. A pageSize of 0 asks for all.
func (c *Channel) Members(ctx context.Context, to activity.Conversation, pageSize int, token string) (activity.PagedMembers, error) {
	const op = "get members"
	conv, done, err := c.enter(ctx, op, to)
	if err != nil {
		return activity.PagedMembers{}, err
	}
	defer done()
	members := conv.record.Members
	from := 0
	if token != "" {
		from, err = strconv.Atoi(token)
	}
	if err != nil || from < 0 || from > len(members) || pageSize < 0 {
		return activity.PagedMembers{}, fault(op, http.StatusBadRequest, directline.CodeBadArgument, "pageSize must not be negative, and continuationToken one that this channel gave out")
	}
	page := activity.PagedMembers{Members: slices.Clone(members[from:])}
	if pageSize > 0 && pageSize < len(page.Members) {
		page.Members = page.Members[:pageSize]
		page.ContinuationToken = strconv.Itoa(from + pageSize)
	}
	page.Keep("members")
	return page, nil
}

// removeMember takes a user off the roster.
func (c *Channel) removeMember(ctx context.Context, to activity.Conversation, userID string) error {
	const op = "delete member"
	conv, done, err := c.enter(ctx, op, to)
	if err != nil {
		return err
	}
	defer done()
	if _, ok := conv.member(userID); !ok {
		return memberNotFound(op)
	}
	r := conv.record
	r.Members = slices.DeleteFunc(slices.Clone(r.Members), func(m activity.ChannelAccount) bool { return m.ID == userID })
	if err := c.save(ctx, conv, r, nil); err != nil {
		return c.storeFailed(op, conv.id, err)
	}
	return nil
}
