package playground_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/playground"
)

// A conversation that was recorded over HTTP runs as a test of the same agent.
func TestExportedGoldenRuns(t *testing.T) {
	f := serve(t)
	for _, start := range []string{
		`{"channelId":"msteams","kind":"groupChat","members":[{"id":"29:anna","name":"Anna"},{"id":"29:ben","name":"Ben"}],"topic":"Two -- of us"}`,
		`{"channelId":"directline","members":[{"id":"anna","name":"Anna"}]}`,
	} {
		info := f.start(start)
		f.recorded(info, "Anna is welcome", func(records []playground.Record) bool {
			return find(records, false, activity.TypeMessage, "Welcome Anna") != nil || info.ChannelID == activity.ChannelTeams
		})
		f.say(info, "hello")
		f.say(info, "two\n-- lines --\n")
		f.say(info, "choose")
		f.say(info, "card")
		f.say(info, "stream")
		f.say(info, "oops")
		for _, a := range []string{
			`{"type":"event","name":"ping","value":{"a": [1.0, 2]}}`,
			`{"type":"invoke","name":"sum","value":[1,2]}`,
			`{"type":"message","value":{"b":1}}`,
			`{"type":"message","text":"me too","from":{"id":"` + info.Members[len(info.Members)-1].ID + `","name":"Ben"}}`,
			`{"type":"handoff","name":"x"}`,
		} {
			f.want(200, "POST", at(info)+"/activities", a, nil)
		}
		f.call("POST", at(info)+"/activities", `{"type":"invoke","name":"unknown"}`) // answers 501
		var page struct{ Exchanges []playground.Record }
		f.want(200, "GET", "/exchanges?conversation="+url.QueryEscape(info.ID), "", &page)
		said := find(page.Exchanges, false, activity.TypeMessage, "You said: hello")
		f.want(200, "POST", at(info)+"/activities", `{"type":"messageReaction","replyToId":"`+said.ActivityID+`","reactionsAdded":[{"type":"like"}]}`, nil)

		status, golden, header := f.call("GET", at(info)+"/txtar", "")
		if status != 200 || !strings.HasSuffix(header.Get("Content-Disposition"), `.txtar"`) {
			t.Fatalf("export: %d %s", status, golden)
		}
		file := filepath.Join(t.TempDir(), "exported.txtar")
		if err := os.WriteFile(file, golden, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", golden)
		agenttest.RunTranscripts(t, file, func(*testing.T) *agent.App { return newAgent() })
		for _, want := range []string{"user: hello\nbot typing\nbot: You said: hello\n", "invoke sum [1,2]\nresponse 200 3\n", "response 501\n", "user: stream\nbot: All of it\n", "bot updates sent-", "bot deletes sent-", "user reacts like sent-"} {
			if !strings.Contains(string(golden), want) {
				t.Errorf("no %q in\n%s", want, golden)
			}
		}
	}
}

func TestGoldenTellsWhatNobodyAskedForAsAComment(t *testing.T) {
	f := serve(t)
	info := f.start(`{"members":[{"id":"anna","name":"Anna"}]}`)
	f.say(info, "hello")
	f.post("/connector/v3/conversations/"+info.ID+"/activities", `{"type":"message","text":"Your report\nis ready"}`)
	f.say(info, "bye")
	_, golden, _ := f.call("GET", at(info)+"/txtar", "")
	if !strings.Contains(string(golden), "# By itself: bot: Your report is ready\n") {
		t.Errorf("got\n%s", golden)
	}
	file := filepath.Join(t.TempDir(), "exported.txtar")
	if err := os.WriteFile(file, golden, 0o600); err != nil {
		t.Fatal(err)
	}
	agenttest.RunTranscripts(t, file, func(*testing.T) *agent.App { return newAgent() })
}

// A call that was cut off after it was carried out did speak; one that a fault
// refused is told as a comment.
func TestGoldenWithFaults(t *testing.T) {
	f := serve(t)
	info := f.start(`{"members":[{"id":"anna","name":"Anna"}]}`)
	f.recorded(info, "Anna is welcome", func(records []playground.Record) bool {
		return find(records, false, activity.TypeMessage, "Welcome Anna") != nil
	})
	f.say(info, "hello")
	export := func() string {
		_, golden, _ := f.call("GET", at(info)+"/txtar", "")
		return string(golden)
	}
	if golden := export(); strings.Contains(golden, "failed here") {
		t.Errorf("without a fault:\n%s", golden)
	}
	f.want(200, "PUT", at(info)+"/fault", `{"drop":true,"times":1}`, nil)
	f.call("POST", at(info)+"/activities", `{"type":"message","text":"card"}`)
	golden := export()
	if !strings.Contains(golden, "user: card\nbot card application/x.card: {\"b\": 1, \"a\": [1.0]}\nbot: Sorry") || !strings.Contains(golden, "Calls of the agent failed here") {
		t.Errorf("what was sent before the connection was cut is not in\n%s", golden)
	}
	for _, status := range []string{"403", "429", "503"} {
		f.want(200, "PUT", at(info)+"/fault", `{"status":`+status+`}`, nil)
		f.call("POST", at(info)+"/activities", `{"type":"message","text":"choose"}`)
		f.want(200, "PUT", at(info)+"/fault", `{}`, nil)
		want := "# Refused with " + status + " (a fault was set for this call; nothing was done): bot: Which?\n"
		if golden := export(); !strings.Contains(golden, want) {
			t.Errorf("no %q in\n%s", want, golden)
		}
	}
	f.want(200, "POST", at(info)+"/block", "", nil)
	resp, err := http.Post(f.url+"/connector/v3/conversations/"+info.ID+"/activities", "application/json", strings.NewReader(`{"type":"message","text":"Your report"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if golden := export(); !strings.Contains(golden, "# By itself: Refused with 403 (a fault was set for this call; nothing was done): bot: Your report\n") {
		t.Errorf("what it wanted to say by itself is not in\n%s", golden)
	}
	if golden := export(); strings.Contains(golden, "\nbot: Which?") {
		t.Errorf("nobody saw the question of\n%s", golden)
	}
}

func TestTranscriptKeepsWhatWasCutOff(t *testing.T) {
	f := serve(t)
	info := f.start(`{"channelId":"emulator","members":[{"id":"anna","name":"Anna"}]}`)
	f.want(200, "PUT", at(info)+"/fault", `{"drop":true}`, nil)
	f.call("POST", at(info)+"/activities", `{"type":"message","text":"hello"}`) // its typing is cut off
	_, file, _ := f.call("GET", at(info)+"/transcript", "")
	if !strings.Contains(string(file), `"typing"`) {
		t.Errorf("no typing in %s", file)
	}
}

func TestTranscript(t *testing.T) {
	f := serve(t)
	info := f.start(`{"channelId":"emulator","members":[{"id":"anna","name":"Anna"}]}`)
	f.recorded(info, "Anna is welcome", func(records []playground.Record) bool {
		return find(records, false, activity.TypeMessage, "Welcome Anna") != nil
	})
	f.say(info, "hello")
	f.say(info, "oops")
	f.want(200, "POST", at(info)+"/activities", `{"type":"invoke","name":"sum","value":[1,2]}`, nil)
	status, file, header := f.call("GET", at(info)+"/transcript", "")
	if status != 200 || !strings.HasSuffix(header.Get("Content-Disposition"), `.transcript"`) {
		t.Fatalf("export: %d %s", status, file)
	}
	var activities []activity.Activity
	if err := json.Unmarshal(file, &activities); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range activities {
		got = append(got, a.From.Role+" "+string(a.Type)+" "+a.Text)
	}
	want := []string{"user conversationUpdate ", "bot message Welcome Anna", "user message hello", "bot typing ",
		"bot message You said: hello", "user message oops", "bot message Helo", "user invoke "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the transcript is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
