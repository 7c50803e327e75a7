package proactive

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What a process remembers of addresses is bounded, whatever their number and
// their length.
func TestSeenIsBounded(t *testing.T) {
	var s seen
	for i := range maxSeen + 1 {
		s.note(fmt.Sprint(i), 0)
	}
	if len(s.last) != 1 {
		t.Errorf("%d addresses are remembered after %d", len(s.last), maxSeen+1)
	}
	long := strings.Repeat("x", 1<<20)
	s.note(long, 0)
	if s.recently(long, 0) || !s.recently(fmt.Sprint(maxSeen), 0) {
		t.Error("a megabyte is remembered, or what was seen before is not")
	}
	s.last[long] = sighting{at: time.Now().Add(-lookAgain)}
	if s.recently(long, 0) {
		t.Error("what was seen a minute ago counts")
	}
}
