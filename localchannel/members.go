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

// Member returns a user of the conversation. In Teams a user is known by the
// Microsoft Entra object id too.
func (c *Channel) Member(ctx context.Context, to activity.Conversation, userID string) (activity.ChannelAccount, error) {
	return inProcess(ctx, c, "get member", &to, nil, func(x *Exchange) (activity.ChannelAccount, error) {
		return c.memberOf(ctx, x, userID)
	})
}

func (c *Channel) memberOf(ctx context.Context, x *Exchange, userID string) (activity.ChannelAccount, error) {
	conv, done, err := c.enter(ctx, x.Op, x.Conversation)
	if err != nil {
		return activity.ChannelAccount{}, err
	}
	defer done()
	m, ok := conv.member(userID)
	if !ok {
		return m, memberNotFound(x.Op)
	}
	return conv.rosterAccount(m), nil
}

// Members returns the users of the conversation in the order they came, page
// by page. The agent is not one of them. A pageSize of 0 asks for all.
func (c *Channel) Members(ctx context.Context, to activity.Conversation, pageSize int, token string) (activity.PagedMembers, error) {
	return inProcess(ctx, c, "get members", &to, nil, func(x *Exchange) (activity.PagedMembers, error) {
		return c.membersOf(ctx, x, pageSize, token)
	})
}

func (c *Channel) membersOf(ctx context.Context, x *Exchange, pageSize int, token string) (activity.PagedMembers, error) {
	conv, done, err := c.enter(ctx, x.Op, x.Conversation)
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
		return activity.PagedMembers{}, fault(x.Op, http.StatusBadRequest, directline.CodeBadArgument, "pageSize must not be negative, and continuationToken one that this channel gave out")
	}
	var page activity.PagedMembers
	members = members[from:]
	if pageSize > 0 && pageSize < len(members) {
		members = members[:pageSize]
		page.ContinuationToken = strconv.Itoa(from + pageSize)
	}
	page.Members = conv.roster(members)
	page.Keep("members")
	return page, nil
}

// roster is members as those are described who are asked for.
func (conv *conversation) roster(members []activity.ChannelAccount) []activity.ChannelAccount {
	list := make([]activity.ChannelAccount, len(members))
	for i, m := range members {
		list[i] = conv.rosterAccount(m)
	}
	return list
}

// Join adds users to the conversation and tells the agent, in the background,
// of those who were not there. Their number and size are bounded
// ([activity.ErrInvalid]).
func (c *Channel) Join(ctx context.Context, id string, users ...activity.ChannelAccount) error {
	const op = "join"
	users, err := checkMembers(op, users)
	if err != nil {
		return err
	}
	conv, done, err := c.enter(ctx, op, id)
	if err != nil {
		return err
	}
	defer done()
	r := conv.record
	var added []activity.ChannelAccount
	for _, u := range users {
		if _, known := conv.member(u.ID); !known {
			added = append(added, u)
		}
	}
	if len(added) == 0 {
		return nil
	}
	if r.teams() && r.Kind == kindPersonal && len(r.Members)+len(added) > 1 {
		return fault(op, http.StatusBadRequest, directline.CodeBadArgument, "a personal conversation of Teams has one user; start a groupChat")
	}
	if r.Members, err = checkMembers(op, slices.Concat(r.Members, added)); err != nil {
		return err
	}
	if err := c.save(ctx, conv, r, nil); err != nil {
		return c.storeFailed(op, conv.id, err)
	}
	c.index(conv)
	a := c.membership(conv, added[0])
	for _, u := range added {
		a.MembersAdded = append(a.MembersAdded, conv.userAccount(u))
	}
	return c.tell(op, conv, a)
}

// Leave takes a user off the conversation and tells the agent, in the
// background. Who is not there is [activity.ErrNotFound].
func (c *Channel) Leave(ctx context.Context, id, userID string) error {
	const op = "leave"
	conv, done, err := c.enter(ctx, op, id)
	if err != nil {
		return err
	}
	defer done()
	gone, err := c.removeMember(ctx, op, conv, userID)
	if err != nil {
		return err
	}
	a := c.membership(conv, gone)
	a.MembersRemoved = []activity.ChannelAccount{conv.userAccount(gone)}
	return c.tell(op, conv, a)
}

// removeMember takes a user off the roster. conv.mu is held.
func (c *Channel) removeMember(ctx context.Context, op string, conv *conversation, userID string) (activity.ChannelAccount, error) {
	gone, ok := conv.member(userID)
	if !ok {
		return gone, memberNotFound(op)
	}
	r := conv.record
	r.Members = slices.DeleteFunc(slices.Clone(r.Members), func(m activity.ChannelAccount) bool { return m.ID == gone.ID })
	if err := c.save(ctx, conv, r, nil); err != nil {
		return gone, c.storeFailed(op, conv.id, err)
	}
	c.index(conv)
	return gone, nil
}
