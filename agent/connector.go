package agent

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
)

// A Connector carries what agents say to a channel. connector.Client speaks
// the channel REST protocol; a local channel and the fake of package agenttest
// are others. All methods may be called concurrently. Failures are errors of
// package activity, such as [activity.ErrThrottled].
//
// In every method, to says where and as whom: its reference holds service URL,
// channel and conversation, its claims the agent.
type Connector interface {
	// Send delivers a, as a reply when a.ReplyToID is set.
	Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error)

	// Update replaces the activity whose id is a.ID.
	Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error)

	// Delete removes an activity.
	Delete(ctx context.Context, to activity.Conversation, activityID string) error

	// CreateConversation asks the channel for a new conversation. The
	// conversation in to does not count.
	CreateConversation(ctx context.Context, to activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error)

	// Member returns what the channel knows of one member.
	Member(ctx context.Context, to activity.Conversation, userID string) (activity.ChannelAccount, error)

	// Members returns one page of members; token is "" for the first page. A
	// pageSize of 0 leaves the size to the channel.
	Members(ctx context.Context, to activity.Conversation, pageSize int, token string) (activity.PagedMembers, error)
}
