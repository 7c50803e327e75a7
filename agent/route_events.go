package agent

import (
	"context"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// A MembersHandler gets the members that joined or left.
type MembersHandler func(ctx context.Context, t *Turn, members []activity.ChannelAccount) error

// A ReactionsHandler gets the reactions that were added or removed.
type ReactionsHandler func(ctx context.Context, t *Turn, reactions []activity.MessageReaction) error

// OnMembersAdded routes conversation updates that add somebody other than the
// agent itself; the handler gets those members. Channels differ in the order
// and grouping of these updates.
func (app *App) OnMembersAdded(h MembersHandler) {
	app.exact("sub", "membersAdded", func(ctx context.Context, t *Turn) error {
		return h(ctx, t, others(t, t.Activity.MembersAdded))
	})
}

// OnMembersRemoved routes conversation updates that remove somebody other than
// the agent itself; the handler gets those members.
func (app *App) OnMembersRemoved(h MembersHandler) {
	app.exact("sub", "membersRemoved", func(ctx context.Context, t *Turn) error {
		return h(ctx, t, others(t, t.Activity.MembersRemoved))
	})
}

// OnReactionsAdded routes message reactions that were added. An activity that
// also removes some goes to [App.OnReactionsRemoved] afterwards.
func (app *App) OnReactionsAdded(h ReactionsHandler) {
	app.exact("sub", "reactionsAdded", func(ctx context.Context, t *Turn) error {
		return h(ctx, t, t.Activity.ReactionsAdded)
	})
}

// OnReactionsRemoved routes message reactions that were removed.
func (app *App) OnReactionsRemoved(h ReactionsHandler) {
	app.exact("sub", "reactionsRemoved", func(ctx context.Context, t *Turn) error {
		return h(ctx, t, t.Activity.ReactionsRemoved)
	})
}

// OnInstall routes installation updates "add" and "add-upgrade".
func (app *App) OnInstall(h Handler) { app.exact("sub", "install", h) }

// OnUninstall routes installation updates "remove" and "remove-upgrade". After
// it, sends to the conversation usually fail with [activity.ErrForbidden].
func (app *App) OnUninstall(h Handler) { app.exact("sub", "uninstall", h) }

// runSubEvents runs the handlers of everything that the activity holds. One
// activity may hold several things, such as reactions added and removed.
func (r *routes) runSubEvents(ctx context.Context, t *Turn) (handled bool, err error) {
	for _, name := range subEvents(t) {
		h := r.exact[exactKey("sub", name)]
		if h == nil {
			continue
		}
		handled = true
		if err := h(ctx, t); err != nil {
			return true, err
		}
	}
	return handled, nil
}

func subEvents(t *Turn) (names []string) {
	a := t.Activity
	switch {
	case a.Is(activity.TypeConversationUpdate):
		if len(others(t, a.MembersAdded)) > 0 {
			names = append(names, "membersAdded")
		}
		if len(others(t, a.MembersRemoved)) > 0 {
			names = append(names, "membersRemoved")
		}
	case a.Is(activity.TypeMessageReaction):
		if len(a.ReactionsAdded) > 0 {
			names = append(names, "reactionsAdded")
		}
		if len(a.ReactionsRemoved) > 0 {
			names = append(names, "reactionsRemoved")
		}
	case a.Is(activity.TypeInstallationUpdate):
		switch strings.ToLower(a.Action) {
		case "add", "add-upgrade":
			names = append(names, "install")
		case "remove", "remove-upgrade":
			names = append(names, "uninstall")
		}
	}
	return names
}

// others are the members that are not the agent of this turn.
func others(t *Turn, members []activity.ChannelAccount) []activity.ChannelAccount {
	var rest []activity.ChannelAccount
	for _, m := range members {
		if m.ID != t.Activity.Recipient.ID {
			rest = append(rest, m)
		}
	}
	return rest
}
