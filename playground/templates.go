package playground

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// A template is an activity to begin with. What the channel fills in when it
// delivers one is left out: id, time, conversation, recipient, service URL, and
// on Teams tenant, team and client.
type template struct {
	Group    string             `json:"group"` // "update", "installation", "reaction", "event", "invoke", "other"
	Name     string             `json:"name"`
	Activity *activity.Activity `json:"activity"`
}

// templates are as the channel of the conversation has them, from the user with
// the id in the query, by default the first.
func (p *Playground) templates(_ http.ResponseWriter, r *http.Request) (any, error) {
	info, err := p.channel.Info(r.Context(), r.URL.Query().Get("conversation"))
	if err != nil {
		return nil, err
	}
	user := member(info, r.URL.Query().Get("user"))
	list := templatesFor(info, user, p.account(info), p.lastOfAgent(r, info.ID))
	for _, t := range list {
		t.Activity.From = user
	}
	return map[string][]template{"templates": list}, nil
}

// account is the agent as the channel of a conversation names it.
func (p *Playground) account(info localchannel.Info) activity.ChannelAccount {
	a := p.cfg.Account
	if strings.EqualFold(info.ChannelID, activity.ChannelTeams) && !strings.HasPrefix(a.ID, "28:") {
		a.ID = "28:" + a.ID
	}
	return a
}

// member is a user as the sender of an activity.
func member(info localchannel.Info, id string) activity.ChannelAccount {
	for _, m := range info.Members {
		if id == "" || m.ID == id {
			return activity.ChannelAccount{ID: m.ID, Name: m.Name, AADObjectID: m.AADObjectID, Role: activity.RoleUser}
		}
	}
	return activity.ChannelAccount{ID: cmp.Or(id, "user"), Name: cmp.Or(id, "User"), Role: activity.RoleUser}
}

// lastOfAgent is the id of the agent's latest message, to react to.
func (p *Playground) lastOfAgent(r *http.Request, id string) string {
	history, err := p.channel.History(r.Context(), id)
	if err != nil {
		return ""
	}
	for _, raw := range slices.Backward(history) {
		if a, err := activity.Decode(raw); err == nil && a.Is(activity.TypeMessage) && a.From.HasRole(activity.RoleBot) {
			return a.ID
		}
	}
	return ""
}

func templatesFor(info localchannel.Info, user, agent activity.ChannelAccount, last string) []template {
	teams := strings.EqualFold(info.ChannelID, activity.ChannelTeams)
	installs := teams || strings.EqualFold(info.ChannelID, activity.ChannelEmulator)
	newcomer := activity.ChannelAccount{ID: "newcomer", Name: "Newcomer"}
	if teams {
		newcomer = activity.ChannelAccount{ID: "29:newcomer", Name: "Newcomer", AADObjectID: "00000000-0000-4000-8000-000000000001"}
	}
	last = cmp.Or(last, info.ID+"|0000001")
	var list []template
	add := func(group, name string, a activity.Activity) { list = append(list, template{group, name, &a}) }
	update := func(name, event string, a activity.Activity) {
		a.Type, a.ChannelData = activity.TypeConversationUpdate, teamsData(info, event)
		add("update", name, a)
	}
	update("A user joins", "", activity.Activity{MembersAdded: []activity.ChannelAccount{newcomer}})
	update("A user leaves", "", activity.Activity{MembersRemoved: []activity.ChannelAccount{user}})
	update("The agent joins", "", activity.Activity{MembersAdded: []activity.ChannelAccount{agent}})
	update("The topic changes", "", activity.Activity{TopicName: "Another topic"})
	if teams && info.Kind == "channel" {
		update("A channel is created", "channelCreated", activity.Activity{})
		update("The team is renamed", "teamRenamed", activity.Activity{})
	}
	if installs {
		for _, action := range []string{"add", "remove", "add-upgrade"} {
			add("installation", "installationUpdate "+action,
				activity.Activity{Type: activity.TypeInstallationUpdate, Action: action})
		}
	}
	like := []activity.MessageReaction{{Type: "like"}}
	add("reaction", "A reaction is added", activity.Activity{Type: activity.TypeMessageReaction, ReplyToID: last, ReactionsAdded: like})
	add("reaction", "A reaction is taken back", activity.Activity{Type: activity.TypeMessageReaction, ReplyToID: last, ReactionsRemoved: like})

	event := func(name, value string) {
		add("event", name, activity.Activity{Type: activity.TypeEvent, Name: name, Value: json.RawMessage(value)})
	}
	if !teams {
		event("webchat/join", `{"language":"en-US"}`)
	}
	event("my.event", `{"key":"value"}`)
	if teams {
		event("application/vnd.microsoft.readReceipt", `{"lastReadMessageId":"1"}`)
	}

	invoke := func(name, value string) {
		add("invoke", name, activity.Activity{Type: activity.TypeInvoke, Name: name, Value: json.RawMessage(value)})
	}
	invoke("adaptiveCard/action", `{"action":{"type":"Action.Execute","id":"go","verb":"go","data":{"key":"value"}},"trigger":"manual"}`)
	invoke("signin/verifyState", `{"state":"123456"}`)
	invoke("signin/tokenExchange", `{"id":"1","connectionName":"connection","token":"token"}`)
	if teams {
		invoke("task/fetch", `{"data":{"key":"value"},"context":{"theme":"default"}}`)
		invoke("task/submit", `{"data":{"key":"value"},"context":{"theme":"default"}}`)
		invoke("composeExtension/query", `{"commandId":"search","parameters":[{"name":"query","value":"words"}],"queryOptions":{"skip":0,"count":25}}`)
		invoke("message/submitAction", `{"actionName":"feedback","actionValue":{"reaction":"like","feedback":"{\"feedbackText\":\"good\"}"}}`)
		invoke("fileConsent/invoke", `{"type":"fileUpload","action":"decline","context":{}}`)
	}

	add("other", "A message", activity.Activity{Type: activity.TypeMessage, Text: "Hello", TextFormat: "plain", Locale: "en-US"})
	add("other", "A card is submitted", activity.Activity{Type: activity.TypeMessage, Value: json.RawMessage(`{"key":"value"}`)})
	add("other", "A message is edited", activity.Activity{Type: activity.TypeMessageUpdate, Text: "Hello again", ChannelData: teamsData(info, "editMessage")})
	add("other", "A message is deleted", activity.Activity{Type: activity.TypeMessageDelete, ChannelData: teamsData(info, "softDeleteMessage")})
	add("other", "The user is typing", activity.Activity{Type: activity.TypeTyping})
	add("other", "The conversation ends", activity.Activity{Type: activity.TypeEndOfConversation, Code: activity.EndUserCancelled})
	return list
}

// teamsData is the channel data of a Teams event; tenant, team and channel are
// added when it is delivered.
func teamsData(info localchannel.Info, event string) json.RawMessage {
	if event == "" || !strings.EqualFold(info.ChannelID, activity.ChannelTeams) {
		return nil
	}
	return json.RawMessage(`{"eventType":"` + event + `"}`)
}
