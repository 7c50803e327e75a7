package proactive

import (
	"context"
	"slices"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// Tag adds tags to a conversation, for [Conversations.ByTag]. Tags it has are
// left alone.
func (c *Conversations) Tag(ctx context.Context, id string, tags ...string) error {
	if slices.Contains(tags, "") {
		return &InvalidError{"tag", "is empty"}
	}
	return c.retag(ctx, id, func(now []string) []string {
		return slices.Compact(slices.Sorted(slices.Values(append(now, tags...))))
	})
}

// Untag removes tags from a conversation. Tags it does not have are ignored.
func (c *Conversations) Untag(ctx context.Context, id string, tags ...string) error {
	return c.retag(ctx, id, func(now []string) []string {
		return slices.DeleteFunc(now, func(tag string) bool { return slices.Contains(tags, tag) })
	})
}

func (c *Conversations) retag(ctx context.Context, id string, change func([]string) []string) error {
	return c.alter(ctx, "tag", id, func(e *Entry) bool {
		tags := change(slices.Clone(e.Tags))
		if slices.Equal(tags, e.Tags) {
			return false
		}
		e.Tags = tags
		return true
	})
}

// Mark notes that a conversation takes no messages, and why. [Messenger] does
// so when the channel says it, and Capture when the agent is removed. The next
// turn that comes in clears it.
func (c *Conversations) Mark(ctx context.Context, id string, status Status, reason string) error {
	if status == StatusActive {
		return c.Unmark(ctx, id)
	}
	return c.alter(ctx, "mark", id, func(e *Entry) bool { return e.mark(status, reason) })
}

// markAt marks the conversation at an address. It leaves alone what is not
// known, or has another service URL by now.
func (c *Conversations) markAt(ctx context.Context, to *activity.Conversation, status Status, reason string) error {
	return c.put(ctx, placeOf(to), nil, func(e *Entry, known bool) bool {
		return known && e.Conversation.Reference.ServiceURL == to.Reference.ServiceURL && e.mark(status, reason)
	})
}

func (e *Entry) mark(status Status, reason string) bool {
	if e.Mark.Status == status {
		return false
	}
	e.Mark = Mark{status, reason, time.Now().UTC().Truncate(time.Second)}
	return true
}

// Unmark clears the mark of a conversation, if it has one.
func (c *Conversations) Unmark(ctx context.Context, id string) error {
	return c.alter(ctx, "unmark", id, func(e *Entry) bool {
		had := e.Mark != Mark{}
		e.Mark = Mark{}
		return had
	})
}

// alter changes an entry that is known.
func (c *Conversations) alter(ctx context.Context, what, id string, change func(*Entry) bool) error {
	e, err := find(ctx, c.store, id)
	if err == nil {
		err = c.put(ctx, placeOf(&e.Conversation), nil, func(e *Entry, known bool) bool { return known && change(e) })
	}
	return wrap(what, id, err)
}
