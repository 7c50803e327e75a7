package localchannel_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

func says(status int, body string) func(http.ResponseWriter, *http.Request, *activity.Activity) {
	return func(w http.ResponseWriter, _ *http.Request, _ *activity.Activity) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func (f *fixture) begin(s localchannel.Start) localchannel.Info {
	f.t.Helper()
	info, err := f.channel.Start(f.t.Context(), s)
	if err != nil {
		f.t.Fatal(err)
	}
	return info
}

var anna = []activity.ChannelAccount{{ID: "anna", Name: "Anna Nowak"}}

func TestInvokeIsAnswered(t *testing.T) {
	tests := []struct {
		name           string
		status         int
		body           string
		want           string // of Deliver
		client         int    // status for a client
		clientInvoke   string
		deliverFailsAs int
	}{
		{name: "with a body", status: 200, body: `{"ok":true}`, want: `{"ok":true}`, client: 200, clientInvoke: `{"status":200,"body":{"ok":true}}`},
		{name: "without one", status: 202, want: ``, client: 200, clientInvoke: `{"status":202}`},
		{name: "with text", status: 200, body: `fine`, want: `"fine"`, client: 200, clientInvoke: `{"status":200,"body":"fine"}`},
		{name: "with an error", status: 412, body: `{"why":"consent"}`, want: `{"why":"consent"}`, client: 502},
		{name: "with far too much", status: 200, body: `"` + strings.Repeat("x", 256<<10) + `"`, client: 502, deliverFailsAs: 502},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t)
			f.agent.setAnswer(says(tt.status, tt.body))
			conv := f.begin(localchannel.Start{Members: anna})
			answer, err := f.channel.Deliver(t.Context(), conv.ID, &activity.Activity{Type: "invoke", Name: "x"})
			if e, _ := errors.AsType[*activity.Error](err); (e == nil) != (tt.deliverFailsAs == 0) || e != nil && e.Status != tt.deliverFailsAs {
				t.Fatalf("Deliver fails with %v", err)
			}
			if answer.Status != tt.status || string(answer.Body) != tt.want {
				t.Errorf("Deliver answers %d %.100s, want %s", answer.Status, answer.Body, tt.want)
			}
			var posted struct {
				ID     string
				Invoke json.RawMessage
			}
			f.want(tt.client, "POST", base+"/"+conv.ID+"/activities", `{"type":"invoke","name":"x","from":{"id":"anna"}}`, &posted)
			if string(posted.Invoke) != tt.clientInvoke || (posted.ID == "") != (tt.client != 200) {
				t.Errorf("the client gets %+v, want %s", posted, tt.clientInvoke)
			}
		})
	}
}

func TestExpectReplies(t *testing.T) {
	huge := strings.Repeat("x", 200<<10)
	tests := []struct {
		name  string
		body  string
		want  []string
		fails string // part of the message
	}{
		{"two", `{"activities":[{"type":"message","text":"one"},{"type":"message","text":"two","replyToId":"other"}]}`, []string{"one", "two"}, ""},
		{"none", `{"activities":[]}`, nil, ""},
		{"nothing at all", ``, nil, ""},
		{"the answer of an invoke is no reply", `{"activities":[{"type":"invokeResponse"},{"type":"message","text":"one"}]}`, []string{"one"}, ""},
		{"text", `thanks`, nil, "expectReplies asks for"},
		{"a list", `[{"type":"message"}]`, nil, "expectReplies asks for"},
		{"one without a type spoils all", `{"activities":[{"type":"message","text":"one"},{"text":"two"}]}`, nil, "has no type"},
		{"too many", `{"activities":[` + strings.Repeat(`{"type":"message"},`, 100) + `{"type":"message"}]}`, nil, "more than 100"},
		{"too large", `{"activities":[` + strings.Repeat(`{"type":"message","text":"`+huge+`"},`, 6) + `{"type":"message"}]}`, nil, "more than 1 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t)
			conv := f.begin(localchannel.Start{Members: anna})
			f.agent.received(t, 1)
			f.agent.setAnswer(says(200, strings.ReplaceAll(tt.body, "other", conv.ID+"|0000007")))
			asked := &activity.Activity{Type: "message", Text: "hi", DeliveryMode: "expectReplies"}
			answer, err := f.channel.Deliver(t.Context(), conv.ID, asked)
			if (err == nil) != (tt.fails == "") {
				t.Fatalf("Deliver: %v", err)
			}
			if e, _ := errors.AsType[*activity.Error](err); e != nil && (e.Code != directline.CodeBotRejectedActivity || !strings.Contains(e.Message, tt.fails)) {
				t.Errorf("Deliver: %v", err)
			}
			if got := f.agent.received(t, 2)[1]; got.DeliveryMode != "expectReplies" {
				t.Errorf("the agent is asked for %q", got.DeliveryMode)
			}
			set := f.history(conv.ID, "")
			if got := texts(set); !slices.Equal(got, append([]string{"hi"}, tt.want...)) {
				t.Fatalf("history %q, want %q", got, tt.want)
			}
			for i, a := range set.Activities[1:] {
				reply := answer.ActivityID
				if i == 1 {
					reply = conv.ID + "|0000007"
				}
				if a.From.ID != "agent" || a.From.Role != "bot" || a.ReplyToID != reply || a.ID == "" {
					t.Errorf("reply %+v, want an answer to %s", a, reply)
				}
			}
			if asked.ID != "" || asked.From.ID != "" {
				t.Error("Deliver changed what it was given")
			}
		})
	}
}

func TestStreamIsNotPassedOn(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	f.want(http.StatusOK, "POST", base+"/"+conv.ID+"/activities", `{"type":"message","deliveryMode":"stream","from":{"id":"anna"}}`, nil)
	if got := f.agent.received(t, 2)[1].DeliveryMode; got != "" {
		t.Errorf("the agent is asked for %q", got)
	}
}

// An agent that answers twice, and in both ways, has said it all.
func TestAgentAnswersTwice(t *testing.T) {
	f := serve(t)
	conv := f.begin(localchannel.Start{Members: anna})
	f.agent.received(t, 1)
	f.agent.setAnswer(func(w http.ResponseWriter, r *http.Request, a *activity.Activity) {
		echo(w, r, a)
		echo(w, r, a)
		io.WriteString(w, `{"activities":[{"type":"message","text":"third"}]}`)
	})
	in := activity.Message("hi")
	in.DeliveryMode = "expectReplies"
	answer, err := f.channel.Deliver(t.Context(), conv.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	set := f.history(conv.ID, "")
	if got := texts(set); !slices.Equal(got, []string{"hi", "You said: hi", "You said: hi", "third"}) {
		t.Errorf("history %q", got)
	}
	for _, a := range set.Activities[1:] {
		if a.ReplyToID != answer.ActivityID {
			t.Errorf("%q answers %q, want %q", a.Text, a.ReplyToID, answer.ActivityID)
		}
	}
}

// A huge answer does no harm where nobody reads it.
func TestHugeAnswer(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	f.agent.received(t, 1)
	f.agent.setAnswer(says(200, strings.Repeat("x", 8<<20)))
	f.post(conv.ID, "one")
	f.post(conv.ID, "two")
	if got := texts(f.history(conv.ID, "")); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("history %q", got)
	}
}

// Whatever an agent answers, it is taken as replies or refused, and the history
// stays readable.
func FuzzReplies(f *testing.F) {
	for _, seed := range []string{
		`{"activities":[{"type":"message","text":"x"}]}`, `{"activities":[{"type":"typing"}],"body":{}}`, `{"activities":null}`,
		`{"activities":[null]}`, `{"activities":[{"type":"message","channelData":7}]}`, `{"activities":{}}`, "\xff", `[]`, `{`,
		`{"activities":[{"type":"message","entities":[{"type":"streaminfo","streamId":"1"}],"channelData":{"a":1}}]}`,
	} {
		f.Add([]byte(seed))
	}
	fx := serve(f)
	fx.agent.setAnswer(func(w http.ResponseWriter, _ *http.Request, a *activity.Activity) {
		if a.Is(activity.TypeMessage) {
			io.WriteString(w, a.Text)
		}
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		info, err := fx.channel.Start(t.Context(), localchannel.Start{Members: anna})
		if err != nil {
			t.Fatal(err)
		}
		in := activity.Message(string(body))
		in.DeliveryMode = "expectReplies"
		_, err = fx.channel.Deliver(t.Context(), info.ID, in)
		if e, ok := errors.AsType[*activity.Error](err); err != nil && (!ok || e.Status != 502 && e.Status != 413) {
			t.Errorf("Deliver: %v", err)
		}
		kept, err := fx.channel.History(t.Context(), info.ID)
		if err != nil || len(kept) > 101 || err == nil && len(kept) == 0 && len(body) < 256<<10 {
			t.Fatalf("%d activities kept: %v", len(kept), err)
		}
		for _, raw := range kept {
			if _, err := activity.Decode(raw); err != nil {
				t.Errorf("%s: %v", raw, err)
			}
		}
	})
}
