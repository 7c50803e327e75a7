package usertoken_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestPageSaysWhatItIs(t *testing.T) {
	wd := start(t, nil)
	page := wd.do(browser(t), "GET", wd.resource("").SignInLink, "")
	if page.status != 200 || !strings.Contains(page.body, "This is a simulation.") || !strings.Contains(page.body, `value="Ann"`) {
		t.Errorf("got %d %s, want the warning and the name filled in", page.status, page.body)
	}
	for _, want := range []string{`lang="en"`, `<main>`, `<h1>`, `<label for="name">`, `<title>`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	csp := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the policy %q lacks %s", csp, want)
		}
	}
	if page.header.Get("Cache-Control") != "no-store" || page.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", page.header)
	}
	style := wd.do(browser(t), "GET", "/api/botsignin/style.css", "")
	if style.status != 200 || !strings.HasPrefix(style.header.Get("Content-Type"), "text/css") || !strings.Contains(style.body, "prefers-color-scheme: dark") {
		t.Errorf("style: %d %v", style.status, style.header)
	}
	if inline := regexp.MustCompile(`<script|<style|\sstyle=|\son[a-z]+=`).FindString(page.body); inline != "" {
		t.Errorf("the page contains %s, which its own policy forbids", inline)
	}
}

func TestCodePage(t *testing.T) {
	wd := start(t, nil)
	page := wd.submit(browser(t), wd.resource("&finalRedirect="+url.QueryEscape(wd.server.URL+"/chat/?a=1&b=2")).SignInLink, "name", "Ann Example")
	code := sixDigits.FindStringSubmatch(page.body)
	if code == nil || !strings.Contains(page.body, `aria-label="`+strings.Join(strings.Split(code[1], ""), " ")+`"`) {
		t.Errorf("no code that can be read out: %s", page.body)
	}
	if !strings.Contains(page.body, `href="`+wd.server.URL+`/chat/?a=1&amp;b=2"`) {
		t.Errorf("no way on: %s", page.body)
	}
}

func TestNothingIsEchoedAsMarkup(t *testing.T) {
	wd := start(t, nil)
	const evil = `"><script>alert(1)</script>`
	got := wd.agent("GET", "/api/botsignin/GetSignInUrl?state="+stateOf(t, evil, evil, "webchat"), "")
	link := got.body
	first := wd.do(browser(t), "GET", link, "")
	last := wd.submit(browser(t), link, "name", evil)
	if first.status != 200 || last.status != 200 || !sixDigits.MatchString(last.body) {
		t.Fatalf("got %d, then %d %s", first.status, last.status, last.body)
	}
	for _, page := range []string{first.body, last.body} {
		if strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("markup in %s", page)
		}
	}
}

func TestCancel(t *testing.T) {
	wd := start(t, nil)
	link := wd.resource("").SignInLink
	form := wd.do(browser(t), "GET", link, "")
	page := wd.send(browser(t), form, "name", "Ann", "action", "cancel")
	if page.status != 200 || !strings.Contains(page.body, "You did not sign in") || sixDigits.MatchString(page.body) {
		t.Errorf("got %d %s", page.status, page.body)
	}
	if got := wd.send(browser(t), form, "name", "Ann"); got.status != 409 {
		t.Errorf("the form that was cancelled: %d", got.status)
	}
	if again := wd.submit(browser(t), link, "name", "Ann"); !sixDigits.MatchString(again.body) {
		t.Errorf("the link after cancelling: %d %s", again.status, again.body)
	}
}

func TestNames(t *testing.T) {
	for name, typed := range map[string]string{
		"no name":           "",
		"only spaces":       "   ",
		"too long":          strings.Repeat("ä", 101),
		"control character": "Ann\x00",
		"not UTF-8":         "Ann\xff",
		"turned around":     "Ann\u202eselpmaxE",
	} {
		t.Run(name, func(t *testing.T) {
			wd := start(t, nil)
			b := browser(t)
			page := wd.submit(b, wd.resource("").SignInLink, "name", typed)
			if page.status != 400 || !strings.Contains(page.body, `role="alert"`) {
				t.Fatalf("got %d %s, want the form with the problem", page.status, page.body)
			}
			if page = wd.send(b, page, "name", strings.Repeat("ä", 100)); !sixDigits.MatchString(page.body) {
				t.Errorf("the form a second time: %d %s", page.status, page.body)
			}
		})
	}
}

func TestFormServesOnce(t *testing.T) {
	wd := start(t, nil)
	link := wd.resource("").SignInLink
	b := browser(t)
	first, second := wd.do(b, "GET", link, ""), wd.do(b, "GET", link, "")
	if got := wd.send(b, first, "name", "Ann"); got.status != 409 {
		t.Errorf("a form that was shown again since: %d", got.status)
	}
	if got := wd.send(b, second, "name", "Ann", "nonce", ""); got.status != 409 {
		t.Errorf("without the nonce: %d", got.status)
	}
	if got := wd.send(b, second, "name", "Ann"); got.status != 200 {
		t.Errorf("the last form: %d", got.status)
	}
	if got := wd.send(b, second, "name", "Ann"); got.status != 404 {
		t.Errorf("the same form again: %d", got.status)
	}
	if got := wd.do(b, "GET", link, ""); got.status != 404 || !strings.Contains(got.body, "out of date") {
		t.Errorf("the link after signing in: %d %s", got.status, got.body)
	}
}

func TestFormsOfOtherPagesAreRefused(t *testing.T) {
	wd := start(t, nil)
	link := wd.resource("").SignInLink
	page := wd.do(browser(t), "GET", link, "")
	nonce := nonceField.FindStringSubmatch(page.body)[1]
	body := url.Values{"nonce": {nonce}, "name": {"Mallory"}, "action": {"signin"}}.Encode()
	for name, headers := range map[string][]string{
		"another site":         {"Origin", "https://evil.example"},
		"no origin to be told": {"Origin", "null"},
		"another local page":   {"Origin", "http://127.0.0.1:1"},
		"another site's frame": {"Origin", wd.server.URL, "Sec-Fetch-Site", "cross-site"},
		"another port":         {"Sec-Fetch-Site", "same-site"},
	} {
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
		if got := wd.do(http.DefaultClient, "POST", link, body, headers...); got.status != 403 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if got := wd.do(http.DefaultClient, "POST", link, strings.Repeat("x", 70<<10), "Content-Type", "application/x-www-form-urlencoded"); got.status != 413 {
		t.Errorf("a huge form: %d", got.status)
	}
	if got := wd.do(http.DefaultClient, "POST", link, "%zz", "Content-Type", "application/x-www-form-urlencoded"); got.status != 400 {
		t.Errorf("no form: %d", got.status)
	}
	if got := wd.do(http.DefaultClient, "POST", link, body, "Content-Type", "application/x-www-form-urlencoded"); got.status != 200 {
		t.Errorf("the form itself: %d", got.status)
	}
}
