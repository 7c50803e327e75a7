package showcase

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

func welcome(ctx context.Context, t *agent.Turn, members []activity.ChannelAccount) error {
	for _, m := range members {
		if err := t.SendText(ctx, "Welcome "+cmp.Or(m.Name, m.ID)); err != nil {
			return err
		}
	}
	return nil
}

func echo(ctx context.Context, t *agent.Turn) error {
	return t.SendText(ctx, "Echo: "+t.Activity.Text)
}

func multi(ctx context.Context, t *agent.Turn) error {
	for _, text := range []string{"Part one", "Part two", "Part three"} {
		if err := t.SendText(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

func typing(ctx context.Context, t *agent.Turn) error {
	if err := t.Typing(ctx); err != nil {
		return err
	}
	return t.SendText(ctx, "Done typing")
}

func update(ctx context.Context, t *agent.Turn) error {
	id, err := t.Send(ctx, activity.Message("Before update"))
	if err != nil {
		return err
	}
	after := activity.Message("After update")
	after.ID = id
	if err := t.Update(ctx, after); err != nil {
		return err
	}
	return t.SendText(ctx, "Updated "+id)
}

func remove(ctx context.Context, t *agent.Turn) error {
	id, err := t.Send(ctx, activity.Message("To be deleted"))
	if err != nil {
		return err
	}
	if err := t.Delete(ctx, id); err != nil {
		return err
	}
	return t.SendText(ctx, "Deleted "+id)
}

// member asks the channel, rather than the activity, who is writing.
func member(ctx context.Context, t *agent.Turn) error {
	m, err := t.Member(ctx, t.Activity.From.ID)
	if err != nil {
		return err
	}
	return t.SendText(ctx, fmt.Sprintf("Member %s %s", m.ID, m.Name))
}

func whoami(ctx context.Context, t *agent.Turn) error {
	a := t.Activity
	who, err := json.Marshal(map[string]any{
		"from": a.From, "recipient": a.Recipient, "conversation": a.Conversation, "channelId": a.ChannelID,
	})
	if err != nil {
		return err
	}
	return t.SendText(ctx, "You are "+string(who))
}

var (
	inConversation = agent.ConversationKey[int]("count")
	byUser         = agent.UserKey[int]("count")
)

func count(ctx context.Context, t *agent.Turn) error {
	more := func(n *int) error { *n++; return nil }
	c, err := inConversation.Update(ctx, t, more)
	if err != nil {
		return err
	}
	u, err := byUser.Update(ctx, t, more)
	if err != nil {
		return err
	}
	return t.SendText(ctx, fmt.Sprintf("conversation %d, user %d", c, u))
}

func stream(ctx context.Context, t *agent.Turn) error {
	s := t.Stream(ctx)
	if err := s.Informative("Thinking"); err != nil {
		return err
	}
	for _, piece := range []string{"Streamed ", "answer ", "complete"} {
		if _, err := s.WriteString(piece); err != nil {
			return err
		}
		if err := s.Flush(); err != nil { // so that each piece is seen
			return err
		}
	}
	_, err := s.End()
	return err
}

func bye(ctx context.Context, t *agent.Turn) error {
	_, err := t.Send(ctx, &activity.Activity{Type: activity.TypeEndOfConversation, Code: "completedSuccessfully"})
	return err
}

func crash(context.Context, *agent.Turn) error {
	return errors.New("showcase: crash was asked for")
}

func hasOnlyValue(t *agent.Turn) bool {
	a := t.Activity
	return a.Is(activity.TypeMessage) && a.Text == "" && len(a.Value) > 0
}

// value shows what a card's inputs sent.
func value(ctx context.Context, t *agent.Turn) error {
	return t.SendText(ctx, "Value: "+string(t.Activity.Value))
}
