package agenttest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// A player plays the user of a script.
type player struct {
	c        *Client
	told     int                      // calls of the connector that were told
	invoked  bool                     // the last act was an invoke
	response *activity.InvokeResponse // to it
	err      error                    // of the last turn
}

// patience is how long time passes, in virtual time.
const patience = 30 * 24 * time.Hour

// act does what one line of a script says.
func (p *player) act(ctx context.Context, line string) error {
	p.invoked, p.response, p.err = false, nil, nil
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case line == "time passes":
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if _, err := p.c.Connector().Next(ctx, p.c.id); err != nil {
			return fmt.Errorf("the agent said nothing in %s: %w", patience, err)
		}
		return nil
	case word == "wait":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return fmt.Errorf("wait needs a duration such as 1.5s: %w", err)
		}
		<-time.After(d)
		return nil
	}
	a, err := p.spoken(line)
	if err != nil {
		return err
	}
	p.invoked = a.Is(activity.TypeInvoke)
	_, p.response, p.err = p.c.Process(ctx, a)
	return nil
}

// spoken is the activity that a line sends.
func (p *player) spoken(line string) (*activity.Activity, error) {
	if text, ok := strings.CutPrefix(line, "user:"); ok {
		return activity.Message(strings.TrimPrefix(text, " ")), nil
	}
	self := []activity.ChannelAccount{p.c.user}
	switch word, rest, _ := strings.Cut(strings.TrimPrefix(line, "user "), " "); {
	case line == "user joins":
		return &activity.Activity{Type: activity.TypeConversationUpdate, MembersAdded: self}, nil
	case line == "user leaves":
		return &activity.Activity{Type: activity.TypeConversationUpdate, MembersRemoved: self}, nil
	case line == "user installs":
		return &activity.Activity{Type: activity.TypeInstallationUpdate, Action: "add"}, nil
	case line == "user uninstalls":
		return &activity.Activity{Type: activity.TypeInstallationUpdate, Action: "remove"}, nil
	case strings.HasPrefix(line, "user reacts "):
		reaction, id, ok := strings.Cut(rest, " ")
		if !ok {
			return nil, fmt.Errorf("%q needs a reaction and the id of a message", line)
		}
		return &activity.Activity{
			Type: activity.TypeMessageReaction, ReplyToID: id,
			ReactionsAdded: []activity.MessageReaction{{Type: reaction}},
		}, nil
	case strings.HasPrefix(line, "user event "):
		return named(activity.TypeEvent, rest)
	case strings.HasPrefix(line, "invoke "):
		return named(activity.TypeInvoke, rest)
	case strings.HasPrefix(line, "user activity "):
		return activity.Decode([]byte(rest))
	default:
		return nil, fmt.Errorf("%q is not a line of a transcript (%q unknown); see the documentation of agenttest", line, word)
	}
}

// named is an activity with a name and perhaps a value.
func named(typ activity.Type, line string) (*activity.Activity, error) {
	name, value, _ := strings.Cut(line, " ")
	a := &activity.Activity{Type: typ, Name: name}
	if value != "" {
		a.Value = json.RawMessage(value)
		if !json.Valid(a.Value) {
			return nil, fmt.Errorf("the value of %s %q is not JSON", typ, name)
		}
	}
	return a, nil
}

// answers tells what the agent did since the last time.
func (p *player) answers() []string {
	var lines []string
	calls := p.c.Connector().Calls()
	for _, call := range calls[p.told:] {
		if call.Err != nil || call.To.Reference.Conversation.ID != p.c.id {
			continue
		}
		switch call.Op {
		case agent.OpSend:
			lines = append(lines, told(call.Activity)...)
		case agent.OpUpdate:
			lines = append(lines, "bot updates "+call.ID+": "+call.Activity.Text)
			lines = append(lines, cards(call.Activity)...)
		case agent.OpDelete:
			lines = append(lines, "bot deletes "+call.ID)
		}
	}
	p.told = len(calls)
	p.c.Unread()
	if p.err != nil {
		return append(lines, "failed: "+p.err.Error())
	}
	if p.invoked {
		if p.response == nil {
			p.response = &activity.InvokeResponse{Status: http.StatusNotImplemented}
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("response %d %s", p.response.Status, p.response.Body)))
	}
	return lines
}
