package proactive_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A listed conversation, as the address book is shown.
type listed struct {
	ID           string
	Tenant, Team string
	Tags         []string
	Mark         *proactive.Mark
	Conversation activity.Conversation
}

// list asks for all pages and returns conversation ids, and how many pages.
func (y *yard) list(t testing.TB, query string) (ids []string, pages int) {
	t.Helper()
	for after := ""; ; {
		q := query
		if after != "" {
			q += "&after=" + url.QueryEscape(after)
		}
		got := y.do(t, http.MethodGet, "/conversations?"+strings.TrimPrefix(q, "&"), nil, "Authorization", y.token)
		got.want(t, http.StatusOK, "")
		var page struct {
			Conversations []listed
			After         string
		}
		if err := json.Unmarshal([]byte(got.Body), &page); err != nil || page.Conversations == nil {
			t.Fatalf("a page is %s: %v", got.Body, err)
		}
		for _, l := range page.Conversations {
			ids = append(ids, l.Conversation.Reference.Conversation.ID)
		}
		pages++
		if after = page.After; after == "" {
			return ids, pages
		}
	}
}

// wantGone checks that a conversation is not in the book.
func (y *yard) wantGone(t testing.TB, id string) {
	t.Helper()
	if conv, err := y.book.Get(t.Context(), id); err == nil {
		t.Errorf("the book has %s: %+v", id, conv)
	}
}

func TestAdminPages(t *testing.T) {
	y := newYard(t)
	var all, tagged []string
	for i := range 250 {
		id := fmt.Sprintf("c%03d/ä|%%", i)
		y.stored(t, id)
		all = append(all, id)
		if i%2 == 0 {
			tagged = append(tagged, id)
			if err := y.book.Tag(t.Context(), id, "even/…"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, pages := y.list(t, ""); !slices.Equal(got, all) || pages != 3 {
		t.Errorf("%d pages with %d of 250 conversations", pages, len(got))
	}
	got, pages := y.list(t, "tag="+url.QueryEscape("even/…"))
	if slices.Sort(got); !slices.Equal(got, tagged) || pages != 2 {
		t.Errorf("by tag: %d pages with %d of 125 conversations", pages, len(got))
	}
	if got, _ := y.list(t, "tag=odd"); len(got) > 0 {
		t.Errorf("a tag that nobody has finds %q", got)
	}
}

func TestAdminLookups(t *testing.T) {
	y := newYard(t)
	y.stored(t, "ann's", func(c *activity.Conversation) {
		c.Reference.User.ID, c.Reference.Conversation.TenantID = "29:ann", "contoso"
	})
	y.stored(t, "bob's", func(c *activity.Conversation) {
		c.Reference.User.ID, c.Reference.Conversation.TenantID = "29:bob", "fabrikam"
	})
	conv, err := y.book.Get(t.Context(), "ann's")
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{
		"user=29:ann&channel=" + url.QueryEscape(conv.Reference.ChannelID): {"ann's"},
		"user=29:ann&channel=another":                                      nil,
		"tenant=fabrikam":                                                  {"bob's"},
		"team=none":                                                        nil,
	} {
		if got, _ := y.list(t, query); !slices.Equal(got, want) {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	for _, query := range []string{"user=29:ann", "channel=msteams", "tenant=a&team=b", "tenantt=a", "tag=", "tag=a&tag=b", "user=a&channel=b&after=c", "tag=%zz"} {
		y.do(t, http.MethodGet, "/conversations?"+query, nil, "Authorization", y.token).want(t, http.StatusBadRequest, "")
	}
}

func TestAdminShowsAndRemovesOne(t *testing.T) {
	y := newYard(t)
	y.stored(t, "a:1/x")
	if err := y.book.Mark(t.Context(), "a:1/x", proactive.StatusBlocked, "MessageWritesBlocked"); err != nil {
		t.Fatal(err)
	}
	at := "/conversations/" + url.PathEscape("a:1/x")
	got := y.do(t, http.MethodGet, at, nil, "Authorization", y.token)
	var one listed
	if err := json.Unmarshal([]byte(got.Body), &one); err != nil || one.Conversation.Reference.Conversation.ID != "a:1/x" || one.Mark == nil || one.Mark.Status != proactive.StatusBlocked {
		t.Fatalf("shown as %d %s: %v", got.Status, got.Body, err)
	}
	y.do(t, http.MethodGet, "/conversations/"+url.PathEscape(one.ID), nil, "Authorization", y.token).want(t, http.StatusOK, "")
	y.do(t, http.MethodDelete, at, nil, "Authorization", y.token).wantEmpty(t, http.StatusNoContent)
	y.wantGone(t, "a:1/x")
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		y.do(t, method, at, nil, "Authorization", y.token).want(t, http.StatusNotFound, "-50034")
	}

	y.stored(t, "same")
	y.stored(t, "same", func(c *activity.Conversation) { c.Reference.ChannelID = "another" })
	y.do(t, http.MethodDelete, "/conversations/same", nil, "Authorization", y.token).want(t, http.StatusConflict, "AmbiguousConversation")
}

// What other SDKs wrote comes in where it is trusted: a service URL is where
// tokens go later.
func TestAdminImports(t *testing.T) {
	y := newYard(t)
	good := func(id, service, aud string) string {
		conv := known(id, func(c *activity.Conversation) {
			c.Reference.ServiceURL, c.Claims = service, map[string]string{"aud": aud}
		})
		raw, err := conv.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	js, err := os.ReadFile("testdata/js-conversation.json")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"documents":[` + strings.Join([]string{
		good("mine", y.channel.URL+"/", "bot-1"), good("other app", y.channel.URL+"/", "bot-2"),
		good("other host", "https://evil.test/", "bot-1"), string(js), `{"a":1}`, "[" + good("in a list", y.channel.URL+"/", "bot-1") + "]",
	}, ",") + `]}`
	for _, want := range []string{`{"stored":2,"known":0,"refused":4,"reasons":[`, `{"stored":0,"known":2,"refused":4,"reasons":[`} {
		got := y.post(t, "/conversations", body)
		if got.Status != http.StatusOK || !strings.HasPrefix(got.Body, want) || !strings.Contains(got.Body, "claims.aud names an app") || !strings.Contains(got.Body, "not trusted") {
			t.Errorf("answered %d %s, want %s", got.Status, got.Body, want)
		}
	}
	for _, id := range []string{"other app", "other host", "a:js"} {
		y.wantGone(t, id)
	}
	if got, _ := y.list(t, ""); !slices.Equal(got, []string{"in a list", "mine"}) {
		t.Errorf("the book has %q", got)
	}
	y.channel.wantUntouched(t, "channel")

	for body, status := range map[string]int{`[]`: 400, `{}`: 400, `{"documents":7}`: 400, ``: 400, `{"documents":[]}`: 200} {
		y.post(t, "/conversations", body).want(t, status, "")
	}
	y.post(t, "/conversations", `{"documents":[]}`, "Content-Type", "text/plain").want(t, http.StatusUnsupportedMediaType, "")
	y.post(t, "/conversations", `{"documents":["`+strings.Repeat("x", 5<<20)+`"]}`).want(t, http.StatusRequestEntityTooLarge, "")
}

// The address book says who talks to the agent.
func TestAdminIsForAuthorisedCallers(t *testing.T) {
	calls := map[string][2]string{
		"list": {http.MethodGet, "/conversations"}, "show": {http.MethodGet, "/conversations/c1"},
		"remove": {http.MethodDelete, "/conversations/c1"}, "import": {http.MethodPost, "/conversations"},
	}
	y := newYard(t)
	y.stored(t, "c1")
	open := newYard(t, func(p *plan) { p.Open = true })
	open.stored(t, "c1")
	for name, call := range calls {
		y.do(t, call[0], call[1], nil).wantEmpty(t, http.StatusUnauthorized)
		y.do(t, call[0], call[1], nil, "Authorization", "Bearer nonsense").wantEmpty(t, http.StatusUnauthorized)
		open.do(t, call[0], call[1], nil).want(t, http.StatusForbidden, "Forbidden")
		for _, origin := range []string{"https://elsewhere.test", "null", "http://127.0.0.1:1"} {
			if got := y.do(t, call[0], call[1], nil, "Authorization", y.token, "Origin", origin); got.Status != http.StatusForbidden {
				t.Errorf("%s for a page of %s is answered %d %s", name, origin, got.Status, got.Body)
			}
		}
	}
	y.do(t, http.MethodGet, "/conversations", nil, "Authorization", y.token, "Origin", strings.TrimSuffix(y.url, "/proactive")).want(t, http.StatusOK, "")
	for path, method := range map[string]string{"/conversations": http.MethodDelete, "/conversations/c1": http.MethodPost, "/conversations/c1/x": http.MethodGet} {
		if got := y.do(t, method, path, nil, "Authorization", y.token); got.Status != http.StatusMethodNotAllowed && got.Status != http.StatusNotFound {
			t.Errorf("%s %s is answered %d", method, path, got.Status)
		}
	}
	if _, err := y.book.Get(t.Context(), "c1"); err != nil {
		t.Errorf("somebody removed it: %v", err)
	}
}

// noList is a store that cannot list.
type noList struct{ storage.Store }

func TestAdminWithoutList(t *testing.T) {
	y := newYard(t, func(p *plan) { p.book = noList{storage.NewMemory()} })
	conv := y.stored(t, "c1")
	for _, query := range []string{"", "?tenant=x"} {
		y.do(t, http.MethodGet, "/conversations"+query, nil, "Authorization", y.token).want(t, http.StatusNotImplemented, "NotSupported")
	}
	if got, _ := y.list(t, "user="+url.QueryEscape(conv.Reference.User.ID)+"&channel="+conv.Reference.ChannelID); !slices.Equal(got, []string{"c1"}) {
		t.Errorf("the user finds %q", got)
	}
}

// Whatever comes, it is answered, and nothing of others gets in.
func FuzzAdmin(f *testing.F) {
	f.Add("POST", "", `{"documents":[{"reference":{"conversation":{"id":"c"},"channelId":"x"}}]}`)
	f.Add("GET", "?tenant=a&after=%00", "")
	f.Add("GET", "/a%2F%7C?x", "")
	f.Add("DELETE", "/%2e%2e", "")
	book := proactive.NewConversations(storage.NewMemory())
	h := proactive.NewHandler(proactive.New(nil, nil, book, proactive.Config{}), proactive.TriggerConfig{
		Authorise: func(*http.Request) (activity.Identity, error) { return activity.Identity{}, nil },
		AgentIDs:  []string{"bot-1"}, Hosts: noHosts{}, Logger: slog.New(slog.DiscardHandler),
	})
	f.Fuzz(func(t *testing.T, method, rest, body string) {
		r, err := http.NewRequest(method, "http://127.0.0.1/proactive/conversations"+rest, strings.NewReader(body))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%s %q %q is answered %d %s", method, rest, body, w.Code, w.Body)
		}
		for e, err := range book.All(t.Context()) {
			t.Errorf("%s %q %q stored %+v, %v", method, rest, body, e, err)
		}
	})
}

// noHosts trusts nobody.
type noHosts struct{}

func (noHosts) Check(serviceURL string) error { return activity.ErrUntrustedHost }
