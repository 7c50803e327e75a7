package localchannel

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strconv"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/directline"
)

// stream serves GET …/conversations/{conversation}/stream. It returns once the
// handshake is over, so that an idle client costs no more than a [socket].
func (c *Channel) stream(w http.ResponseWriter, r *http.Request) error {
	const op = "stream"
	conv, err := c.openStream(r, op)
	if err != nil {
		return err
	}
	if r.Header.Get("Upgrade") == "" {
		return fault(op, http.StatusBadRequest, directline.CodeBadArgument, "this address is for a WebSocket; use activities to poll")
	}
	mark := r.URL.Query().Get("watermark")
	if _, err := new(record).after(op, mark, 0); err != nil {
		return err
	}
	var s *socket
	var now record
	attach := func() { s, now, err = c.attach(op, conv) }
	// Any origin will do: the page may well be on another port, and Guard or
	// the token has checked who it is.
	conn, refused := websocket.Accept(&upgrade{w, attach}, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	switch {
	case refused != nil: // Accept has answered
		if s != nil {
			s.detach()
		}
	case err != nil:
		conn.Close(websocket.StatusPolicyViolation, "deleted") // just now
	default:
		after, _ := now.after(op, mark, now.Last)
		s.serve(conn, after, now.Last)
	}
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

// Hijack hands the connection over with small buffers, as most sockets are idle
// most of the time: one for the few bytes that clients send, and one that takes
// an everyday activity in one piece.
func (u *upgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(u.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early := rw.Reader.Buffered() // what the client has sent already
	reader := bufio.NewReaderSize(rw.Reader, max(early, 128))
	if _, err := reader.Peek(early); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, bufio.NewReadWriter(reader, bufio.NewWriterSize(conn, 1024)), nil
}

// replay sends the history after number after up to last, and reports whether
// the client got it.
func (s *socket) replay(after, last int) bool {
	for after < last {
		page, next, err := s.channel.page(s.channel.life, s.conv.id, after, last)
		if s.channel.life.Err() != nil {
			return true // the client is told why before it gets more
		}
		if err != nil {
			_ = s.channel.storeFailed("stream", s.conv.id, err) // logs it
			s.conn.Close(websocket.StatusInternalError, "the store failed")
			return false
		}
		if after = next; len(page) > 0 && !s.send(frame(strconv.Itoa(after), page...)) {
			return false
		}
	}
	return true
}

// send writes a frame to the client, and reports whether that worked.
func (s *socket) send(frame []byte) bool {
	ctx, cancel := context.WithTimeout(s.channel.life, writeTimeout)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, frame) == nil
}
