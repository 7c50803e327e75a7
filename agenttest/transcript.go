package agenttest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/tools/txtar"

	"github.com/outspoken-go/outspoken/agent"
)

func init() {
	if flag.Lookup("update") == nil {
		flag.Bool("update", false, "write transcripts anew instead of comparing them")
	}
}

func updating() bool {
	on, _ := flag.Lookup("update").Value.(flag.Getter).Get().(bool)
	return on
}

// RunTranscripts runs every conversation in the txtar archives that match
// pattern, such as "testdata/*.txtar", each with an agent from newApp, in
// virtual time. It fails when the agent does something else than what is
// written; with the flag -update it writes down what the agent does. See the
// package comment for the format.
func RunTranscripts(t *testing.T, pattern string, newApp func(t *testing.T) *agent.App) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("agenttest: no transcripts at %q (error %v); write one, see the documentation of agenttest", pattern, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { runArchive(t, file, newApp) })
	}
}

func runArchive(t *testing.T, file string, newApp func(t *testing.T) *agent.App) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(data)
	if len(archive.Files) == 0 {
		t.Fatalf("%s: no conversation; begin one with a line -- name --", file)
	}
	line := 1 + strings.Count(string(archive.Comment), "\n")
	for i := range archive.Files {
		section := &archive.Files[i]
		source := script{file: file, line: line + 1, text: string(section.Data)}
		t.Run(section.Name, func(t *testing.T) {
			got := source.text
			synctest.Test(t, func(t *testing.T) { got = source.run(t, newApp(t)) })
			if updating() {
				section.Data = []byte(got)
			} else if diff := source.diff(got); diff != "" {
				t.Error(diff)
			}
		})
		line += 1 + strings.Count(source.text, "\n")
	}
	if updating() && !t.Failed() {
		if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
