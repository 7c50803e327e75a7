package playground_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/playground"
)

// S2-10: the playground runs an agent with no cloud, and the table of channel
// capabilities drives its warnings.
func TestS2_10_AnAgentRunsWithoutACloudAndTheTableWarns(t *testing.T) {
	tests := []struct {
		name, start, say string
		want             string // in the warning to what the agent sends; "" for none
	}{
		{"four suggested actions where three are shown", `{"channelId":"msteams","members":[{"id":"29:anna","name":"Anna"}]}`, "choose", "3 suggested actions, and this has 4"},
		{"suggested actions in a group", `{"channelId":"msteams","kind":"groupChat","members":[{"id":"29:anna"},{"id":"29:ben"}]}`, "choose", "in personal conversations only"},
		{"the emulator shows them all", `{"channelId":"emulator","members":[{"id":"anna"}]}`, "choose", ""},
		{"an edit where edits do not show", `{"channelId":"webchat","members":[{"id":"anna"}]}`, "oops", "does not change what was sent"},
		{"a deletion where nothing is taken back", `{"channelId":"directline","members":[{"id":"anna"}]}`, "oops", "does not take back"},
		{"Teams shows edits and deletions", `{"channelId":"msteams","members":[{"id":"29:anna"}]}`, "oops", ""},
	}
	f := serve(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{t, f.url}
			info := f.start(tt.start)
			f.say(info, tt.say)
			records := f.recorded(info, "the agent has answered", func(records []playground.Record) bool {
				return find(records, true, activity.TypeMessage, tt.say) != nil
			})
			var warnings []string
			for _, rec := range records {
				if len(rec.Warnings) > 0 && rec.ToAgent {
					t.Errorf("what the user said has a warning: %v", rec.Warnings)
				}
				warnings = append(warnings, rec.Warnings...)
			}
			got := strings.Join(warnings, "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("warnings %q, want %q", got, tt.want)
			}
		})
	}
}

func TestExpectedRepliesHaveWarningsToo(t *testing.T) {
	f := serve(t)
	info := f.start(`{"channelId":"msteams","members":[{"id":"29:anna"}]}`)
	f.want(200, "POST", at(info)+"/activities", `{"type":"message","text":"choose","deliveryMode":"expectReplies"}`, nil)
	records := f.recorded(info, "it is recorded", func(records []playground.Record) bool {
		return find(records, true, activity.TypeMessage, "choose") != nil
	})
	rec := find(records, true, activity.TypeMessage, "choose")
	if len(rec.Warnings) != 1 || !strings.Contains(rec.Warnings[0], "this has 4") {
		t.Errorf("warnings %q, answer %s", rec.Warnings, rec.Answer)
	}
}

func TestExchangesOfBothDirections(t *testing.T) {
	f := serve(t)
	info := f.start(`{"members":[{"id":"anna","name":"Anna"}]}`)
	f.say(info, "hello")
	records := f.recorded(info, "all is recorded", func(records []playground.Record) bool {
		return find(records, true, activity.TypeMessage, "hello") != nil && find(records, false, activity.TypeMessage, "Welcome Anna") != nil
	})
	in, out := find(records, true, activity.TypeMessage, "hello"), find(records, false, activity.TypeMessage, "You said: hello")
	if out == nil {
		t.Fatalf("the answer is missing in %+v", records)
	}
	if in.Op != "deliver" || in.Status != 200 || in.Took <= 0 || out.Op != "send" || out.Status != 200 {
		t.Errorf("delivered %+v, sent %+v", in, out)
	}
	if find(records, true, activity.TypeConversationUpdate, "") == nil {
		t.Error("the conversationUpdate is missing")
	}

	var all struct {
		Exchanges []playground.Record
		Last      int64
	}
	f.want(200, "GET", "/exchanges", "", &all)
	var rest struct {
		Exchanges []playground.Record
		Last      int64
	}
	f.want(200, "GET", "/exchanges?after="+jsonOf(all.Last), "", &rest)
	if len(rest.Exchanges) != 0 || rest.Last != all.Last {
		t.Errorf("after the last: %+v", rest)
	}
}

func jsonOf(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

func TestSeveralUsersAndEverythingElseIsInjected(t *testing.T) {
	f := serve(t)
	info := f.start(`{"channelId":"emulator","kind":"groupChat","members":[{"id":"anna","name":"Anna"}]}`)
	f.want(200, "POST", at(info)+"/members", `{"members":[{"id":"ben","name":"Ben"}]}`, &info)
	if len(info.Members) != 2 {
		t.Fatalf("members %+v", info.Members)
	}
	f.want(200, "POST", at(info)+"/activities", `{"type":"message","text":"hi","from":{"id":"ben","name":"Ben"}}`, nil)
	var answer localchannel.Answer
	f.want(200, "POST", at(info)+"/activities", `{"type":"invoke","name":"sum","value":[1,2]}`, &answer)
	if answer.Status != 200 || string(answer.Body) != "3" {
		t.Errorf("the invoke answers %d %s", answer.Status, answer.Body)
	}
	f.want(200, "POST", at(info)+"/activities", `{"type":"event","name":"ping","value":{"a":1}}`, nil)
	f.want(200, "POST", at(info)+"/activities", `{"type":"messageReaction","replyToId":"x","reactionsAdded":[{"type":"like"}]}`, nil)
	f.want(200, "DELETE", at(info)+"/members/ben", "", &info)
	if len(info.Members) != 1 {
		t.Errorf("members %+v", info.Members)
	}
	records := f.recorded(info, "Ben has left", func(records []playground.Record) bool {
		return slices.ContainsFunc(records, func(rec playground.Record) bool { return strings.Contains(string(rec.Activity), "membersRemoved") })
	})
	for _, want := range []string{"You said: hi", "You like x", "Welcome Ben"} {
		if find(records, false, activity.TypeMessage, want) == nil {
			t.Errorf("the agent did not say %q", want)
		}
	}
	if find(records, false, activity.TypeEvent, "") == nil {
		t.Error("the agent sent no event")
	}
	var list struct {
		Conversations []localchannel.Info
		Total         int
	}
	other := f.start(`{"members":[{"id":"carl"}]}`)
	f.want(200, "GET", "/conversations", "", &list)
	if list.Total != 2 || list.Conversations[0].ID != other.ID {
		t.Errorf("the list is %+v", list)
	}
	f.want(200, "GET", "/conversations?user=anna", "", &list)
	if list.Total != 1 || list.Conversations[0].ID != info.ID {
		t.Errorf("Anna's list is %+v", list)
	}
}

func TestSwitches(t *testing.T) {
	f := serve(t)
	info := f.start(`{"channelId":"msteams","members":[{"id":"29:anna","name":"Anna"}]}`)
	refused := func(status int, code string) {
		t.Helper()
		f.call("POST", at(info)+"/activities", `{"type":"message","text":"try `+code+`"}`)
		records := f.recorded(info, "a call is refused", func(records []playground.Record) bool { return find(records, true, "message", "try "+code) != nil })
		last := records[len(records)-1]
		for _, rec := range slices.Backward(records) {
			if !rec.ToAgent && rec.Status == status {
				last = rec
				break
			}
		}
		if last.ToAgent || last.Status != status || !strings.Contains(last.Error+string(last.Answer), code) {
			t.Errorf("got %d %s %s, want %d %s", last.Status, last.Error, last.Answer, status, code)
		}
	}
	var set struct{ Faults map[string]localchannel.Fault }
	f.want(200, "PUT", at(info)+"/fault", `{"status":429,"code":"TooManyRequests","retryAfter":1,"times":5}`, &set)
	if set.Faults[info.ID].Times != 5 {
		t.Errorf("faults %+v", set.Faults)
	}
	refused(429, "TooManyRequests")
	set.Faults = nil
	f.want(200, "GET", "/faults", "", &set)
	if left := set.Faults[info.ID].Times; left >= 5 || left == 0 {
		t.Errorf("%d calls are left of 5", left)
	}
	f.want(200, "PUT", at(info)+"/fault", `{}`, &set)

	f.want(200, "POST", at(info)+"/block", "", nil)
	refused(403, "MessageWritesBlocked")
	f.want(200, "POST", at(info)+"/unblock", "", nil)
	f.say(info, "again")

	f.want(200, "POST", at(info)+"/uninstall", "", nil)
	refused(403, "BotNotInConversationRoster")
	f.want(200, "POST", at(info)+"/install", "", nil)
	f.say(info, "and again")
	records := f.recorded(info, "it is installed again", func(records []playground.Record) bool {
		return find(records, true, activity.TypeMessage, "and again") != nil
	})
	var got []string
	for _, rec := range records {
		a, err := activity.Decode(rec.Activity)
		if err != nil || !rec.ToAgent {
			continue
		}
		for _, m := range a.MembersAdded {
			got = append(got, "+"+m.ID)
		}
		for _, m := range a.MembersRemoved {
			got = append(got, "-"+m.ID)
		}
		got = append(got, a.Action)
	}
	got = slices.DeleteFunc(got, func(s string) bool { return s == "" || s == "+29:anna" })
	if want := []string{"+28:agent", "add", "-28:agent", "remove", "+28:agent", "add"}; !slices.Equal(got, want) {
		t.Errorf("the agent was told %q, want %q", got, want)
	}

	f.want(200, "PUT", "/fault", `{"status":500}`, &set)
	if set.Faults[""].Status != 500 {
		t.Errorf("faults for all: %+v", set.Faults)
	}
	set.Faults = nil
	f.want(200, "PUT", "/fault", `{}`, &set)
	if len(set.Faults) != 0 {
		t.Errorf("faults left: %+v", set.Faults)
	}

	var moved struct{ ServiceURL string }
	f.want(200, "POST", "/move", "", &moved)
	if moved.ServiceURL == "" || strings.HasPrefix(info.ServiceURL, moved.ServiceURL) {
		t.Errorf("moved from %s to %q", info.ServiceURL, moved.ServiceURL)
	}
	f.say(info, "at the new place")

	web := f.start(`{"channelId":"webchat","members":[{"id":"anna"}]}`)
	f.want(400, "POST", at(web)+"/uninstall", "", nil)
}

func TestRefusals(t *testing.T) {
	f := serve(t)
	info := f.start(`{"members":[{"id":"anna"}]}`)
	tests := []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"nothing there", "GET", "/nothing", "", 404, "NotFound"},
		{"the wrong method", "DELETE", "/conversations", "", 405, "MethodNotAllowed"},
		{"an unknown conversation", "GET", "/conversations/unknown", "", 404, "ConversationNotFound"},
		{"its transcript", "GET", "/conversations/unknown/transcript", "", 404, "ConversationNotFound"},
		{"its golden", "GET", "/conversations/unknown/txtar", "", 404, "ConversationNotFound"},
		{"its fault", "PUT", "/conversations/unknown/fault", `{}`, 404, "ConversationNotFound"},
		{"its token", "POST", "/token", `{"conversationId":"unknown"}`, 404, "ConversationNotFound"},
		{"templates of nothing", "GET", "/templates", "", 404, "ConversationNotFound"},
		{"a body that is no JSON", "POST", "/conversations", `{`, 400, "BadSyntax"},
		{"two bodies", "POST", "/conversations", `{}{}`, 400, "BadSyntax"},
		{"a mistyped name", "PUT", "/fault", `{"statsu":429}`, 400, "BadSyntax"},
		{"an activity that is none", "POST", at(info) + "/activities", `[]`, 400, "BadSyntax"},
		{"an activity without a type", "POST", at(info) + "/activities", `{"text":"hi"}`, 400, "MissingProperty"},
		{"no members", "POST", at(info) + "/members", `{"members":[]}`, 400, "MissingProperty"},
		{"a member without an id", "POST", at(info) + "/members", `{"members":[{"name":"Ben"}]}`, 400, "MissingProperty"},
		{"a channel that there is not", "POST", "/conversations", `{"channelId":"pigeon"}`, 400, "BadArgument"},
		{"too much", "POST", at(info) + "/activities", `{"type":"message","text":"` + strings.Repeat("x", 256<<10) + `"}`, 413, "MessageSizeTooBig"},
		{"no number", "GET", "/exchanges?after=x", "", 400, "BadArgument"},
		{"no number for the stream", "GET", "/events?after=-1", "", 400, "BadArgument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, answer, header := f.call(tt.method, tt.path, tt.body)
			var e directline.ErrorResponse
			if err := json.Unmarshal(answer, &e); err != nil || status != tt.status || e.Error.Code != tt.code || e.Error.Message == "" {
				t.Errorf("got %d %s, want %d %s", status, answer, tt.status, tt.code)
			}
			if status == 405 && header.Get("Allow") != "GET, POST" {
				t.Errorf("Allow: %s", header.Get("Allow"))
			}
		})
	}
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Host", "evil.example"}, {"X-Forwarded-For", "10.0.0.1"}} {
		if status, answer, h := f.call("GET", "/conversations", "", header...); status != 403 || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("with %v: %d %s", header, status, answer)
		}
	}
}

func TestTokenOpensTheConversation(t *testing.T) {
	f := serve(t)
	info := f.start(`{"members":[{"id":"anna"}]}`)
	var got directline.Conversation
	f.want(200, "POST", "/token", `{"user":{"id":"anna","name":"Anna"},"conversationId":"`+info.ID+`"}`, &got)
	if got.ID != info.ID || got.Token == "" || got.ExpiresIn <= 0 {
		t.Errorf("got %+v", got)
	}
	req, _ := http.NewRequest("GET", f.url+"/v3/directline/conversations/"+info.ID+"/activities", nil)
	req.Header.Set("Authorization", "Bearer "+got.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("with the token: %d", resp.StatusCode)
	}
}

// Custom types are legal, but mostly a mistake: of a person who tries something,
// or of the agent.
func TestUnknownTypesHaveWarnings(t *testing.T) {
	f := serve(t)
	info := f.start(`{"members":[{"id":"anna","name":"Anna"}]}`)
	f.want(200, "POST", at(info)+"/activities", `{"type":"mesage","text":"hi"}`, nil)
	f.want(200, "POST", at(info)+"/activities", `{"type":"MESSAGE","text":"hi"}`, nil)
	f.post("/connector/v3/conversations/"+info.ID+"/activities", `{"type":"evnt","name":"x"}`)
	records := f.recorded(info, "the event is there", func(records []playground.Record) bool { return find(records, false, "evnt", "") != nil })
	for _, rec := range records {
		a, err := activity.Decode(rec.Activity)
		if err != nil {
			t.Fatal(err)
		}
		warned := len(rec.Warnings) == 1 && strings.Contains(rec.Warnings[0], "no activity type \""+string(a.Type)+"\"")
		if odd := a.Is("mesage") || a.Is("evnt"); odd != warned {
			t.Errorf("%s has the warnings %q", rec.Activity, rec.Warnings)
		}
	}
}

func TestTemplatesCanBeDelivered(t *testing.T) {
	f := serve(t)
	for _, start := range []string{
		`{"channelId":"msteams","kind":"channel","members":[{"id":"29:anna","name":"Anna"},{"id":"29:ben","name":"Ben"}]}`,
		`{"channelId":"webchat","members":[{"id":"anna","name":"Anna"}]}`,
	} {
		info := f.start(start)
		var got struct {
			Templates []struct {
				Group, Name string
				Activity    json.RawMessage
			}
		}
		f.want(200, "GET", "/templates?conversation="+strings.ReplaceAll(info.ID, ";", "%3B")+"&user="+info.Members[len(info.Members)-1].ID, "", &got)
		groups := map[string]int{}
		for _, tpl := range got.Templates {
			groups[tpl.Group]++
			a, err := activity.Decode(tpl.Activity)
			if err != nil || a.From.ID != info.Members[len(info.Members)-1].ID {
				t.Errorf("%s: %s, %v", tpl.Name, tpl.Activity, err)
			}
			if a.Name == "webchat/join" && info.ChannelID == activity.ChannelTeams {
				t.Error("Teams sends no events of Web Chat")
			}
			status, answer, _ := f.call("POST", at(info)+"/activities", string(tpl.Activity))
			if status != 200 && status != 502 { // 502: an invoke that this agent does not know
				t.Errorf("%s on %s: %d %s", tpl.Name, info.ChannelID, status, answer)
			}
		}
		teams := info.ChannelID == activity.ChannelTeams
		if groups["invoke"] == 0 || groups["update"] == 0 || groups["event"] == 0 || groups["reaction"] == 0 || (groups["installation"] > 0) != teams {
			t.Errorf("%s has %v", info.ChannelID, groups)
		}
	}
}
