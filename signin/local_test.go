package signin_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/signin"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/usertoken"
)

// A place is an agent, a channel and a user-token service behind one real
// address.
type place struct {
	t         *testing.T
	base      string
	log       *buffer
	messenger *proactive.Messenger
}

func serve(t *testing.T, sso bool) *place {
	t.Helper()
	p := &place{t: t, log: &buffer{}}
	var handler http.Handler
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	p.base = ts.URL
	logger, store := slog.New(slog.NewTextHandler(p.log, nil)), storage.NewMemory()

	var channel *localchannel.Channel
	service, err := usertoken.New(usertoken.Config{BaseURL: p.base, Store: store, Logger: logger,
		Deliver: func(ctx context.Context, conversation string, a *activity.Activity) error {
			_, err := channel.Deliver(ctx, conversation, a)
			return err
		}})
	check(t, err)
	channel, err = localchannel.New(t.Context(), localchannel.Config{Agent: p.base + "/api/messages", BaseURL: p.base, ChannelID: activity.ChannelWebChat, Store: store, Logger: logger})
	check(t, err)

	cfg := server.Config{Logger: logger, TokenService: p.base, Background: background.New(background.Config{Logger: logger})}
	tokens, err := cfg.UserTokens()
	check(t, err)
	app := agent.New(agent.Config{Storage: store, Logger: logger})
	flows := signin.New(signin.Config{
		Connections: []signin.Connection{{Name: "graph", OAuthConnection: "graph-aad", SSO: sso}},
		Tokens:      tokens, Storage: app.Storage(), Background: cfg.Background,
	})
	app.Use(flows.Middleware)
	app.OnText("me", flows.Require("graph")(func(ctx context.Context, tn *agent.Turn) error {
		token, err := flows.Token(ctx, tn, "graph")
		if err != nil {
			return err
		}
		return tn.SendText(ctx, tn.Activity.From.ID+" is "+nameIn(token.Token))
	}))
	app.OnText("sign out", func(ctx context.Context, tn *agent.Turn) error {
		return errors.Join(flows.SignOut(ctx, tn, "graph"), tn.SendText(ctx, "bye"))
	})
	app.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, "echo: "+tn.Activity.Text) })

	app.OnContinue("report", func(ctx context.Context, tn *agent.Turn) error {
		token, err := flows.Token(ctx, tn, "graph")
		if err != nil {
			return err
		}
		return tn.SendText(ctx, "report for "+nameIn(token.Token))
	}, "graph")

	cfg.Proactive.SignIns = flows
	srv, err := server.New(app, cfg)
	check(t, err)
	p.messenger = srv.Messenger()
	srv.UseLocalChannel(channel)
	srv.Handle("/api/usertoken/", service.Handler())
	srv.Handle("/api/botsignin/", service.Handler())
	handler = srv.Handler()
	t.Cleanup(func() {
		check(t, channel.Close())
		check(t, srv.Shutdown(context.Background()))
		ts.Close()
		if log := p.log.String(); strings.Contains(log, "eyJ") || strings.Contains(log, "simulated-sso") {
			t.Errorf("the log holds a token: %s", log)
		}
	})
	return p
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// nameIn reads who signed in out of a token.
func nameIn(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "nobody"
	}
	plain, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct{ Name string }
	_ = json.Unmarshal(plain, &claims)
	return claims.Name
}

// A person chats in a conversation of their own and has a browser.
type person struct {
	*place
	name    string
	chat    *directline.Chat
	next    func() (*activity.Activity, error, bool)
	browser *http.Client
}

func (p *place) person(id, name string) *person {
	client, err := directline.New(directline.Config{BaseURL: p.base})
	check(p.t, err)
	chat, err := client.Start(p.t.Context(), directline.Parameters{User: directline.User{ID: id, Name: name}})
	check(p.t, err)
	next, stop := iter.Pull2(chat.Activities(p.t.Context()))
	p.t.Cleanup(stop)
	jar, err := cookiejar.New(nil)
	check(p.t, err)
	return &person{p, name, chat, next, &http.Client{Jar: jar}}
}

// say posts a message; hear returns the agent's next one.
func (x *person) say(text string) error {
	_, err := x.chat.Post(x.t.Context(), activity.Message(text))
	return err
}

func (x *person) hear() (*activity.Activity, error) {
	for {
		a, err, ok := x.next()
		if err != nil || !ok {
			return nil, fmt.Errorf("%s hears nothing more: %w", x.name, err)
		}
		if a.Is(activity.TypeMessage) && a.From.Role == activity.RoleBot {
			return a, nil
		}
	}
}

func (x *person) ask(text string) (*activity.Activity, error) {
	if err := x.say(text); err != nil {
		return nil, err
	}
	return x.hear()
}

// card asks something that needs a sign-in.
func (x *person) card() (card activity.OAuthCard, err error) {
	a, err := x.ask("me")
	if err != nil {
		return card, err
	}
	if len(a.Attachments) != 1 {
		return card, fmt.Errorf("%s gets no card, but %q", x.name, a.Text)
	}
	return card, a.Attachments[0].Decode(&card)
}

func (x *person) http(method, address, contentType, body string) (string, error) {
	req, err := http.NewRequestWithContext(x.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Origin", x.base)
	}
	resp, err := x.browser.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %d %s", method, req.URL.Path, resp.StatusCode, got)
	}
	return string(got), err
}

var (
	nonceField = regexp.MustCompile(`name="nonce" value="([^"]+)"`)
	formAction = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	shownCode  = regexp.MustCompile(`<output [^>]*>(\d{6})</output>`)
)

// signIn fills the sign-in page in and returns the last page.
func (x *person) signIn(link string) (string, error) {
	page, err := x.http("GET", link, "", "")
	if err != nil {
		return "", err
	}
	nonce, action := nonceField.FindStringSubmatch(page), formAction.FindStringSubmatch(page)
	if nonce == nil || action == nil {
		return "", fmt.Errorf("no form: %s", page)
	}
	form := url.Values{"nonce": {nonce[1]}, "action": {"signin"}, "name": {x.name}}
	return x.http("POST", x.base+html.UnescapeString(action[1]), "application/x-www-form-urlencoded", form.Encode())
}

// A user says "me", gets the card, signs in on the page, types the code, and
// the first message is answered; case 102 over real HTTP.
func TestSignInWithACode(t *testing.T) {
	x := serve(t, false).person("dl_ann", "Ann Example")
	card, err := x.card()
	check(t, err)
	if card.TokenExchangeResource != nil {
		t.Error("an exchange resource without SSO")
	}
	page, err := x.signIn(card.Buttons[0].ValueText())
	check(t, err)
	code := shownCode.FindStringSubmatch(page)
	if code == nil {
		t.Fatalf("no code: %s", page)
	}
	for _, step := range []struct{ say, hear string }{
		{"000000", "That is not the right code. Please type the six digits that the sign-in page shows, or write -cancel to give up."},
		{code[1], "dl_ann is Ann Example"},
		{"me", "dl_ann is Ann Example"},
		{"sign out", "bye"},
	} {
		if code[1] == step.say && step.say == "000000" {
			continue // one in a million
		}
		if a, err := x.ask(step.say); err != nil || a.Text != step.hear {
			t.Fatalf("to %q it said %+v %v", step.say, a, err)
		}
	}
	if _, err := x.card(); err != nil { // signed out
		t.Error(err)
	}
}

// In the browser of the conversation no code is needed.
func TestSignInInTheSameBrowser(t *testing.T) {
	x := serve(t, false).person("dl_ann", "Ann Example")
	card, err := x.card()
	check(t, err)
	link := card.Buttons[0].ValueText()
	_, err = x.http("POST", x.base+"/api/botsignin/session", "application/json", `{"link":"`+link+`"}`)
	check(t, err)
	_, err = x.signIn(link)
	check(t, err)
	if a, err := x.hear(); err != nil || a.Text != "dl_ann is Ann Example" {
		t.Errorf("it said %+v %v", a, err)
	}
}

// exchange offers a token of the client's.
func (x *person) exchange(card activity.OAuthCard, token string) error {
	value, err := json.Marshal(map[string]string{"id": card.TokenExchangeResource.ID, "connectionName": card.ConnectionName, "token": token})
	if err != nil {
		return err
	}
	_, err = x.chat.Post(x.t.Context(), &activity.Activity{Type: activity.TypeInvoke, Name: "signin/tokenExchange", Value: value})
	return err
}

func (x *person) silently() error {
	card, err := x.card()
	if err != nil {
		return err
	}
	got, err := x.http("POST", x.base+"/api/botsignin/ssotoken", "application/json", `{"user":"`+x.name+`","uri":"`+card.TokenExchangeResource.URI+`"}`)
	if err != nil {
		return err
	}
	var answer struct{ Token string }
	if err := json.Unmarshal([]byte(got), &answer); err != nil {
		return err
	}
	return x.exchange(card, answer.Token)
}

func TestSilentSignIn(t *testing.T) {
	x := serve(t, true).person("dl_ann", "Ann Example")
	check(t, x.silently())
	if a, err := x.hear(); err != nil || a.Text != "dl_ann is Ann Example" {
		t.Fatalf("it said %+v %v", a, err)
	}
	if a, err := x.ask("sign out"); err != nil || a.Text != "bye" {
		t.Fatalf("it said %+v %v", a, err)
	}
	card, err := x.card()
	check(t, err)
	if err := x.exchange(card, usertoken.ConsentToken); err == nil || !strings.Contains(err.Error(), "412") {
		t.Errorf("consent: %v", err)
	}
	page, err := x.signIn(card.Buttons[0].ValueText()) // the button still works
	check(t, err)
	if a, err := x.ask(shownCode.FindStringSubmatch(page)[1]); err != nil || a.Text != "dl_ann is Ann Example" {
		t.Fatalf("it said %+v %v", a, err)
	}
}

// A continuation that needs a sign-in runs once the user has signed in.
// (S1-090, S1-091)
func TestContinuationNeedsASignIn(t *testing.T) {
	x := serve(t, true).person("dl_ann", "Ann Example")
	card, err := x.card()
	check(t, err)
	if err := x.messenger.Run(t.Context(), x.chat.ID(), "report", nil); !errors.Is(err, proactive.ErrUserNotSignedIn) {
		t.Fatalf("got %v", err)
	}
	page, err := x.signIn(card.Buttons[0].ValueText())
	check(t, err)
	if a, err := x.ask(shownCode.FindStringSubmatch(page)[1]); err != nil || a.Text != "dl_ann is Ann Example" {
		t.Fatalf("it said %+v %v", a, err)
	}
	check(t, x.messenger.Run(t.Context(), x.chat.ID(), "report", nil))
	if a, err := x.hear(); err != nil || a.Text != "report for Ann Example" {
		t.Errorf("it said %+v %v", a, err)
	}
}

// 50 users sign in at once, half of them silently; nobody sees another's token.
func TestManyUsersAtOnce(t *testing.T) {
	p := serve(t, true)
	var people []*person
	for i := range 50 {
		people = append(people, p.person(fmt.Sprintf("dl_%d", i), fmt.Sprintf("Person %d", i)))
	}
	var wg sync.WaitGroup
	for i, x := range people {
		wg.Go(func() {
			if err := x.everything(i%2 == 0); err != nil {
				t.Errorf("%s: %v", x.name, err)
			}
		})
	}
	wg.Wait()
}

func (x *person) everything(silent bool) error {
	if silent {
		if err := x.silently(); err != nil {
			return err
		}
	} else {
		card, err := x.card()
		if err != nil {
			return err
		}
		page, err := x.signIn(card.Buttons[0].ValueText())
		if err != nil {
			return err
		}
		if err := x.say(shownCode.FindStringSubmatch(page)[1]); err != nil {
			return err
		}
	}
	want := strings.Replace(x.name, "Person ", "dl_", 1) + " is " + x.name
	for range 3 {
		if a, err := x.hear(); err != nil || a.Text != want {
			return fmt.Errorf("heard %+v %w, want %q", a, err, want)
		}
		if err := x.say("me"); err != nil {
			return err
		}
	}
	return nil
}
