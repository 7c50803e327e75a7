package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/outspoken-go/outspoken/activity"
)

// CreateConversation asks the channel for a new conversation; of to only
// service URL, channel and claims count. The answer has an ID; its ActivityID
// and ServiceURL are what the channel says, if anything.
//
// A failure that matches [activity.ErrOutcomeUnknown] may have left a
// conversation behind.
func (c *Client) CreateConversation(ctx context.Context, to activity.Conversation, p activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	var resp activity.ConversationResourceResponse
	r := request{op: "create conversation", method: http.MethodPost, path: []string{"conversations"}}
	var err error
	if p.Activity != nil && p.Activity.Type == "" {
		err = fmt.Errorf("%w: the first activity has no type", activity.ErrInvalid)
	} else if r.body, err = p.MarshalJSON(); err != nil {
		err = fmt.Errorf("%w parameters: %w", activity.ErrInvalid, err)
	}
	if err != nil {
		return resp, fmt.Errorf("connector: %s: %w", r.op, err)
	}
	r.read = func(body []byte) error {
		if err := resp.UnmarshalJSON(body); err != nil {
			return err
		}
		if resp.ID == "" {
			return errors.New("it names no conversation")
		}
		return nil
	}
	err = c.do(ctx, &to, &r)
	return resp, err
}

// CopilotThread asks for a new thread of a person with the agent in Microsoft
// 365 Copilot, which the agent opens. Both ids are those of Microsoft Entra.
// Set Activity in the result to open it with a message.
func CopilotThread(tenantID, userID string) activity.ConversationParameters {
	return activity.ConversationParameters{
		Members:     []activity.ChannelAccount{{ID: userID}},
		TenantID:    tenantID,
		ChannelData: json.RawMessage(`{"productContext":"Copilot","conversation":{"conversationSubType":"AgentProactive"}}`),
	}
}

// A ConversationsPage is one page of the conversations an agent takes part in.
type ConversationsPage struct {
	Conversations     []ConversationMembers `json:"conversations"`
	ContinuationToken string                `json:"continuationToken"` // "" on the last page
}

// ConversationMembers are the members of one conversation.
type ConversationMembers struct {
	ID      string                    `json:"id"`
	Members []activity.ChannelAccount `json:"members"`
}

// Conversations returns one page of the conversations that the agent takes
// part in; token is "" for the first. Few channels offer it. Of to only service
// URL, channel and claims count.
func (c *Client) Conversations(ctx context.Context, to activity.Conversation, token string) (page ConversationsPage, err error) {
	query := url.Values{}
	if token != "" {
		query.Set("continuationToken", token)
	}
	err = c.do(ctx, &to, &request{
		op: "list conversations", method: http.MethodGet, path: []string{"conversations"},
		query: query.Encode(), read: func(body []byte) error { return json.Unmarshal(body, &page) },
	})
	return page, err
}

// SendHistory adds past activities to a conversation, in order, for channels
// that can show them.
func (c *Client) SendHistory(ctx context.Context, to activity.Conversation, activities []*activity.Activity) (resp activity.ResourceResponse, err error) {
	body := []byte(`{"activities":[`)
	for i, a := range activities {
		if i > 0 {
			body = append(body, ',')
		}
		one, err := outbound(a)
		if err != nil {
			return resp, fmt.Errorf("connector: send history: activity %d: %w", i, err)
		}
		body = append(body, one...)
	}
	r := request{
		op: "send history", method: http.MethodPost, body: append(body, `]}`...), read: optional(&resp),
		path: []string{"conversations", to.Reference.Conversation.ID, "activities", "history"},
	}
	err = c.do(ctx, &to, &r)
	return resp, err
}
