package connector

import (
	"errors"
	"io"
	"sync/atomic"
)

// An upload is the body of one attempt. It knows whether the transport began
// to read it: if not, no channel can have acted on the request. The transport
// may read in a goroutine of its own, even after it gave up, so the question is
// settled in one step: once seal has said "untouched", it stays so.
type upload struct {
	data  []byte // never written to: the transport may read it for long
	state atomic.Int32
}

const (
	untouched int32 = iota
	touched
	sealed
)

var errSealed = errors.New("the attempt is over")

// open returns the body from its start. The transport asks again when a kept
// connection turns out to be dead before it wrote to it.
func (u *upload) open() (io.ReadCloser, error) {
	return &uploadReader{upload: u, rest: u.data}, nil
}

// seal ends the attempt and reports whether anything of it can have left.
func (u *upload) seal() (left bool) {
	return !u.state.CompareAndSwap(untouched, sealed)
}

// An uploadReader has no method but Read to get at the bytes.
type uploadReader struct {
	upload *upload
	rest   []byte
}

func (r *uploadReader) Read(p []byte) (int, error) {
	if !r.upload.state.CompareAndSwap(untouched, touched) && r.upload.state.Load() == sealed {
		return 0, errSealed
	}
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *uploadReader) Close() error { return nil }
