package agenttest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Operations of a [Connector] beside those of package agent.
const (
	OpCreate  agent.Op = "create"
	OpMember  agent.Op = "member"
	OpMembers agent.Op = "members"
)

// A Call is one call of a [Connector].
type Call struct {
	Op       agent.Op
	At       time.Time             // when it began
	To       activity.Conversation // where and as whom
	Activity *activity.Activity    // a copy of what was sent, or the update; else nil
	ID       string                // of the activity, the conversation or the member
	Err      error                 // nil also while the call is under way
}

// A Connector is a channel in memory. It records every call, shows messages as
// a user would see them, hands out ids ("sent-1", "sent-2", …) and fails on
// demand; see [Connector.Fail]. What a channel would refuse it refuses with the
// [activity.Error] of a channel. The zero Connector is ready to use, also
// concurrently.
type Connector struct {
	mu     sync.Mutex
	calls  []*Call
	faults []*Fault
	chats  map[string]*chat
	ids    map[string]int // given out so far, by kind
}

// A chat is one conversation of a Connector.
type chat struct {
	said    []*activity.Activity // everything, by users and agent
	members []activity.ChannelAccount
	unread  Replies       // sent outside of the turns of a Client
	news    chan struct{} // closed when something becomes unread
}

var _ agent.Connector = (*Connector)(nil)

// Send implements [agent.Connector].
func (c *Connector) Send(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	call := &Call{Op: agent.OpSend, To: to, Activity: a.Clone()}
	err := c.perform(ctx, call, func() error {
		if err := call.check(); err != nil {
			return err
		}
		call.ID = c.id("sent")
		call.Activity.ID = call.ID
		c.say(ctx, call.Activity)
		return nil
	})
	return resource(call, err)
}

// Update implements [agent.Connector].
func (c *Connector) Update(ctx context.Context, to activity.Conversation, a *activity.Activity) (activity.ResourceResponse, error) {
	call := &Call{Op: agent.OpUpdate, To: to, Activity: a.Clone(), ID: a.ID}
	err := c.perform(ctx, call, func() error {
		if err := call.check(); err != nil {
			return err
		}
		chat, i, err := c.find(call)
		if err == nil {
			chat.said[i] = call.Activity
		}
		return err
	})
	return resource(call, err)
}

// Delete implements [agent.Connector].
func (c *Connector) Delete(ctx context.Context, to activity.Conversation, activityID string) error {
	call := &Call{Op: agent.OpDelete, To: to, ID: activityID}
	return c.perform(ctx, call, func() error {
		chat, i, err := c.find(call)
		if err == nil {
			chat.said = slices.Delete(chat.said, i, i+1)
		}
		return err
	})
}

// Calls are the calls so far, in the order in which they began.
func (c *Connector) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := make([]Call, len(c.calls))
	for i, call := range c.calls {
		calls[i] = *call
		if call.Activity != nil {
			calls[i].Activity = call.Activity.Clone()
		}
	}
	return calls
}

// Messages are the messages of a conversation, of users and agent, as they
// show now: edits replaced them and deleted ones are gone.
func (c *Connector) Messages(conversationID string) Replies {
	c.mu.Lock()
	defer c.mu.Unlock()
	var shown Replies
	for _, a := range c.chat(conversationID).said {
		if a.Is(activity.TypeMessage) {
			shown = append(shown, a.Clone())
		}
	}
	return shown
}

// perform records a call, applies the faults to it and carries it out by do,
// which runs under the lock.
func (c *Connector) perform(ctx context.Context, call *Call, do func() error) error {
	call.At = time.Now()
	c.mu.Lock()
	c.calls = append(c.calls, call)
	fault := c.faultFor(call)
	c.mu.Unlock()
	locked := func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		return do()
	}
	err := ctx.Err()
	if err == nil {
		err = fault.apply(ctx, locked)
	}
	if err != nil {
		err = fmt.Errorf("agenttest: %s: %w", call.Op, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	call.Err = err
	return err
}

// check refuses what no channel could deliver.
func (call *Call) check() error {
	if r := &call.To.Reference; r.ServiceURL == "" || r.Conversation.ID == "" {
		return fmt.Errorf("%w: the address needs a service URL and a conversation id", activity.ErrInvalid)
	}
	return call.Activity.ValidateOutbound()
}

// find returns the activity that a call is about.
func (c *Connector) find(call *Call) (*chat, int, error) {
	chat := c.chat(call.To.Reference.Conversation.ID)
	i := slices.IndexFunc(chat.said, func(a *activity.Activity) bool { return a.ID == call.ID })
	if i < 0 {
		return nil, 0, refuse(call.Op, http.StatusNotFound, "ActivityNotFound")
	}
	return chat, i, nil
}

func (c *Connector) chat(id string) *chat {
	if c.chats == nil {
		c.chats = map[string]*chat{}
	}
	if c.chats[id] == nil {
		c.chats[id] = &chat{news: make(chan struct{})}
	}
	return c.chats[id]
}

func (c *Connector) id(kind string) string {
	if c.ids == nil {
		c.ids = map[string]int{}
	}
	c.ids[kind]++
	return fmt.Sprintf("%s-%d", kind, c.ids[kind])
}

func resource(call *Call, err error) (activity.ResourceResponse, error) {
	if err != nil {
		return activity.ResourceResponse{}, err
	}
	return activity.ResourceResponse{ID: call.ID}, nil
}

func refuse(op agent.Op, status int, code string) error {
	return &activity.Error{Op: string(op), Host: "agenttest", Status: status, Code: code}
}
