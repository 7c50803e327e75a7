package playground

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/localchannel"
)

// A reader is the client's end of a stream. Writing to it blocks while stuck,
// until its deadline.
type reader struct {
	mu       sync.Mutex
	header   http.Header
	got      strings.Builder
	stuck    bool
	deadline time.Time
}

func (r *reader) Header() http.Header { return r.header }
func (r *reader) WriteHeader(int)     {}
func (r *reader) Flush()              {}

func (r *reader) SetWriteDeadline(t time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deadline = t
	return nil
}

func (r *reader) Write(p []byte) (int, error) {
	r.mu.Lock()
	stuck, deadline := r.stuck, r.deadline
	r.mu.Unlock()
	if stuck {
		<-time.After(time.Until(deadline))
		return 0, os.ErrDeadlineExceeded
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.Write(p)
}

func (r *reader) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.String()
}

// A listening is a stream under way, in a bubble.
type listening struct {
	*reader
	over chan struct{}
	hang context.CancelFunc
}

func listen(t *testing.T, p *Playground, mark string) listening {
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/playground/api/events", nil)
	r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
	if mark != "" {
		r.Header.Set("Last-Event-ID", mark)
	}
	l := listening{&reader{header: http.Header{}}, make(chan struct{}), cancel}
	go func() {
		defer close(l.over)
		p.Handler().ServeHTTP(l.reader, r)
	}()
	return l
}

// silent is a playground of a channel that nobody uses.
func silent(t *testing.T) (*Playground, *Recorder) {
	rec := NewRecorder()
	c, err := localchannel.New(t.Context(), localchannel.Config{Agent: "http://127.0.0.1:1/", BaseURL: "http://127.0.0.1:2"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return New(c, rec, Config{}), rec
}

func TestEventsResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, rec := silent(t)
		first := rec.last + 1
		rec.Watch(exchange("a", 1))
		rec.Watch(exchange("b", 1))
		l := listen(t, p, "")
		synctest.Wait()
		rec.Watch(exchange("c", 1))
		synctest.Wait()
		got := l.text()
		for i, conversation := range []string{"a", "b", "c"} {
			if !strings.Contains(got, "id: "+strconv.FormatInt(first+int64(i), 10)+"\ndata: {") || !strings.Contains(got, `"conversation":"`+conversation+`"`) {
				t.Errorf("the stream lacks exchange %d: %s", i, got)
			}
		}
		if ct := l.header.Get("Content-Type"); ct != "text/event-stream" {
			t.Errorf("content type %q", ct)
		}
		l.hang()
		<-l.over

		again := listen(t, p, strconv.FormatInt(first+1, 10))
		synctest.Wait()
		if got := again.text(); strings.Contains(got, `"a"`) || strings.Contains(got, `"b"`) || !strings.Contains(got, `"conversation":"c"`) {
			t.Errorf("after the second: %s", got)
		}
		again.hang()
		<-again.over
	})
}

func TestEventsStayAliveAndEndWithTheRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, rec := silent(t)
		l := listen(t, p, "")
		time.Sleep(3*keepAlive + time.Second)
		synctest.Wait()
		if n := strings.Count(l.text(), ": still here\n\n"); n != 3 {
			t.Errorf("%d signs of life, want 3", n)
		}
		rec.Close()
		<-l.over
		rec.Close() // twice does no harm
		<-listen(t, p, "").over
	})
}

func TestSlowReadersAreCutOffAndResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, rec := silent(t)
		l := listen(t, p, "")
		synctest.Wait()
		l.mu.Lock()
		l.stuck = true
		l.mu.Unlock()
		mark := strconv.FormatInt(rec.last, 10)
		begun := time.Now()
		rec.maxRecords = 5
		rec.Watch(exchange("a", 1))
		for range 20 { // nobody waits for the reader
			rec.Watch(exchange("b", 1))
		}
		if time.Since(begun) != 0 {
			t.Error("Watch waited for a reader")
		}
		<-l.over
		if got := time.Since(begun); got != patience {
			t.Errorf("cut off after %s, want %s", got, patience)
		}
		again := listen(t, p, mark)
		synctest.Wait()
		if got := again.text(); !strings.Contains(got, "event: missed") || strings.Count(got, "\nid: ") != 5 {
			t.Errorf("it comes back to: %s", got)
		}
		again.hang()
		<-again.over
	})
}

func TestEventsShowEvenWhatIsNotJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, rec := silent(t)
		e := exchange("a", 1)
		e.Activity = []byte("not\n\njson")
		rec.Watch(e)
		l := listen(t, p, "")
		synctest.Wait()
		if got := l.text(); !strings.Contains(got, "is not JSON") || strings.Contains(got, "not\n\njson") {
			t.Errorf("got %s", got)
		}
		l.hang()
		<-l.over
	})
}
