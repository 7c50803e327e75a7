package signin_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/connector"
	"github.com/outspoken-go/outspoken/middleware"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/signin"
)

var (
	_ signin.Tokens     = (*connector.UserTokens)(nil)
	_ signin.Background = (*background.Queue)(nil)
	_ proactive.SignIns = (*signin.Flows)(nil)
)

// case 96: a token that the service has is used, without a card; otherwise a
// card is sent and a flow begins.
func TestCase96_CardOrToken(t *testing.T) {
	wd := start(t, "", nil)
	wd.service.signIn("user", "graph-aad")
	agenttest.WantTexts(t, wd.SendText("me"), "token of user for graph-aad")
	if wd.active() || wd.service.count("token") != 0 || wd.service.count("offer") != 1 {
		t.Errorf("flow %v, calls %v", wd.active(), wd.service.calls)
	}
	wd = start(t, "", nil)
	card := wd.card("me")
	if !wd.active() || card.ConnectionName != "graph-aad" || card.Text != "Please sign in to continue." || len(card.Buttons) != 1 || card.Buttons[0].Title != "Sign in" {
		t.Errorf("flow %v, card %+v", wd.active(), card)
	}
}

func TestCards(t *testing.T) {
	only := func(c signin.Connection) func(*signin.Config) {
		return func(cfg *signin.Config) { cfg.Connections[0] = c }
	}
	tests := []struct {
		name, channel string
		connection    signin.Connection
		kind          string
		link          bool
	}{
		{"elsewhere without a link", activity.ChannelWebChat, signin.Connection{Name: "graph"}, activity.ContentOAuthCard, false},
		{"Teams with a link", activity.ChannelTeams, signin.Connection{Name: "graph"}, activity.ContentOAuthCard, true},
		{"Copilot with a link", activity.ChannelTeamsCopilot, signin.Connection{Name: "graph"}, activity.ContentOAuthCard, true},
		{"where it is wanted", activity.ChannelWebChat, signin.Connection{Name: "graph", ShowLink: true}, activity.ContentOAuthCard, true},
		{"SSO", activity.ChannelWebChat, signin.Connection{Name: "graph", SSO: true}, activity.ContentOAuthCard, false},
		{"Skype", activity.ChannelSkype, signin.Connection{Name: "graph", SSO: true}, activity.ContentSigninCard, true},
		{"Skype for Business", activity.ChannelSkypeForBusiness, signin.Connection{Name: "graph"}, activity.ContentSigninCard, true},
		{"Cortana", activity.ChannelCortana, signin.Connection{Name: "graph"}, activity.ContentSigninCard, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.connection.Title, tt.connection.Text = "Go", "Come in"
			cfg := only(tt.connection)
			wd := start(t, tt.channel, func(c *signin.Config) {
				cfg(c)
				c.Connections = append(c.Connections[:1], signin.Connection{Name: "mail"})
			})
			a := activity.Message("me")
			a.ChannelData = []byte(`{"of":"the user"}`)
			replies := wd.Send(a)
			if len(replies) != 1 || len(replies[0].Attachments) != 1 || replies[0].Attachments[0].ContentType != tt.kind {
				t.Fatalf("got %+v", replies)
			}
			if string(replies[0].ChannelData) != `{"of":"the user"}` || replies[0].InputHint != "acceptingInput" {
				t.Errorf("channelData %s, inputHint %q", replies[0].ChannelData, replies[0].InputHint)
			}
			var card activity.OAuthCard
			if err := replies[0].Attachments[0].Decode(&card); err != nil {
				t.Fatal(err)
			}
			button := card.Buttons[0]
			if button.Type != activity.ActionSignin || button.Title != "Go" || card.Text != "Come in" {
				t.Errorf("card %+v", card)
			}
			if got := button.ValueText(); (got == "https://login.test/graph") != tt.link || !tt.link && got != "" {
				t.Errorf("link %q", got)
			}
			sso := tt.connection.SSO && tt.kind == activity.ContentOAuthCard
			if (card.TokenExchangeResource != nil) != sso || (card.TokenPostResource != nil) != sso {
				t.Errorf("token exchange %+v", card.TokenExchangeResource)
			}
		})
	}
}

func TestCardOnThisMachineHasTheLink(t *testing.T) {
	wd := start(t, "", nil)
	for _, url := range []string{"http://127.0.0.1:3978/connector/", "http://localhost:1/", "http://[::1]:1/"} {
		a := activity.Message("me")
		a.ServiceURL = url
		if card := cardIn(t, wd.Send(a)); card.Buttons[0].ValueText() == "" {
			t.Errorf("%s: no link", url)
		}
		wd.SendText("-cancel")
	}
}

// case 102: when the sign-in is done, the message comes again in a new turn,
// once, and duplicates are told from it.
func TestCase102_MessageComesAgainOnce(t *testing.T) {
	wd := start(t, "", nil)
	turns := map[string]int{}
	wd.app.Use(func(next agent.Handler) agent.Handler {
		return func(ctx context.Context, t *agent.Turn) error {
			turns[t.Activity.Text]++
			return next(ctx, t)
		}
	}, middleware.Deduplicate(nil, 0))
	asked := wd.SendText("me")
	wd.code("user", "graph-aad", "123456")
	replies := wd.SendText(" 123456 ")
	agenttest.WantTexts(t, replies, "token of user for graph-aad")
	if replies[0].ReplyToID != asked[0].ReplyToID || asked[0].ReplyToID == "" {
		t.Errorf("the answer is to %q, not to %q", replies[0].ReplyToID, asked[0].ReplyToID)
	}
	if n := wd.service.count("token"); turns["me"] != 2 || wd.active() || n != 1 {
		t.Errorf("turns %v, flow %v, %d calls", turns, wd.active(), n)
	}
	agenttest.WantTexts(t, wd.SendText("123456"), "echo: 123456")
	agenttest.WantTexts(t, wd.SendText("me"), "token of user for graph-aad")
}

// The first message that came again still is what it was.
func TestMessageComesAgainUnchanged(t *testing.T) {
	wd := start(t, "", nil)
	var got []string
	wd.app.OnText("whole", wd.flows.Require("graph")(func(ctx context.Context, tn *agent.Turn) error {
		a := tn.Activity.Clone()
		raw, err := a.MarshalJSON()
		got = append(got, string(raw))
		if !tn.Proactive() {
			t.Error("a new turn is proactive")
		}
		return err
	}))
	a := activity.Message("whole")
	a.ID, a.Value, a.Timestamp = "m1", []byte(`{"deep":[1,2]}`), "2026-01-01T00:00:00Z"
	a.RelatesTo = &activity.ConversationReference{ActivityID: "other"}
	a.DeliveryMode = activity.DeliverExpectReplies
	wd.Send(a)
	wd.code("user", "graph-aad", "000000")
	code := activity.Message("000000")
	code.ServiceURL = "https://moved.test/" // meanwhile
	wd.Send(code)
	want := []string{`"id":"m1"`, `"text":"whole"`, `"value":{"deep":[1,2]}`, `"timestamp":"2026-01-01T00:00:00Z"`, `"relatesTo":{"activityId":"other"}`, `"serviceUrl":"https://moved.test/"`}
	for _, part := range want {
		if len(got) != 1 || !strings.Contains(got[0], part) {
			t.Errorf("got %s, want %s", got, part)
		}
	}
	for _, part := range []string{"ContinueConversation", "deliveryMode"} {
		if strings.Contains(strings.Join(got, ""), part) {
			t.Errorf("it got a %s: %s", part, got)
		}
	}
}

func TestCodeIsSixDigitsAndNothingElse(t *testing.T) {
	for _, text := range []string{"12345", "1234567", "code 123456", "123456!", "123 456", "١٢٣٤٥٦", "12345a"} {
		wd := start(t, "", nil)
		wd.card("me")
		wd.code("user", "graph-aad", "123456")
		agenttest.WantTexts(t, wd.SendText(text), "wrong code")
		if len(wd.service.codes) != 1 {
			t.Errorf("%q was taken for a code", text)
		}
	}
	wd := start(t, "", nil)
	wd.card("me")
	wd.code("user", "graph-aad", "123456")
	a := activity.Message("<at>Agent</at> 123456")
	mention, err := activity.NewEntity(activity.Mention{Type: "mention", Mentioned: activity.ChannelAccount{ID: "agent"}, Text: "<at>Agent</at>"})
	if err != nil {
		t.Fatal(err)
	}
	a.Entities = []activity.Entity{mention}
	agenttest.WantTexts(t, wd.Send(a), "token of user for graph-aad")
}

// case 100: two wrong codes end the sign-in; so does time.
func TestCase100_WrongTwiceOrTooLate(t *testing.T) {
	wd := start(t, "", nil)
	wd.card("me")
	agenttest.WantTexts(t, wd.SendText("111111"), "wrong code")
	if !wd.active() {
		t.Error("one wrong code ended the sign-in")
	}
	agenttest.WantTexts(t, wd.SendText("hello"), "failed: [graph]")
	if wd.active() || len(*wd.failures) != 1 || !errors.Is((*wd.failures)[0], signin.ErrWrongCode) {
		t.Errorf("flow %v, failures %v", wd.active(), *wd.failures)
	}
	agenttest.WantTexts(t, wd.SendText("222222"), "echo: 222222")

	synctest.Test(t, func(t *testing.T) {
		wd := start(t, "", nil)
		wd.card("me")
		wd.code("user", "graph-aad", "123456")
		time.Sleep(15*time.Minute + time.Second)
		agenttest.WantTexts(t, wd.SendText("123456"), "failed: [graph]")
		if wd.active() || len(*wd.failures) != 1 || !errors.Is((*wd.failures)[0], signin.ErrTimedOut) {
			t.Errorf("flow %v, failures %v", wd.active(), *wd.failures)
		}
		wd.card("me")
		time.Sleep(14 * time.Minute)
		agenttest.WantTexts(t, wd.SendText("123456"), "token of user for graph-aad")
	})
	synctest.Test(t, func(t *testing.T) {
		wd := start(t, "", func(cfg *signin.Config) { cfg.Timeout = time.Minute })
		wd.card("me")
		time.Sleep(2 * time.Minute)
		agenttest.WantTexts(t, wd.SendText("something else"), "echo: something else")
		if wd.active() || len(*wd.failures) != 0 {
			t.Errorf("flow %v, failures %v", wd.active(), *wd.failures)
		}
		wd.card("me") // and a new card after the time
		time.Sleep(2 * time.Minute)
		wd.card("me")
		wd.code("user", "graph-aad", "123456")
		agenttest.WantTexts(t, wd.SendText("123456"), "token of user for graph-aad")
	})
}

// case 99: on Teams a message is answered with a notice and does not count;
// the cancel word, in any case, ends the sign-in and nothing is said.
func TestCase99_TeamsNoticeAndCancel(t *testing.T) {
	wd := start(t, activity.ChannelTeams, nil)
	wd.card("me")
	for range 5 {
		agenttest.WantTexts(t, wd.SendText("hello"), "in progress")
	}
	if !wd.active() {
		t.Error("messages counted as wrong codes")
	}
	agenttest.WantTexts(t, wd.SendText(" -Cancel "))
	if wd.active() || len(*wd.failures) > 0 {
		t.Errorf("flow %v, failures %v", wd.active(), *wd.failures)
	}
	agenttest.WantTexts(t, wd.SendText("hello"), "echo: hello")

	wd = start(t, "", func(cfg *signin.Config) { cfg.CancelWords = []string{"never mind"} })
	wd.card("me")
	agenttest.WantTexts(t, wd.SendText("-cancel"), "wrong code")
	agenttest.WantTexts(t, wd.SendText("Never Mind"))
	agenttest.WantTexts(t, wd.SendText("hello"), "echo: hello")
}

// A flow belongs to one user in one conversation.
func TestFlowIsOfOneUserInOneConversation(t *testing.T) {
	wd := start(t, "", nil)
	wd.card("me")
	wd.code("user", "graph-aad", "123456")
	eve := wd.As(activity.ChannelAccount{ID: "eve", Name: "Eve"})
	agenttest.WantTexts(t, eve.SendText("123456"), "echo: 123456")
	agenttest.WantTexts(t, eve.SendText("-cancel"), "echo: -cancel")
	agenttest.WantTexts(t, wd.channel.Conversation("another").SendText("123456"), "echo: 123456")
	agenttest.WantTexts(t, wd.SendText("123456"), "token of user for graph-aad")
	if _, _, err := eve.Process(t.Context(), activity.Message("token")); !errors.Is(err, signin.ErrNotSignedIn) {
		t.Errorf("Eve: %v", err)
	}
}

func TestSeveralConnections(t *testing.T) {
	wd := start(t, "", nil)
	if replies := wd.SendText("both"); len(replies) != 2 {
		t.Fatalf("got %d cards", len(replies))
	}
	wd.code("user", "mail", "222222")
	wd.code("user", "graph-aad", "111111")
	agenttest.WantTexts(t, wd.SendText("222222"))
	if !wd.active() {
		t.Fatal("one of two ended the flow")
	}
	agenttest.WantTexts(t, wd.SendText("111111"), "token of user for graph-aad and token of user for mail")

	wd = start(t, "", nil) // one is there already
	wd.service.signIn("user", "graph-aad")
	if card := wd.card("both"); card.ConnectionName != "mail" {
		t.Errorf("card for %s", card.ConnectionName)
	}
	wd.code("user", "mail", "222222")
	agenttest.WantTexts(t, wd.SendText("222222"), "token of user for graph-aad and token of user for mail")

	wd = start(t, "", nil) // one appears meanwhile, and the code is for the other
	wd.SendText("both")
	wd.service.signIn("user", "graph-aad")
	wd.code("user", "mail", "222222")
	agenttest.WantTexts(t, wd.SendText("222222"), "token of user for graph-aad and token of user for mail")

	wd = start(t, "", nil) // giving up one gives up both
	wd.SendText("both")
	wd.SendText("-cancel")
	agenttest.WantTexts(t, wd.SendText("hi"), "echo: hi")
}

// A sign-in that turns out to be needed when the message comes again is asked
// for, too.
func TestOneSignInAfterTheOther(t *testing.T) {
	wd := start(t, "", nil)
	graph, mail := wd.flows.Require("graph"), wd.flows.Require("mail")
	wd.app.OnText("nested", graph(mail(func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "done") })))
	if card := wd.card("nested"); card.ConnectionName != "graph-aad" {
		t.Fatalf("card for %s", card.ConnectionName)
	}
	wd.code("user", "graph-aad", "111111")
	if card := wd.card("111111"); card.ConnectionName != "mail" {
		t.Fatalf("card for %s", card.ConnectionName)
	}
	wd.code("user", "mail", "222222")
	agenttest.WantTexts(t, wd.SendText("222222"), "done")
	if wd.active() {
		t.Error("the flow goes on")
	}
}

// A user who has signed in elsewhere, or of whom the channel's word was lost,
// just goes on: what waited is answered, and then what they say.
func TestSignedInMeanwhile(t *testing.T) {
	for _, channel := range []string{activity.ChannelWebChat, activity.ChannelTeams} {
		wd := start(t, channel, nil)
		wd.SendText("both")
		wd.service.signIn("user", "graph-aad") // one is not enough
		want := map[string]string{activity.ChannelTeams: "in progress"}[channel]
		if want == "" {
			want = "wrong code"
		}
		agenttest.WantTexts(t, wd.SendText("hello"), want)
		wd.service.signIn("user", "mail")
		agenttest.WantTexts(t, wd.SendText("hello"), "token of user for graph-aad and token of user for mail", "echo: hello")
		agenttest.WantTexts(t, wd.SendText("hello"), "echo: hello")
	}
}

// A new card brings new tries.
func TestNewCardNewTries(t *testing.T) {
	wd := start(t, "", nil)
	wd.card("me")
	agenttest.WantTexts(t, wd.SendText("111111"), "wrong code")
	wd.invoke("ask", `{}`)
	agenttest.WantTexts(t, wd.SendText("111111"), "wrong code")
	wd.code("user", "graph-aad", "123456")
	agenttest.WantTexts(t, wd.SendText("123456"), "token of user for graph-aad") // "me" still waits
}

// Two processes share the storage.
func TestAnotherProcessGoesOn(t *testing.T) {
	wd := start(t, "", nil)
	wd.card("me")
	app := agent.New(agent.Config{Storage: wd.app.Storage()})
	routes(app, signin.New(signin.Config{
		Connections: []signin.Connection{{Name: "graph", OAuthConnection: "graph-aad"}, {Name: "mail"}},
		Tokens:      wd.service, Storage: wd.app.Storage(),
	}))
	wd.code("user", "graph-aad", "123456")
	c := agenttest.NewChannel(t, app, agenttest.Config{ChannelID: activity.ChannelWebChat}).Conversation("conversation")
	agenttest.WantTexts(t, c.SendText("123456"), "token of user for graph-aad")
}

// A sign-in of a version of the agent that had another connection ends by
// itself.
func TestFlowOfAnotherVersion(t *testing.T) {
	wd := start(t, "", nil)
	wd.card("me")
	app := agent.New(agent.Config{Storage: wd.app.Storage(), Logger: slog.New(slog.DiscardHandler)})
	flows := signin.New(signin.Config{Tokens: wd.service, Storage: wd.app.Storage(), Connections: []signin.Connection{{Name: "new"}}})
	app.Use(flows.Middleware)
	app.OnMessage(func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "echo") })
	c := agenttest.NewChannel(t, app, agenttest.Config{ChannelID: activity.ChannelWebChat}).Conversation("conversation")
	agenttest.WantTexts(t, c.SendText("hello"), "That is not the right code. Please type the six digits that the sign-in page shows, or write -cancel to give up.")
	agenttest.WantTexts(t, c.SendText("123456"), "Signing in did not work. Please try again.")
	agenttest.WantTexts(t, c.SendText("hello"), "echo")
}

func TestCardThatCannotBeSentLeavesNoFlow(t *testing.T) {
	wd := start(t, "", nil)
	refusal := &activity.Error{Status: 403}
	wd.Connector().Fail(agenttest.Fault{Times: 1, Err: refusal})
	if _, _, err := wd.Process(t.Context(), activity.Message("me")); !errors.Is(err, activity.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	if wd.active() {
		t.Error("a flow without a card")
	}
	agenttest.WantTexts(t, wd.SendText("123456"), "echo: 123456")
}

func TestServiceFailsForACode(t *testing.T) {
	wd := start(t, "", nil)
	wd.card("me")
	wd.code("user", "graph-aad", "123456")
	wd.service.err["token"] = activity.ErrUnavailable
	for range 3 { // these do not count
		if _, _, err := wd.Process(t.Context(), activity.Message("123456")); !errors.Is(err, activity.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	}
	wd.service.err["token"] = &activity.Error{Status: 400} // it says no, which counts
	agenttest.WantTexts(t, wd.SendText("654321"), "wrong code")
	delete(wd.service.err, "token")
	agenttest.WantTexts(t, wd.SendText("123456"), "token of user for graph-aad")
}

func TestServiceThatOffersNothing(t *testing.T) {
	wd := start(t, "", nil)
	wd.service.offer = func(r *activity.SignInResource) { *r = activity.SignInResource{} }
	if _, _, err := wd.Process(t.Context(), activity.Message("me")); err == nil || !strings.Contains(err.Error(), "graph-aad") || wd.active() {
		t.Errorf("got %v, flow %v", err, wd.active())
	}
}

// A handler that fails in the message's second turn is reported once.
func TestFailureOfTheSecondTurn(t *testing.T) {
	wd := start(t, "", nil)
	wd.app.OnText("fail", wd.flows.Require("graph")(func(context.Context, *agent.Turn) error { return errors.New("broken handler") }))
	wd.SendText("fail")
	wd.code("user", "graph-aad", "123456")
	wd.SendText("123456")
	if n := strings.Count(wd.log.String(), "broken handler"); n != 1 || wd.active() {
		t.Errorf("reported %d times: %s", n, wd.log)
	}
}

// The message waits, but no token does; and none is logged.
func TestNoTokenInStateOrLog(t *testing.T) {
	wd := start(t, "", nil)
	wd.SendText("both")
	wd.code("user", "graph-aad", "123456")
	wd.SendText("123456")
	wd.invoke("signin/tokenExchange", `{"id":"x","connectionName":"mail","token":"eyCLIENT"}`)
	wd.service.err["token"] = errors.New("down")
	wd.Process(t.Context(), activity.Message("token"))
	items, err := wd.app.Storage().Read(t.Context(), keys(t, wd)...)
	if err != nil || len(items) == 0 {
		t.Fatal(err)
	}
	for key, item := range items {
		if s := string(item.Value); strings.Contains(s, "token of") || strings.Contains(s, "eyCLIENT") {
			t.Errorf("%s holds a token: %s", key, s)
		}
	}
	if s := wd.log.String(); strings.Contains(s, "token of user") || strings.Contains(s, "eyCLIENT") || s == "" {
		t.Errorf("log: %s", s)
	}
}

// An expectReplies request gets the answer of the second turn, too.
func TestExpectReplies(t *testing.T) {
	wd := start(t, "", nil)
	wd.card("me")
	wd.code("user", "graph-aad", "123456")
	a := activity.Message("123456")
	a.DeliveryMode = activity.DeliverExpectReplies
	calls := len(wd.Connector().Calls())
	agenttest.WantTexts(t, wd.Send(a), "token of user for graph-aad")
	if n := len(wd.Connector().Calls()); n != calls {
		t.Errorf("%d calls of the connector", n-calls)
	}
}

func TestWrongConfig(t *testing.T) {
	svc := newService()
	for name, cfg := range map[string]signin.Config{
		"Tokens":         {},
		"no name":        {Tokens: svc, Connections: []signin.Connection{{}}},
		"two":            {Tokens: svc, Connections: []signin.Connection{{Name: "a"}, {Name: "b"}, {Name: "a"}}},
		"has Scopes, bu": {Tokens: svc, Connections: []signin.Connection{{Name: "a", Scopes: []string{"x"}}}},
	} {
		wantPanic(t, name, func() { signin.New(cfg) })
	}
	flows := signin.New(signin.Config{Tokens: svc, Connections: []signin.Connection{{Name: "a"}}})
	wantPanic(t, "none of this name", func() { flows.Require("b") })
	wantPanic(t, "without a connection", func() { flows.Require() })
}

func wantPanic(t *testing.T, word string, f func()) {
	t.Helper()
	defer func() {
		if v, _ := recover().(string); !strings.Contains(v, word) {
			t.Errorf("panic %q, want %q", v, word)
		}
	}()
	f()
}
