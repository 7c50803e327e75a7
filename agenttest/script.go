package agenttest

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/outspoken-go/outspoken/agent"
)

// A script is one conversation of a transcript.
type script struct {
	file string
	line int // of the first line of text
	text string
}

// run plays the part of the user and returns the script with what the agent
// did.
func (s script) run(t *testing.T, app *agent.App) string {
	p := &player{c: Start(t, app)}
	lines := strings.Split(strings.TrimSuffix(s.text, "\n"), "\n")
	var out []string
	for i, next := 0, 0; i < len(lines); i = next {
		for next = i + 1; next < len(lines) && strings.HasPrefix(lines[next], "  "); next++ {
		}
		if isAnswer(lines[i]) {
			continue
		}
		out = append(out, lines[i:next]...)
		if lines[i] == "" || strings.HasPrefix(lines[i], "#") {
			continue
		}
		said := strings.ReplaceAll(strings.Join(lines[i:next], "\n"), "\n  ", "\n")
		if err := p.act(t.Context(), said); err != nil {
			t.Fatalf("%s:%d: %v", s.file, s.line+i, err)
		}
		synctest.Wait()
		for _, answer := range p.answers() {
			out = append(out, strings.ReplaceAll(answer, "\n", "\n  "))
		}
	}
	return strings.Join(out, "\n") + "\n"
}

// isAnswer reports whether a line tells what the agent did.
func isAnswer(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	return word == "bot" || word == "bot:" || word == "response" || word == "failed:"
}

// diff shows where got departs from the script, or is "".
func (s script) diff(got string) string {
	want, have := strings.Split(s.text, "\n"), strings.Split(got, "\n")
	n := 0
	for n < len(want) && n < len(have) && want[n] == have[n] {
		n++
	}
	if n == len(want) && n == len(have) {
		return ""
	}
	show := func(lines []string) string {
		var b strings.Builder
		for i := max(0, n-2); i < min(len(lines), n+4); i++ {
			mark := " "
			if i == n {
				mark = ">"
			}
			fmt.Fprintf(&b, "\n%s   %s", mark, lines[i])
		}
		return b.String()
	}
	return fmt.Sprintf("%s:%d: the agent did something else\nwritten:%s\nhappened:%s\n(-update writes down what happened)",
		s.file, s.line+n, show(want), show(have))
}
