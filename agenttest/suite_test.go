package agenttest_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
)

func TestConnectorKeepsItsPromises(t *testing.T) {
	agenttest.TestConnector(t, func(t *testing.T) agenttest.Target {
		c := agenttest.Start(t, newEcho())
		return agenttest.Target{Connector: c.Connector(), Conversation: c.Conversation(), Texts: func() []string { return c.Messages().Texts() }}
	})
}

// S2-54: an adapter that does the Connector's job itself. Nothing but the six
// methods is needed to put an agent on a new channel.
func TestConsole(t *testing.T) {
	agenttest.TestConnector(t, func(t *testing.T) agenttest.Target {
		out := new(strings.Builder)
		return agenttest.Target{
			Connector: &console{out: out, user: "me"},
			Conversation: activity.Conversation{Reference: activity.ConversationReference{
				User: activity.ChannelAccount{ID: "me"}, Agent: activity.ChannelAccount{ID: "agent"},
				Conversation: activity.ConversationAccount{ID: "terminal"},
				ChannelID:    activity.ChannelConsole, ServiceURL: "urn:console",
			}},
			Texts: func() []string { return strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' }) },
		}
	})
}

// A console prints what agents say. What is printed cannot be taken back, so
// an edit is printed as well.
type console struct {
	user string

	mu      sync.Mutex
	out     io.Writer
	printed int
	deleted map[string]bool
}

var _ agent.Connector = (*console)(nil)

func (c *console) print(ctx context.Context, to activity.Conversation, a *activity.Activity) error {
	if to.Reference.Conversation.ID == "" {
		return fmt.Errorf("console: %w: no conversation", activity.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, a.Text)
	return err
}

func (c *console) known(id string) error {
	var n int
	if _, err := fmt.Sscanf(id, "line-%d", &n); err != nil || n < 1 || n > c.printed || c.deleted[id] {
		return fmt.Errorf("console: %q: %w", id, activity.ErrNotFound)
	}
	return nil
}

func (c *console) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.print(ctx, to, a); err != nil {
		return activity.ResourceResponse{}, err
	}
	c.printed++
	return activity.ResourceResponse{ID: fmt.Sprintf("line-%d", c.printed)}, nil
}

func (c *console) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.known(a.ID); err != nil {
		return activity.ResourceResponse{}, err
	}
	return activity.ResourceResponse{ID: a.ID}, c.print(ctx, to, a)
}

func (c *console) Delete(_ context.Context, _ activity.Conversation, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.known(id); err != nil {
		return err
	}
	if c.deleted == nil {
		c.deleted = map[string]bool{}
	}
	c.deleted[id] = true
	return nil
}

func (c *console) CreateConversation(context.Context, activity.Conversation, activity.ConversationParameters) (activity.ConversationResourceResponse, error) {
	return activity.ConversationResourceResponse{ID: "terminal"}, nil
}

func (c *console) Member(_ context.Context, _ activity.Conversation, id string) (activity.ChannelAccount, error) {
	if id != c.user {
		return activity.ChannelAccount{}, fmt.Errorf("console: %q: %w", id, activity.ErrNotFound)
	}
	return activity.ChannelAccount{ID: id}, nil
}

func (c *console) Members(context.Context, activity.Conversation, int, string) (activity.PagedMembers, error) {
	return activity.PagedMembers{Members: []activity.ChannelAccount{{ID: c.user}}}, nil
}
