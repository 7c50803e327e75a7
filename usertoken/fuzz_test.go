package usertoken_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/usertoken"
)

func fuzzed(f *testing.F) *usertoken.Service {
	f.Helper()
	s, err := usertoken.New(usertoken.Config{BaseURL: "http://127.0.0.1:3979", Store: storage.NewMemory()})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// Whatever the state: a link on our own page, or one of the documented
// refusals.
func FuzzState(f *testing.F) {
	s := fuzzed(f)
	f.Add("e30=", "")
	f.Add("eyJjb25uZWN0aW9uTmFtZSI6ImciLCJjb252ZXJzYXRpb24iOnsidXNlciI6eyJpZCI6InUifSwiY29udmVyc2F0aW9uIjp7ImlkIjoiYyJ9LCJjaGFubmVsSWQiOiJ3ZWJjaGF0In19", "http://127.0.0.1/x")
	f.Fuzz(func(t *testing.T, state, redirect string) {
		q := url.Values{"state": {state}, "finalRedirect": {redirect}}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/botsignin/GetSignInUrl?"+q.Encode(), nil)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		switch w.Code {
		case 200:
			if !strings.HasPrefix(w.Body.String(), "http://127.0.0.1:3979/api/botsignin/signin?id=") {
				t.Errorf("link %q", w.Body)
			}
		case 400, 414, 429:
		default:
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

// Whatever the form: no sign-in without the nonce, and no markup but ours.
func FuzzForm(f *testing.F) {
	s := fuzzed(f)
	const state = "eyJjb25uZWN0aW9uTmFtZSI6ImciLCJjb252ZXJzYXRpb24iOnsidXNlciI6eyJpZCI6InUifSwiY29udmVyc2F0aW9uIjp7ImlkIjoiYyJ9LCJjaGFubmVsSWQiOiJ3ZWJjaGF0In19"
	do := func(t *testing.T, method, target, body string) string {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Body.String()
	}
	f.Add("name=Ann&action=signin", true)
	f.Add("name=%3Cscript%3E&action=signin", true)
	f.Add("name=Ann&nonce=&action=cancel", false)
	f.Fuzz(func(t *testing.T, form string, withNonce bool) {
		link := do(t, "GET", "/api/botsignin/GetSignInUrl?state="+state, "")
		nonce := nonceField.FindStringSubmatch(do(t, "GET", link, ""))
		if nonce == nil {
			t.Fatal("no form")
		}
		if withNonce {
			form = "nonce=" + nonce[1] + "&" + form
		}
		page := do(t, "POST", link, form)
		if !withNonce && sixDigits.MatchString(page) {
			t.Errorf("signed in without the nonce by %q", form)
		}
		if strings.Contains(page, "<script") || !strings.Contains(page, "This is a simulation.") {
			t.Errorf("form %q gave %s", form, page)
		}
	})
}
