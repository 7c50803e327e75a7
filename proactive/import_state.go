package proactive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/outspoken-go/outspoken/storage"
)

// ImportState stores documents of state that agents on the .NET and JavaScript
// Agents SDKs and on Bot Framework v4 wrote, in store, which is that of the
// agent.Config, under the keys that agent looks for. An Entry is a document with
// the key it had: CHANNEL/conversations/ID, CHANNEL/users/ID, or one user's in
// a conversation, with the agent's id after the channel or a slash at the end
// as some of them write it. The types that .NET notes in the document, and a
// version, are left out; properties keep their names and their JSON.
//
// What store has already stays as it is, so importing twice does no harm.
// ImportState ends with the first error of documents or of the store.
func ImportState(ctx context.Context, store storage.Store, documents iter.Seq2[storage.Entry, error]) (Imported, error) {
	var done Imported
	for e, err := range documents {
		if err != nil {
			return done, fmt.Errorf("proactive: import state: %w", err)
		}
		key, ok := stateKey(e.Key)
		value, err := stateValue(e.Value)
		if !ok || err != nil || len(e.Value) > maxImport {
			done.Refused++
			continue
		}
		_, err = store.Write(ctx, map[string]storage.Item{key: {Value: value, New: true}})
		switch {
		case err == nil:
			done.Stored++
		case errors.Is(err, storage.ErrConflict):
			done.Known++
		default:
			return done, fmt.Errorf("proactive: import state %q: %w", e.Key, err)
		}
	}
	return done, nil
}

// stateKey is where package agent keeps what another SDK kept under key.
func stateKey(key string) (string, bool) {
	channel, rest, ok := strings.Cut(strings.TrimSuffix(key, "/"), "/")
	if !ok || channel == "" || channel == "proactive" {
		return "", false
	}
	if !isScope(rest) {
		if _, rest, ok = strings.Cut(rest, "/"); !ok || !isScope(rest) { // after the agent's id
			return "", false
		}
	}
	return channel + "/" + rest, true
}

func isScope(rest string) bool {
	for _, scope := range []string{"conversations/", "users/"} {
		if id, ok := strings.CutPrefix(rest, scope); ok && id != "" {
			return true
		}
	}
	return false
}

func stateValue(raw json.RawMessage) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("no object")
	}
	for _, name := range []string{"$type", "$typeAssembly", "eTag", "ETag"} {
		delete(members, name)
	}
	return json.Marshal(members)
}
