package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

const subscribers = "subscribers" // a tag

// region subscribe
// subscribe keeps the conversation and says its id, by which it can be written
// to from now on.
func (a *assistant) subscribe(ctx context.Context, t *agent.Turn) error {
	id, err := a.book.Store(ctx, t.Conversation())
	if err != nil {
		return err
	}
	if err := a.book.Tag(ctx, id, subscribers); err != nil {
		return err
	}
	return t.SendText(ctx, "You are subscribed. Conversation id: "+id)
}

// endregion

// region notify
// notify sends one message to one conversation.
func notify(ctx context.Context, later *proactive.Messenger, id, text string) error {
	_, err := later.Send(ctx, id, activity.Message(text))
	return err
}

// endregion

// region announce
// announce sends a message to all subscribers. One who cannot be reached does
// not keep it from the others.
func announce(ctx context.Context, later *proactive.Messenger, text string) (reached int, err error) {
	for e, err := range later.Conversations().ByTag(ctx, subscribers) {
		if err != nil {
			return reached, err
		}
		switch err := notify(ctx, later, e.ID, text); {
		case err == nil:
			reached++
		case errors.Is(err, proactive.ErrMarked): // they removed or blocked the agent
		default:
			slog.Error("not announced", "conversation", e.ID, "err", err, "advice", activity.Advice(err))
		}
	}
	return reached, nil
}

// endregion

// region report
// A report is the value of the continuation "report".
type report struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

func reportReady(ctx context.Context, t *agent.Turn, r report) error {
	return t.SendText(ctx, fmt.Sprintf("Report %s, %q, is ready.", r.ID, r.Title))
}

// endregion
