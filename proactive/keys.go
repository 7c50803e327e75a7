package proactive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Keys in the store. Conversations are where the other SDKs have them.
// (proactive-hosting-auth 2.2)
const (
	prefix     = "proactive/conversations/"
	userPrefix = "proactive/users/"
	byTenant   = "proactive/by-tenant/"
	byTeam     = "proactive/by-team/"
	byTag      = "proactive/by-tag/"
)

// key is where the conversations with this id are. An id that no key can hold
// is replaced by its hash.
func key(id string) string {
	if len(id) > 900 || !utf8.ValidString(id) || strings.IndexByte(id, 0) >= 0 {
		return prefix + hash(id)
	}
	return prefix + id
}

// part is s as one part of a longer key.
func part(s string) string {
	if len(s) > 100 {
		return hash(s)
	}
	return url.PathEscape(s)
}

// hash begins with a character that part escapes.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "#" + hex.EncodeToString(sum[:])
}

func userKey(channel, user string) string { return userPrefix + part(channel) + "/" + part(user) }

// userKeys are where a one-to-one conversation is found by its user: by the id
// on the channel and by that of Microsoft Entra. What is said in a group is not
// said to a user.
func (e *Entry) userKeys() []string {
	r := &e.Conversation.Reference
	if isGroup(&r.Conversation) {
		return nil
	}
	channel := placeOf(&e.Conversation).channel
	var keys []string
	for _, id := range []string{r.User.ID, strings.ToLower(r.User.EntraID())} {
		if k := userKey(channel, id); id != "" && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// listKeys are where lookups that list find the entry.
func (e *Entry) listKeys() []string {
	var keys []string
	add := func(prefix, value string) {
		if value != "" {
			keys = append(keys, prefix+part(value)+"/"+part(e.ID))
		}
	}
	add(byTenant, e.Tenant)
	add(byTeam, e.Team)
	for _, tag := range e.Tags {
		add(byTag, tag)
	}
	return keys
}

// perUser bounds how many conversations of one user are found by the user.
const perUser = 50

// decodeIDs reads a user's document: the ids of entries, the latest first.
func decodeIDs(raw json.RawMessage) ([]string, error) {
	var ids []string
	if len(raw) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(raw, &ids); err != nil {
		return nil, fmt.Errorf("index of a user: %w", err)
	}
	return ids, nil
}
