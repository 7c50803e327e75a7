package proactive_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// S1-095, S1-132: every error code is explained, with cause and cure, and no
// other.
func TestTriggerErrorCodesAreDocumented(t *testing.T) {
	var inCode []string
	for _, file := range []string{"trigger_answer.go", "trigger_errors.go", "trigger_body.go", "trigger_trust.go", "trigger_act.go", "idempotency.go", "authorise.go", "admin.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// A code stands behind a status or a "=", or is the value of a field.
		for _, m := range regexp.MustCompile(`(?:http\.Status\w+, | = |: +)"(-\d{5}|[A-Z][a-z]\w+)"`).FindAllStringSubmatch(string(source), -1) {
			inCode = append(inCode, m[1])
		}
	}
	doc, err := os.ReadFile("../docs/compat.md")
	if err != nil {
		t.Fatal(err)
	}
	var inDoc []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\d{3}").FindAllStringSubmatch(string(doc), -1) {
		inDoc = append(inDoc, m[1])
	}
	for _, code := range inCode {
		if !slices.Contains(inDoc, code) && code != proactiveHeader {
			t.Errorf("docs/compat.md does not explain %q", code)
		}
	}
	for _, code := range inDoc {
		if !slices.Contains(inCode, code) {
			t.Errorf("docs/compat.md explains %q, which no trigger answers", code)
		}
	}
}

// proactiveHeader looks like a code in the source.
const proactiveHeader = "Continuation-Error"
