package directline

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	dialTimeout = 20 * time.Second
	pingEvery   = 30 * time.Second
	pingTimeout = 20 * time.Second
)

// A socket is a stream of frames. The service closes one that is too slow to
// be read, or when another client opens one.
type socket struct {
	frames chan []byte // closed when the socket has ended

	conn   *websocket.Conn
	host   string
	err    error         // why it ended, once frames is closed
	moves  atomic.Uint64 // odd while a frame is read and not taken yet
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// dial opens a socket, whose address says all and needs no header.
func (c *Chat) dial(ctx context.Context, stream string) (*socket, error) {
	u, err := url.Parse(stream)
	if err != nil || u.Scheme != "wss" && (u.Scheme != "ws" || !loopback(u.Hostname())) {
		return nil, errors.New("the service gave no stream address that can be used") // without it, as it holds a token
	}
	dialing, stop := context.WithTimeout(ctx, dialTimeout)
	defer stop()
	conn, _, err := websocket.Dial(dialing, stream, &websocket.DialOptions{HTTPClient: c.client.http})
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // the address holds a token
		}
		return nil, err
	}
	conn.SetReadLimit(maxSet)
	ctx, cancel := context.WithCancel(ctx)
	s := &socket{frames: make(chan []byte), conn: conn, host: u.Host, cancel: cancel}
	s.work.Go(func() { s.read(ctx) })
	s.work.Go(func() { s.ping(ctx) })
	return s, nil
}

// end closes the socket and waits for its goroutines.
func (s *socket) end() {
	s.cancel()
	_ = s.conn.CloseNow() // it may have ended by itself
	s.work.Wait()
}

func (s *socket) read(ctx context.Context) {
	defer close(s.frames)
	for {
		kind, frame, err := s.conn.Read(ctx)
		if err != nil {
			s.err = err
			return
		}
		if kind != websocket.MessageText {
			continue
		}
		s.moves.Add(1)
		select {
		case s.frames <- frame:
			s.moves.Add(1)
		case <-ctx.Done():
			s.err = ctx.Err()
			return
		}
	}
}

// ping notices when the other side is gone without a word. An answer is read
// between frames only, so a slow loop is no sign.
func (s *socket) ping(ctx context.Context) {
	for sleep(ctx, pingEvery) == nil {
		before := s.moves.Load()
		waiting, stop := context.WithTimeout(ctx, pingTimeout)
		err := s.conn.Ping(waiting)
		stop()
		if err != nil && before%2 == 0 && before == s.moves.Load() {
			_ = s.conn.CloseNow() // read tells
			return
		}
	}
}

// collided reports whether another client has opened a socket. To take it back
// would only make the other one do the same. (directline 5)
func (s *socket) collided() bool {
	closed, ok := errors.AsType[websocket.CloseError](s.err)
	return ok && closed.Reason == "collision"
}

// lost is why the socket ended, for the log.
func (s *socket) lost() error {
	return fmt.Errorf("directline: stream: %s: %w: %w", s.host, activity.ErrUnavailable, s.err)
}
