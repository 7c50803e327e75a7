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
		s.note(fmt.Sprint(i), [32]byte{})
	}
	if len(s.last) != 1 {
		t.Errorf("%d addresses are remembered after %d", len(s.last), maxSeen+1)
	}
	long := strings.Repeat("x", 1<<20)
	s.note(long, [32]byte{})
	if s.recently(long, [32]byte{}) || !s.recently(fmt.Sprint(maxSeen), [32]byte{}) {
		t.Error("a megabyte is remembered, or what was seen before is not")
	}
	s.last[long] = sighting{at: time.Now().Add(-lookAgain)}
	if s.recently(long, [32]byte{}) {
		t.Error("what was seen a minute ago counts")
	}
}
