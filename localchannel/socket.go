package localchannel

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	writeTimeout = 10 * time.Second

	// What may wait for a slow client, or one frame if that is larger.
	maxQueue      = 256
	maxQueueBytes = 1 << 20
)

// A socket is a client's stream. One goroutine reads, which notices when the
// client goes; another one runs as long as there is something to write. Frames
// wait in a queue. When it is full the client is too slow: it is cut off and
// comes back with its watermark.
type socket struct {
	channel *Channel
	conv    *conversation
	conn    *websocket.Conn // set by serve, before anything is written

	mu      sync.Mutex // may be taken while conv.mu is held, not the other way round
	queue   [][]byte
	bytes   int                  // in queue
	writing bool                 // a goroutine is writing, or will once the handshake is over
	status  websocket.StatusCode // to close with; 0: not to be closed
	reason  string
	over    bool        // the client has gone
	alive   *time.Timer // runs keepAlive
}

// attach opens a socket, which takes over from an older one, and returns the
// record up to which the history is to be replayed. Later activities come
// through the queue.
func (c *Channel) attach(op string, conv *conversation) (*socket, record, error) {
	if err := conv.lock(op); err != nil {
		return nil, record{}, err
	}
	defer conv.mu.Unlock()
	conv.dismiss("collision")
	conv.socket = &socket{channel: c, conv: conv, writing: true}
	return conv.socket, conv.record, nil
}

// dismiss closes the socket, if one is open. conv.mu is held.
func (conv *conversation) dismiss(reason string) {
	if conv.socket != nil {
		conv.socket.close(websocket.StatusPolicyViolation, reason)
		conv.socket = nil
	}
}

// push queues a frame for the client, if it listens. conv.mu is held.
func (conv *conversation) push(frame []byte) {
	if conv.socket != nil && !conv.socket.take(frame) {
		conv.dismiss("too slow")
	}
}

// serve replays history and then serves the client, in the background. The
// caller has begun work that Close waits for.
func (s *socket) serve(conn *websocket.Conn, after, last int) {
	s.conn = conn
	stop := context.AfterFunc(s.channel.life, func() {
		s.close(websocket.StatusGoingAway, "the channel is shutting down")
	})
	s.mu.Lock()
	s.alive = time.AfterFunc(s.channel.cfg.KeepAlive, s.keepAlive)
	s.mu.Unlock()
	s.channel.work.Go(func() {
		s.read()
		stop()
	})
	s.channel.work.Go(func() {
		if s.replay(after, last) {
			s.write()
		} else {
			s.conn.CloseNow()
		}
	})
}

// read reads until the client goes. All that clients send is empty frames that
// keep the connection alive.
func (s *socket) read() {
	for {
		_, message, err := s.conn.Reader(context.Background())
		if err == nil {
			_, err = io.Copy(io.Discard, message)
		}
		if err != nil {
			break
		}
	}
	s.detach()
	s.conn.CloseNow()
}

func (s *socket) detach() {
	s.mu.Lock()
	s.over, s.queue = true, nil
	if s.alive != nil {
		s.alive.Stop()
	}
	s.mu.Unlock()
	s.conv.mu.Lock()
	defer s.conv.mu.Unlock()
	if s.conv.socket == s {
		s.conv.socket = nil
	}
}

// take queues a frame. It returns false when too much waits already.
func (s *socket) take(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.status != 0 {
		return true
	}
	if len(s.queue) >= maxQueue || len(s.queue) > 0 && s.bytes+len(frame) > maxQueueBytes {
		return false
	}
	s.queue = append(s.queue, frame)
	s.bytes += len(frame)
	s.wake()
	return true
}

// close has the connection closed after the frame that is being written.
func (s *socket) close(status websocket.StatusCode, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over && s.status == 0 {
		s.status, s.reason, s.queue = status, reason, nil
		s.wake()
	}
}

func (s *socket) keepAlive() {
	s.conv.touch()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.status != 0 {
		return
	}
	if len(s.queue) == 0 && !s.writing {
		s.queue = append(s.queue, nil)
		s.wake()
	}
	s.alive.Reset(s.channel.cfg.KeepAlive)
}

// wake starts writing, unless that goes on already. s.mu is held and s.over is
// false: what reads is still running, so that Close waits for both.
func (s *socket) wake() {
	if !s.writing {
		s.writing = true
		s.channel.work.Go(s.write)
	}
}

// write writes what is queued, and closes the connection if it is to be.
func (s *socket) write() {
	for {
		s.mu.Lock()
		if status, reason := s.status, s.reason; status != 0 || len(s.queue) == 0 {
			s.queue, s.bytes, s.writing = nil, 0, status != 0 // after closing nobody writes any more
			s.mu.Unlock()
			if status != 0 {
				s.conn.Close(status, reason)
			}
			return
		}
		frame := s.queue[0]
		s.queue, s.bytes = s.queue[1:], s.bytes-len(frame)
		s.mu.Unlock()
		if !s.send(frame) {
			s.conn.CloseNow() // nor here
			return
		}
	}
}
