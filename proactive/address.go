package proactive

import (
	"cmp"

	"github.com/outspoken-go/outspoken/activity"
)

// Service URLs of Microsoft Teams by cloud, for conversations that the agent
// creates. (proactive-hosting-auth 2.4)
const (
	TeamsPublic  = "https://smba.trafficmanager.net/teams/"
	TeamsGCC     = "https://smba.infra.gcc.teams.microsoft.com/teams"
	TeamsGCCHigh = "https://smba.infra.gov.teams.microsoft.us/teams"
	TeamsDoD     = "https://smba.infra.dod.teams.microsoft.us/teams"
)

// ServiceURLFor is the service URL of a channel in the public cloud, for when
// no activity told it: [TeamsPublic] for Teams and its sub-channels, else
// https://CHANNEL.botframework.com/. It is "" for no channel.
// (proactive-hosting-auth 2.4)
func ServiceURLFor(channelID string) string { return serviceURL(channelID, TeamsPublic) }

func serviceURL(channelID, teams string) string {
	switch base := baseOf(channelID); base {
	case "":
		return ""
	case activity.ChannelTeams:
		return teams
	default:
		return "https://" + base + ".botframework.com/"
	}
}

// agentAccount is an agent's account on a channel. Teams puts a prefix before
// the client id. (proactive-hosting-auth 2.4)
func agentAccount(channelID, clientID string) activity.ChannelAccount {
	if baseOf(channelID) == activity.ChannelTeams && plainID(clientID) == clientID {
		clientID = "28:" + clientID
	}
	return activity.ChannelAccount{ID: clientID, Role: activity.RoleAgent}
}

// claimNames are the claims that a conversation keeps.
// (proactive-hosting-auth 2.2)
var claimNames = []string{"aud", "azp", "appid", "idtyp", "ver", "iss", "tid"}

// Claims are those of a token's claims that a conversation keeps: who the
// agent is and who called. They are no secret.
func Claims(all map[string]string) map[string]string {
	kept := map[string]string{}
	for _, name := range claimNames {
		if v, ok := all[name]; ok {
			kept[name] = v
		}
	}
	return kept
}

// Complete fills in what a Conversation made by hand leaves out: the agent's
// account from the claim aud and the other way round, roles, and the service
// URL of the channel as [ServiceURLFor] gives it. Only the claims of [Claims]
// are kept. An appid without ver gets version 1.0, without which the
// conversation would not pass for one with the agent of that id.
// (proactive-hosting-auth 2.5)
//
//	to := proactive.Complete(activity.Conversation{
//		Claims: map[string]string{"aud": clientID},
//		Reference: activity.ConversationReference{
//			ChannelID:    activity.ChannelTeams,
//			User:         activity.ChannelAccount{ID: "29:1x"},
//			Conversation: activity.ConversationAccount{ID: "a:1y"},
//		},
//	})
func Complete(conv activity.Conversation) activity.Conversation {
	r := &conv.Reference
	conv.Claims = Claims(conv.Claims)
	if conv.Claims["aud"] == "" && r.Agent.ID != "" {
		conv.Claims["aud"] = plainID(r.Agent.ID)
	}
	if conv.Claims["appid"] != "" && conv.Claims["ver"] == "" {
		conv.Claims["ver"] = "1.0"
	}
	if r.Agent.ID == "" && conv.Claims["aud"] != "" {
		r.Agent.ID = agentAccount(r.ChannelID, conv.Claims["aud"]).ID
	}
	r.Agent.Role = cmp.Or(r.Agent.Role, activity.RoleAgent)
	r.User.Role = cmp.Or(r.User.Role, activity.RoleUser)
	r.ServiceURL = cmp.Or(r.ServiceURL, ServiceURLFor(r.ChannelID))
	return conv
}

// Validate checks that a Conversation can be sent to. The error is an
// [*InvalidError] that names the first field that is missing.
// (proactive-hosting-auth 2.3)
func Validate(conv activity.Conversation) error {
	r := &conv.Reference
	for _, f := range []struct{ name, value string }{
		{"reference.channelId", r.ChannelID},
		{"reference.bot.id", r.Agent.ID},
		{"reference.user.id", r.User.ID},
		{"reference.serviceUrl", r.ServiceURL},
		{"reference.conversation.id", r.Conversation.ID},
		{"claims.aud", conv.Claims["aud"]},
	} {
		if f.value == "" {
			return missing(f.name)
		}
	}
	return nil
}
