package proactive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

const (
	requestPrefix = "proactive/requests/"
	keepRequests  = 24 * time.Hour
)

// A request is what is kept of one with an Idempotency-Key. An answer without
// a status means that it is under way, or that its process died before its end.
type request struct {
	Print  string `json:"print"` // of all that it asked for
	Answer answer `json:"answer"`
}

// once knows the requests with an Idempotency-Key that run in this process.
type once struct {
	mu      sync.Mutex
	running map[string]*flight
}

// A flight is a request that runs. What it became may be read when done is
// closed.
type flight struct {
	done chan struct{}
	request
}

// onlyOnce acts, unless a request with the same Idempotency-Key has or does.
func (h *triggers) onlyOnce(r *http.Request, t trigger, id activity.Identity, body []byte, act action) answer {
	given := r.Header.Values(idempotencyHeader)
	if len(given) == 0 {
		a, _ := act(r.Context())
		return a
	}
	if len(given) > 1 || !isIdempotencyKey(given[0]) {
		return h.failed(r, t, &InvalidError{idempotencyHeader, "must be one header of 1 to 255 visible ASCII characters"})
	}
	if h.m.book == nil {
		return h.failed(r, t, &InvalidError{idempotencyHeader, "is not supported here, for want of a store"})
	}
	key := requestPrefix + digest(caller(id), given[0])
	print := digest(r.URL.EscapedPath(), r.URL.RawQuery, string(body))

	h.once.mu.Lock()
	first, runs := h.once.running[key]
	if !runs {
		first = &flight{done: make(chan struct{}), request: request{Print: print}}
		h.once.running[key] = first
	}
	h.once.mu.Unlock()
	if runs {
		return h.await(r, t, first, print)
	}
	defer func() {
		h.once.mu.Lock()
		defer h.once.mu.Unlock()
		delete(h.once.running, key)
		close(first.done)
	}()
	// What is carried on with is finished, so that the caller who hung up finds
	// the answer when it comes again.
	ctx := context.WithoutCancel(r.Context())
	kept, err := h.reserve(ctx, key, print)
	switch {
	case err != nil:
		first.Answer = h.failed(r, t, err)
	case kept != nil:
		first.request = *kept
		return h.again(r, t, &first.request, print)
	default:
		first.Answer = h.actAndKeep(ctx, key, print, act)
	}
	return first.Answer
}

// await answers as the request that runs will be.
func (h *triggers) await(r *http.Request, t trigger, first *flight, print string) answer {
	select {
	case <-first.done:
		return h.again(r, t, &first.request, print)
	case <-r.Context().Done():
		return answer{Status: http.StatusServiceUnavailable} // nobody listens
	}
}

// again answers as the first request with the key was answered.
func (h *triggers) again(r *http.Request, t trigger, first *request, print string) answer {
	switch {
	case first.Print != print:
		return h.failed(r, t, &refusal{http.StatusUnprocessableEntity, "IdempotencyKeyReused", "another request had this Idempotency-Key; every request needs its own"})
	case first.Answer.Status == 0:
		a := h.failed(r, t, &refusal{http.StatusConflict, "OutcomeUnknown", "the first request with this Idempotency-Key is under way, or did not come to an end; look before you repeat it with another key"})
		a.RetryAfter = "1"
		return a
	}
	a := first.Answer
	a.replayed = true
	return a
}

// reserve takes the key in the store. If it is taken, it returns by what.
func (h *triggers) reserve(ctx context.Context, key, print string) (*request, error) {
	for try := 1; ; try++ {
		items, err := h.m.book.store.Read(ctx, key)
		if err != nil {
			return nil, err
		}
		if item, ok := items[key]; ok {
			kept := new(request)
			return kept, json.Unmarshal(item.Value, kept)
		}
		err = h.keep(ctx, key, request{Print: print}, true)
		if !errors.Is(err, storage.ErrConflict) || try == maxPut {
			return nil, err
		}
	}
}

// actAndKeep acts and keeps the answer, unless nothing happened.
func (h *triggers) actAndKeep(ctx context.Context, key, print string, act action) answer {
	a, again := act(ctx)
	var err error
	if again {
		err = h.m.book.store.Delete(ctx, key)
	} else {
		err = h.keep(ctx, key, request{print, a}, false)
	}
	if err != nil {
		h.cfg.Logger.ErrorContext(ctx, "the answer for an Idempotency-Key was not kept; the request is answered 409 if it comes again", "err", err)
	}
	return a
}

func (h *triggers) keep(ctx context.Context, key string, q request, isNew bool) error {
	raw, err := json.Marshal(q)
	if err == nil {
		_, err = h.m.book.store.Write(ctx, map[string]storage.Item{key: {Value: raw, TTL: keepRequests, New: isNew}})
	}
	return err
}

func isIdempotencyKey(s string) bool {
	return len(s) > 0 && len(s) <= 255 && strings.IndexFunc(s, func(c rune) bool { return c < '!' || c > '~' }) < 0
}

// caller keeps the keys of callers apart, as far as their tokens tell them
// apart.
func caller(id activity.Identity) string {
	var parts []string
	for _, name := range []string{"iss", "tid", "appid", "azp", "oid", "sub"} {
		parts = append(parts, id.Claims[name])
	}
	return strings.Join(parts, "\x00")
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
