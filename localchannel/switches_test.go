package localchannel_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

func (f *fixture) fault(conversation string, fault localchannel.Fault) {
	f.t.Helper()
	if err := f.channel.SetFault(conversation, fault); err != nil {
		f.t.Fatal(err)
	}
}

func TestFaultStatus(t *testing.T) {
	f, w := watched(t)
	one, other := f.start("").ID, f.start("").ID
	f.fault(one, localchannel.Fault{Status: 429, RetryAfter: 7})
	resp, err := http.Post(f.server.URL+service+"/"+one+"/activities", "application/json", strings.NewReader(`{"type":"message"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "7" {
		t.Errorf("answers %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	if x := w.last(t, "send"); x.Status != 429 || x.Error == "" || string(x.Activity) != `{"type":"message"}` {
		t.Errorf("reported as %+v", x)
	}
	_, err = f.channel.Send(t.Context(), to(one), activity.Message("x"))
	if x := w.last(t, "send"); x.Status != 429 || !strings.Contains(string(x.Activity), `"x"`) {
		t.Errorf("in the process reported as %+v", x)
	}
	if !errors.Is(err, activity.ErrThrottled) || activity.RetryAfter(err) != 7*time.Second {
		t.Errorf("in the process: %v", err)
	}
	f.want(http.StatusTooManyRequests, "GET", service+"/"+one+"/members", "", nil)
	f.send(other, message("fine"))
	if n := len(f.history(one, "").Activities); n != 0 {
		t.Errorf("%d activities came through", n)
	}

	f.fault("", localchannel.Fault{Status: 403, Code: "ConversationBlockedByUser"})
	var failed directline.ErrorResponse
	f.want(http.StatusForbidden, "POST", service+"/"+other+"/activities", `{"type":"message"}`, &failed)
	if failed.Error.Code != "ConversationBlockedByUser" {
		t.Errorf("code %s", failed.Error.Code)
	}
	f.want(http.StatusForbidden, "POST", service, `{}`, nil)
	f.want(http.StatusTooManyRequests, "GET", service+"/"+one+"/members", "", nil) // its own fault goes first
	if got := f.channel.Faults(); len(got) != 2 || got[one].Status != 429 || got[""].Status != 403 {
		t.Errorf("faults %+v", got)
	}
	f.fault(one, localchannel.Fault{})
	f.fault("", localchannel.Fault{})
	f.send(one, message("fine again"))
	if got := f.channel.Faults(); got == nil || len(got) != 0 {
		t.Errorf("faults %+v", got)
	}
}

func TestFaultUnknownOutcome(t *testing.T) {
	f := serve(t)
	id := f.start("").ID
	f.fault(id, localchannel.Fault{Status: 500})
	if _, err := f.channel.Send(t.Context(), to(id), activity.Message("x")); !errors.Is(err, activity.ErrOutcomeUnknown) {
		t.Errorf("a message: %v", err)
	}
	if _, err := f.channel.Members(t.Context(), to(id), 0, ""); !errors.Is(err, activity.ErrUnavailable) {
		t.Errorf("a question: %v", err)
	}
}

func TestFaultDrop(t *testing.T) {
	f, w := watched(t)
	id := f.start("").ID
	f.fault(id, localchannel.Fault{Drop: true})
	resp, err := http.Post(f.server.URL+service+"/"+id+"/activities", "application/json", strings.NewReader(`{"type":"message","text":"one"}`))
	if err == nil {
		resp.Body.Close()
		t.Errorf("answers %d, want no answer", resp.StatusCode)
	}
	if x := w.last(t, "send"); x.Status != 0 || x.Error == "" || x.ActivityID == "" || !strings.Contains(string(x.Activity), "one") {
		t.Errorf("reported as %+v", x)
	}
	_, err = f.channel.Send(t.Context(), to(id), activity.Message("two"))
	if e, ok := errors.AsType[*activity.Error](err); !ok || !e.Unknown || !errors.Is(err, activity.ErrOutcomeUnknown) {
		t.Errorf("in the process: %v", err)
	}
	if got := texts(f.history(id, "")); len(got) != 2 {
		t.Errorf("history %q, want both messages", got)
	}
}

func TestFaultTimesUnderConcurrency(t *testing.T) {
	f := serve(t)
	id := f.start("").ID
	f.fault("", localchannel.Fault{Status: 503, Times: 20})
	var refused atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				_, err := f.channel.Send(t.Context(), to(id), activity.Message("x"))
				if errors.Is(err, activity.ErrUnavailable) {
					refused.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if refused.Load() != 20 || len(f.history(id, "").Activities) != 60 || len(f.channel.Faults()) != 0 {
		t.Errorf("%d refused, faults left %v", refused.Load(), f.channel.Faults())
	}
}

func TestFaultDelay(t *testing.T) {
	f := serve(t)
	id := f.start("").ID
	f.fault(id, localchannel.Fault{DelayMS: 20, Times: 1})
	before := time.Now()
	f.send(id, message("x"))
	if took := time.Since(before); took < 20*time.Millisecond {
		t.Errorf("took %s", took)
	}
	f.fault(id, localchannel.Fault{DelayMS: 600_000})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := f.channel.Send(ctx, to(id), activity.Message("x")); !errors.Is(err, activity.ErrUnavailable) {
		t.Errorf("after its context: %v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := f.channel.Send(t.Context(), to(id), activity.Message("x")); !errors.Is(err, activity.ErrUnavailable) {
			t.Errorf("after Close: %v", err)
		}
	})
	f.channel.Close() // waits for the call, or refuses it
	wg.Wait()
}

// A call that waits ends when its caller leaves.
func TestFaultDelayEndsWithTheRequest(t *testing.T) {
	f, w := watched(t)
	id := f.start("").ID
	f.fault(id, localchannel.Fault{DelayMS: 600_000})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", f.server.URL+service+"/"+id+"/members", nil)
	if resp, err := f.server.Client().Do(req); err == nil {
		resp.Body.Close()
		t.Errorf("answers %d", resp.StatusCode)
	}
	if x := w.last(t, "get members"); x.Status != 503 || x.Took > 5*time.Second {
		t.Errorf("reported as %+v", x)
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	f := serve(t)
	id := f.start("").ID
	for name, bad := range map[string]localchannel.Fault{
		"a success": {Status: 200}, "no status": {Code: "X"}, "status and drop": {Status: 500, Drop: true},
		"negative delay": {DelayMS: -1}, "for hours": {DelayMS: 3_600_000}, "negative times": {Times: -1, Drop: true},
		"nothing, five times": {Times: 5}, "negative wait": {Status: 429, RetryAfter: -1}, "long code": {Status: 500, Code: strings.Repeat("x", 200)},
	} {
		if err := f.channel.SetFault(id, bad); !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.channel.SetFault("none", localchannel.Fault{Drop: true}); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("in an unknown conversation: %v", err)
	}
}

func TestFaultGoesWithItsConversation(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) { cfg.MaxConversations = 1 })
	f.fault(f.start("").ID, localchannel.Fault{Drop: true})
	f.start("")
	if got := f.channel.Faults(); len(got) != 0 {
		t.Errorf("faults %v", got)
	}
}

func TestMove(t *testing.T) {
	f := serve(t)
	id := f.start(withAnna).ID
	thread := f.begin(localchannel.Start{ChannelID: "msteams", Members: anna})
	f.agent.received(t, 3)
	old, oldTeams := f.channel.ServiceURL(), thread.ServiceURL
	moved := f.channel.Move()
	if moved == old || moved != f.channel.ServiceURL() {
		t.Errorf("moved from %s to %s", old, moved)
	}
	f.post(id, "hello")
	if got := f.agent.received(t, 4)[3].ServiceURL; got != moved {
		t.Errorf("the agent gets %s", got)
	}
	path := func(serviceURL, id string) string {
		return strings.TrimPrefix(serviceURL, f.server.URL) + "v3/conversations/" + id + "/activities"
	}
	info, err := f.channel.Info(t.Context(), thread.ID)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		serviceURL string
		want       int
	}{
		{old, 404}, {oldTeams, 404}, {moved, 200}, {info.ServiceURL, 200},
		{f.server.URL + "/connector/directline-2/", 404}, {f.server.URL + "/connector/sms-1/", 404}, {f.server.URL + "/connector/x/", 404},
	}
	for _, tt := range tests {
		var failed directline.ErrorResponse
		f.want(tt.want, "POST", path(tt.serviceURL, id), `{"type":"message"}`, &failed)
		if tt.want == 404 && !strings.Contains(failed.Error.Message, "serviceUrl") {
			t.Errorf("%s: %q does not say what to do", tt.serviceURL, failed.Error.Message)
		}
	}
	for _, serviceURL := range []string{old, oldTeams, moved, info.ServiceURL, strings.TrimSuffix(old, "/"), strings.ToUpper(old[:4]) + old[4:]} {
		if !f.channel.Owns(serviceURL) {
			t.Errorf("does not own %s", serviceURL)
		}
	}
	for _, serviceURL := range []string{"", "https://smba.trafficmanager.net/amer/", f.server.URL, f.server.URL + "/connectors/", f.server.URL + "/connector/directline-9/", f.server.URL + "/connector/x-0/"} {
		if f.channel.Owns(serviceURL) {
			t.Errorf("owns %s", serviceURL)
		}
	}
	for serviceURL, want := range map[string]error{old: activity.ErrNotFound, moved: nil, "": nil, "http://127.0.0.1:1/connector/": nil} {
		at := to(id)
		at.Reference.ServiceURL = serviceURL
		if _, err := f.channel.Send(t.Context(), at, activity.Message("x")); !errors.Is(err, want) {
			t.Errorf("in the process, at %q: %v", serviceURL, err)
		}
	}
}
