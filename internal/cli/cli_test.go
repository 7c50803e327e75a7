package cli

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What somebody reads who gets it wrong: one sentence on standard error that
// says what to do, and a status that says whose mistake it was.
func TestMistakes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a database, but long enough to be looked at as if it were one"), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "outspoken.db"), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		status int
		want   []string
	}{
		{"a command that is not there", []string{"dance"}, 2, []string{`"dance"`, "outspoken --help"}},
		{"a flag that is not there", []string{"demo", "--colour", "red"}, 2, []string{"--colour", "outspoken demo --help"}},
		{"a flag of nobody", []string{"--colour"}, 2, []string{"--colour", "outspoken --help"}},
		{"a flag without its value", []string{"demo", "--addr"}, 2, []string{"--addr"}},
		{"an argument too many", []string{"demo", "now"}, 2, []string{`"now"`, "outspoken demo --help"}},
		{"all interfaces", []string{"demo", "--addr", "0.0.0.0:0"}, 2, []string{"0.0.0.0:0", "this machine only", "127.0.0.1:3978"}},
		{"all interfaces, said otherwise", []string{"demo", "--addr", ":3978"}, 2, []string{":3978", "this machine only"}},
		{"all interfaces by IPv6", []string{"demo", "--addr", "[::]:3978"}, 2, []string{"this machine only"}},
		{"another machine's name", []string{"demo", "--addr", "example.com:3978"}, 2, []string{"this machine only"}},
		{"an address without a port", []string{"demo", "--addr", "localhost"}, 2, []string{"host:port"}},
		{"a port that is none", []string{"demo", "--addr", "127.0.0.1:99999"}, 1, []string{"99999", "--addr"}},
		{"a port in use", []string{"demo", "--addr", taken.Addr().String()}, 1, []string{taken.Addr().String(), "in use", "--addr"}},
		{"a folder that is a file", []string{"demo", "--addr", "127.0.0.1:0", "--data", file}, 1, []string{"data folder", file, "--data"}},
		{"a folder below a file", []string{"demo", "--addr", "127.0.0.1:0", "--data", filepath.Join(file, "x")}, 1, []string{"data folder", "--data"}},
		{"a play of nobody", []string{"play"}, 2, []string{"--agent", "/api/messages"}},
		{"an agent that is no address", []string{"play", "--agent", "localhost:3978"}, 2, []string{"--agent", "http"}},
		{"an agent that is a file", []string{"play", "--agent", "file:///etc/passwd"}, 2, []string{"--agent", "http"}},
		{"a channel that is none", []string{"play", "--agent", "http://127.0.0.1:1", "--channel", "telepathy"}, 2, []string{"telepathy", "msteams"}},
		{"all interfaces without a secret", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", "0.0.0.0:0"}, 2, []string{"0.0.0.0:0", "OUTSPOKEN_SECRET", "127.0.0.1:3979"}},
		{"all interfaces, said otherwise, without a secret", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", ":0"}, 2, []string{"OUTSPOKEN_SECRET"}},
		{"another machine's name without a secret", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", "example.com:3979"}, 2, []string{"OUTSPOKEN_SECRET"}},
		{"all interfaces and an agent elsewhere", []string{"play", "--agent", "http://agent.test", "--addr", "0.0.0.0:0", "--secret", "x"}, 2, []string{"agent.test", "reaches this machine"}},
		{"an address without a port, play", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", "localhost"}, 2, []string{"host:port"}},
		{"a client without a secret", []string{"play", "--agent", "http://127.0.0.1:1", "--client-id", "x"}, 2, []string{"OUTSPOKEN_CLIENT_SECRET"}},
		{"a tenant without a client", []string{"play", "--agent", "http://127.0.0.1:1", "--tenant-id", "x"}, 2, []string{"--client-id"}},
		{"a tenant that is a path of ours", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", "127.0.0.1:0", "--client-id", "x", "--client-secret", "y", "--tenant-id", "connector"}, 2, []string{"connector", "GUID"}},
		{"a tenant that is none", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", "127.0.0.1:0", "--client-id", "x", "--client-secret", "y", "--tenant-id", "a/b"}, 2, []string{"a/b", "GUID"}},
		{"a bundle that is not there", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", "127.0.0.1:0", "--webchat-bundle", "nowhere.js"}, 2, []string{"nowhere.js"}},
		{"a bundle that is not there, demo", []string{"demo", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--webchat-bundle", "nowhere.js"}, 2, []string{"nowhere.js"}},
		{"a port in use, play", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", taken.Addr().String()}, 1, []string{"in use", "--addr"}},
		{"a folder that is a file, play", []string{"play", "--agent", "http://127.0.0.1:1", "--addr", "127.0.0.1:0", "--data", file}, 1, []string{"data folder", file, "--data"}},
		{"a database that is none", []string{"demo", "--addr", "127.0.0.1:0", "--data", foreign}, 1, []string{filepath.Join(foreign, "outspoken.db")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := launch(t, tt.args...)
			if state := p.end(nil); state.ExitCode() != tt.status {
				t.Errorf("ended with %s, want status %d", state, tt.status)
			}
			said := p.errors.String()
			for _, want := range append(tt.want, "outspoken: ") {
				if !strings.Contains(said, want) {
					t.Errorf("said %q, which lacks %q", said, want)
				}
			}
			if strings.Contains(said, "goroutine") || strings.Contains(said, ".go:") || strings.Count(said, "\n") != 1 {
				t.Errorf("said %q, want one sentence", said)
			}
			if p.out.String() != "" {
				t.Errorf("printed %q", &p.out)
			}
			if left, err := os.ReadDir(p.cmd.Dir); err != nil || tt.status == 2 && len(left) > 0 {
				t.Errorf("left %v behind, %v", left, err)
			}
		})
	}
}

// Mistakes in the environment are told like all others.
func TestMistakesOfTheEnvironment(t *testing.T) {
	t.Setenv("MicrosoftAppId", "an-id")
	p := launch(t, "demo", "--addr", "127.0.0.1:0")
	if state := p.end(nil); state.ExitCode() != 1 {
		t.Errorf("ended with %s, want status 1", state)
	}
	if said := p.errors.String(); !strings.Contains(said, "ClientSecret is missing") || strings.Count(said, "\n") != 1 {
		t.Errorf("said %q", said)
	}
}

func TestHelp(t *testing.T) {
	tests := []struct {
		args []string
		want []string
	}{
		{nil, []string{"Agents that speak first", "outspoken [command]", "demo"}},
		{[]string{"--help"}, []string{"Agents that speak first", "demo", "Run the showcase agent"}},
		{[]string{"help", "demo"}, []string{"--addr", "--data", "--origin", "127.0.0.1:3978", "outspoken-data"}},
		{[]string{"demo", "-h"}, []string{"--addr", "Open the address it prints"}},
		{[]string{"play", "-h"}, []string{"--agent", "--secret", "OUTSPOKEN_SECRET", "--channel", "--data", "--client-id", "--webchat-bundle", "127.0.0.1:3979"}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			var out, errors bytes.Buffer
			if status := run(t.Context(), tt.args, &out, &errors); status != 0 || errors.Len() > 0 {
				t.Errorf("status %d, errors %q", status, &errors)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the help lacks %q:\n%s", want, &out)
				}
			}
			for line := range strings.Lines(out.String()) {
				if len(line) > 121 {
					t.Errorf("a line of the help is %d long: %s", len(line), line)
				}
			}
		})
	}
}
