package localchannel_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// A watcher keeps the exchanges that a channel reports.
type watcher struct {
	mu  sync.Mutex
	all []localchannel.Exchange
}

func (w *watcher) watch(x localchannel.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, x)
}

// last returns the newest exchange of an operation, once there is one.
func (w *watcher) last(t testing.TB, op string) (x localchannel.Exchange) {
	t.Helper()
	eventually(t, "there is an exchange "+op, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, one := range w.all {
			if one.Op == op {
				x = one
			}
		}
		return x.Op != ""
	})
	return x
}

// clear forgets what was seen.
func (w *watcher) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = nil
}

func watched(t testing.TB, change ...func(*localchannel.Config)) (*fixture, *watcher) {
	w := new(watcher)
	f := serve(t, append(change, func(cfg *localchannel.Config) { cfg.Watch = w.watch })...)
	return f, w
}

func TestWatchSeesTheAgentsCalls(t *testing.T) {
	f, w := watched(t)
	conv := f.start(withAnna)
	f.agent.received(t, 1)
	at := service + "/" + conv.ID
	id := f.send(conv.ID, message("draft"))
	tests := []struct {
		name               string
		method, path, body string
		inProcess          func() error
		op                 string
		status             int
		activity, err      string // parts
	}{
		{name: "a message", method: "POST", path: at + "/activities", body: `{"type":"message","text":"hi"}`, op: "send", status: 200, activity: `"text":"hi"`},
		{name: "a message in the process", inProcess: func() error {
			_, err := f.channel.Send(t.Context(), to(conv.ID), activity.Message("hi"))
			return err
		}, op: "send", status: 200, activity: `"text":"hi"`},
		{name: "to an unknown conversation", method: "POST", path: service + "/none/activities", body: `{"type":"message","text":"hi"}`, op: "send", status: 404, activity: `"hi"`, err: "no such conversation"},
		{name: "the same in the process", inProcess: func() error {
			_, err := f.channel.Send(t.Context(), to("none"), activity.Message("hi"))
			return err
		}, op: "send", status: 404, activity: `"hi"`, err: "no such conversation"},
		{name: "garbage", method: "POST", path: at + "/activities", body: `{`, op: "send", status: 400, err: "JSON"},
		{name: "an update", method: "PUT", path: at + "/activities/" + id, body: `{"type":"message","text":"new"}`, op: "update", status: 200, activity: `"new"`},
		{name: "an unknown member", method: "GET", path: at + "/members/bob", op: "get member", status: 404, err: "no such member"},
		{name: "members in the process", inProcess: func() error {
			_, err := f.channel.Members(t.Context(), to(conv.ID), 0, "")
			return err
		}, op: "get members", status: 200},
		{name: "one member in the process", inProcess: func() error {
			_, err := f.channel.Member(t.Context(), to(conv.ID), "anna")
			return err
		}, op: "get member", status: 200},
		{name: "a new conversation", method: "POST", path: service, body: `{"members":[{"id":"bob"}],"activity":{"type":"message","text":"first"}}`, op: "create conversation", status: 201, activity: `"first"`},
		{name: "a new conversation in the process", inProcess: func() error {
			_, err := f.channel.CreateConversation(t.Context(), to(""), activity.ConversationParameters{})
			return err
		}, op: "create conversation", status: 200},
		{name: "a deletion", method: "DELETE", path: at + "/activities/" + id, op: "delete", status: 200},
		{name: "the deletion again in the process", inProcess: func() error { return f.channel.Delete(t.Context(), to(conv.ID), id) }, op: "delete", status: 404, err: "no such activity"},
		{name: "no operation", method: "POST", path: "/connector/v3/nothing", op: "unknown operation", status: 404, err: "no such operation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.clear()
			if tt.inProcess != nil {
				if err := tt.inProcess(); (err != nil) != (tt.err != "") {
					t.Fatalf("returns %v", err)
				}
			} else {
				f.want(tt.status, tt.method, tt.path, tt.body, nil)
			}
			x := w.last(t, tt.op)
			if x.Status != tt.status || x.ToAgent || x.Time.IsZero() || x.Took <= 0 {
				t.Errorf("exchange %+v, want status %d", x, tt.status)
			}
			if !strings.Contains(string(x.Activity), tt.activity) || len(x.Activity) > 0 && !json.Valid(x.Activity) {
				t.Errorf("activity %s, want %s in it", x.Activity, tt.activity)
			}
			if !strings.Contains(x.Error, tt.err) || (x.Error == "") != (tt.err == "") || x.Answer == nil {
				t.Errorf("error %q with answer %s, want %q", x.Error, x.Answer, tt.err)
			}
			if w.mu.Lock(); len(w.all) != 1 {
				t.Errorf("%d exchanges, want 1", len(w.all))
			}
			w.mu.Unlock()
		})
	}
}

func TestWatchSeesDeliveries(t *testing.T) {
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request, *activity.Activity)
		down   bool
		status int
		err    string
	}{
		{name: "taken", status: 200},
		{name: "refused", answer: status(403), status: 403, err: "the agent answered 403"},
		{name: "redirected", answer: status(307), status: 307, err: "redirects are not followed"},
		{name: "down", down: true, err: "connection refused"},
		{name: "slow", answer: func(_ http.ResponseWriter, r *http.Request, _ *activity.Activity) { <-r.Context().Done() }, err: "did not answer within 50ms"},
		{name: "garbage", answer: notHTTP, err: "does not speak HTTP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, w := watched(t, func(cfg *localchannel.Config) {
				if tt.name == "slow" {
					cfg.AgentTimeout = 50 * time.Millisecond
				}
				cfg.Token = func(_ context.Context, _ string) (string, error) { return "Bearer s3cret", nil }
			})
			f.agent.setAnswer(tt.answer)
			if tt.down {
				f.agent.Close()
			}
			conv := f.start(withAnna)
			f.do("POST", base+"/"+conv.ID+"/activities", `{"type":"message","text":"hello","from":{"id":"anna"}}`, nil)
			var x localchannel.Exchange
			eventually(t, "the message is reported", func() bool {
				x = w.last(t, "deliver")
				return strings.Contains(string(x.Activity), "hello")
			})
			if !x.ToAgent || x.Status != tt.status || x.Conversation != conv.ID || x.ActivityID == "" {
				t.Errorf("exchange %+v, want status %d", x, tt.status)
			}
			if !strings.Contains(x.Error, tt.err) || (x.Error == "") != (tt.err == "") {
				t.Errorf("error %q, want %q", x.Error, tt.err)
			}
			all, _ := json.Marshal(w.all)
			if strings.Contains(string(all), "s3cret") || strings.Contains(string(all), "Bearer") {
				t.Errorf("the token is in %s", all)
			}
		})
	}
}

// What an agent answers beside its status is shown as well, whatever it is.
func TestWatchSeesAnswers(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	tests := []struct {
		name, body  string
		status      int
		answer, err string
	}{
		{"JSON", `{"error":"no"}`, 500, `{"error":"no"}`, "answered 500"},
		{"JSON that is too long", `"` + long + `"`, 200, "", ""},
		{"text", "Traceback: no \"key\"\n", 500, `"Traceback: no \"key\""`, "see the agent's own log"},
		{"long text", long, 200, `"` + long[:4<<10] + `"`, ""},
		{"nothing", "", 200, "", ""},
		{"a page", "<!doctype html><p>Hi", 200, `"\u003c!doctype html\u003e\u003cp\u003eHi"`, "the agent answered with a web page; is the path right?"},
		{"a page that fails", "<!doctype html>", 404, `"\u003c!doctype html\u003e"`, "check the path of --agent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, w := watched(t)
			f.agent.setAnswer(says(tt.status, tt.body))
			conv := f.begin(localchannel.Start{Members: anna})
			_, err := f.channel.Deliver(t.Context(), conv.ID, activity.Message("hi"))
			if (err == nil) != (tt.status == 200) {
				t.Errorf("Deliver: %v", err)
			}
			x := w.last(t, "deliver")
			if string(x.Answer) != tt.answer || !strings.Contains(x.Error, tt.err) || (x.Error == "") != (tt.err == "") {
				t.Errorf("reported %q with %.100s, want %q with %.100s", x.Error, x.Answer, tt.err, tt.answer)
			}
		})
	}
}

// notHTTP answers with something that is no HTTP.
func notHTTP(w http.ResponseWriter, _ *http.Request, _ *activity.Activity) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Write([]byte("SSH-2.0-nonsense\r\n\r\n"))
		conn.Close()
	}
}

func TestTokenForTheAgent(t *testing.T) {
	var token string
	var failure error
	f := serve(t, func(cfg *localchannel.Config) {
		cfg.Token = func(_ context.Context, serviceURL string) (string, error) {
			return strings.ReplaceAll(token, "URL", serviceURL), failure
		}
	})
	conv, err := f.channel.Start(t.Context(), localchannel.Start{Members: []activity.ChannelAccount{{ID: "anna"}}})
	if err != nil {
		t.Fatal(err)
	}
	f.agent.received(t, 1)
	for i, want := range []string{"", "Bearer for URL"} {
		token = want
		if _, err := f.channel.Deliver(t.Context(), conv.ID, activity.Message("hi")); err != nil {
			t.Fatal(err)
		}
		f.agent.received(t, i+2)
		values, present := f.agent.header[i+1]["Authorization"]
		if want == "" && present {
			t.Errorf("without a token there is a header %q", values)
		}
		if want != "" && (len(values) != 1 || values[0] != "Bearer for "+f.channel.ServiceURL()) {
			t.Errorf("Authorization %q", values)
		}
	}
	failure = errors.New("key lost")
	_, err = f.channel.Deliver(t.Context(), conv.ID, activity.Message("hi"))
	if e, ok := errors.AsType[*activity.Error](err); !ok || e.Status != 500 || strings.Contains(e.Error(), "key lost") {
		t.Errorf("without a token the delivery is %v", err)
	}
}

func TestCheckAgent(t *testing.T) {
	f, w := watched(t, func(cfg *localchannel.Config) {
		cfg.CheckAgent = func(r *http.Request) error {
			switch r.Header.Get("Authorization") {
			case "Bearer good":
				return nil
			case "Bearer other":
				return &activity.Error{Status: 403, Code: "Forbidden", Message: "another agent"}
			}
			return &activity.Error{Message: "no token"} // without a status
		}
	})
	conv := f.start("")
	for token, want := range map[string]int{"good": 200, "other": 403, "bad": 401} {
		f.want(want, "POST", service+"/"+conv.ID+"/activities", `{"type":"message"}`, nil, "Authorization", "Bearer "+token)
		if x := w.last(t, "send"); x.Status != want {
			t.Errorf("%s: reported as %d", token, x.Status)
		}
	}
	if len(f.history(conv.ID, "").Activities) != 1 {
		t.Error("a caller who was refused has sent something")
	}
}
