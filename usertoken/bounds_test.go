package usertoken_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/usertoken"
)

// A clockwork is a service without sockets, so that time can be skipped.
type clockwork struct {
	t       *testing.T
	handler http.Handler
}

func newClockwork(t *testing.T) clockwork {
	t.Helper()
	s, err := usertoken.New(usertoken.Config{BaseURL: "http://127.0.0.1:3979", Store: storage.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	return clockwork{t, s.Handler()}
}

func (c clockwork) do(method, target, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	if strings.Contains(target, "/signin?") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w
}

func (c clockwork) link() string {
	c.t.Helper()
	return c.do("GET", "/api/botsignin/GetSignInUrl?state="+stateOf(c.t, "dl_ann", "graph", "webchat"), "").Body.String()
}

func (c clockwork) code() string {
	c.t.Helper()
	link := c.link()
	nonce := nonceField.FindStringSubmatch(c.do("GET", link, "").Body.String())
	m := sixDigits.FindStringSubmatch(c.do("POST", link, "name=Ann&action=signin&nonce="+nonce[1]).Body.String())
	if m == nil {
		c.t.Fatal("no code")
	}
	return m[1]
}

func (c clockwork) token(code string) (status int, token activity.TokenResponse) {
	c.t.Helper()
	w := c.do("GET", "/api/usertoken/GetToken?"+ann+"&code="+code, "")
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil {
			c.t.Fatal(err)
		}
	}
	return w.Code, token
}

func TestCodesAndLinksExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork(t)
		code := c.code()
		time.Sleep(4*time.Minute + 59*time.Second)
		if status, _ := c.token(code); status != 200 {
			t.Errorf("a code of nearly 5 minutes: %d", status)
		}
		c.do("DELETE", "/api/usertoken/SignOut?"+ann, "")

		code = c.code()
		time.Sleep(5*time.Minute + time.Second)
		if status, _ := c.token(code); status != 404 {
			t.Errorf("a code of 5 minutes: %d", status)
		}

		link := c.link()
		time.Sleep(14 * time.Minute)
		if w := c.do("GET", link, ""); w.Code != 200 {
			t.Errorf("a link of 14 minutes: %d", w.Code)
		}
		time.Sleep(2 * time.Minute)
		if w := c.do("GET", link, ""); w.Code != 404 {
			t.Errorf("a link of 16 minutes: %d", w.Code)
		}
	})
}

func TestTokensAreRenewedUntilForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork(t)
		_, first := c.token(c.code())
		time.Sleep(49 * time.Minute)
		if _, now := c.token(""); now.Token != first.Token {
			t.Error("a token with 11 minutes left was renewed")
		}
		time.Sleep(2 * time.Minute)
		_, second := c.token("")
		ends, err := second.Expiration.Parse()
		if err != nil || second.Token == first.Token || time.Until(ends) < 59*time.Minute || nameIn(t, second.Token) != "Ann" {
			t.Errorf("a token with 9 minutes left was not renewed: %+v, %v", second, err)
		}
		time.Sleep(23 * time.Hour)
		if status, third := c.token(""); status != 200 || third.Token == second.Token {
			t.Errorf("after 23 hours: %d", status)
		}
		time.Sleep(25 * time.Hour)
		if status, _ := c.token(""); status != 404 {
			t.Errorf("after 25 idle hours: %d", status)
		}
	})
}

func TestSilentTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork(t)
		w := c.do("POST", "/api/botsignin/ssotoken", `{"user":"Ann","uri":"api://simulated/graph"}`)
		time.Sleep(5 * time.Minute)
		if w := c.do("POST", "/api/usertoken/exchange?"+ann, w.Body.String()); w.Code != 400 || !strings.Contains(w.Body.String(), "InvalidToken") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestUsersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork(t)
		ask := func(user string) int {
			return c.do("GET", "/api/botsignin/GetSignInResource?state="+stateOf(t, user, "graph", "webchat"), "").Code
		}
		for i := range 10_000 {
			if status := ask(fmt.Sprint("user-", i)); status != 200 {
				t.Fatalf("user %d: %d", i, status)
			}
		}
		if status := ask("one too many"); status != 429 {
			t.Errorf("user 10,001: %d", status)
		}
		if status := ask("user-7"); status != 200 {
			t.Errorf("a known user: %d", status)
		}
		time.Sleep(25 * time.Hour)
		if status := ask("one too many"); status != 200 {
			t.Errorf("a day later: %d", status)
		}
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	c := newClockwork(t)
	for i := range 21 {
		want := 200
		if i == 20 {
			want = 400
		}
		if w := c.do("GET", "/api/botsignin/GetSignInResource?state="+stateOf(t, "dl_ann", fmt.Sprint("connection-", i), "webchat"), ""); w.Code != want {
			t.Errorf("connection %d: %d %s", i, w.Code, w.Body)
		}
	}
}
