package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/outspoken-go/outspoken/activity"
)

// Member returns what the channel knows of one member of the conversation. A
// stranger is [activity.ErrNotFound].
func (c *Client) Member(ctx context.Context, to activity.Conversation, userID string) (m activity.ChannelAccount, err error) {
	err = c.get(ctx, &to, "member", "", m.UnmarshalJSON, "conversations", to.Reference.Conversation.ID, "members", userID)
	return m, err
}

// Members returns one page of members; token is "" for the first. A pageSize
// of 0 leaves the size to the channel (Teams takes 50 to 500).
func (c *Client) Members(ctx context.Context, to activity.Conversation, pageSize int, token string) (page activity.PagedMembers, err error) {
	if pageSize < 0 {
		return page, fmt.Errorf("connector: members: %w: a page of %d members", activity.ErrInvalid, pageSize)
	}
	query := url.Values{}
	if pageSize > 0 {
		query.Set("pageSize", strconv.Itoa(pageSize))
	}
	if token != "" {
		query.Set("continuationToken", token)
	}
	err = c.get(ctx, &to, "members", query.Encode(), page.UnmarshalJSON, "conversations", to.Reference.Conversation.ID, "pagedmembers")
	return page, err
}

// AllMembers returns all members at once. Teams refuses that for large
// conversations; prefer [Client.Members].
func (c *Client) AllMembers(ctx context.Context, to activity.Conversation) ([]activity.ChannelAccount, error) {
	return c.accounts(ctx, &to, "all members", "conversations", to.Reference.Conversation.ID, "members")
}

// ActivityMembers returns those who can see the activity.
func (c *Client) ActivityMembers(ctx context.Context, to activity.Conversation, activityID string) ([]activity.ChannelAccount, error) {
	return c.accounts(ctx, &to, "activity members",
		"conversations", to.Reference.Conversation.ID, "activities", activityID, "members")
}

// DeleteMember removes a member from the conversation. On some channels the
// conversation ends with its last member.
func (c *Client) DeleteMember(ctx context.Context, to activity.Conversation, userID string) error {
	return c.do(ctx, &to, &request{
		op: "delete member", method: http.MethodDelete,
		path: []string{"conversations", to.Reference.Conversation.ID, "members", userID},
	})
}

func (c *Client) accounts(ctx context.Context, to *activity.Conversation, op string, path ...string) (list []activity.ChannelAccount, err error) {
	err = c.get(ctx, to, op, "", func(body []byte) error { return json.Unmarshal(body, &list) }, path...)
	return list, err
}

func (c *Client) get(ctx context.Context, to *activity.Conversation, op, query string, read func([]byte) error, path ...string) error {
	return c.do(ctx, to, &request{op: op, method: http.MethodGet, path: path, query: query, read: read})
}
