package proactive_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// brokenStore is a store out of order.
type brokenStore struct{ *storage.Memory }

func (brokenStore) Read(context.Context, ...string) (map[string]storage.Item, error) {
	return nil, errors.New("out of order")
}

func (brokenStore) List(context.Context, string, string, int) ([]storage.Entry, error) {
	return nil, errors.New("out of order")
}

// Every status of the address book that the document has is provoked, nothing
// else comes, and all bodies are what it says.
func TestOpenAPIAgainstTheAddressBook(t *testing.T) {
	y := newYard(t)
	broken := newYard(t, func(p *plan) { p.book = brokenStore{storage.NewMemory()} })
	silent := newYard(t, func(p *plan) { p.book = noList{storage.NewMemory()} })
	conv := inline(t, y.stored(t, "a:1"))
	y.stored(t, "left", func(c *activity.Conversation) { c.Reference.Conversation.TenantID = "contoso" })
	if err := y.book.Mark(t.Context(), "left", proactive.StatusBlocked, "x"); err != nil {
		t.Fatal(err)
	}
	if err := y.book.Tag(t.Context(), "left", "a", "b"); err != nil {
		t.Fatal(err)
	}
	for _, channel := range []string{"msteams", "webchat"} {
		y.stored(t, "twice", func(c *activity.Conversation) { c.Reference.ChannelID = channel })
	}
	imported := `{"documents":[` + conv + `,{}],"agentId":"bot-1"}`

	// A case is a request to a yard, and the status it is answered with. Each
	// carries the yard's token unless it says otherwise.
	type request struct {
		status string
		y      *yard
		path   string
		body   string
		header []string
	}
	denied := func(path, body string) []request {
		return []request{
			{"401", y, path, body, []string{"Authorization", ""}},
			{"403", y, path, body, []string{"Origin", "https://elsewhere.test"}},
			{"500", broken, path, body, nil},
		}
	}
	one := "/conversations/{conversationId}"
	missing := append(denied("/conversations/a:1", ""),
		request{"404", y, "/conversations/nobody", "", nil}, request{"409", y, "/conversations/twice", "", nil})
	operations := map[string][]request{
		"GET /conversations": append(denied("/conversations", ""),
			request{"200", y, "/conversations", "", nil},
			request{"200", y, "/conversations?tenant=contoso", "", nil},
			request{"400", y, "/conversations?tennant=contoso", "", nil},
			request{"501", silent, "/conversations", "", nil}),
		"POST /conversations": append(denied("/conversations", imported),
			request{"200", y, "/conversations", imported, nil},
			request{"400", y, "/conversations", "{}", nil},
			request{"413", y, "/conversations", strings.Repeat("x", 5<<20), nil},
			request{"415", y, "/conversations", imported, []string{"Content-Type", "text/plain"}}),
		"GET " + one:    append(slices.Clone(missing), request{"200", y, "/conversations/left", "", nil}),
		"DELETE " + one: append(slices.Clone(missing), request{"204", y, "/conversations/left", "", nil}),
	}
	d := y.description(t)
	var described []string
	for path, item := range asMap(d["paths"]) {
		for method := range asMap(d.at(t, item)) {
			if strings.HasPrefix(path, "/conversations") && method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(described)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(operations)), described); diff != "" {
		t.Errorf("operations (-tried +described):\n%s", diff)
	}
	// The removal comes last.
	for _, name := range []string{"GET /conversations", "POST /conversations", "GET " + one, "DELETE " + one} {
		method, path, _ := strings.Cut(name, " ")
		operation := asMap(d.at(t, map[string]any(d), "paths", path, strings.ToLower(method)))
		if name == "POST /conversations" {
			schema := d.at(t, operation["requestBody"], "content", "application/json", "schema")
			if err := d.check(t, schema, object(t, imported)); err != nil {
				t.Errorf("the body that is taken: %v", err)
			}
			if d.check(t, schema, map[string]any{}) == nil {
				t.Error("a body that is refused fits the schema")
			}
		}
		documented, met := asMap(operation["responses"]), map[string]bool{}
		for _, r := range operations[name] {
			header := append([]string{"Authorization", r.y.token, "Content-Type", "application/json"}, r.header...)
			body := strings.ReplaceAll(r.body, y.channel.URL, r.y.channel.URL) // each trusts its own channel
			got := r.y.do(t, method, r.path, strings.NewReader(body), header...)
			if fmt.Sprint(got.Status) != r.status || documented[r.status] == nil {
				t.Errorf("%s %s is answered %d %s, want %s; documented: %t", method, r.path, got.Status, got.Body, r.status, documented[r.status] != nil)
				continue
			}
			met[r.status] = true
			content := asMap(asMap(d.at(t, documented, r.status))["content"])
			if content == nil {
				got.wantEmpty(t, got.Status)
			} else if err := d.check(t, d.at(t, content, "application/json", "schema"), object(t, got.Body)); err != nil {
				t.Errorf("%s %s: %s: %v", name, r.status, got.Body, err)
			}
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(met))); diff != "" {
			t.Errorf("%s: statuses (-documented +met):\n%s", name, diff)
		}
	}
	// The parameters of a list are those that it takes.
	var parameters []string
	for _, p := range d.at(t, map[string]any(d), "paths", "/conversations", "get", "parameters").([]any) {
		parameters = append(parameters, d.at(t, p, "name").(string))
	}
	if diff := cmp.Diff([]string{"tenant", "team", "tag", "user", "channel", "after"}, parameters); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}
