package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// A flow is the sign-ins that a user has under way in one conversation. It
// holds no token. The zero flow is none.
type flow struct {
	Connections []string           `json:"connections"` // by name, that are still missing
	Expires     time.Time          `json:"expires"`
	Tries       int                `json:"tries,omitempty"`   // wrong codes and the like
	Waiting     *activity.Activity `json:"waiting,omitempty"` // comes again when all are there
}

func (fl *flow) active() bool { return len(fl.Connections) > 0 }

func (fl *flow) expired() bool { return fl.active() && time.Now().After(fl.Expires) }

// keep is how long a flow that is over is remembered, so that what comes late
// is told from what never belonged here.
const keep = time.Hour

// flowKey is where the flow of this user in this conversation is.
func flowKey(to *activity.Conversation) string {
	return hashed("signin/flow/", place(to)...)
}

// place is the user and the conversation.
func place(to *activity.Conversation) []string {
	r := &to.Reference
	channel, _ := activity.SplitChannel(r.ChannelID)
	return []string{channel, r.Conversation.ID, r.User.ID}
}

// hashed is a key of what ids name, which may be longer than keys.
func hashed(prefix string, ids ...string) string {
	name, _ := json.Marshal(ids) // strings always are JSON
	sum := sha256.Sum256(name)
	return prefix + hex.EncodeToString(sum[:])
}

// load returns the flow at key and its version; the zero flow is none.
func (f *Flows) load(ctx context.Context, key string) (fl flow, etag string, err error) {
	items, err := f.cfg.Storage.Read(ctx, key)
	if item, ok := items[key]; err == nil && ok {
		etag = item.ETag
		err = json.Unmarshal(item.Value, &fl)
	}
	if err != nil {
		return flow{}, "", fmt.Errorf("signin: load: %w", err)
	}
	return fl, etag, nil
}

// change applies fn to the flow at key, again if another turn changed it
// meanwhile. When fn returns false, nothing is written. It takes effect at
// once, whatever becomes of the turn: what a client sends may overtake the end
// of the turn that offered it the sign-in.
func (f *Flows) change(ctx context.Context, key string, fn func(fl *flow) bool) (flow, error) {
	for try := 0; ; try++ {
		fl, etag, err := f.load(ctx, key)
		if err != nil || !fn(&fl) {
			return fl, err
		}
		item := storage.Item{ETag: etag, New: etag == "", TTL: time.Minute}
		if fl.active() {
			item.TTL = max(time.Until(fl.Expires), 0) + keep
		}
		if item.Value, err = json.Marshal(fl); err == nil {
			_, err = f.cfg.Storage.Write(ctx, map[string]storage.Item{key: item})
		}
		if err == nil {
			return fl, nil
		}
		if !errors.Is(err, storage.ErrConflict) || try == 10 {
			return fl, fmt.Errorf("signin: save: %w", err)
		}
	}
}

// end ends the flow at key, whose connections it returns; none when another
// turn was first.
func (f *Flows) end(ctx context.Context, key string) (connections []string, err error) {
	_, err = f.change(ctx, key, func(fl *flow) bool {
		connections = fl.Connections
		active := fl.active()
		*fl = flow{}
		return active
	})
	return connections, err
}

// done notes that the user has signed in to a connection. When that was the
// last one, it ends the flow and returns what waited for it, if anything. It
// returns nil to all but one of those that report the same.
func (f *Flows) done(ctx context.Context, key, connection string) (waiting *activity.Activity, err error) {
	_, err = f.change(ctx, key, func(fl *flow) bool {
		waiting = nil
		i := slices.Index(fl.Connections, connection)
		if i < 0 {
			return false
		}
		fl.Connections, fl.Tries = slices.Delete(fl.Connections, i, i+1), 0
		if !fl.active() {
			waiting = fl.Waiting
			*fl = flow{}
		}
		return true
	})
	return waiting, err
}
