package signin_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

// 50 users sign in at once in one group conversation; each message is answered
// once, with the token of who wrote it. Run it with -race.
func TestCrowdInOneConversation(t *testing.T) {
	const people = 50
	wd := start(t, "", nil)
	var wg sync.WaitGroup
	for i := range people {
		id := fmt.Sprintf("user-%d", i)
		code := fmt.Sprintf("%06d", i)
		wd.code(id, "graph-aad", code)
		c := wd.As(activity.ChannelAccount{ID: id, Name: id})
		wg.Go(func() {
			for _, step := range []struct{ say, hear string }{
				{"me", ""},
				{code, "token of " + id + " for graph-aad"},
				{"token", "token of " + id + " for graph-aad"},
				{"sign out", "signed out"},
				{"me", ""},
				{"-cancel", ""},
				{code, "echo: " + code},
			} {
				replies, _, err := c.Process(t.Context(), activity.Message(step.say))
				if got := strings.Join(replies.Texts(), "|"); err != nil || got != step.hear {
					t.Errorf("%s said %q and heard %q %v, want %q", id, step.say, got, err, step.hear)
					return
				}
			}
		})
	}
	wg.Wait()
	texts := slices.DeleteFunc(wd.Messages().Texts(), func(s string) bool { return !strings.HasPrefix(s, "token of") })
	if len(texts) != 2*people || wd.active() {
		t.Errorf("%d tokens were said, want %d; flow %v", len(texts), 2*people, wd.active())
	}
}
