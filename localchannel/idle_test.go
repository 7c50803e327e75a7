package localchannel_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"testing"
)

// What a conversation with an idle socket holds on to, in heap and stacks: 10,000
// of them shall fit into 60 KB each of a process, of which the collector takes
// a share. The client's end of the connection, a kilobyte, is counted as well.
func TestIdleConversationIsSmall(t *testing.T) {
	const count, limit = 400, 20_000
	f := serve(t)
	keepOpen(t, f, 20) // what the first ones cost, such as pools
	before := inUse()
	keepOpen(t, f, count)
	each := (inUse() - before) / count
	t.Logf("%d bytes for each idle conversation", each)
	if each > limit {
		t.Errorf("%d bytes for each idle conversation, want at most %d", each, limit)
	}
}

// keepOpen starts conversations with a raw socket each, whose first frame has
// been read: a greeting of the agent.
func keepOpen(t testing.TB, f *fixture, count int) {
	t.Helper()
	buffer := bufio.NewReader(nil)
	for range count {
		conv := f.start(withAnna)
		f.send(conv.ID, message("Welcome! Say something, and the agent answers."))
		u, err := url.Parse(conv.StreamURL)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", u.RequestURI(), u.Host)
		buffer.Reset(conn)
		resp, err := http.ReadResponse(buffer, nil)
		if err != nil || resp.StatusCode != 101 {
			t.Fatalf("%v %v", resp, err)
		}
		if _, err := buffer.Discard(4); err != nil { // of the frame
			t.Fatal(err)
		}
		if rest, err := buffer.ReadBytes('}'); err != nil || !bytes.Contains(rest, []byte(`"message"`)) {
			t.Fatalf("the first frame is %q, %v", rest, err)
		}
	}
	f.agent.mu.Lock()
	f.agent.got, f.agent.header = nil, nil
	f.agent.mu.Unlock()
	http.DefaultClient.CloseIdleConnections()
	f.server.Client().CloseIdleConnections()
}

// inUse is heap and stacks after what is left of short-lived work has gone.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
