package cli

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

// command runs a command to its end and returns what it printed and, on a line
// each, what it complained about.
func command(t *testing.T, status int, args ...string) (out, complaint string) {
	t.Helper()
	p := launch(t, args...)
	if got := p.end(nil).ExitCode(); got != status {
		t.Errorf("%q ended with status %d, want %d:\n%s%s", args, got, status, &p.out, &p.errors)
	}
	return p.out.String(), p.errors.String()
}

// complains runs a command that fails with one sentence.
func complains(t *testing.T, status int, want []string, args ...string) {
	t.Helper()
	_, said := command(t, status, args...)
	for _, w := range want {
		if !strings.Contains(said, w) || strings.Count(said, "\n") != 1 {
			t.Errorf("%q complained %q, want one sentence with %q", args, said, w)
		}
	}
}

// lines decodes what --json printed.
func lines[T any](t *testing.T, out string) (all []T) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(out))
	for dec.More() {
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		all = append(all, v)
	}
	if len(all) != strings.Count(out, "\n") {
		t.Errorf("printed %s, want a line for each", out)
	}
	return all
}

// ids are the conversations that list prints.
func ids(t *testing.T, args ...string) []string {
	t.Helper()
	out, _ := command(t, 0, append([]string{"conversations", "list", "--json"}, args...)...)
	var all []string
	for _, e := range lines[entry](t, out) {
		all = append(all, e.reference().Conversation.ID)
	}
	return all
}

// last waits until the agent's last words are these.
func (c *chat) last(want string) {
	c.t.Helper()
	var got []string
	await(c.t, "the agent says "+want, func() bool {
		got = c.since("").texts()
		return len(got) > 0 && got[len(got)-1] == want
	})
}

// Who chats with the demo is listed, shown, written to and removed.
func TestConversations(t *testing.T) {
	base := freshDemo(t).base()
	at := []string{"--url", base}
	if out, _ := command(t, 0, "conversations", "list", "--url", base); !strings.Contains(out, "No conversations") {
		t.Errorf("an empty book is listed as %q", out)
	}
	if got := ids(t, at...); len(got) > 0 {
		t.Errorf("an empty book has %q", got)
	}
	c, other := newChat(t, base).greeted(), newChat(t, base).greeted()
	out, _ := command(t, 0, "conversations", "list", "--url", base)
	table := strings.Split(strings.TrimSpace(out), "\n")
	if len(table) != 3 || !strings.HasPrefix(table[0], "CONVERSATION") || !strings.Contains(out, c.id) || !strings.Contains(out, other.id) || !strings.Contains(out, "Ann (ann)") {
		t.Errorf("listed as\n%s", out)
	}
	want := []string{c.id, other.id}
	slices.Sort(want)
	if got := ids(t, at...); !slices.Equal(got, want) {
		t.Errorf("listed as %q, want %q", got, want)
	}
	if got := ids(t, "--url", base, "--user", "ann", "--channel", "directline"); !slices.Contains(got, c.id) {
		t.Errorf("of Ann there is %q", got)
	}
	if got := ids(t, "--url", base, "--tag", "none"); len(got) > 0 {
		t.Errorf("a tag that nobody has finds %q", got)
	}
	out, _ = command(t, 0, "conversations", "show", c.id, "--url", base)
	for _, want := range []string{c.id, "Ann (ann)", "directline", base + "/connector/", "takes messages"} {
		if !strings.Contains(out, want) {
			t.Errorf("shown as\n%swithout %q", out, want)
		}
	}
	out, _ = command(t, 0, "conversations", "show", c.id, "--url", base, "--json")
	if one := lines[entry](t, out); len(one) != 1 || one[0].reference().ServiceURL != base+"/connector/" {
		t.Errorf("shown as %s", out)
	}

	command(t, 0, "conversations", "rm", c.id, "--url", base)
	for _, args := range [][]string{{"conversations", "show", c.id}, {"conversations", "rm", c.id}, {"send", c.id, "hi"}, {"continue", c.id}, {"continue", c.id, "--value", "1"}} {
		complains(t, 1, []string{"not known", "has to write to the agent", "outspoken create"}, append(args, at...)...)
	}
	if got := ids(t, at...); !slices.Equal(got, []string{other.id}) {
		t.Errorf("after one was removed there is %q", got)
	}
	c.say("hello")
	command(t, 0, "conversations", "show", c.id, "--url", base) // known again
	if out, _ := command(t, 0, "conversations", "rm", c.id, other.id, "--url", base, "--json"); len(lines[map[string]string](t, out)) != 2 {
		t.Errorf("removing two printed %s", out)
	}
}

// What other SDKs kept comes in, into a server and into a folder, and goes from
// one to the other.
func TestConversationsImport(t *testing.T) {
	data := t.TempDir()
	p := launch(t, "demo", "--addr", "127.0.0.1:0", "--data", data)
	base := p.base()
	net, js := "../../proactive/testdata/net-conversation.json", "../../proactive/testdata/js-conversation.json"
	documents := []string{absolute(t, net), absolute(t, js)}
	for _, want := range []string{"2 stored, 0 known already, 0 refused\n", "0 stored, 2 known already, 0 refused\n"} {
		out, _ := command(t, 0, append([]string{"conversations", "import", "--url", base}, documents...)...)
		if out != want {
			t.Errorf("imported: %q, want %q", out, want)
		}
	}
	if got := ids(t, "--url", base, "--tenant", "net-tenant"); !slices.Equal(got, []string{"a:net"}) {
		t.Errorf("of the tenant there is %q", got)
	}
	complains(t, 1, []string{data, "leaving out --data"}, "conversations", "list", "--data", data)
	p.end(terminate)

	if got := ids(t, "--data", data); !slices.Equal(got, []string{"a:js", "a:net"}) {
		t.Errorf("the folder has %q", got)
	}
	saved, _ := command(t, 0, "conversations", "list", "--data", data, "--json")
	file := filepath.Join(t.TempDir(), "saved.json")
	if err := os.WriteFile(file, []byte(saved), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, 0, "conversations", "rm", "a:js", "a:net", "--data", data)
	out, _ := command(t, 0, "conversations", "import", file, "--data", data, "--json")
	if done := lines[imported](t, out); len(done) != 1 || done[0].Stored != 2 {
		t.Errorf("imported: %s", out)
	}
	again, _ := command(t, 0, "conversations", "list", "--data", data, "--json")
	if again != saved {
		t.Errorf("the folder has\n%s\nand had\n%s", again, saved)
	}

	if err := os.WriteFile(file, []byte(`[{"a":1},`+contents(t, documents[0])+`] {"b":2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said := command(t, 1, "conversations", "import", file, "--data", data)
	if out != "0 stored, 1 known already, 2 refused\n" || !strings.Contains(said, "no complete address") {
		t.Errorf("imported: %q, %q", out, said)
	}
	if err := os.WriteFile(file, []byte(`{"a":`), 0o600); err != nil {
		t.Fatal(err)
	}
	complains(t, 1, []string{file, "no JSON"}, "conversations", "import", file, "--data", data)
	missing := filepath.Join(data, "missing")
	complains(t, 1, []string{missing, "no data"}, "conversations", "list", "--data", missing)
	complains(t, 1, []string{"no such file"}, "conversations", "import", missing, "--data", data)
	if _, err := os.Stat(missing); err == nil {
		t.Error("a folder was made by looking for it")
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func contents(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Values come one by one, whatever file they are in.
func TestDocuments(t *testing.T) {
	large := strings.Repeat("x", maxDocument)
	tests := []struct {
		name, in string
		want     int
		err      bool
	}{
		{"nothing", " \n", 0, false},
		{"one", `{"a":1}`, 1, false},
		{"lines", "{}\n{}\n{}\n", 3, false},
		{"a list, then one", `[{},{}]{}`, 3, false},
		{"an empty list", `[]`, 0, false},
		{"state of several, too large for one", `{"a":{"x":"` + large + `"},"b":{}}`, 2, false},
		{"half", `{}{"a"`, 1, true},
		{"text", `hello`, 0, true},
	}
	for _, tt := range tests {
		n, failed := 0, false
		for _, err := range documents(strings.NewReader(tt.in)) {
			if failed = err != nil; !failed {
				n++
			}
		}
		if n != tt.want || failed != tt.err {
			t.Errorf("%s: %d documents, failed %t; want %d, %t", tt.name, n, failed, tt.want, tt.err)
		}
	}
	for _, err := range documents(io.MultiReader(strings.NewReader(`"`), endless{})) {
		if err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
			t.Errorf("a value without an end: %v", err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// Names come from whoever wrote: they cannot break the table or the terminal.
func TestListIsHarmless(t *testing.T) {
	var e entry
	e.Conversation.Reference = activity.ConversationReference{
		ChannelID: "directline", User: activity.ChannelAccount{ID: "u", Name: "a\nb\tc\x1b[2J"}, Conversation: activity.ConversationAccount{ID: "c1"},
	}
	raw, err := json.Marshal(map[string]any{"id": "x|y|c1", "conversation": e.Conversation})
	if err != nil {
		t.Fatal(err)
	}
	var out text
	if err := new(book).print(&out, []json.RawMessage{raw}, true); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || strings.ContainsAny(got, "\x1b\t") || !strings.Contains(got, "a b c") {
		t.Errorf("printed %q", got)
	}
	var both text
	if err := new(book).print(&both, []json.RawMessage{raw, json.RawMessage(strings.Replace(string(raw), "x|y", "z|y", 1))}, false); err != nil {
		t.Fatal(err)
	}
	if got := both.String(); !strings.Contains(got, "x|y|c1") || !strings.Contains(got, "z|y|c1") {
		t.Errorf("ids that are ambiguous are printed as %q", got)
	}
}

func FuzzDocuments(f *testing.F) {
	f.Add(`[{"a":1},2] {}`)
	f.Add(`{"a":[`)
	f.Fuzz(func(t *testing.T, in string) {
		for raw, err := range documents(strings.NewReader(in)) {
			if err == nil && !json.Valid(raw) {
				t.Errorf("%q is read as %q", in, raw)
			}
		}
	})
}
