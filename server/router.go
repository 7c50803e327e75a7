package server

import (
	"context"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/endpoint"
	"github.com/outspoken-go/outspoken/localchannel"
)

// A router is the agent's connector: what goes to the process's own local
// channel is delivered in the process, everything else over HTTP.
type router struct {
	remote  agent.Connector
	local   *localchannel.Channel // nil without one; set before the first turn
	metrics *metrics
}

// owns reports whether a service URL is that of the process's own channel.
func (r *router) owns(serviceURL string) bool { return r.local != nil && r.local.Owns(serviceURL) }

func (r *router) to(c *activity.Conversation) agent.Connector {
	if r.owns(c.Reference.ServiceURL) {
		return r.local
	}
	return r.remote
}

func (r *router) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	sent, err := r.to(&to).Send(ctx, to, a)
	return sent, r.metrics.sent(opSend, err)
}

func (r *router) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	updated, err := r.to(&to).Update(ctx, to, a)
	return updated, r.metrics.sent(opUpdate, err)
}

func (r *router) Delete(ctx context.Context, to activity.Conversation, activityID string) error {
	return r.metrics.sent(opDelete, r.to(&to).Delete(ctx, to, activityID))
}

func (r *router) CreateConversation(ctx context.Context, to activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	made, err := r.to(&to).CreateConversation(ctx, to, p)
	return made, r.metrics.sent(opCreate, err)
}

func (r *router) Member(ctx context.Context, to activity.Conversation, userID string) (activity.ChannelAccount, error) {
	return r.to(&to).Member(ctx, to, userID)
}

func (r *router) Members(ctx context.Context, to activity.Conversation, pageSize int, token string) (activity.PagedMembers, error) {
	return r.to(&to).Members(ctx, to, pageSize, token)
}

// trusted adds the process's own local channel to the hosts that the agent may
// answer to.
type trusted struct {
	router *router
	hosts  endpoint.Hosts
}

func (t trusted) Check(serviceURL string) error {
	if t.router.owns(serviceURL) {
		return nil
	}
	return t.hosts.Check(serviceURL)
}
