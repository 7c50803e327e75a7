package agenttest

import (
	"cmp"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Config says what a [Channel] looks like. The zero Config is a good one.
type Config struct {
	// ChannelID is the channel, such as [activity.ChannelTeams]. Default
	// [activity.ChannelTest].
	ChannelID string

	// Agent is the agent's account. Default id "agent", name "Agent".
	Agent activity.ChannelAccount

	// User is who speaks, unless a [Client] is told otherwise. Default id
	// "user", name "User".
	User activity.ChannelAccount

	// ServiceURL is where the channel claims to be; nothing is ever sent
	// there. Default "https://channel.test/".
	ServiceURL string

	// Identity is what the token of each activity said. Default anonymous.
	Identity activity.Identity

	// Adapter is the configuration of the adapter that runs the agent.
	Adapter agent.AdapterConfig

	// Timeout is how long [Client.Next] waits. Default 1 minute, which is
	// over at once in virtual time.
	Timeout time.Duration
}

// A Channel is a fake channel with an agent on it. It may be used
// concurrently.
type Channel struct {
	t         testing.TB
	cfg       Config
	connector *Connector
	adapter   *agent.Adapter
}

// NewChannel puts app on a fake channel. Failures are reported to t.
func NewChannel(t testing.TB, app *agent.App, cfg Config) *Channel {
	cfg.ChannelID = cmp.Or(cfg.ChannelID, activity.ChannelTest)
	cfg.ServiceURL = cmp.Or(cfg.ServiceURL, "https://channel.test/")
	cfg.Timeout = cmp.Or(cfg.Timeout, time.Minute)
	if cfg.Agent.ID == "" {
		cfg.Agent = activity.ChannelAccount{ID: "agent", Name: "Agent", Role: activity.RoleBot}
	}
	if cfg.User.ID == "" {
		cfg.User = activity.ChannelAccount{ID: "user", Name: "User", Role: activity.RoleUser}
	}
	connector := new(Connector)
	return &Channel{t: t, cfg: cfg, connector: connector, adapter: agent.NewAdapter(app, connector, cfg.Adapter)}
}

// Conversation returns a client in the conversation with this id.
func (ch *Channel) Conversation(id string) *Client {
	return (&Client{ch: ch, id: id}).As(ch.cfg.User)
}

// Connector is what carries the agent's words.
func (ch *Channel) Connector() *Connector { return ch.connector }

// Adapter is what runs the agent.
func (ch *Channel) Adapter() *agent.Adapter { return ch.adapter }
