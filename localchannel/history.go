package localchannel

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// maxChars is the size of a serialised activity (directline 5).
const maxChars = 256 << 10

// A reach is how far an activity gets on its way to the client.
type reach int

const (
	hidden reach = iota // never shown
	live                // on the socket of whoever listens now
	kept                // also in the history
)

// reachOf follows "Availability by type" (directline 5). Invokes may carry
// tokens, so they are not stored either; the event that brings the agent a
// user's token is for nobody else.
func reachOf(a *activity.Activity) reach {
	switch {
	case a.Is(activity.TypeConversationUpdate), a.Is(activity.TypeContactRelationUpdate), a.Is(activity.TypeInstallationUpdate),
		a.Is(activity.TypeEvent) && a.Name == "tokens/response":
		return hidden
	case a.Is(activity.TypeTyping), a.Is(activity.TypeInvoke):
		return live
	}
	return kept
}

// add gives a its id, stores it, and shows it to the client, as far as its type
// goes. It returns a as JSON. conv.mu is held.
func (c *Channel) add(ctx context.Context, op string, conv *conversation, a *activity.Activity) (json.RawMessage, error) {
	r, reach := conv.record, reachOf(a)
	if reach == kept {
		r.Last++
		a.ID = conv.activityID(r.Last)
	} else {
		a.ID = conv.transientID()
	}
	if a.From.Role == activity.RoleBot {
		showStream(a)
	}
	raw, err := encode(op, a)
	if err != nil {
		return nil, err
	}
	switch reach {
	case kept:
		if err := c.save(ctx, conv, r, raw); err != nil {
			return nil, c.storeFailed(op, conv.id, err)
		}
		conv.push(frame(strconv.Itoa(r.Last), raw))
	case live:
		conv.push(frame("", raw))
	}
	return raw, nil
}

// encode writes a as it is stored, shown and sent. A socket carries valid UTF-8
// only, so what is not becomes U+FFFD.
func encode(op string, a *activity.Activity) (json.RawMessage, error) {
	raw, err := a.Append(nil)
	if err != nil {
		return nil, badSyntax(op, "channelData, value or another open value of the activity is not JSON")
	}
	raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	if len(raw) > maxChars && utf8.RuneCount(raw) > maxChars {
		return nil, fault(op, http.StatusRequestEntityTooLarge, codeTooLarge, "the activity has more than 256 K characters; send less, or a link")
	}
	return raw, nil
}

// frame is a directline.ActivitySet that keeps the spelling of its activities.
func frame(watermark string, activities ...json.RawMessage) []byte {
	b := []byte(`{"activities":[`)
	b = append(b, bytes.Join(rawBytes(activities), []byte(","))...)
	b = append(b, ']')
	if watermark != "" {
		b = append(b, `,"watermark":"`+watermark+`"`...)
	}
	return append(b, '}')
}

func rawBytes(raws []json.RawMessage) [][]byte {
	b := make([][]byte, len(raws))
	for i, raw := range raws {
		b[i] = raw
	}
	return b
}

// after reads a client's mark: the number after which its history goes on. An
// empty mark is instead. One past the last activity, as from another history,
// means the last; one before the first that is kept means all that are kept.
func (r record) after(op, mark string, instead int) (int, error) {
	n := instead
	if mark != "" {
		var err error
		if n, err = strconv.Atoi(mark); err != nil || n < 0 {
			return 0, fault(op, http.StatusBadRequest, directline.CodeBadArgument, "the watermark is not one that this channel gave out; leave it out to begin anew")
		}
	}
	return max(min(n, r.Last), r.First-1), nil
}
