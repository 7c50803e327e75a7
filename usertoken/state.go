package usertoken

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/activity"
)

const maxState = 32 << 10 // characters of base64

// A who is what a token is bound to.
type who struct{ channel, user, connection string }

// A state says for which conversation a sign-in is. Agents send it as base64 of
// JSON. (proactive-hosting-auth 5.6)
type state struct {
	Connection   string                         `json:"connectionName"`
	Conversation activity.ConversationReference `json:"conversation"`
	AppID        string                         `json:"msAppId"`
}

// parseState reads and checks a state. Both alphabets of base64 are accepted,
// with and without padding.
func parseState(raw string) (state, error) {
	switch {
	case raw == "":
		return state{}, badArgument("state is required: base64 of JSON with connectionName and conversation")
	case len(raw) > maxState:
		return state{}, badArgument("state is larger than 32 K characters")
	}
	plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(strings.TrimRight(raw, "=")))
	if err != nil {
		return state{}, badArgument("state is not base64")
	}
	var s state
	if err := json.Unmarshal(plain, &s); err != nil {
		return state{}, badArgument("state is not base64 of the JSON object that belongs there")
	}
	if !fits(s.Conversation.Conversation.ID, 1024) {
		return state{}, badArgument("state names no conversation.conversation.id of at most 1,024 bytes")
	}
	if len(s.Conversation.User.Name) > 4*maxName {
		s.Conversation.User.Name = ""
	}
	return s, s.who().check()
}

func (s state) who() who {
	return who{baseChannel(s.Conversation.ChannelID), s.Conversation.User.ID, s.Connection}
}

// queryWho is whom the query of a request asks about.
func queryWho(q url.Values) who {
	return who{baseChannel(q.Get("channelId")), q.Get("userId"), q.Get("connectionName")}
}

// check refuses what cannot be an id or name.
func (w who) check() error {
	if !fits(w.connection, 200) {
		return badArgument("connectionName is required, of at most 200 bytes of plain text")
	}
	return w.checkUser()
}

func (w who) checkUser() error {
	switch {
	case !fits(w.user, 1024):
		return badArgument("the user's id is required, of at most 1,024 bytes of plain text")
	case !fits(w.channel, 128):
		return badArgument("channelId is required, of at most 128 bytes of plain text")
	}
	return nil
}

// baseChannel is a channel without its sub-channel.
func baseChannel(id string) string {
	base, _, _ := strings.Cut(id, ":")
	return base
}

// fits reports whether s is plain text of 1 to max bytes.
func fits(s string, max int) bool {
	return s != "" && len(s) <= max && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
