package localchannel_test

import (
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func TestCloseWaitsForEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("work", func(t *testing.T) {
		f := serve(t)
		f.agent.setAnswer(func(_ http.ResponseWriter, r *http.Request, _ *activity.Activity) { <-r.Context().Done() })
		var posts sync.WaitGroup
		for range 5 {
			conv := f.start(withAnna) // the agent is being told
			conn := dial(t, conv.StreamURL)
			posts.Go(func() {
				if got := f.do("POST", base+"/"+conv.ID+"/activities", `{"type":"message","from":{"id":"anna"}}`, nil); got != http.StatusServiceUnavailable {
					t.Errorf("a message under way is answered %d, want 503", got)
				}
			})
			posts.Go(func() {
				for {
					if _, _, err := conn.Read(t.Context()); err != nil {
						return
					}
				}
			})
			eventually(t, "the message is stored", func() bool { return len(f.history(conv.ID, "").Activities) == 1 })
		}
		if err := f.channel.Close(); err != nil {
			t.Error(err)
		}
		posts.Wait()
		if got := f.do("POST", base, "", nil); got != http.StatusServiceUnavailable {
			t.Errorf("after Close a start is answered %d, want 503", got)
		}
		a := message("x")
		if _, err := f.channel.Send(t.Context(), to("x"), &a); err == nil || !strings.Contains(err.Error(), "shutting down") {
			t.Errorf("after Close Send returns %v", err)
		}
	})
	http.DefaultClient.CloseIdleConnections()
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}
