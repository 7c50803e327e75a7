package agent

import (
	"errors"
	"fmt"
)

var (
	// ErrTurnEnded: the turn is over, so it can neither send nor touch state.
	// Work that outlives a turn takes t.Conversation() and t.Adapter() before
	// the handler returns, and uses Adapter.Send or Adapter.Continue.
	ErrTurnEnded = errors.New("agent: the turn has ended; take t.Conversation() before the handler returns and use Adapter.Send or Adapter.Continue")

	// ErrBusy: the conversation's queue is full, or its turn did not come in
	// time. Nothing ran; try again later.
	ErrBusy error = busyError{}

	// ErrNoInvoke: Respond was called in a turn that is not an invoke.
	ErrNoInvoke = errors.New("agent: only an invoke activity can be answered with a response")
)

type busyError struct{}

func (busyError) Error() string { return "agent: the conversation is busy; try again later" }

// Busy tells package endpoint that the turn did not run.
func (busyError) Busy() bool { return true }

// A PanicError is a panic of a handler or middleware, caught so that other
// turns go on.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // of the goroutine that panicked
}

func (e *PanicError) Error() string { return fmt.Sprintf("agent: panic in a turn: %v", e.Value) }

// Unwrap returns the panic's value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
