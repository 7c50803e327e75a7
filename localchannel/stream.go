package localchannel

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/directline"
)

const (
	writeTimeout = 10 * time.Second
	queueLength  = 256 // frames waiting for a slow client
)

// A socket is a client's stream. Frames wait in a queue; when it is full the
// client is too slow: it is cut off and comes back with its watermark.
type socket struct {
	frames  chan []byte
	dismiss chan string // why the socket is to be closed; at most once
}

// attach opens a socket, which takes over from an older one, and returns the
// record up to which the history is to be replayed. Later activities come
// through the queue.
func (conv *conversation) attach(op string) (*socket, record, error) {
	if err := conv.lock(op); err != nil {
		return nil, record{}, err
	}
	defer conv.mu.Unlock()
	conv.dismiss("collision")
	conv.socket = &socket{make(chan []byte, queueLength), make(chan string, 1)}
	return conv.socket, conv.record, nil
}

func (conv *conversation) detach(s *socket) {
	conv.mu.Lock()
	defer conv.mu.Unlock()
	if conv.socket == s {
		conv.socket = nil
	}
}

// dismiss closes the socket, if one is open. conv.mu is held.
func (conv *conversation) dismiss(reason string) {
	if conv.socket != nil {
		conv.socket.dismiss <- reason
		conv.socket = nil
	}
}

// push queues a frame for the client, if it listens. conv.mu is held.
func (conv *conversation) push(frame []byte) {
	if conv.socket == nil {
		return
	}
	select {
	case conv.socket.frames <- frame:
	default:
		conv.dismiss("too slow")
	}
}

// stream serves GET …/conversations/{conversation}/stream.
func (c *Channel) stream(w http.ResponseWriter, r *http.Request) error {
	const op = "stream"
	query := r.URL.Query()
	_, conv, err := c.open(r, op, query.Get("t"))
	if err != nil {
		return err
	}
	if r.Header.Get("Upgrade") == "" {
		return fault(op, http.StatusBadRequest, directline.CodeBadArgument, "this address is for a WebSocket; use activities to poll")
	}
	mark := query.Get("watermark")
	if _, err := new(record).after(op, mark, 0); err != nil {
		return err
	}
	var s *socket
	var now record
	attach := func() { s, now, err = conv.attach(op) }
	// Guard has checked Origin: the page may well be on another port.
	conn, refused := websocket.Accept(&upgrade{w, attach}, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if s != nil {
		defer conv.detach(s)
	}
	if refused != nil {
		return nil // Accept has answered
	}
	defer conn.CloseNow()
	if err != nil {
		conn.Close(websocket.StatusPolicyViolation, "deleted") // just now
		return nil
	}
	after, _ := now.after(op, mark, now.Last)

	// Clients send empty frames to keep the connection alive. Reading also
	// notices when they go, and ends with the connection.
	ctx, gone := context.WithCancel(c.life)
	c.work.Go(func() {
		defer gone()
		for {
			if _, _, err := conn.Read(context.WithoutCancel(ctx)); err != nil {
				return
			}
		}
	})
	c.feed(ctx, conn, conv, s, after, now.Last)
	return nil
}

// An upgrade calls accepted once the handshake is found good, but before the
// client knows: what happens once it is connected is not to be missed. A
// handshake that fails disturbs nobody.
type upgrade struct {
	http.ResponseWriter
	accepted func()
}

func (u *upgrade) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		u.accepted()
	}
	u.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the connection be taken over.
func (u *upgrade) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// feed replays the history after number after up to last, then sends what is
// queued, until the client goes or is dismissed.
func (c *Channel) feed(ctx context.Context, conn *websocket.Conn, conv *conversation, s *socket, after, last int) {
	send := func(frame []byte) bool {
		ctx, cancel := context.WithTimeout(ctx, writeTimeout)
		defer cancel()
		return conn.Write(ctx, websocket.MessageText, frame) == nil
	}
	for after < last && ctx.Err() == nil {
		page, next, err := c.page(ctx, conv.id, after, last)
		if err != nil {
			conn.Close(websocket.StatusInternalError, "the store failed")
			return
		}
		if after = next; len(page) > 0 && !send(frame(strconv.Itoa(after), page...)) {
			return
		}
	}
	ticker := time.NewTicker(c.cfg.KeepAlive)
	defer ticker.Stop()
	for ok := true; ok; {
		select {
		case frame := <-s.frames:
			ok = send(frame)
		case <-ticker.C:
			conv.touch()
			ok = send(nil)
		case reason := <-s.dismiss:
			conn.Close(websocket.StatusPolicyViolation, reason)
			return
		case <-ctx.Done():
			if c.life.Err() != nil {
				conn.Close(websocket.StatusGoingAway, "the channel is shutting down")
			}
			return
		}
	}
}
