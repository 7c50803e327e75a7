package localchannel_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

func TestStream(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	f.send(conv.ID, message("greeting, sent before the socket was open"))
	conn := dial(t, conv.StreamURL)
	if set := next(t, conn); set.Watermark != "1" || len(set.Activities) != 1 {
		t.Errorf("replay is %+v", set)
	}

	id := f.post(conv.ID, "hello")
	if set := next(t, conn); set.Watermark != "2" || set.Activities[0].ID != id || set.Activities[0].From.Role != "user" {
		t.Errorf("own message comes back as %+v", set)
	}
	typing := f.send(conv.ID, activity.Activity{Type: "typing"})
	if set := next(t, conn); set.Watermark != "" || set.Activities[0].ID != typing || typing == "" {
		t.Errorf("typing comes as %+v", set)
	}
	answer := f.send(conv.ID, message("draft"))
	sent := next(t, conn).Activities[0]
	a := message("final")
	a.ID = answer
	if r, err := f.channel.Update(t.Context(), to(conv.ID), &a); err != nil || r.ID != answer {
		t.Fatalf("update: %+v, %v", r, err)
	}
	set := next(t, conn)
	if got := set.Activities[0]; set.Watermark != "" || got.ID != answer || got.Text != "final" || got.Timestamp != sent.Timestamp {
		t.Errorf("update comes as %+v", set)
	}
	if err := f.channel.Delete(t.Context(), to(conv.ID), answer); err != nil {
		t.Fatal(err)
	}
	if set := next(t, conn); set.Watermark != "" || set.Activities[0].Type != "messageDelete" || set.Activities[0].ID != answer {
		t.Errorf("delete comes as %+v", set)
	}
	if rest := f.history(conv.ID, "1"); !slices.Equal(texts(rest), []string{"hello"}) || rest.Watermark != "3" {
		t.Errorf("history after delete: %q, watermark %q", texts(rest), rest.Watermark)
	}
	for _, err := range []error{f.channel.Delete(t.Context(), to(conv.ID), answer), f.channel.Delete(t.Context(), to(conv.ID), typing)} {
		if !errors.Is(err, activity.ErrNotFound) {
			t.Errorf("deleting what is gone: %v, want not found", err)
		}
	}
	if err := f.channel.Delete(t.Context(), to(conv.ID), id); !errors.Is(err, activity.ErrForbidden) {
		t.Errorf("deleting the user's message: %v, want forbidden", err)
	}
}

func TestNewerSocketWins(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	older := dial(t, conv.StreamURL)
	f.post(conv.ID, "one")
	next(t, older)
	newer := dial(t, conv.StreamURL)
	_, _, err := older.Read(t.Context())
	if e, ok := errors.AsType[websocket.CloseError](err); !ok || e.Reason != "collision" {
		t.Errorf("the older socket ends with %v, want collision", err)
	}
	if set := next(t, newer); set.Watermark != "1" {
		t.Errorf("the newer socket begins with %+v", set)
	}
}

func TestBadHandshakeDisturbsNobody(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	conn := dial(t, conv.StreamURL)
	for _, header := range []http.Header{
		{"Upgrade": {"nonsense"}},
		{"Upgrade": {"nonsense"}, "Connection": {"Upgrade"}},
		{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}},
		{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"short"}},
	} {
		req, err := http.NewRequest("GET", strings.Replace(conv.StreamURL, "ws:", "http:", 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		resp, err := f.server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode < 400 || resp.StatusCode > 499 {
			t.Errorf("%v is answered %d", header, resp.StatusCode)
		}
	}
	f.send(conv.ID, message("still there"))
	if set := next(t, conn); !slices.Equal(texts(set), []string{"still there"}) {
		t.Errorf("the client got %q", texts(set))
	}
}

// A mark from before the first activity that is kept costs no more than that.
func TestReplayBeginsWithWhatIsKept(t *testing.T) {
	store := &reads{Memory: storage.NewMemory()}
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxActivities = store, 10 })
	conv := f.start(withAnna)
	for i := range 300 {
		f.send(conv.ID, message(strconv.Itoa(i)))
	}
	want := texts(f.history(conv.ID, "1"))
	before := store.keys.Load()
	stream := strings.Replace(conv.StreamURL, "watermark=0", "watermark=1", 1)
	if set := next(t, dial(t, stream)); !slices.Equal(texts(set), want) || set.Watermark != "300" {
		t.Errorf("replayed %q up to %s, want %q", texts(set), set.Watermark, want)
	}
	if n := store.keys.Load() - before; n > 10 {
		t.Errorf("%d keys read for %d activities", n, len(want))
	}
}

// reads counts the keys that are read.
type reads struct {
	*storage.Memory
	keys atomic.Int64
}

func (s *reads) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	s.keys.Add(int64(len(keys)))
	return s.Memory.Read(ctx, keys...)
}

// A client that loses its socket again and again sees everything once.
func TestReconnectLosesAndRepeatsNothing(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	const senders, each = 4, 60
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				a := message(fmt.Sprintf("%d/%d", s, i))
				if _, err := f.channel.Send(context.Background(), to(conv.ID), &a); err != nil {
					t.Error(err)
				}
			}
		})
	}
	mark, seen := "0", []string{}
	for len(seen) < senders*each {
		var c directline.Conversation
		f.want(200, "GET", base+"/"+conv.ID+"?watermark="+mark, "", &c)
		conn := dial(t, c.StreamURL)
		for range 7 {
			if len(seen) == senders*each {
				break
			}
			set := next(t, conn)
			seen, mark = append(seen, texts(set)...), set.Watermark
		}
		conn.CloseNow()
	}
	wg.Wait()
	if want := texts(f.history(conv.ID, "")); !slices.Equal(seen, want) {
		t.Errorf("seen %d activities, not the %d of the history in its order", len(seen), len(want))
	}
}

func TestSlowClientIsCutOff(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	small := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(256 << 10)
		}
		return conn, err
	}}
	conn, _, err := websocket.Dial(t.Context(), conv.StreamURL, &websocket.DialOptions{HTTPClient: &http.Client{Transport: small}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	big := message(strings.Repeat("x", 30_000))
	const count = 450 // more than socket buffers and queue hold
	for range count {
		f.send(conv.ID, big)
	}
	mark := 0
	for {
		_, frame, err := conn.Read(t.Context())
		if err != nil {
			break
		}
		_, w, _ := strings.Cut(string(frame[len(frame)-20:]), `"watermark":"`)
		if n, err := strconv.Atoi(strings.TrimRight(w, `"}`)); err != nil || n != mark+1 {
			t.Fatalf("after %d comes %d", mark, n)
		}
		mark++
	}
	if mark == count {
		t.Fatal("the client was not cut off")
	}
	if rest := f.history(conv.ID, strconv.Itoa(count-2)); len(rest.Activities) != 2 {
		t.Errorf("%d of the last 2 activities in the history", len(rest.Activities))
	}
}

func TestKeepAlive(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) { cfg.KeepAlive = time.Millisecond })
	conn := dial(t, f.start("").StreamURL)
	if err := conn.Write(t.Context(), websocket.MessageText, nil); err != nil { // the client's own
		t.Fatal(err)
	}
	for range 3 {
		if _, frame, err := conn.Read(t.Context()); err != nil || len(frame) != 0 {
			t.Errorf("read %q, %v; want an empty frame", frame, err)
		}
	}
}

func TestStreamedAnswer(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	conn := dial(t, conv.StreamURL)
	tests := []struct {
		name, entities, data, want string
	}{
		{"copied", `[{"type":"streaminfo","streamType":"streaming","streamSequence":2,"streamId":"s"}]`, ``, `{"streamId":"s","streamType":"streaming","streamSequence":2}`},
		{"what is there stays", `[{"type":"streaminfo","streamType":"final","streamId":"s"}]`, `{"streamType":"x", "n":1.0 }`, `{"streamType":"x", "n":1.0,"streamId":"s"}`},
		{"no object stays", `[{"type":"streaminfo","streamId":"s"}]`, `[1]`, `[1]`},
		{"two count as none", `[{"type":"streaminfo","streamId":"s"},{"type":"streaminfo","streamId":"t"}]`, `{}`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := `{"type":"typing","text":"so far","entities":` + tt.entities
			if tt.data != "" {
				body += `,"channelData":` + tt.data
			}
			f.want(200, "POST", service+"/"+conv.ID+"/activities", body+"}", nil)
			if got := string(next(t, conn).Activities[0].ChannelData); got != tt.want {
				t.Errorf("channelData %s, want %s", got, tt.want)
			}
		})
	}
}
