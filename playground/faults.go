package playground

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

// What Teams answers an agent that may not speak, each with 403.
const (
	codeBlocked     = "MessageWritesBlocked"       // the user blocked it
	codeUninstalled = "BotNotInConversationRoster" // it was taken away
)

// fault sets what happens to the agent's calls of a conversation, or of all.
func (p *Playground) fault(w http.ResponseWriter, r *http.Request) (any, error) {
	var f localchannel.Fault
	if err := readInto(w, r, &f); err != nil {
		return nil, err
	}
	if id := r.PathValue("id"); id != "" {
		if _, err := p.channel.Info(r.Context(), id); err != nil {
			return nil, err
		}
	}
	if err := p.channel.SetFault(r.PathValue("id"), f); err != nil {
		return nil, err
	}
	return p.faults(w, r)
}

func (p *Playground) faults(http.ResponseWriter, *http.Request) (any, error) {
	return map[string]map[string]localchannel.Fault{"faults": p.channel.Faults()}, nil
}

func (p *Playground) move(http.ResponseWriter, *http.Request) (any, error) {
	return map[string]string{"serviceUrl": p.channel.Move()}, nil
}

func (p *Playground) block(w http.ResponseWriter, r *http.Request) (any, error) {
	return p.set(r, localchannel.Fault{Status: http.StatusForbidden, Code: codeBlocked})
}

func (p *Playground) unblock(w http.ResponseWriter, r *http.Request) (any, error) {
	return p.set(r, localchannel.Fault{})
}

func (p *Playground) set(r *http.Request, f localchannel.Fault) (any, error) {
	info, err := p.channel.Info(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return info, p.channel.SetFault(info.ID, f)
}

// install lets the agent speak again and tells it that it was added.
func (p *Playground) install(_ http.ResponseWriter, r *http.Request) (any, error) {
	info, err := p.installable(r)
	if err == nil {
		err = p.channel.SetFault(info.ID, localchannel.Fault{})
	}
	if err != nil {
		return nil, err
	}
	return info, p.tell(r.Context(), info,
		&activity.Activity{Type: activity.TypeConversationUpdate, MembersAdded: []activity.ChannelAccount{p.account(info)}},
		&activity.Activity{Type: activity.TypeInstallationUpdate, Action: "add"})
}

// uninstall tells the agent that it was taken away; its calls fail from then
// on, also when it did not take the news.
func (p *Playground) uninstall(_ http.ResponseWriter, r *http.Request) (any, error) {
	info, err := p.installable(r)
	if err != nil {
		return nil, err
	}
	told := p.tell(r.Context(), info,
		&activity.Activity{Type: activity.TypeConversationUpdate, MembersRemoved: []activity.ChannelAccount{p.account(info)}},
		&activity.Activity{Type: activity.TypeInstallationUpdate, Action: "remove"})
	return info, errors.Join(told, p.channel.SetFault(info.ID, localchannel.Fault{Status: http.StatusForbidden, Code: codeUninstalled}))
}

func (p *Playground) installable(r *http.Request) (localchannel.Info, error) {
	info, err := p.channel.Info(r.Context(), r.PathValue("id"))
	if err == nil && !strings.EqualFold(info.ChannelID, activity.ChannelTeams) && !strings.EqualFold(info.ChannelID, activity.ChannelEmulator) {
		err = refuse(http.StatusBadRequest, directline.CodeBadArgument,
			"the channel "+info.ChannelID+" has no installation; use a conversation that acts as msteams or emulator")
	}
	return info, err
}

// tell delivers activities one after another, all of them, and returns the
// first error.
func (p *Playground) tell(ctx context.Context, info localchannel.Info, as ...*activity.Activity) error {
	var first error
	for _, a := range as {
		if _, err := p.channel.Deliver(ctx, info.ID, a); first == nil {
			first = err
		}
	}
	return first
}
