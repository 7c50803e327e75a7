package directline

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	pollEvery   = time.Second      // not more often (directline 5)
	longestWait = 30 * time.Second // between attempts to connect
	socketAgain = 30 * time.Second // between attempts to open a socket while polling goes on
)

var (
	errBusy = errors.New("directline: this chat has a loop over Activities already")
	errDone = errors.New("directline: the loop has ended") // never seen outside
)

// Activities are those after the watermark, and then those that come, the
// user's own included, until the loop is left, ctx ends, or the conversation
// cannot go on: the last pair then has the reason, and no activity.
//
// They come over a socket, or, where none can be opened, by asking once a
// second; sockets are tried again. A lost connection is made anew, after waits
// that grow to 30 seconds, or to what the service asks for, and with the
// watermark, so that nothing is lost or comes twice. What has no place in the
// history, such as typing, comes over a socket only, and is lost with it. An
// update or a deletion comes as an activity with the id of the one it changes;
// of an activity that was handed out before, only a socket tells, too.
// (directline 5)
//
// A slow loop loses nothing: what waits is kept by the service. The watermark
// moves once the loop is done with all activities of a set. What ends it for
// good is an [activity.Error], such as an expired token ([CodeTokenExpired]) or
// a conversation that is gone ([activity.ErrNotFound]), or an answer of
// something that is no Direct Line service.
func (c *Chat) Activities(ctx context.Context) iter.Seq2[*activity.Activity, error] {
	return func(yield func(*activity.Activity, error) bool) {
		if !c.listening.CompareAndSwap(false, true) {
			yield(nil, errBusy)
			return
		}
		defer c.listening.Store(false)
		ctx, cancel := context.WithCancel(ctx)
		var work sync.WaitGroup
		defer work.Wait()
		defer cancel()
		work.Go(func() { c.keepToken(ctx) })
		l := listener{chat: c, yield: yield}
		if err := l.run(ctx); err != nil {
			yield(nil, err)
		}
	}
}

// A listener is one loop over a chat's activities.
type listener struct {
	chat     *Chat
	yield    func(*activity.Activity, error) bool
	failures int       // in a row
	socketAt time.Time // when a socket may be tried
	alone    bool      // another client took the socket, and may keep it
}

func (l *listener) run(ctx context.Context) error {
	for {
		err := l.round(ctx)
		switch {
		case err == errDone:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		wait := pollEvery
		if err != nil {
			if !activity.Retryable(err) {
				return err
			}
			wait = max(pause(l.failures), activity.RetryAfter(err))
			l.failures++
			l.chat.client.log.Warn("directline: connection lost, trying again", "conversation", l.chat.id, "wait", wait, "err", err)
		} else {
			l.failures = 0
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// pause is drawn at random, so that many clients do not come back at once.
func pause(failures int) time.Duration {
	return rand.N(min(time.Second<<min(failures, 10), longestWait))
}

// later is when to try a socket again.
func later() time.Time { return time.Now().Add(socketAgain + rand.N(socketAgain/2)) }

// round listens to a socket until it ends, or asks once.
func (l *listener) round(ctx context.Context) error {
	if l.alone || time.Now().Before(l.socketAt) {
		return l.poll(ctx)
	}
	stream, err := l.stream(ctx)
	if err != nil {
		return err
	}
	s, err := l.chat.dial(ctx, stream)
	if err != nil && ctx.Err() == nil {
		l.chat.client.log.Info("directline: no socket, polling instead", "conversation", l.chat.id, "err", err)
		l.socketAt = later()
		return l.poll(ctx)
	} else if err != nil {
		return err
	}
	return l.hear(ctx, s)
}

// stream returns the address of a socket that goes on after the watermark.
func (l *listener) stream(ctx context.Context) (string, error) {
	if stream := l.chat.takeStream(); stream != "" {
		return stream, nil
	}
	if l.chat.Watermark() == "" { // a socket would leave out what has been said
		if err := l.poll(ctx); err != nil {
			return "", err
		}
	}
	err := l.chat.reopen(ctx)
	return l.chat.takeStream(), err
}

// hear hands out what a socket carries until it ends.
func (l *listener) hear(ctx context.Context, s *socket) error {
	defer s.end()
	heard := false
	for {
		select {
		case frame, open := <-s.frames:
			if !open {
				if l.alone = s.collided(); l.alone {
					return nil
				}
				if !heard && l.failures > 0 { // sockets open, but carry nothing
					l.socketAt = later()
				}
				return s.lost()
			}
			heard, l.failures = true, 0
			if set, ok := parseSet(frame); ok {
				if err := l.hand(set); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// poll asks for what came after the watermark.
func (l *listener) poll(ctx context.Context) error {
	c := l.chat
	r := request{op: "get activities", method: http.MethodGet, limit: maxSet,
		path: c.path("/activities?" + url.Values{"watermark": {c.Watermark()}}.Encode())}
	got, err := c.call(ctx, r)
	if err != nil {
		return err
	}
	set, ok := parseSet(got.body)
	if !ok {
		return r.unreadable(c.client.host, errors.New("it is no set of activities"))
	}
	return l.hand(set)
}

// hand gives the activities of a set to the loop, then moves the watermark.
func (l *listener) hand(set rawSet) error {
	c := l.chat
	for i, raw := range set.activities {
		if set.watermark != "" && !c.seen.add(raw) { // what has no watermark is never replayed
			continue
		}
		a, err := activity.Decode(raw)
		if err != nil {
			c.client.log.Warn("directline: an activity cannot be read", "conversation", c.id, "err", err)
			continue
		}
		if !l.yield(a, nil) {
			if i == len(set.activities)-1 {
				c.advance(set.watermark)
			}
			return errDone
		}
	}
	c.advance(set.watermark)
	return nil
}
