package auth

import "testing"

func TestCacheIsBounded(t *testing.T) {
	c := newCache[int, string](3)
	for i := range 100 {
		c.put(i, "x")
		c.put(i, "y")
		if got, _ := c.get(i); got != "y" || len(c.entries) > 3 {
			t.Fatalf("after %d: got %q among %d entries", i, got, len(c.entries))
		}
	}
	if got := c.getOr(99, func() string { return "made again" }); got != "y" {
		t.Errorf("got %q, want the entry that was there", got)
	}
}
