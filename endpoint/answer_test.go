package endpoint_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// Case 66.
func TestInvoke(t *testing.T) {
	tests := []struct {
		name   string
		answer *activity.InvokeResponse
		err    error
		status int
		body   string
	}{
		{"case 66 without a response it is 501", nil, nil, 501, ""},
		{"case 66 its own status and body", &activity.InvokeResponse{Status: 409, Body: json.RawMessage(`{"why":"sold out"}`)}, nil, 409, `{"why":"sold out"}`},
		{"a status without a body", &activity.InvokeResponse{Status: 202}, nil, 202, ""},
		{"a body without a status is 200", &activity.InvokeResponse{Body: json.RawMessage(`[1]`)}, nil, 200, `[1]`},
		{"a status that HTTP does not know is 500", &activity.InvokeResponse{Status: 99, Body: json.RawMessage(`1`)}, nil, 500, ""},
		{"a status that comes before an answer is 500", &activity.InvokeResponse{Status: 101}, nil, 500, ""},
		{"a status out of range is 500", &activity.InvokeResponse{Status: 1000}, nil, 500, ""},
		{"a negative status is 500", &activity.InvokeResponse{Status: -1}, nil, 500, ""},
		{"a failed turn is 500", nil, errors.New("boom"), 500, `{"error":{"code":"InternalError","message":"the agent failed to handle the activity"}}`},
		{"a busy conversation is 503", nil, fmt.Errorf("%w: full", agent.ErrBusy), 503, `{"error":{"code":"ServiceUnavailable","message":"the agent cannot take more work now"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := post(t, open(receiver(func(context.Context, activity.Inbound) (*activity.InvokeResponse, error) { return tt.answer, tt.err })), body(invokes))
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("answer = %d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			if ct := w.Header().Get("Content-Type"); tt.body != "" && ct != "application/json; charset=utf-8" {
				t.Errorf("Content-Type = %q, want JSON", ct)
			}
		})
	}
	t.Run("case 66 with a real agent", func(t *testing.T) {
		app, ad, _ := newBot(agent.AdapterConfig{})
		agent.OnInvoke(app, "ask", func(_ context.Context, _ *agent.Turn, n int) (int, error) { return 2 * n, nil })
		h := open(ad)
		for members, want := range map[string]string{
			invokes + `,"value":21`:             "200 42",
			invokes + `,"value":"x"`:            "400 ",
			`"type":"Invoke","name":"unknown"`:  "501 ",
			invokes + `,"deliveryMode":"other"`: "200 0",
		} {
			if w := post(t, h, body(members)); fmt.Sprintf("%d %s", w.Code, w.Body) != want {
				t.Errorf("%s: answer = %d %s, want %s", members, w.Code, w.Body, want)
			}
		}
	})
}

// Case 69.
func TestDeliveryModesThatAreNormal(t *testing.T) {
	for _, mode := range []string{`null`, `""`, `"normal"`, `"carrier pigeon"`} {
		t.Run("case 69 "+mode, func(t *testing.T) {
			app, ad, wire := newBot(agent.AdapterConfig{})
			app.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "hello") })
			wantEmpty(t, post(t, open(ad), body(`"deliveryMode":`+mode)), 200)
			if diff := cmp.Diff([]string{"hello"}, wire.texts()); diff != "" {
				t.Errorf("texts sent to the channel differ (-want +got):\n%s", diff)
			}
		})
	}
}

// talkative is an agent that says something in every way the tests below ask for.
func talkative() (*agent.Adapter, *wire) {
	app, ad, wire := newBot(agent.AdapterConfig{})
	two := func(ctx context.Context, tn *agent.Turn) error {
		return errors.Join(tn.SendText(ctx, "one"), tn.Typing(ctx), tn.SendText(ctx, "two\r\nlines"))
	}
	app.OnMessage(two)
	app.OnText("fail", func(ctx context.Context, tn *agent.Turn) error {
		return errors.Join(tn.SendText(ctx, "one"), errors.New("boom"))
	})
	app.OnText("silent", func(context.Context, *agent.Turn) error { return nil })
	app.OnEvent("quiet failure", func(context.Context, *agent.Turn) error { return errors.New("boom") })
	app.OnInvoke("ask", func(ctx context.Context, tn *agent.Turn) error {
		return errors.Join(two(ctx, tn), tn.Respond(409, map[string]bool{"sold out": true}))
	})
	return ad, wire
}

const apology = "Sorry, something went wrong. Please try again."

// Case 67.
func TestExpectReplies(t *testing.T) {
	tests := []struct {
		name    string
		members string
		status  int
		replies []string
		body    string
	}{
		{"case 67 a message with its replies", `"text":"hi"`, 200, []string{"one", "typing", "two\r\nlines"}, ""},
		{"another spelling of the mode", `"text":"hi","deliveryMode":"EXPECTREPLIES"`, 200, []string{"one", "typing", "two\r\nlines"}, ""},
		{"case 67 an invoke with replies and its answer", invokes, 409, []string{"one", "typing", "two\r\nlines"}, `{"sold out":true}`},
		{"an invoke without an answer", `"type":"invoke","name":"unknown"`, 501, []string{}, ""},
		{"a message without replies", `"text":"silent"`, 200, []string{}, ""},
		{"a failed turn has what was sent until then and the hook's words", `"text":"fail"`, 200, []string{"one", apology}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ad, wire := talkative()
			w := post(t, open(ad), body(expectReplies+","+tt.members))
			if !strings.HasPrefix(w.Body.String(), `{"activities":[`) {
				t.Errorf("body = %s, want activities first", w.Body)
			}
			var got activity.ExpectedReplies
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != tt.status || string(got.Body) != tt.body {
				t.Errorf("answer = %d %s, want %d with body %s", w.Code, w.Body, tt.status, tt.body)
			}
			texts := []string{}
			for _, a := range got.Activities {
				if a.Is(activity.TypeTyping) {
					a.Text = "typing"
				}
				texts = append(texts, a.Text)
				if a.ReplyToID != "in-1" || a.Conversation.ID != "conv-1" || a.From.ID != "28:bot-1" {
					t.Errorf("reply is not addressed: %+v", a)
				}
			}
			if diff := cmp.Diff(tt.replies, texts); diff != "" {
				t.Errorf("replies differ (-want +got):\n%s", diff)
			}
			if sent := wire.texts(); len(sent) != 0 {
				t.Errorf("case 67: the channel was called with %q", sent)
			}
		})
	}
}

// events are the server events in an answer. Each must be framed as the
// protocol has it.
func events(t *testing.T, raw string) []string {
	t.Helper()
	var list []string
	for raw != "" {
		event, rest, ok := strings.Cut(raw, "\r\n\r\n")
		head, data, ok2 := strings.Cut(event, "\r\n")
		name, ok3 := strings.CutPrefix(head, "event: ")
		data, ok4 := strings.CutPrefix(data, "data: ")
		if !ok || !ok2 || !ok3 || !ok4 || strings.ContainsAny(data, "\r\n") || !json.Valid([]byte(data)) {
			t.Fatalf("not a server event: %q", event)
		}
		var a struct {
			Type, Text string
			Status     int
			Body       json.RawMessage
		}
		_ = json.Unmarshal([]byte(data), &a)
		list, raw = append(list, name+" "+a.Type+": "+a.Text), rest
		if name == "invokeResponse" {
			list[len(list)-1] = fmt.Sprintf("%s %d %s", name, a.Status, a.Body)
		}
	}
	return list
}

// Case 68, and case 112 as far as it concerns the endpoint.
func TestStream(t *testing.T) {
	tests := []struct {
		name    string
		members string
		want    []string
	}{
		{"case 68 one event for each thing said, in order", `"text":"hi"`, []string{"activity message: one", "activity typing: ", "activity message: two\r\nlines"}},
		{"case 68 the answer of an invoke is the last event", invokes,
			[]string{"activity message: one", "activity typing: ", "activity message: two\r\nlines", `invokeResponse 409 {"sold out":true}`}},
		{"an invoke without an answer has no such event", `"type":"invoke","name":"unknown"`, nil},
		{"nothing said is an empty stream", `"text":"silent"`, nil},
		{"a turn that fails later ends with the hook's words", `"text":"fail"`, []string{"activity message: one", "activity message: " + apology}},
		{"case 112 line breaks in ids stay inside the JSON", `"conversation":{"id":"c\r\n\r\nevent: x"},"id":"a\r\nb","text":"hi"`,
			[]string{"activity message: one", "activity typing: ", "activity message: two\r\nlines"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ad, wire := talkative()
			w := post(t, open(ad), body(streams+","+tt.members))
			if ct := w.Header().Get("Content-Type"); w.Code != 200 || ct != "text/event-stream" {
				t.Errorf("answer = %d %q, want 200 and an event stream", w.Code, ct)
			}
			if diff := cmp.Diff(tt.want, events(t, w.Body.String())); diff != "" {
				t.Errorf("events differ (-want +got):\n%s", diff)
			}
			if sent := wire.texts(); len(sent) != 0 {
				t.Errorf("the channel was called with %q", sent)
			}
		})
	}
	t.Run("an error before the first event is 500", func(t *testing.T) {
		ad, _ := talkative()
		wantError(t, post(t, open(ad), body(streams+`,"type":"event","name":"quiet failure"`)), 500, "InternalError")
	})
	t.Run("case 68 each event arrives when it is said", func(t *testing.T) {
		next := make(chan bool)
		srv := httptest.NewServer(open(receiver(func(_ context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
			for range 3 {
				if _, err := in.Reply(activity.Message("x")); err != nil {
					return nil, err
				}
				<-next // the reader has it
			}
			return nil, nil
		})))
		defer srv.Close()
		resp, err := http.Post(srv.URL, "application/json", strings.NewReader(body(streams)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		got := 0
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data: ") {
				got++
				next <- true
			}
		}
		if got != 3 || lines.Err() != nil {
			t.Errorf("%d events arrived, %v", got, lines.Err())
		}
	})
	t.Run("case 68 a caller that hangs up is no panic", func(t *testing.T) {
		failed := make(chan error, 1)
		srv := httptest.NewServer(open(receiver(func(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
			var err error
			for err == nil {
				_, err = in.Reply(activity.Message(strings.Repeat("x", 1<<16)))
			}
			<-ctx.Done()
			failed <- err
			return &activity.InvokeResponse{Status: 200}, nil
		})))
		defer srv.Close()
		resp, err := http.Post(srv.URL, "application/json", strings.NewReader(body(streams)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if err := <-failed; err == nil {
			t.Error("writing to a caller that hung up did not fail")
		}
	})
	t.Run("a writer that cannot flush still gets all events", func(t *testing.T) {
		ad, _ := talkative()
		w := httptest.NewRecorder()
		open(ad).ServeHTTP(struct{ http.ResponseWriter }{w}, request(t.Context(), body(streams+`,"text":"hi"`)))
		want := []string{"activity message: one", "activity typing: ", "activity message: two\r\nlines"}
		if diff := cmp.Diff(want, events(t, w.Body.String())); diff != "" {
			t.Errorf("events differ (-want +got):\n%s", diff)
		}
	})
}
