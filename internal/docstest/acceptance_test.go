package docstest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const acceptance = "docs/acceptance.md"

var (
	rowID     = regexp.MustCompile(`\bS\d-\d{2,3}\b`)
	caseID    = regexp.MustCompile(`\bcase \d{1,3}\b`)
	idRange   = regexp.MustCompile(`\bS\d-\d{2,3}\s*(?:\.\.|…|–|-|to )\s*(?:S\d-)?\d{2,3}\b|\bcases \d+`)
	switchArm = regexp.MustCompile(`(?m)^\s*case .*$`)

	tableRow   = regexp.MustCompile(`^\| (S\d-\d{2,3}|case \d{1,3}) \|.*\| (open|tested) \|$`)
	summaryRow = regexp.MustCompile(`^(\| \**(S\d|all|conformance cases)\b.*\|) \**\d+\** \| (\**)\d+\**( \|)$`)
	caseText   = regexp.MustCompile(`(?m)^(\d{1,3})\. (.*)$`)
)

// TestAcceptance checks the state of each row: tested when a test names it.
func TestAcceptance(t *testing.T) {
	named := map[string]string{} // a test file by the row it names
	for path, text := range testFiles(t) {
		if strings.HasSuffix(path, "docstest/acceptance_test.go") {
			continue
		}
		text = switchArm.ReplaceAllString(text, "")
		for _, span := range idRange.FindAllString(text, -1) {
			t.Errorf("%s names %q: name each row or case by itself", path, span)
		}
		for _, id := range slices.Concat(rowID.FindAllString(text, -1), caseID.FindAllString(text, -1)) {
			named[id] = path
		}
	}

	text := read(t, acceptance)
	rows, tested := map[string]int{}, map[string]int{}
	seen := map[string]bool{}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		m := tableRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		id, state := m[1], "open"
		if seen[id] {
			t.Errorf("%s:%d: %s stands twice", acceptance, i+1, id)
		}
		seen[id] = true
		_, isTested := named[id]
		if isTested {
			state = "tested"
		}
		lines[i] = strings.TrimSuffix(line, m[2]+" |") + state + " |"
		groups := []string{id[:2], "all"}
		if strings.HasPrefix(id, "case") {
			groups = []string{"conformance cases"}
		}
		for _, g := range groups {
			rows[g]++
			if isTested {
				tested[g]++
			}
		}
	}
	for i, line := range lines {
		if m := summaryRow.FindStringSubmatch(line); m != nil {
			lines[i] = fmt.Sprintf("%s %s%d%s | %s%d%s%s", m[1], m[3], rows[m[2]], m[3], m[3], tested[m[2]], m[3], m[4])
		}
	}
	if want := map[string]int{"S0": 21, "S1": 136, "S2": 55, "S3": 9, "S4": 36, "all": 257, "conformance cases": 112}; !maps.Equal(rows, want) {
		t.Errorf("%s has these numbers of rows: %v, want %v", acceptance, rows, want)
	}
	for id, path := range named {
		if !seen[id] {
			t.Errorf("%s names %s, which is no row of %s", path, id, acceptance)
		}
	}
	settle(t, acceptance, text, strings.Join(lines, "\n"))
}

// TestConformanceCases checks that the table says what the protocol document
// says.
func TestConformanceCases(t *testing.T) {
	const protocol = "docs/protocol/proactive-hosting-auth.md"
	_, section, _ := strings.Cut(read(t, protocol), "## 10. Conformance cases")
	table := read(t, acceptance)
	for _, m := range caseText.FindAllStringSubmatch(section, -1) {
		if row := fmt.Sprintf("\n| case %s | %s | ", m[1], m[2]); !strings.Contains(table, row) {
			t.Errorf("%s lacks case %s as %s tells it", acceptance, m[1], protocol)
		}
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		isRange    bool
	}{
		{"a row and a case", `{"S2-21: …"}, // case 67`, []string{"S2-21", "case 67"}, false},
		{"a list", "S2-01, S2-02", []string{"S2-01", "S2-02"}, false},
		{"an arm of a switch", "\tcase 67:\n", nil, false},
		{"a range", "S2-01..S2-05", []string{"S2-01", "S2-05"}, true},
		{"a range with a dash", "S1-090–092", []string{"S1-090"}, true},
		{"several cases", "cases 70 and 71", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := switchArm.ReplaceAllString(tt.text, "")
			got := slices.Concat(rowID.FindAllString(text, -1), caseID.FindAllString(text, -1))
			if !slices.Equal(got, tt.want) || idRange.MatchString(text) != tt.isRange {
				t.Errorf("got %q and range %v, want %q and %v", got, idRange.MatchString(text), tt.want, tt.isRange)
			}
		})
	}
}
