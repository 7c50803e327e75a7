package storage

import (
	"errors"
	"fmt"
)

// ErrConflict reports that an item changed since it was read. Nothing of the
// batch was written. The error that wraps it is a [*ConflictError].
var ErrConflict = errors.New("storage: item changed since it was read")

// ErrNotSupported reports that a store lacks what was asked of it, such as
// listing by prefix.
var ErrNotSupported = errors.New("storage: not supported by this store")

// ErrClosed reports a call on a store that was closed. Nothing was written.
var ErrClosed = errors.New("storage: the store is closed")

// A ConflictError names the key whose ETag did not match.
type ConflictError struct{ Key string }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("storage: %q changed since it was read; read it again and repeat the change", e.Key)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }
