package docstest

import (
	"regexp"
	"strings"
	"testing"
)

// S2-19: the README says which Go versions are supported, and go.mod agrees.
func TestGoVersion(t *testing.T) {
	m := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))
	if m == nil {
		t.Fatal("go.mod names no Go version")
	}
	readme := read(t, "README.md")
	for _, want := range []string{"Go " + m[1] + " or later", "the two latest Go releases, from Go " + m[1] + " on"} {
		if !strings.Contains(readme, want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}
