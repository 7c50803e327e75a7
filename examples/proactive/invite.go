package main

import (
	"context"
	"log/slog"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// region personal
// An employee is somebody the agent never met.
type employee struct {
	TenantID string `json:"tenantId"`
	UserID   string `json:"userId"` // the object id of Microsoft Entra
}

// invite opens a chat in Teams and greets. The returned conversation has an id
// when there is one.
func invite(ctx context.Context, later *proactive.Messenger, agentID string, e employee) (activity.Conversation, error) {
	conv, err := later.Create(ctx, proactive.CreateConversation{
		AgentClientID: agentID,
		ChannelID:     activity.ChannelTeams,
		TenantID:      e.TenantID,
		User:          activity.ChannelAccount{ID: e.UserID},
		TopicName:     "Welcome to Contoso",
		Activity:      activity.Message("Hi! I am here to help you get started."),
		Store:         true, // Send and Run find it by its id
	}, introduce)
	if err != nil && conv.Reference.Conversation.ID != "" {
		// They have read the first message, so this must not be done again.
		slog.Error("not introduced", "conversation", conv.Reference.Conversation.ID, "err", err)
		return conv, nil
	}
	return conv, err
}

// introduce is the first turn of the new conversation.
func introduce(ctx context.Context, t *agent.Turn) error {
	return t.SendText(ctx, `Write "/subscribe" to hear from me.`)
}

// endregion

// region channel
// post begins a thread in a channel of a team. channelID is the id that Teams
// gives the channel, such as "19:…@thread.tacv2".
func post(ctx context.Context, later *proactive.Messenger, agentID, channelID string, e employee, text string) (activity.Conversation, error) {
	return later.Create(ctx, proactive.CreateConversation{
		AgentClientID:  agentID,
		ChannelID:      activity.ChannelTeams,
		TenantID:       e.TenantID,
		User:           activity.ChannelAccount{ID: e.UserID},
		TeamsChannelID: channelID,
		TopicName:      "Daily digest",
		Activity:       activity.Message(text), // the root of the thread
	}, nil)
}

// endregion
