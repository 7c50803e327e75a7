package signin_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/signin"
	"github.com/outspoken-go/outspoken/storage"
)

const good = `{"id":"card-1","connectionName":"graph-aad","token":"mine"}`

// case 97: the answers to signin/tokenExchange.
func TestCase97_TokenExchange(t *testing.T) {
	consent := func(wd *world) { wd.service.err["exchange"] = &activity.Error{Status: 400, Code: "ConsentRequired"} }
	tests := []struct {
		name, value string
		prepare     func(*world)
		status      int
		body        string // of the answer, in part
		active      bool   // afterwards
		said        string
	}{
		{"a token", good, nil, 200, `{"id":"card-1","connectionName":"graph-aad"}`, false, "exchanged mine"},
		{"consent", good, consent, 412, `"failureDetail":`, true, ""},
		{"no token", good, func(wd *world) {
			wd.service.exchange = func(context.Context, string) (string, error) { return "", nil }
		}, 412, `"failureDetail":`, true, ""},
		{"failure", good, func(wd *world) { wd.service.err["exchange"] = &activity.Error{Status: 500, Message: "inside"} }, 400, `"failureDetail":`, false, "failed: [graph]"},
		{"unreachable", good, func(wd *world) { wd.service.err["exchange"] = activity.ErrUnreachable }, 400, `"failureDetail":`, false, "failed: [graph]"},
		{"another connection", `{"id":"card-1","connectionName":"mail","token":"mine"}`, nil, 400, `another connection`, true, ""},
		{"unknown connection", `{"id":"card-1","connectionName":"graph","token":"mine"}`, nil, 400, `another connection`, true, ""},
		{"no value", `null`, nil, 400, `the value must have`, true, ""},
		{"no token in it", `{"id":"card-1","connectionName":"graph-aad"}`, nil, 400, `the value must have`, true, ""},
		{"not an object", `"x"`, nil, 400, `the value must have`, true, ""},
		{"no id", `{"connectionName":"graph-aad","token":"mine"}`, nil, 200, `{"connectionName":"graph-aad"}`, false, "exchanged mine"},
		{"no flow", good, func(wd *world) { wd.SendText("-cancel") }, 400, `no sign-in is under way`, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wd := start(t, activity.ChannelTeams, nil)
			wd.card("me")
			if tt.prepare != nil {
				tt.prepare(wd)
			}
			status, body, said := wd.invoke("signin/tokenExchange", tt.value)
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("got %d %s, want %d %s", status, body, tt.status, tt.body)
			}
			if strings.Contains(body, "mine") || strings.Contains(body, "inside") {
				t.Errorf("the body tells too much: %s", body)
			}
			if wd.active() != tt.active || strings.Join(said, "|") != tt.said {
				t.Errorf("flow %v, said %q; want %v, %q", wd.active(), said, tt.active, tt.said)
			}
		})
	}
}

// case 98: the answers to signin/verifyState.
func TestCase98_VerifyState(t *testing.T) {
	tests := []struct {
		name, value string
		prepare     func(*world)
		status      int
		active      bool
		said        string
	}{
		{"the code", `{"state":"123456"}`, nil, 200, false, "token of user for graph-aad"},
		{"a wrong code", `{"state":"654321"}`, nil, 404, true, ""},
		{"no code", `{}`, nil, 404, true, ""},
		{"no value", `null`, nil, 404, true, ""},
		{"a huge code", `{"state":"` + strings.Repeat("1", 300) + `"}`, nil, 404, true, ""},
		{"cancelled", `{"state":"CancelledByUser"}`, nil, 200, false, ""},
		{"cancelled in another spelling", `{"state":"cancelledBYuser"}`, nil, 200, false, ""},
		{"the service fails", `{"state":"123456"}`, func(wd *world) { wd.service.err["token"] = activity.ErrUnavailable }, 500, true, ""},
		{"no flow", `{"state":"123456"}`, func(wd *world) { wd.SendText("-cancel") }, 400, false, ""},
		{"no flow to cancel", `{"state":"CancelledByUser"}`, func(wd *world) { wd.SendText("-cancel") }, 400, false, ""},
		{"wrong again", `{"state":"654321"}`, func(wd *world) { wd.invoke("signin/verifyState", `{"state":"1"}`) }, 404, false, "failed: [graph]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wd := start(t, activity.ChannelTeams, nil)
			wd.card("me")
			wd.code("user", "graph-aad", "123456")
			if tt.prepare != nil {
				tt.prepare(wd)
			}
			status, body, said := wd.invoke("SignIn/VerifyState", tt.value)
			if status != tt.status || status == 400 && !strings.Contains(body, "failureDetail") {
				t.Errorf("got %d %s, want %d", status, body, tt.status)
			}
			if wd.active() != tt.active || strings.Join(said, "|") != tt.said {
				t.Errorf("flow %v, said %q; want %v, %q", wd.active(), said, tt.active, tt.said)
			}
		})
	}
}

// case 100, for invokes: after 15 minutes a tokenExchange is answered 400, a
// verifyState 200, and both say so.
func TestCase100_LateInvokes(t *testing.T) {
	for name, want := range map[string]int{"signin/tokenExchange": 400, "signin/verifyState": 200} {
		synctest.Test(t, func(t *testing.T) {
			wd := start(t, activity.ChannelTeams, nil)
			wd.card("me")
			wd.code("user", "graph-aad", "123456")
			time.Sleep(16 * time.Minute)
			status, body, said := wd.invoke(name, `{"state":"123456","id":"card-1","connectionName":"graph-aad","token":"mine"}`)
			if status != want || strings.Join(said, "|") != "failed: [graph]" || wd.active() || !errors.Is((*wd.failures)[0], signin.ErrTimedOut) {
				t.Errorf("%s: %d %s, said %q, failures %v", name, status, body, said, *wd.failures)
			}
			if wd.service.count("exchange") > 0 || len(wd.service.tokens) > 0 {
				t.Errorf("%s signed the user in", name)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		wd := start(t, "", nil)
		wd.card("me")
		time.Sleep(16 * time.Minute)
		wd.service.signIn("user", "graph-aad")
		agenttest.WantTexts(t, wd.Event("tokens/response", map[string]string{"connectionName": "graph-aad", "token": "x"}), "failed: [graph]")
	})
}

func TestSigninFailure(t *testing.T) {
	wd := start(t, activity.ChannelTeams, nil)
	if status, body, _ := wd.invoke("signin/failure", `{"code":"x"}`); status != 400 || !strings.Contains(body, "failureDetail") {
		t.Errorf("without a flow: %d %s", status, body)
	}
	wd.card("me")
	status, _, said := wd.invoke("signin/failure", `{"code":"installappfailed","message":"`+strings.Repeat("é", 400)+`"}`)
	cause, ok := errors.AsType[*signin.ClientError]((*wd.failures)[0])
	if status != 200 || !ok || cause.Code != "installappfailed" || len(cause.Message) > 512 || wd.active() || strings.Join(said, "|") != "failed: [graph]" {
		t.Errorf("%d %+v, said %q", status, cause, said)
	}
}

// The default tells the user, but not what the client or service said.
func TestDefaultOfOnFailure(t *testing.T) {
	log := &buffer{}
	app := agent.New(agent.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
	routes(app, signin.New(signin.Config{
		Connections: []signin.Connection{{Name: "graph"}, {Name: "mail"}}, Tokens: newService(), Texts: signin.Texts{Failed: "no luck"},
	}))
	c := agenttest.Start(t, app)
	c.SendText("me")
	c.Invoke("signin/failure", map[string]string{"code": "secret words"})
	texts := c.Messages().Texts()
	if texts[len(texts)-1] != "no luck" || !strings.Contains(log.String(), "secret words") {
		t.Errorf("said %q, logged %s", texts, log)
	}
}

// The event tokens/response signs the user in with what the service has, not
// with the token in it.
func TestTokensResponse(t *testing.T) {
	event := map[string]string{"connectionName": "graph-aad", "token": "forged", "channelId": "webchat"}
	wd := start(t, "", nil)
	agenttest.WantTexts(t, wd.Event("tokens/response", event)) // without a flow
	wd.card("me")
	agenttest.WantTexts(t, wd.Event("tokens/response", event)) // the service knows nothing
	agenttest.WantTexts(t, wd.Event("tokens/response", "x"))
	if !wd.active() || !strings.Contains(wd.log.String(), "has no token") || strings.Contains(wd.log.String(), "forged") {
		t.Errorf("flow %v, log %s", wd.active(), wd.log)
	}
	wd.service.signIn("user", "graph-aad")
	agenttest.WantTexts(t, wd.Event("Tokens/Response", event), "token of user for graph-aad")
	agenttest.WantTexts(t, wd.Event("tokens/response", event)) // again
}

// Each device of the user offers a token for the same card. The first one's is
// used; the others hear that it worked.
func TestExchangeOnSeveralDevices(t *testing.T) {
	wd := start(t, activity.ChannelTeams, nil)
	wd.card("me")
	const devices = 8
	inside := make(chan struct{})
	waiting, release := make(chan struct{}, devices), make(chan struct{})
	var ok, exchanges atomic.Int32
	wd.service.exchange = func(context.Context, string) (string, error) {
		if exchanges.Add(1) == 1 {
			close(inside)
			<-release
		}
		return "once", nil
	}
	var wg sync.WaitGroup
	for range devices {
		wg.Go(func() {
			r, err := wd.Invoke("signin/tokenExchange", json.RawMessage(good))
			if err != nil || r == nil || r.Status != 200 || string(r.Body) != `{"id":"card-1","connectionName":"graph-aad"}` {
				t.Errorf("got %+v %v", r, err)
				return
			}
			ok.Add(1)
			waiting <- struct{}{}
		})
	}
	<-inside
	for range devices - 1 {
		select { // all others are answered while the first is at it
		case <-waiting:
		case <-time.After(10 * time.Second):
			t.Error("a device waits")
		}
	}
	close(release)
	wg.Wait()
	if r, err := wd.Invoke("signin/tokenExchange", json.RawMessage(good)); err != nil || r.Status != 200 {
		t.Errorf("a late device: %+v %v", r, err)
	}
	var answers int
	for _, text := range wd.Messages().Texts() {
		if text == "once" {
			answers++
		}
	}
	if ok.Load() != devices || answers != 1 || wd.service.count("exchange") != 1 {
		t.Errorf("%d of %d devices, %d answers, %d exchanges", ok.Load(), devices, answers, wd.service.count("exchange"))
	}
}

// After 412 the same device, or another, may offer a token again.
func TestExchangeAfterConsent(t *testing.T) {
	wd := start(t, activity.ChannelTeams, nil)
	wd.card("me")
	wd.service.err["exchange"] = &activity.Error{Status: 400}
	for range 2 {
		if status, _, _ := wd.invoke("signin/tokenExchange", good); status != 412 {
			t.Errorf("got %d", status)
		}
	}
	delete(wd.service.err, "exchange")
	if status, _, said := wd.invoke("signin/tokenExchange", good); status != 200 || strings.Join(said, "") != "exchanged mine" {
		t.Errorf("got %d %q", status, said)
	}
	wd.SendText("sign out")
	wd.card("me") // another card has another id
	if status, _, said := wd.invoke("signin/tokenExchange", strings.Replace(good, "card-1", "card-2", 1)); status != 200 || strings.Join(said, "") != "exchanged mine" {
		t.Errorf("got %d %q", status, said)
	}
}

// Whatever ends a sign-in, and however often at once, its message comes again
// once.
func TestMessageComesAgainOnceWhoeverIsFirst(t *testing.T) {
	for range 20 {
		wd := start(t, activity.ChannelTeams, nil)
		wd.card("me")
		wd.code("user", "graph-aad", "123456")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { wd.Invoke("signin/verifyState", map[string]string{"state": "123456"}) })
			wg.Go(func() { wd.Invoke("signin/tokenExchange", json.RawMessage(good)) })
		}
		wg.Wait()
		answers := 0
		for _, text := range wd.Messages().Texts() {
			if strings.HasPrefix(text, "token of") || strings.HasPrefix(text, "exchanged") {
				answers++
			}
		}
		if answers != 1 || wd.active() {
			t.Fatalf("%d answers, flow %v: %q", answers, wd.active(), wd.Messages().Texts())
		}
	}
}

// A hooked store runs before once, when a flow is about to be written.
type hooked struct {
	*storage.Memory
	before atomic.Pointer[func()]
}

func (h *hooked) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	for key := range items {
		if before := h.before.Load(); before != nil && strings.HasPrefix(key, "signin/flow/") && h.before.CompareAndSwap(before, nil) {
			(*before)()
		}
	}
	return h.Memory.Write(ctx, items)
}

// Who comes second between another's reading and writing changes nothing.
func TestSecondBetweenReadingAndWriting(t *testing.T) {
	store := &hooked{Memory: storage.NewMemory()}
	wd := start(t, activity.ChannelTeams, func(cfg *signin.Config) { cfg.Storage = store })
	wd.card("me")
	wd.code("user", "graph-aad", "123456")
	second := func() { wd.Invoke("signin/verifyState", map[string]string{"state": "123456"}) }
	store.before.Store(&second)
	if status, _, said := wd.invoke("signin/verifyState", `{"state":"123456"}`); status != 200 || strings.Join(said, "|") != "token of user for graph-aad" {
		t.Errorf("got %d %q", status, said)
	}
	wd.SendText("sign out") // and wrong codes all count
	wd.card("me")
	second = func() { wd.Invoke("signin/verifyState", map[string]string{"state": "1"}) }
	store.before.Store(&second)
	if status, _, said := wd.invoke("signin/verifyState", `{"state":"2"}`); status != 404 || strings.Join(said, "|") != "failed: [graph]" {
		t.Errorf("got %d %q", status, said)
	}
}

// A client that hangs up after its token was taken has signed in all the same.
func TestClientHangsUp(t *testing.T) {
	wd := start(t, activity.ChannelTeams, nil)
	wd.card("me")
	ctx, cancel := context.WithCancel(t.Context())
	wd.service.exchange = func(context.Context, string) (string, error) {
		cancel()
		return "once", nil
	}
	wd.Process(ctx, &activity.Activity{Type: activity.TypeInvoke, Name: "signin/tokenExchange", Value: json.RawMessage(good)})
	texts := wd.Messages().Texts()
	if texts[len(texts)-1] != "once" || wd.active() {
		t.Errorf("said %q, flow %v", texts, wd.active())
	}
}

// A client that hangs up before may offer its token again.
func TestClientHangsUpBefore(t *testing.T) {
	wd := start(t, activity.ChannelTeams, nil)
	wd.card("me")
	ctx, cancel := context.WithCancel(t.Context())
	wd.service.exchange = func(ctx context.Context, _ string) (string, error) {
		cancel()
		return "", ctx.Err()
	}
	wd.Process(ctx, &activity.Activity{Type: activity.TypeInvoke, Name: "signin/tokenExchange", Value: json.RawMessage(good)})
	wd.service.exchange = nil
	if status, _, said := wd.invoke("signin/tokenExchange", good); status != 200 || strings.Join(said, "") != "exchanged mine" || len(*wd.failures) > 0 {
		t.Errorf("got %d %q, failures %v", status, said, *wd.failures)
	}
}

// An invoke whose own handler needs a sign-in is answered 412.
func TestInvokeThatNeedsASignIn(t *testing.T) {
	wd := start(t, activity.ChannelTeams, nil)
	status, body, _ := wd.invoke("ask", `{}`)
	if status != 412 || !strings.Contains(body, "sign in first") || !wd.active() {
		t.Errorf("got %d %s", status, body)
	}
	status, _, said := wd.invoke("signin/tokenExchange", good)
	if status != 200 || len(said) > 0 {
		t.Errorf("got %d %q", status, said)
	}
	if status, body, _ := wd.invoke("ask", `{}`); status != 200 || body != `"fine"` {
		t.Errorf("got %d %s", status, body)
	}
}

// queue is a Background that runs nothing by itself.
type queue struct {
	work []func(context.Context) error
	err  error
}

func (q *queue) Go(_ string, run func(context.Context) error) error {
	if q.err == nil {
		q.work = append(q.work, run)
	}
	return q.err
}

// With Background the invoke is answered before its message comes again,
// unless it is full.
func TestBackground(t *testing.T) {
	q := &queue{}
	wd := start(t, activity.ChannelTeams, func(cfg *signin.Config) { cfg.Background = q })
	wd.card("me")
	if status, _, said := wd.invoke("signin/tokenExchange", good); status != 200 || len(said) > 0 || len(q.work) != 1 {
		t.Fatalf("got %d %q, %d tasks", status, said, len(q.work))
	}
	if err := q.work[0](t.Context()); err != nil {
		t.Error(err)
	}
	agenttest.WantTexts(t, wd.Wait(1), "exchanged mine")

	q.err = errors.New("full")
	wd.SendText("sign out")
	wd.card("me")
	if status, _, said := wd.invoke("signin/tokenExchange", strings.Replace(good, "card-1", "card-2", 1)); status != 200 || strings.Join(said, "") != "exchanged mine" {
		t.Errorf("got %d %q", status, said)
	}
}

func FuzzWhatClientsSend(f *testing.F) {
	for _, name := range []string{"signin/tokenExchange", "signin/verifyState", "signin/failure", "tokens/response", ""} {
		for _, value := range []string{good, `{"state":"123456"}`, `{"state":1}`, `null`, `[]`, `{"code":"x","message":"y"}`, `"123456"`} {
			f.Add(name, value)
		}
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if !json.Valid([]byte(value)) {
			return
		}
		wd := start(t, "", nil)
		wd.card("me")
		for _, typ := range []activity.Type{activity.TypeInvoke, activity.TypeEvent} {
			_, r, err := wd.Process(t.Context(), &activity.Activity{Type: typ, Name: name, Value: json.RawMessage(value)})
			if err != nil && !errors.Is(err, activity.ErrInvalid) {
				t.Errorf("%s %q: %v", typ, name, err)
			}
			if r != nil && r.Status != 200 && r.Status != 400 && r.Status != 404 && r.Status != 412 {
				t.Errorf("%s %q: %d", typ, name, r.Status)
			}
		}
		wd.Process(t.Context(), activity.Message(value))
	})
}
