package localchannel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

// A client that never reads holds nobody up, costs little, and finds everything
// when it comes back.
func TestSocketThatNeverReads(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	conn := dial(t, conv.StreamURL)
	big := message(strings.Repeat("x", 100_000))
	const count = 200 // more than socket buffers and queue hold
	for range count {
		f.send(conv.ID, big)
	}
	var again directline.Conversation
	f.want(200, "GET", base+"/"+conv.ID+"?watermark=0", "", &again)
	back := dial(t, again.StreamURL)
	seen := 0
	for mark := ""; mark != strconv.Itoa(count); {
		set := next(t, back)
		seen, mark = seen+len(set.Activities), set.Watermark
	}
	if seen != count {
		t.Errorf("%d activities seen, want %d", seen, count)
	}
	conn.CloseNow()
	go f.channel.Close()
	for {
		if _, _, err := back.Read(t.Context()); err != nil {
			break
		}
	}
}

func TestSocketEndsWithAReason(t *testing.T) {
	tests := []struct {
		name   string
		end    func(f *fixture, conn *websocket.Conn)
		status websocket.StatusCode
		reason string
	}{
		{"the channel closes", func(f *fixture, _ *websocket.Conn) { go f.channel.Close() }, websocket.StatusGoingAway, "the channel is shutting down"},
		{"the conversation makes room", func(f *fixture, _ *websocket.Conn) { go f.start("") }, websocket.StatusPolicyViolation, "deleted"},
		{"the client sends too much", func(f *fixture, conn *websocket.Conn) {
			_ = conn.Write(f.t.Context(), websocket.MessageText, make([]byte, 100_000))
		}, websocket.StatusMessageTooBig, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t, func(cfg *localchannel.Config) { cfg.MaxConversations = 1 })
			conn := dial(t, f.start(withAnna).StreamURL)
			tt.end(f, conn)
			_, _, err := conn.Read(t.Context())
			if e, ok := errors.AsType[websocket.CloseError](err); !ok || e.Code != tt.status || tt.reason != "" && e.Reason != tt.reason {
				t.Errorf("the socket ends with %v, want %d %s", err, tt.status, tt.reason)
			}
		})
	}
}

// What clients say on the socket means nothing and does no harm.
func TestSocketIgnoresWhatClientsSay(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	conn := dial(t, conv.StreamURL)
	for _, frame := range []string{"", `{"type":"message"}`, "x"} {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	f.send(conv.ID, message("hello"))
	if set := next(t, conn); !slices.Equal(texts(set), []string{"hello"}) {
		t.Errorf("the client got %q", texts(set))
	}
}

// A client that polls goes on where it was, with the token it has.
func TestPollAfterARestart(t *testing.T) {
	store := storage.NewMemory()
	use := func(cfg *localchannel.Config) { cfg.Store, cfg.Secret = store, secret }
	first := serve(t, use)
	var conv directline.Conversation
	first.want(201, "POST", base, withAnna, &conv, "Authorization", withSecret)
	auth := []string{"Authorization", "Bearer " + conv.Token}
	first.send(conv.ID, message("one"))
	activities := base + "/" + conv.ID + "/activities"
	var set directline.ActivitySet
	first.want(200, "GET", activities+"?watermark=", "", &set, auth...)
	mark := set.Watermark
	first.stop()

	second := serve(t, use)
	second.want(200, "GET", activities+"?watermark="+mark, "", &set, auth...)
	if len(set.Activities) != 0 || set.Watermark != mark {
		t.Errorf("after a restart %q up to %q", texts(set), set.Watermark)
	}
	second.send(conv.ID, message("two"))
	second.want(200, "GET", activities+"?watermark="+mark, "", &set, auth...)
	if !slices.Equal(texts(set), []string{"two"}) {
		t.Errorf("then %q up to %q", texts(set), set.Watermark)
	}
}

// Clients that poll take a server error for the end of the conversation.
func TestPollOutlivesTheStore(t *testing.T) {
	store := &deaf{Memory: storage.NewMemory()}
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store = store })
	conv := f.start(withAnna)
	f.send(conv.ID, message("one"))
	f.send(conv.ID, message("two"))
	store.deaf = true
	if set := f.history(conv.ID, "1"); len(set.Activities) != 0 || set.Watermark != "1" {
		t.Errorf("while the store fails: %+v", set)
	}
	store.deaf = false
	if set := f.history(conv.ID, "1"); !slices.Equal(texts(set), []string{"two"}) || set.Watermark != "2" {
		t.Errorf("afterwards: %q up to %s", texts(set), set.Watermark)
	}
}

// deaf fails every read once it is deaf.
type deaf struct {
	*storage.Memory
	deaf bool
}

func (s *deaf) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	if s.deaf {
		return nil, errors.New("disk gone")
	}
	return s.Memory.Read(ctx, keys...)
}

// A long history comes in pieces, of which the watermark tells the end.
func TestLongHistoryComesInPieces(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	const count = 120
	for i := range count {
		f.send(conv.ID, message(fmt.Sprint(i, strings.Repeat("x", 100_000))))
	}
	seen, answers := 0, 0
	for mark := ""; mark != strconv.Itoa(count); answers++ {
		set := f.history(conv.ID, mark)
		if len(set.Activities) == 0 {
			t.Fatalf("nothing after %q", mark)
		}
		seen, mark = seen+len(set.Activities), set.Watermark
	}
	if seen != count || answers < 2 {
		t.Errorf("%d activities in %d answers", seen, answers)
	}
}

// Two clients of one conversation may poll side by side; the socket belongs to
// the one that came last.
func TestPollsBesideASocket(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	conn := dial(t, conv.StreamURL)
	f.send(conv.ID, message("hello"))
	if set := next(t, conn); set.Watermark != "1" {
		t.Errorf("the socket gets %+v", set)
	}
	for range 2 {
		if set := f.history(conv.ID, ""); !slices.Equal(texts(set), []string{"hello"}) {
			t.Errorf("a poll gets %q", texts(set))
		}
	}
	f.want(http.StatusNotFound, "GET", base+"/elsewhere/activities", "", nil)
}
