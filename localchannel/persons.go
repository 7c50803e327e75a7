package localchannel

import (
	"context"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// Whose personal conversation in Teams is which: a user has one with an agent.

// index finds out anew whose personal conversation conv is. conv.mu is held.
func (c *Channel) index(conv *conversation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsetPerson(conv)
	c.setPerson(conv)
}

// setPerson notes whose personal conversation in Teams conv is: of several, the
// one that began last counts. c.mu is held, and conv.mu if others know conv.
func (c *Channel) setPerson(conv *conversation) {
	r := &conv.record
	if !r.teams() || r.Kind != kindPersonal || len(r.Members) != 1 {
		return
	}
	person := personKey(r.Tenant, r.Members[0])
	if other := c.conversations[c.persons[person]]; other != nil && other.created.After(conv.created) {
		return
	}
	conv.person = person
	c.persons[person] = conv.id
}

// unsetPerson undoes setPerson. c.mu is held.
func (c *Channel) unsetPerson(conv *conversation) {
	if conv.person != "" && c.persons[conv.person] == conv.id {
		delete(c.persons, conv.person)
	}
	conv.person = ""
}

func personKey(tenant string, user activity.ChannelAccount) string {
	return tenant + "/" + entraID(user)
}

// personal returns the personal conversation in Teams that the user has, or nil.
func (c *Channel) personal(ctx context.Context, op, tenant string, user activity.ChannelAccount) *conversation {
	c.mu.Lock()
	id := c.persons[personKey(tenant, user)]
	c.mu.Unlock()
	if id == "" {
		return nil
	}
	conv, err := c.find(ctx, op, id)
	if err != nil {
		return nil // deleted just now
	}
	return conv
}

// sibling returns a thread in the Teams channel, or nil.
func (c *Channel) sibling(channel string) *conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, conv := range c.conversations {
		if strings.HasPrefix(id, channel+";messageid=") {
			return conv
		}
	}
	return nil
}
