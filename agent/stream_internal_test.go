package agent

import (
	"strings"
	"testing"
	"time"
	"unsafe"
)

// What is shown once stays the beginning of what is shown later, wherever the
// text was cut: Teams refuses anything else.
func FuzzSettled(f *testing.F) {
	for _, s := range []string{"Hello [doc1]!", "[[docs12][DOC3] [d[do[", "é€😀", "\xff\xe2\x82x", "a[i] = [doc", "[doc12345678901234567890]", "x[doc\u017f1]"} {
		for cut := range len(s) {
			f.Add(s[:cut], s[cut:])
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		early, late := clean(a[:settled(a)]), clean((a + b)[:settled(a+b)])
		if !strings.HasPrefix(late, early) || !strings.HasPrefix(clean(a+b), late) {
			t.Errorf("%q shows %q, then %q with %q, and at last %q", a, early, late, b, clean(a+b))
		}
	})
}

// Each write asks what is settled, so a long text must not make it slow.
func TestSettledLooksAtTheEnd(t *testing.T) {
	text, start := strings.Repeat("word ", 1<<18), time.Now()
	for range 10_000 {
		if settled(text) != len(text) {
			t.Fatal("not settled")
		}
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("10,000 writes to a text of 1.3 MB took %s", took)
	}
}

// Every turn allocates a Turn. With the 8 bytes that Go puts before it, it fits
// 1,024 bytes; the next size is 1,152.
func TestTurnIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Turn{}); n > 1016 {
		t.Errorf("a Turn has %d bytes", n)
	}
}
