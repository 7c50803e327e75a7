package proactive

import (
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// trust checks a conversation that came in a body. Its service URL says where a
// token would go, its claims say whose token and for whom, so both may only
// name what is this agent's. Nothing is asked of anybody.
// (proactive-hosting-auth 3.4 and 9, note N9)
func (h *triggers) trust(conv *activity.Conversation) error {
	conv.Claims = Claims(conv.Claims)
	if err := Validate(*conv); err != nil {
		return err
	}
	if h.cfg.Hosts == nil {
		return &refusal{http.StatusBadRequest, "UntrustedHost", "this server takes no conversations in bodies; name a stored one in the path"}
	}
	if err := h.cfg.Hosts.Check(conv.Reference.ServiceURL); err != nil {
		return err
	}
	said := conv.Claims["aud"]
	ours, ok := h.own(said)
	if !ok {
		return foreign("claims.aud")
	}
	conv.Claims["aud"] = ours
	// Whoever is named here gets a token made out to them.
	for _, name := range []string{"appid", "azp"} {
		switch conv.Claims[name] {
		case "":
		case said:
			conv.Claims[name] = ours
		default:
			return foreign("claims." + name)
		}
	}
	if a := &conv.Reference.Agent; a.Agentic() {
		if _, ok := h.own(a.AgenticAppID); !ok {
			return foreign("reference.bot.agenticAppId")
		}
	}
	return nil
}

// own returns a client id of this agent as it is configured, as the same id in
// another case would pass for another agent's in the address book.
func (h *triggers) own(clientID string) (string, bool) {
	for _, id := range h.cfg.AgentIDs {
		if strings.EqualFold(id, clientID) {
			return id, true
		}
	}
	return clientID, slices.Contains(h.cfg.AgentIDs, "*")
}

func foreign(field string) error {
	return &refusal{http.StatusBadRequest, "ForeignApp", field + " names an app that is not this agent"}
}
