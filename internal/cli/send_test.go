package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// What is sent arrives in the chat.
func TestSend(t *testing.T) {
	base := freshDemo(t).base()
	c := newChat(t, base).greeted()
	command(t, 0, "send", c.id, "Your report is ready", "--url", base)
	c.last("Your report is ready")
	out, _ := command(t, 0, "send", c.id, "--activity", file(t, `{"type":"message","text":"As it is"}`), "--url", base+"/", "--json")
	if got := lines[struct{ ID string }](t, out); len(got) != 1 || got[0].ID == "" {
		t.Errorf("sending printed %s", out)
	}
	c.last("As it is")

	command(t, 0, "continue", c.id, "--url", base)
	c.last("Continued")
	command(t, 0, "continue", c.id, "a=b=c", "d=e f", "--url", base)
	c.last(`Continued {"a":"b=c","d":"e f"}`)
	out, _ = command(t, 0, "continue", c.id, "--value", `{"n": [1]}`, "--url", base, "--json")
	if got := lines[map[string]string](t, out); len(got) != 1 || got[0]["continued"] != c.id {
		t.Errorf("continuing printed %s", out)
	}
	c.last(`Continued {"n":[1]}`)
	command(t, 0, "continue", c.id, "--continuation", "report", "title=Q3", "--url", base)
	c.last("Report ready: Q3")
	command(t, 0, "continue", "directline|agent|"+c.id, "--continuation", "report", "--value", `{"title":"Q4"}`, "--url", base)
	c.last("Report ready: Q4")
	complains(t, 1, []string{`no continuation "invoice"`, `"report"`}, "continue", c.id, "--continuation", "invoice", "--url", base)
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.json")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// What is refused is told in words that say what to do.
func TestSendRefused(t *testing.T) {
	base := freshDemo(t).base()
	c := newChat(t, base).greeted()
	at := []string{"--url", base}
	complains(t, 1, []string{"not known", "has to write to the agent"}, append([]string{"send", "../nobody", "hi"}, at...)...)
	complains(t, 1, []string{"not known"}, append([]string{"send", "..", "hi"}, at...)...)

	fault := base + "/playground/api/conversations/" + c.id + "/fault"
	request(t, "PUT", fault, `{"status":429,"retryAfter":600,"times":100}`, nil)
	complains(t, 1, []string{"no more messages for now", "try again in 600 s"}, append([]string{"send", c.id, "hi"}, at...)...)
	request(t, "PUT", fault, `{}`, nil)

	request(t, "POST", base+"/playground/api/conversations/"+c.id+"/block", "", nil)
	complains(t, 1, []string{"MessageWritesBlocked"}, append([]string{"send", c.id, "hi"}, at...)...)
	for _, args := range [][]string{{"send", c.id, "hi"}, {"continue", c.id}, {"continue", c.id, "--value", "1"}} {
		complains(t, 1, []string{"marked blocked since", "takes messages again when the user writes"}, append(args, at...)...)
	}
	if out, _ := command(t, 0, "conversations", "list", "--url", base); !strings.Contains(out, "blocked") {
		t.Errorf("listed as\n%s", out)
	}
	if out, _ := command(t, 0, "conversations", "show", c.id, "--url", base); !strings.Contains(out, "blocked since") {
		t.Errorf("shown as\n%s", out)
	}

	same := `{"reference":{"channelId":"%","user":{"id":"u"},"bot":{"id":"b"},"conversation":{"id":"same"},"serviceUrl":"` + base + `/connector/"},"claims":{"aud":"b"}}`
	command(t, 0, "conversations", "import", file(t, strings.ReplaceAll(same, "%", "one")+strings.ReplaceAll(same, "%", "two")), "--url", base)
	for _, args := range [][]string{{"send", "same", "hi"}, {"conversations", "rm", "same"}} {
		complains(t, 1, []string{"several", "one|b|same", "two|b|same"}, append(args, at...)...)
	}
	command(t, 0, "conversations", "rm", "one|b|same", "--url", base)

	complains(t, 1, []string{"no triggers at " + base + "/other", "--path"}, "send", c.id, "hi", "--url", base, "--path", "/other")
	complains(t, 1, []string{"nobody answers at http://" + freeAddr(t)[:9], "--url"}, "send", c.id, "hi", "--url", "http://"+freeAddr(t))
}

// Servers that are none of ours are told apart, and get no second request.
func TestSendToOthers(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1); {
		case strings.Contains(r.URL.Path, "/page"):
			w.Write([]byte("<html>"))
		case strings.Contains(r.URL.Path, "/redirect"):
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case strings.Contains(r.URL.Path, "/broken"):
			panic(http.ErrAbortHandler)
		case strings.Contains(r.URL.Path, "/gateway"):
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer other.Close()
	for path, want := range map[string]string{"/page": "something else", "/redirect": "sends elsewhere", "/broken": "look before you repeat it", "/gateway": "502"} {
		complains(t, 1, []string{want}, "send", "c", "hi", "--url", other.URL+path)
	}
	if n := asked.Load(); n != 4 {
		t.Errorf("asked %d times, want 4", n)
	}
}

// With a key, who has none or another is told where it belongs; it is printed
// nowhere.
func TestKey(t *testing.T) {
	const key = "a key of the test"
	t.Setenv("Proactive__Key", key)
	p := freshDemo(t)
	base := p.base()
	c := newChat(t, base).greeted()
	for _, args := range [][]string{{"conversations", "list"}, {"conversations", "show", c.id}, {"send", c.id, "hi"}, {"continue", c.id}, {"create", "--channel", "a", "--user", "b"}} {
		args = append(args, "--url", base)
		complains(t, 1, []string{"asks for a key", "OUTSPOKEN_KEY", "Proactive__Key"}, args...)
		complains(t, 1, []string{"does not accept this key", "Proactive__Key"}, append(args, "--key", "wrong")...)
	}
	t.Setenv("OUTSPOKEN_KEY", key)
	command(t, 0, "send", c.id, "With the key", "--url", base)
	c.last("With the key")
	complains(t, 1, []string{"does not accept this key"}, "send", c.id, "hi", "--url", base, "--key", "wrong") // the flag wins
	second := freshDemo(t)                                                                                     // sees the variable too
	second.base()
	for _, p := range []*process{p, second} {
		p.end(terminate)
		if said := p.out.String() + p.errors.String(); strings.Contains(said, key) || strings.Contains(said, "unknown") {
			t.Errorf("the demo said\n%s", said)
		}
	}
	complains(t, 2, []string{"https only"}, "send", c.id, "hi", "--url", "http://example.test")
}

// Mistakes are found before anybody is asked.
func TestSendUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"takes the id":          {"send"},
		"nothing to send":       {"send", "c"},
		"takes the id of a con": {"send", "c", "a", "b"},
		"empty":                 {"send", "", "hi"},
		"not both":              {"send", "c", "hi", "--activity", "x"},
		"no JSON object":        {"send", "c", "--activity", file(t, `[]`)},
		"--url must be":         {"send", "c", "hi", "--url", "127.0.0.1:3978"},
		"or https address":      {"send", "c", "hi", "--url", "ftp://127.0.0.1"},
		"unknown flag":          {"send", "c", "hi", "--urls", "x"},
		`"x" is no NAME`:        {"continue", "c", "x"},
		"--value, not both":     {"continue", "c", "a=b", "--value", "1"},
		"--value is no JSON":    {"continue", "c", "--value", "x"},
		"--channel is missing":  {"create", "--user", "u"},
		"--user is missing":     {"create", "--channel", "c"},
		"--channel-data is no":  {"create", "--channel", "c", "--user", "u", "--channel-data", "7"},
		"add --continue":        {"create", "--channel", "c", "--user", "u", "a=b"},
		"no command":            {"conversations", "lst"},
		"no arguments":          {"conversations", "list", "x"},
		"one of --user":         {"conversations", "list", "--tenant", "a", "--tag", "b"},
		"belong together":       {"conversations", "list", "--user", "a"},
		"takes ids":             {"conversations", "rm"},
		"takes names":           {"conversations", "import"},
		"takes no arguments":    {"serve", "x"},
	} {
		complains(t, 2, []string{want}, args...)
	}
	complains(t, 1, []string{"--activity nowhere"}, "send", "c", "--activity", "nowhere")
}

// Standard input is a text without its last line end, or an activity, up to a
// size.
func TestMessageFromStandardInput(t *testing.T) {
	got, err := message(strings.NewReader("two\nlines\n"), "-", "")
	if err != nil || string(got) != `{"text":"two\nlines","type":"message"}` {
		t.Errorf("a text: %s, %v", got, err)
	}
	got, err = message(strings.NewReader(`{"type":"typing"}`), "", "-")
	if err != nil || string(got) != `{"type":"typing"}` {
		t.Errorf("an activity: %s, %v", got, err)
	}
	if got, err = message(strings.NewReader("\n"), "-", ""); got != nil || err != nil {
		t.Errorf("nothing: %s, %v", got, err)
	}
	if _, err = message(endless{}, "-", ""); err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
		t.Errorf("without an end: %v", err)
	}
}
