package endpoint

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// A Receiver runs the turn of one activity. It returns the answer of an
// invoke, nil if there is none. An error with a method Busy() bool that returns
// true means that the turn did not run, and is answered 503; any other that it
// failed. It does not call in.Reply after it has returned.
type Receiver interface {
	Process(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error)
}

// A Verifier decides who may send. An error may choose the answer by a method
// HTTPStatus() (status int, public string); otherwise Verify means 401 and Bind
// 400. A 401 never has a body.
type Verifier interface {
	// Verify checks the values of the Authorization header, before the body
	// is read.
	Verify(ctx context.Context, authorization []string) (activity.Identity, error)

	// Bind checks that the identity may send this activity.
	Bind(id activity.Identity, a *activity.Activity) error
}

// Hosts decides which service URLs are trusted: answers, with a token, go
// there. auth.Hosts is one.
type Hosts interface {
	Check(serviceURL string) error
}

// Config says how a [Handler] behaves. The zero Config is a good one.
type Config struct {
	// MaxBody is the largest body taken, in bytes. Default 4 MiB.
	MaxBody int64

	// AckAfter is how long a request waits for its turn to end. After it the
	// answer is 202 and the turn goes on. Default 1 second. Channels give up
	// after 15 seconds.
	AckAfter time.Duration

	// MaxDetached is how many turns may go on behind their 202 at once. While
	// there are as many, activities are refused with 503, and a request whose
	// turn runs already waits for its end. Default 1,024.
	MaxDetached int

	// Logger gets what was refused and why. Default [slog.Default].
	Logger *slog.Logger
}

// A Handler is the messaging endpoint. Shut it down before the process ends,
// so that no acknowledged turn is lost.
type Handler struct {
	receiver Receiver
	verifier Verifier
	hosts    Hosts
	cfg      Config

	turns  context.Context // ends when Shutdown gives up waiting
	cancel context.CancelFunc

	mu       sync.Mutex
	draining bool
	detached int
	active   sync.WaitGroup

	workers workers
}

// New returns a Handler. Receiver, verifier and hosts must not be nil.
func New(receiver Receiver, verifier Verifier, hosts Hosts, cfg Config) *Handler {
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 4 << 20
	}
	if cfg.AckAfter == 0 {
		cfg.AckAfter = time.Second
	}
	if cfg.MaxDetached == 0 {
		cfg.MaxDetached = 1024
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	h := &Handler{receiver: receiver, verifier: verifier, hosts: hosts, cfg: cfg}
	h.turns, h.cancel = context.WithCancel(context.Background())
	h.workers.idle, h.workers.done = make(chan func()), h.turns.Done()
	return h
}

// Shutdown refuses new activities and waits for the turns that run. When ctx
// ends first, it cancels them and returns the error of ctx. It may be called
// again.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	done := make(chan struct{})
	go func() {
		h.active.Wait()
		close(done)
	}()
	select {
	case <-done:
		h.cancel() // only idle workers are left
		h.workers.running.Wait()
		return nil
	case <-ctx.Done():
		h.cancel()
		return ctx.Err()
	}
}

// Draining reports whether Shutdown was called.
func (h *Handler) Draining() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.draining
}

// enter counts a turn; leave must follow. It refuses when there is no room.
func (h *Handler) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining || h.detached >= h.cfg.MaxDetached {
		return false
	}
	h.active.Add(1)
	return true
}

func (h *Handler) leave() { h.active.Done() }

// ServeHTTP takes one activity.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.enter() {
		unavailable(w)
		return
	}
	defer h.leave()
	a, id, err := h.read(w, r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	in := activity.Inbound{Activity: a, Identity: id}
	switch {
	case a.HasDeliveryMode(activity.DeliverStream):
		h.stream(w, r, in)
	case a.HasDeliveryMode(activity.DeliverExpectReplies):
		h.expectReplies(w, r, in)
	case a.Is(activity.TypeInvoke):
		h.invoke(w, r, in)
	default:
		h.message(w, r, in)
	}
}

// message runs a turn that may outlive its request.
func (h *Handler) message(w http.ResponseWriter, r *http.Request, in activity.Inbound) {
	turn := &messageTurn{Context: h.turns, values: r.Context()}
	done := make(chan error, 1)
	h.active.Add(1) // counted beside its request, which it may outlive
	h.workers.start(func() {
		defer h.leave()
		_, err := h.receiver.Process(turn, in)
		if h.ended(turn) && busy(err) {
			// A failure went to the error hook, but a turn that never ran
			// would be lost in silence.
			h.cfg.Logger.Error("an acknowledged activity was not handled",
				"conversation", in.Activity.Conversation.ID, "activity", in.Activity.ID, "err", err)
		}
		done <- err
	})
	ack := time.NewTimer(h.cfg.AckAfter)
	defer ack.Stop()
	select {
	case err := <-done:
		h.answer(w, err)
	case <-ack.C:
		if !h.detach(turn) {
			h.answer(w, <-done)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}
}

// answer acknowledges a turn that has ended.
func (h *Handler) answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case busy(err):
		unavailable(w)
	default:
		writeError(w, http.StatusInternalServerError, "InternalError", "the agent failed to handle the activity")
	}
}

// busy reports whether the turn did not run.
func busy(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Busy() bool
	}](err)
	return ok && e.Busy()
}

// A messageTurn is the context of a message turn: it ends with the Handler, not
// with the request, and has the request's values.
type messageTurn struct {
	context.Context
	values context.Context

	detached, ended bool // guarded by Handler.mu
}

func (m *messageTurn) Value(key any) any {
	if v := m.Context.Value(key); v != nil {
		return v
	}
	return m.values.Value(key)
}

// detach lets a turn go on behind its answer, unless it has just ended or
// there is no room: then the request waits on.
func (h *Handler) detach(m *messageTurn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.ended || h.detached >= h.cfg.MaxDetached {
		return false
	}
	m.detached = true
	h.detached++
	return true
}

// ended notes that a turn ended, and reports whether it was detached.
func (h *Handler) ended(m *messageTurn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	m.ended = true
	if m.detached {
		h.detached--
	}
	return m.detached
}
