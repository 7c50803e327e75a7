package server

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// metrics counts what the server does. Counting costs a turn no lock and no
// memory.
type metrics struct {
	running atomic.Int64 // turns
	turns   [len(turnKinds)][len(outcomes)]atomic.Uint64
	acks    [len(ackClasses)]atomic.Uint64
	sends   [len(sendOps)][len(results)]atomic.Uint64
	retries atomic.Uint64
}

// Label values. Everything that comes from outside falls into one of these, so
// nobody can make the list grow.
var (
	turnKinds  = [...]string{"message", "invoke", "event", "conversationUpdate", "installationUpdate", "messageReaction", "typing", "other", "proactive"}
	outcomes   = [...]string{"ok", "failed", "busy"}
	ackClasses = [...]string{"200", "202", "2xx", "3xx", "4xx", "5xx"}
	sendOps    = [...]string{"send", "update", "delete", "create"}
	results    = [...]string{"ok", "throttled", "refused", "unreachable", "unknown"}
)

const (
	outcomeOK = iota
	outcomeFailed
	outcomeBusy
)

const (
	opSend = iota
	opUpdate
	opDelete
	opCreate
)

func (m *metrics) trace() agent.Trace {
	return agent.Trace{
		Start: func(*agent.Turn) { m.running.Add(1) },
		End: func(t *agent.Turn, err error) {
			m.running.Add(-1)
			outcome := outcomeOK
			if err != nil {
				outcome = outcomeFailed
			}
			m.turns[kindOf(t)][outcome].Add(1)
		},
		Busy: func(t *agent.Turn) { m.turns[kindOf(t)][outcomeBusy].Add(1) },
	}
}

func kindOf(t *agent.Turn) int {
	const other, proactive = len(turnKinds) - 2, len(turnKinds) - 1
	if t.Proactive() {
		return proactive
	}
	for i, kind := range turnKinds[:other] {
		if t.Activity.Is(activity.Type(kind)) {
			return i
		}
	}
	return other
}

// sent counts what a channel was asked, and returns err.
func (m *metrics) sent(op int, err error) error {
	m.sends[op][resultOf(err)].Add(1)
	return err
}

func resultOf(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, activity.ErrThrottled):
		return 1
	case errors.Is(err, activity.ErrOutcomeUnknown):
		return 4
	case errors.Is(err, activity.ErrUnreachable), errors.Is(err, activity.ErrUnavailable):
		return 3
	}
	return 2
}

func (m *metrics) retry(string) { m.retries.Add(1) }

// acknowledged counts the answers of the messaging endpoint.
func (m *metrics) acknowledged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sw := statusWriters.Get().(*statusWriter)
		sw.ResponseWriter, sw.status = w, 0
		defer func() {
			m.acks[classOf(sw.status)].Add(1)
			sw.ResponseWriter = nil
			statusWriters.Put(sw)
		}()
		next.ServeHTTP(sw, r)
	})
}

func classOf(status int) int {
	switch {
	case status == 0 || status == http.StatusOK:
		return 0
	case status == http.StatusAccepted:
		return 1
	}
	return min(max(status/100, 2), 5) // 2xx to 5xx
}

// A statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

var statusWriters = sync.Pool{New: func() any { return new(statusWriter) }}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
