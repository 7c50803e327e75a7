package localchannel

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outspoken-go/outspoken/directline"
)

// A Fault is what happens to the agent's calls of the Connector service, in one
// conversation or in all. Calls in the process suffer it like those by HTTP.
type Fault struct {
	// Status is answered instead of doing what was asked: 400 to 599.
	Status     int    `json:"status,omitempty"`
	Code       string `json:"code,omitempty"`       // of the error, with Status; default one that fits
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds, with Status

	// DelayMS is how long a call waits before anything else, in milliseconds;
	// at most 10 minutes.
	DelayMS int `json:"delayMs,omitempty"`

	// Drop does what was asked and then cuts the connection instead of
	// answering. A caller in the process gets an [*activity.Error] with
	// Unknown set.
	Drop bool `json:"drop,omitempty"`

	// Times is how many calls it happens to. 0: all, until it is changed.
	Times int `json:"times,omitempty"`
}

func (f Fault) check() error {
	bad := func(message string) error {
		return fault("set fault", http.StatusBadRequest, directline.CodeBadArgument, message)
	}
	switch {
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return bad("status must be 400 to 599")
	case f.Status == 0 && (f.Code != "" || f.RetryAfter != 0):
		return bad("code and retryAfter go with a status")
	case f.Status != 0 && f.Drop:
		return bad("choose either status or drop: a connection that is cut has no status")
	case f.DelayMS < 0 || time.Duration(f.DelayMS)*time.Millisecond > 10*time.Minute:
		return bad("delayMs must be 0 to 600000")
	case f.RetryAfter < 0 || f.RetryAfter > 24*60*60 || f.Times < 0:
		return bad("retryAfter must be 0 to 86400, and times not negative")
	case len(f.Code) > 128:
		return bad("code must have at most 128 bytes")
	case f.Status == 0 && f.DelayMS == 0 && !f.Drop && f.Times > 0:
		return bad("say what is to happen: status, delayMs or drop")
	}
	return nil
}

// faults are those set, by conversation; "" is for all.
type faults struct {
	any atomic.Bool // spares the lock while there are none
	mu  sync.Mutex
	set map[string]Fault
}

// take uses up one call of the fault that a call in the conversation meets.
func (fs *faults) take(conversation string) Fault {
	if !fs.any.Load() {
		return Fault{}
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	key := conversation
	f, ok := fs.set[key]
	if !ok {
		key = ""
		f = fs.set[key]
	}
	switch f.Times {
	case 0:
	case 1:
		fs.put(key, Fault{})
	default:
		rest := f
		rest.Times--
		fs.put(key, rest)
	}
	return f
}

// put sets a fault; the zero one takes it away. fs.mu is held.
func (fs *faults) put(conversation string, f Fault) {
	if f == (Fault{}) {
		delete(fs.set, conversation)
	} else {
		if fs.set == nil {
			fs.set = map[string]Fault{}
		}
		fs.set[conversation] = f
	}
	fs.any.Store(len(fs.set) > 0)
}

// clear takes the fault of a conversation away.
func (fs *faults) clear(conversation string) {
	if fs.any.Load() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.put(conversation, Fault{})
	}
}

// SetFault makes f happen in a conversation, or in every one when conversation
// is "". The fault of a conversation goes before that of all. The zero Fault
// takes it away. An unknown conversation is [activity.ErrNotFound], a Fault that
// makes no sense [activity.ErrInvalid].
func (c *Channel) SetFault(conversation string, f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	if conversation != "" && f != (Fault{}) {
		conv, err := c.find(c.life, "set fault", conversation)
		if err == nil {
			err = conv.lock("set fault") // forget takes the fault away under this lock
		}
		if err != nil {
			return err
		}
		defer conv.mu.Unlock()
	}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.put(conversation, f)
	return nil
}

// Faults returns what is set and not used up, by conversation; "" is for all.
func (c *Channel) Faults() map[string]Fault {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	all := maps.Clone(c.faults.set)
	if all == nil {
		all = map[string]Fault{}
	}
	return all
}

// suffer waits as long as f says and returns the error to answer with, if any.
func (c *Channel) suffer(ctx context.Context, op string, f Fault) error {
	if f.DelayMS > 0 {
		timer := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return fault(op, http.StatusServiceUnavailable, directline.CodeServiceError, "the caller left while a fault made it wait")
		case <-c.life.Done():
			return fault(op, http.StatusServiceUnavailable, directline.CodeServiceError, "the local channel is shutting down")
		}
	}
	if f.Status == 0 {
		return nil
	}
	e := fault(op, f.Status, cmp.Or(f.Code, faultCode(f.Status)), "a fault was set for this call; nothing was done")
	e.RetryAfter = time.Duration(f.RetryAfter) * time.Second
	// What a caller has to assume who cannot know that it is a fault.
	e.Unknown = f.Status >= 500 && f.Status != http.StatusServiceUnavailable && (op == opSend || op == opCreate)
	return e
}

// faultCode is the error code that goes with a status.
func faultCode(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return directline.CodeUnauthorized
	case http.StatusForbidden:
		return directline.CodeForbidden
	case http.StatusNotFound:
		return codeConversationNotFound
	case http.StatusTooManyRequests:
		return "TooManyRequests"
	}
	if status >= 500 {
		return directline.CodeServiceError
	}
	return strings.ReplaceAll(http.StatusText(status), " ", "")
}
