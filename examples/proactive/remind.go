package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// region state
var (
	lastSeen     = agent.UserKey[time.Time]("lastSeen")
	lastReminder = agent.UserKey[time.Time]("lastReminder")
)

// hello is a turn as always. It notes when the user was here.
func hello(ctx context.Context, t *agent.Turn) error {
	if err := lastSeen.Set(ctx, t, time.Now()); err != nil {
		return err
	}
	return t.SendText(ctx, `Write "/subscribe", "sign in", "analyse NAME" or "process".`)
}

// endregion

func signedIn(ctx context.Context, t *agent.Turn) error {
	return t.SendText(ctx, "You are signed in. I may remind you now.")
}

// region remind
// remind is the default continuation. Nobody wrote, and yet it is a whole turn:
// it reads what hello noted, has the user's token, and its state is saved when
// it returns nil.
func (a *assistant) remind(ctx context.Context, t *agent.Turn) error {
	token, err := a.flows.Token(ctx, t, "graph")
	if err != nil {
		return err
	}
	seen, err := lastSeen.Get(ctx, t)
	if err != nil {
		return err
	}
	visit := "never"
	if !seen.IsZero() {
		visit = "on " + seen.Format("2 January")
	}
	if err := t.SendText(ctx, fmt.Sprintf("Daily reminder, %s. You last visited %s.", whoIs(token.Token), visit)); err != nil {
		return err
	}
	return lastReminder.Set(ctx, t, time.Now())
}

// endregion

// region nudge
// remindOrNudge reminds a user, or says how to get reminders.
func remindOrNudge(ctx context.Context, later *proactive.Messenger, id string) error {
	err := later.Run(ctx, id, "", nil)
	if errors.Is(err, proactive.ErrUserNotSignedIn) {
		return notify(ctx, later, id, `Write "sign in", so that I can remind you.`)
	}
	return err
}

// endregion

// region daily
// remindDaily reminds all subscribers once a day, until ctx ends.
func remindDaily(ctx context.Context, later *proactive.Messenger) {
	for day := time.Tick(24 * time.Hour); ; {
		select {
		case <-ctx.Done():
			return
		case <-day:
		}
		for e, err := range later.Conversations().ByTag(ctx, subscribers) {
			if err == nil {
				err = remindOrNudge(ctx, later, e.ID)
			}
			if err != nil && !errors.Is(err, proactive.ErrMarked) {
				slog.Error("not reminded", "conversation", e.ID, "err", err, "advice", activity.Advice(err))
			}
		}
	}
}

// endregion

// whoIs stands for a call of Graph with the token: it reads the name that the
// simulated service writes into its tokens.
func whoIs(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "stranger"
	}
	claims := struct{ Name string }{Name: "stranger"}
	if payload, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
		_ = json.Unmarshal(payload, &claims) // it stays a stranger
	}
	return claims.Name
}
