package connector

import (
	"cmp"
	"net/http"
	"regexp"

	"github.com/outspoken-go/outspoken/activity"
)

// isAgentName matches what the header AgentName may hold.
// (proactive-hosting-auth 5.4)
var isAgentName = regexp.MustCompile(`^[A-Za-z0-9 _-]{1,256}$`).MatchString

// addAgentic says in headers which agent calls when it has an identity of its
// own. Values that came from outside and do not fit a header are left out: they
// are no reason to lose a message. (proactive-hosting-auth 5.4)
func (c *Client) addAgentic(h http.Header, to *activity.Conversation) {
	agent := &to.Reference.Agent
	if !agent.Agentic() {
		return
	}
	h["AgentRegistrar"], h["AgentName"] = registrar, c.agentName
	if id := cmp.Or(agent.AgenticAppID, agent.AgenticUserID); fitsHeader(id) {
		h["AgentID"] = []string{id}
	}
	if fitsHeader(to.Reference.ChannelID) {
		h["Agent-Referrer"] = []string{to.Reference.ChannelID}
	}
}

var registrar = []string{"A365"}

func fitsHeader(value string) bool { return value != "" && len(value) <= 256 && headerSafe(value) }
