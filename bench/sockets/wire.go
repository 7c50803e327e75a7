package main

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// Opcodes of frames, and the bound of one. (RFC 6455, 5.2)
const (
	opText   = 1
	opClose  = 8
	opPing   = 9
	opPong   = 10
	maxFrame = 1 << 20
)

// A wire is one end of a WebSocket: no fragments, no extensions.
type wire struct {
	net.Conn
	in     *bufio.Reader
	client bool
	mu     sync.Mutex // of writes
	frame  []byte
}

func dial(stream string) (*wire, error) {
	u, err := url.Parse(stream)
	if err != nil || u.Scheme != "ws" {
		return nil, errors.New("no stream address")
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 16)
	rand.Read(key)
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
		u.RequestURI(), u.Host, base64.StdEncoding.EncodeToString(key))
	in := bufio.NewReaderSize(conn, 1024)
	resp, err := http.ReadResponse(in, nil)
	if err == nil && resp.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("the socket was refused: %s", resp.Status)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &wire{Conn: conn, in: in, client: true}, nil
}

// accept takes a connection over from net/http.
func accept(w http.ResponseWriter, r *http.Request) (*wire, error) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	return &wire{Conn: conn, in: rw.Reader}, nil
}

// next reads the next text frame, which is good until the following call.
func (w *wire) next() ([]byte, error) {
	for {
		op, frame, err := w.read()
		switch {
		case err != nil:
			return nil, err
		case op == opPing:
			if err := w.write(opPong, frame); err != nil {
				return nil, err
			}
		case op == opClose:
			return nil, fmt.Errorf("closed: %q", frame)
		case op == opText:
			return frame, nil
		}
	}
}

func (w *wire) read() (op byte, frame []byte, err error) {
	var head [14]byte
	if _, err := io.ReadFull(w.in, head[:2]); err != nil {
		return 0, nil, err
	}
	size, masked := uint64(head[1]&0x7f), head[1]&0x80 != 0
	switch size {
	case 126:
		_, err = io.ReadFull(w.in, head[2:4])
		size = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		_, err = io.ReadFull(w.in, head[2:10])
		size = binary.BigEndian.Uint64(head[2:])
	}
	var mask [4]byte
	if err == nil && masked {
		_, err = io.ReadFull(w.in, mask[:])
	}
	if err != nil || size > maxFrame {
		return 0, nil, errors.Join(err, fmt.Errorf("a frame of %d bytes", size))
	}
	if uint64(cap(w.frame)) < size {
		w.frame = make([]byte, size)
	}
	frame = w.frame[:size]
	_, err = io.ReadFull(w.in, frame)
	for i := range frame {
		frame[i] ^= mask[i%4]
	}
	return head[0] & 0x0f, frame, err
}

func (w *wire) send(text []byte) error { return w.write(opText, text) }

// write sends one frame. Clients must mask; a mask of zeros changes nothing.
func (w *wire) write(op byte, payload []byte) error {
	frame := []byte{0x80 | op, 0}
	switch {
	case len(payload) < 126:
		frame[1] = byte(len(payload))
	case len(payload) < 1<<16:
		frame[1] = 126
		frame = binary.BigEndian.AppendUint16(frame, uint16(len(payload)))
	default:
		frame[1] = 127
		frame = binary.BigEndian.AppendUint64(frame, uint64(len(payload)))
	}
	if w.client {
		frame[1] |= 0x80
		frame = append(frame, 0, 0, 0, 0)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.Conn.Write(append(frame, payload...))
	return err
}
