package middleware

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
)

// Deduplicate runs the turn of an activity once although the channel delivers
// it several times, as channels do when an answer was slow. Activities are the
// same when channel, conversation, type and id are. It remembers them for
// window, by default 10 minutes, in store, which all processes of an agent
// should share and which must know TTLs; nil means a memory of its own.
//
// A duplicate waits its turn in the conversation like any activity, and then
// succeeds without doing anything. When the first turn fails, a later duplicate
// runs again; after a crash only when window is over.
//
// These always run: activities without id, invokes and others whose sender
// waits for replies in the HTTP response, edits, which have the id of what they
// edit, and proactive turns.
func Deduplicate(store storage.Store, window time.Duration) agent.Middleware {
	if window < 0 {
		panic("middleware: Deduplicate needs a positive window, not " + window.String())
	}
	window = cmp.Or(window, 10*time.Minute)
	if store == nil {
		store = storage.NewMemory()
	}
	return func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			if t.Proactive() || !mayRepeat(t.Activity) {
				return next(ctx, t)
			}
			key := hashedKey("duplicate/", t.Channel(), t.Activity.Conversation.ID, string(t.Activity.Type), t.Activity.ID)
			_, err := store.Write(ctx, map[string]storage.Item{key: {Value: json.RawMessage("true"), New: true, TTL: window}})
			if errors.Is(err, storage.ErrConflict) {
				t.Logger().InfoContext(ctx, "duplicate dropped", "conversation", t.Activity.Conversation.ID,
					"channel", t.Channel(), "activity", t.Activity.ID)
				return nil
			}
			if err != nil {
				return fmt.Errorf("middleware: deduplicate: %w", err)
			}
			err = t.OnEnd(func(ctx context.Context, err error) {
				if err != nil {
					forget(ctx, t, store, key)
				}
			})
			if err != nil {
				return err
			}
			return next(ctx, t)
		}
	}
}

// mayRepeat reports whether the activity is of a kind that channels repeat and
// that can be dropped.
func mayRepeat(a *activity.Activity) bool {
	return a.ID != "" && !a.Is(activity.TypeInvoke) && !a.Is(activity.TypeMessageUpdate) &&
		!a.HasDeliveryMode(activity.DeliverExpectReplies) && !a.HasDeliveryMode(activity.DeliverStream)
}

// hashedKey is a key of what ids name, which may be longer than keys.
func hashedKey(prefix string, ids ...string) string {
	name, _ := json.Marshal(ids)
	sum := sha256.Sum256(name)
	return prefix + hex.EncodeToString(sum[:])
}

// forget lets a failed turn be tried again.
func forget(ctx context.Context, t *agent.Turn, store storage.Store, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := store.Delete(ctx, key); err != nil {
		t.Logger().WarnContext(ctx, "a failed turn cannot be tried again until the window of Deduplicate is over",
			"conversation", t.Activity.Conversation.ID, "activity", t.Activity.ID, "err", err)
	}
}
