package usertoken

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

const (
	prefix         = "usertoken/"
	idle           = 24 * time.Hour // a user's record is forgotten this long after its last change
	maxConnections = 20             // per user
	maxAttempts    = 20             // of a change, while others are faster
)

// A record is what is known of one user of one channel.
type record struct {
	Channel     string                 `json:"channel"`
	User        string                 `json:"user"`
	Connections map[string]*connection `json:"connections"`
}

// A connection of a user: signed in, about to, or both.
type connection struct {
	Token  *userToken `json:"token,omitempty"`
	SignIn *signIn    `json:"signIn,omitempty"`
	Code   *magicCode `json:"code,omitempty"`
}

// key is where the record of a channel's user is kept. Ids may be long and
// personal, so it is a digest.
func key(channel, user string) string {
	sum := sha256.Sum256([]byte(channel + "\x00" + user))
	return prefix + base64.RawURLEncoding.EncodeToString(sum[:])
}

func (w who) key() string { return key(w.channel, w.user) }

// A change alters a record, and says whether it did. It may run several times.
type change func(r *record) (changed bool, err error)

// update reads the record, applies fn, and saves it if it was changed and
// nobody else was faster.
func (s *Service) update(ctx context.Context, key string, fn change) error {
	for range maxAttempts {
		items, err := s.cfg.Store.Read(ctx, key)
		if err != nil {
			return s.storeFailed(ctx, err)
		}
		item := items[key] // the zero Item for a new user
		r := &record{}
		if item.ETag == "" {
			item.New = true
		} else if err := json.Unmarshal(item.Value, r); err != nil {
			return s.storeFailed(ctx, err)
		}
		if r.Connections == nil {
			r.Connections = map[string]*connection{}
		}
		changed, err := fn(r)
		if err != nil || !changed {
			return err
		}
		if item.New && !s.admit(ctx) {
			return fault(http.StatusTooManyRequests, "TooManyUsers", "too many users; those who are idle for a day are forgotten")
		}
		r.prune()
		if len(r.Connections) > maxConnections {
			return badArgument("the user has 20 connections already; sign out of some")
		}
		if item.Value, err = json.Marshal(r); err != nil {
			return s.storeFailed(ctx, err)
		}
		item.TTL = idle
		_, err = s.cfg.Store.Write(ctx, map[string]storage.Item{key: item})
		if err == nil {
			return nil
		}
		if !errors.Is(err, storage.ErrConflict) {
			return s.storeFailed(ctx, err)
		}
	}
	return fault(http.StatusServiceUnavailable, "ServiceError", "too many changes for this user at once; try again")
}

// at returns the record's connection, making one if there is none.
func (r *record) at(w who) *connection {
	r.Channel, r.User = w.channel, w.user
	c := r.Connections[w.connection]
	if c == nil {
		c = &connection{}
		r.Connections[w.connection] = c
	}
	return c
}

// prune drops what has expired.
func (r *record) prune() {
	now := time.Now()
	for name, c := range r.Connections {
		if c.SignIn != nil && now.After(c.SignIn.Expires) {
			c.SignIn = nil
		}
		if c.Code != nil && now.After(c.Code.Expires) {
			c.Code = nil
		}
		if *c == (connection{}) {
			delete(r.Connections, name)
		}
	}
}

func (s *Service) storeFailed(ctx context.Context, err error) error {
	s.cfg.Logger.ErrorContext(ctx, "user tokens: the store failed", "err", err)
	return fault(http.StatusInternalServerError, "ServiceError", "the store of the user-token service failed; see its log")
}

// random returns 128 bits as text for URLs.
func random() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
