package localchannel

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// rewrite stores value in the place of an activity and shows the client what
// became of it. The frame has no watermark: the client's mark stays where it
// is. conv.mu is held.
func (c *Channel) rewrite(ctx context.Context, op string, conv *conversation, key string, value, shown json.RawMessage) error {
	if _, err := c.cfg.Store.Write(ctx, map[string]storage.Item{key: {Value: value}}); err != nil {
		return c.storeFailed(op, conv.id, err)
	}
	conv.push(frame("", shown))
	return nil
}

// showStream copies the fields of a streaminfo entity to channelData, where Web
// Chat looks for them, unless they are there already (directline 5). The first
// piece of a stream gets the id that the others will name: Web Chat takes all
// pieces without one for the same stream. An activity with several such entities
// counts as having none (A9246).
func showStream(a *activity.Activity) {
	var info map[string]json.RawMessage
	for _, e := range a.Entities {
		if !e.Is(activity.EntityStreamInfo) {
			continue
		}
		if info != nil {
			return
		}
		if e.Decode(&info) != nil {
			return
		}
	}
	if info == nil {
		return
	}
	if info["streamId"] == nil && a.Is(activity.TypeTyping) {
		info["streamId"], _ = json.Marshal(a.ID) // a string always can be
	}
	var facts []fact
	for _, name := range []string{"streamId", "streamType", "streamSequence"} {
		if info[name] != nil {
			facts = append(facts, fact{name, info[name]})
		}
	}
	a.ChannelData = withFacts(a.ChannelData, facts...)
}

// A fact is a member of a JSON object.
type fact struct {
	name  string
	value json.RawMessage
}

// withFacts adds facts to a JSON object that does not have them. What is there
// keeps its spelling. Nothing counts as an empty object; what is no object stays
// as it is.
func withFacts(object json.RawMessage, facts ...fact) json.RawMessage {
	data := bytes.TrimSpace(object)
	if len(data) == 0 || string(data) == "null" {
		data = []byte("{}")
	}
	var present map[string]json.RawMessage
	if json.Unmarshal(data, &present) != nil {
		return object
	}
	data = bytes.Clone(bytes.TrimSpace(data[:len(data)-1]))
	for _, f := range facts {
		if _, there := present[f.name]; there {
			continue
		}
		if data[len(data)-1] != '{' {
			data = append(data, ',')
		}
		data = append(append(data, `"`+f.name+`":`...), f.value...)
	}
	return append(data, '}')
}
