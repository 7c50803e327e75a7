package localchannel

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// The Connector service is at BASE/connector/ for the channel of the Config. At
// BASE/connector/{channel}-{moves}/ it is for the others, and for all after it
// has moved: the address tells whose rules a new conversation has to obey. Every
// address that is not given up serves every conversation.

// serviceURL is the address of the Connector service for a channel.
func (c *Channel) serviceURL(channel string) string {
	moves := c.moves.Load()
	if moves == 0 && channel == c.cfg.ChannelID {
		return c.base
	}
	return c.base + channel + "-" + strconv.FormatInt(moves, 10) + "/"
}

// ServiceURL is the address of the Connector service for the channel of the
// Config, which the agent sees in activities.
func (c *Channel) ServiceURL() string { return c.serviceURL(c.cfg.ChannelID) }

// Owns reports whether serviceURL is, or was until a [Channel.Move], the
// address of this channel's Connector service for any channel it acts as.
func (c *Channel) Owns(serviceURL string) bool {
	place, ok := c.below(serviceURL)
	if !ok {
		return false
	}
	_, moves, ok := c.readPlace(place)
	return ok && moves <= c.moves.Load()
}

// Move gives the Connector service another address, which it returns. The old
// one answers 404 from now on, and so does a call in the process that is
// addressed there; activities that the agent gets carry the new one. A restart
// takes the first address again.
func (c *Channel) Move() (serviceURL string) {
	c.moves.Add(1)
	return c.ServiceURL()
}

// below is the place that a service URL of this channel names, "" for the one
// without a name.
func (c *Channel) below(serviceURL string) (place string, ok bool) {
	serviceURL = strings.TrimRight(serviceURL, "/") + "/"
	if len(serviceURL) < len(c.base) || !strings.EqualFold(serviceURL[:len(c.base)], c.base) {
		return "", false
	}
	return strings.TrimSuffix(serviceURL[len(c.base):], "/"), true
}

// readPlace is the opposite of what serviceURL writes.
func (c *Channel) readPlace(place string) (channel string, moves int64, ok bool) {
	if place == "" {
		return c.cfg.ChannelID, 0, true
	}
	cut := strings.LastIndexByte(place, '-')
	if cut < 0 {
		return "", 0, false
	}
	channel = place[:cut]
	moves, err := strconv.ParseInt(place[cut+1:], 10, 64)
	return channel, moves, err == nil && moves >= 0 && c.knows(channel)
}

// arrive returns the channel at a place, unless there is none any more.
func (c *Channel) arrive(op, place string) (channel string, err error) {
	channel, moves, ok := c.readPlace(place)
	switch {
	case !ok:
		return "", fault(op, http.StatusNotFound, "NotFound", "there is no Connector service at this address; use the serviceUrl of an activity")
	case moves != c.moves.Load():
		return "", fault(op, http.StatusNotFound, "NotFound", "the Connector service has moved away from this address; use the serviceUrl of the newest activity")
	}
	return channel, nil
}

// arriveInProcess does so for a call in the process. An address that this
// process never gave out, such as one with the port of an earlier run, does not
// matter; then the channel is the one that the address names.
func (c *Channel) arriveInProcess(op string, to *activity.Conversation) (channel string, err error) {
	if c.Owns(to.Reference.ServiceURL) {
		place, _ := c.below(to.Reference.ServiceURL)
		return c.arrive(op, place)
	}
	base, _ := activity.SplitChannel(to.Reference.ChannelID)
	if base == "" || !c.knows(base) {
		base = c.cfg.ChannelID
	}
	return base, nil
}
