package proactive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// A description is an OpenAPI document.
type description map[string]any

func (y *yard) description(t testing.TB) description {
	t.Helper()
	got := y.do(t, http.MethodGet, "/openapi.json", nil, "Authorization", y.token)
	if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("answered %+v", got)
	}
	var d description
	if err := json.Unmarshal([]byte(got.Body), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows a path of names, and references.
func (d description) at(t testing.TB, from any, names ...string) any {
	t.Helper()
	for i := 0; ; i++ {
		for {
			m, _ := from.(map[string]any)
			ref, ok := m["$ref"].(string)
			if !ok {
				break
			}
			rest, ok := strings.CutPrefix(ref, "#/")
			if !ok {
				t.Fatalf("reference %q leaves the document", ref)
			}
			from = d.at(t, map[string]any(d), strings.Split(rest, "/")...)
		}
		if i == len(names) {
			return from
		}
		m, _ := from.(map[string]any)
		next, ok := m[names[i]]
		if !ok {
			t.Fatalf("there is no %q at %q", names[i], names)
		}
		from = next
	}
}

// check reports what is wrong with a value.
func (d description) check(t testing.TB, schema, v any) error {
	t.Helper()
	s, ok := d.at(t, schema).(map[string]any)
	if !ok {
		return fmt.Errorf("%v is no schema", schema)
	}
	if any, ok := s["anyOf"].([]any); ok {
		var errs []error
		for _, one := range any {
			err := d.check(t, one, v)
			if err == nil {
				return nil
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
	kind := map[bool]string{true: "null"}[v == nil]
	switch v := v.(type) {
	case map[string]any:
		kind = "object"
		required, _ := s["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				return fmt.Errorf("%v is missing", name)
			}
		}
		properties, _ := s["properties"].(map[string]any)
		for name, schema := range properties {
			if inner, ok := v[name]; ok {
				if err := d.check(t, schema, inner); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		}
	case string:
		kind = "string"
		if least, ok := s["minLength"].(float64); ok && len(v) < int(least) {
			return fmt.Errorf("%q is too short", v)
		}
		if pattern, ok := s["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(v) {
			return fmt.Errorf("%q is not like %s", v, pattern)
		}
	case bool:
		kind = "boolean"
	case []any:
		kind = "array"
		for i, one := range v {
			if err := d.check(t, asMap(s["items"]), one); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
	case float64:
		kind = "number"
	}
	switch want := s["type"].(type) {
	case nil:
	case string:
		if kind != want {
			return fmt.Errorf("%v is %s, not %s", v, kind, want)
		}
	case []any:
		if !slices.Contains(want, any(kind)) {
			return fmt.Errorf("%v is %s, not one of %v", v, kind, want)
		}
	}
	return nil
}

// The document itself: what OpenAPI 3.1 asks of it, as far as it uses it.
func TestOpenAPIDocument(t *testing.T) {
	y := newYard(t)
	if paths := y.description(t)["paths"].(map[string]any); len(paths) != 4 {
		t.Errorf("without continuations there are %v", slices.Collect(maps.Keys(paths)))
	}
	y.app.OnContinue("", nothing)
	y.app.OnContinue("report", nothing)
	d := y.description(t)
	if d["openapi"] != "3.1.0" || d.at(t, map[string]any(d), "info", "title") == "" || d.at(t, map[string]any(d), "info", "version") == "" {
		t.Errorf("openapi %v, info %v", d["openapi"], d["info"])
	}
	if diff := cmp.Diff([]any{map[string]any{"url": "/proactive"}}, d["servers"]); diff != "" {
		t.Error(diff)
	}
	paths := d["paths"].(map[string]any)
	want := []string{
		"/continue", "/continue/report", "/continue/report/{conversationId}", "/continue/{conversationId}",
		"/conversations", "/conversations/{conversationId}",
		"/create", "/create/report", "/sendactivity", "/sendactivity/{conversationId}",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(paths))); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	for path := range paths {
		item := d.at(t, paths[path]).(map[string]any)
		inPath := 0
		parameters, _ := item["parameters"].([]any)
		responses := map[string]any{}
		for _, method := range []string{"get", "post", "delete"} {
			more, _ := asMap(item[method])["parameters"].([]any)
			parameters = append(parameters, more...)
			for status, r := range asMap(asMap(item[method])["responses"]) {
				responses[method+" "+status] = r
			}
		}
		if len(responses) == 0 {
			t.Errorf("%s has no method", path)
		}
		for _, p := range parameters {
			p := d.at(t, p).(map[string]any)
			if p["in"] == "path" {
				inPath++
				if p["required"] != true || !strings.Contains(path, "{"+p["name"].(string)+"}") {
					t.Errorf("%s has the parameter %v", path, p)
				}
			}
			d.at(t, p, "schema", "type")
		}
		if inPath != strings.Count(path, "{") {
			t.Errorf("%s declares %d parameters in its path", path, inPath)
		}
		for status, r := range responses {
			r := d.at(t, r).(map[string]any)
			if r["description"] == "" || r["description"] == nil || !regexp.MustCompile(`^[a-z]+ ([1-5]\d\d|default)$`).MatchString(status) {
				t.Errorf("%s answers %s: %v", path, status, r)
			}
			for _, header := range asMap(r["headers"]) {
				d.at(t, header, "schema", "type")
			}
		}
	}
	for _, one := range d["security"].([]any) {
		for name := range one.(map[string]any) {
			d.at(t, map[string]any(d), "components", "securitySchemes", name, "type")
		}
	}
	// Everything that is defined is used.
	raw, _ := json.Marshal(d)
	for kind, all := range d["components"].(map[string]any) {
		for name := range all.(map[string]any) {
			if kind != "securitySchemes" && !strings.Contains(string(raw), `"#/components/`+kind+`/`+name+`"`) {
				t.Errorf("nobody uses the %s %s", kind, name)
			}
		}
	}
	if got := y.do(t, http.MethodHead, "/openapi.json", nil, "Authorization", y.token); got.Status != 200 {
		t.Errorf("HEAD is answered %d", got.Status)
	}
	if got := y.post(t, "/openapi.json", ""); got.Status != 405 || got.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST is answered %+v", got)
	}
	open := newYard(t, func(p *plan) { p.Open = true; p.Path = "/" })
	open.url = strings.TrimSuffix(open.url, "/proactive")
	if d := open.description(t); d["security"] != nil || asMap(d["paths"])["/conversations"] != nil || d["servers"].([]any)[0].(map[string]any)["url"] != "/" {
		t.Errorf("open: %v", d)
	}
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// Every status of every trigger that the document has is provoked, nothing
// else comes, and all bodies are what it says.
func TestOpenAPIAgainstTheHandlers(t *testing.T) {
	store := storage.NewMemory()
	loopback, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	shared := func(p *plan) { p.book, p.Hosts, p.adapter.QueueWait = store, loopback, 1 }
	y, other := newYard(t, shared), newYard(t, shared)
	speak := func(ctx context.Context, t *agent.Turn) error { return t.SendText(ctx, "hi") }
	y.app.OnContinue("", speak)
	other.app.OnContinue("", speak)
	conv := inline(t, y.stored(t, "a:1"))
	for _, channel := range []string{"msteams", "webchat"} {
		y.stored(t, "twice", func(c *activity.Conversation) { c.Reference.ChannelID = channel })
	}
	y.stored(t, "left")
	if err := y.book.Mark(t.Context(), "left", proactive.StatusUninstalled, "x"); err != nil {
		t.Fatal(err)
	}
	triggers := map[string]struct{ path, byID, body, bad string }{
		"/sendactivity/{conversationId}": {"/sendactivity/a:1", "/sendactivity/", `{"text":"hi"}`, `{`},
		"/sendactivity":                  {"/sendactivity", "", `{"activity":{"text":"hi"},"conversation":` + conv + `}`, `{}`},
		"/continue/{conversationId}":     {"/continue/a:1", "/continue/", "", "?a=%zz"},
		"/continue":                      {"/continue", "", conv, `{}`},
		"/create":                        {"/create", "", minimalAda, `{}`},
	}
	d := y.description(t)
	for path, tr := range triggers {
		t.Run(path, func(t *testing.T) {
			documented := d.at(t, map[string]any(d), "paths", path, "post", "responses").(map[string]any)
			if request := asMap(d.at(t, map[string]any(d), "paths", path, "post"))["requestBody"]; request != nil {
				schema := d.at(t, request, "content", "application/json", "schema")
				if err := d.check(t, schema, object(t, tr.body)); err != nil {
					t.Errorf("the body that is taken: %v", err)
				}
				if path != "/sendactivity/{conversationId}" && d.check(t, schema, map[string]any{}) == nil {
					t.Error("a body that is refused fits the schema")
				}
			} else if tr.body != "" {
				t.Error("a body is taken that is not described")
			}
			met := map[string]bool{}
			meet := func(status string, r reply) {
				t.Helper()
				if status != "default" && fmt.Sprint(r.Status) != status || status == "default" && documented[fmt.Sprint(r.Status)] != nil {
					t.Errorf("answered %d %s, want %s", r.Status, r.Body, status)
					return
				}
				met[status] = true
				says := d.at(t, documented, status).(map[string]any)
				content := asMap(says["content"])
				if content == nil {
					if r.Body != "" {
						t.Errorf("%s has the body %s", status, r.Body)
					}
					return
				}
				if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
					t.Errorf("%s has Content-Type %q", status, kind)
				}
				if err := d.check(t, d.at(t, content, "application/json", "schema"), object(t, r.Body)); err != nil {
					t.Errorf("%s: %s: %v", status, r.Body, err)
				}
				for name, header := range asMap(says["headers"]) {
					if v := r.Header.Get(name); v != "" || name == "Retry-After" {
						if err := d.check(t, d.at(t, header, "schema"), v); err != nil {
							t.Errorf("%s: %s: %v", status, name, err)
						}
					}
				}
			}
			y.channel.answers(200, `{"id":"new-1"}`)
			meet("200", y.post(t, tr.path, tr.body, idempotencyKey, path))
			meet("422", y.post(t, tr.path+"?other=1", tr.body, idempotencyKey, path))
			if strings.HasPrefix(tr.bad, "?") {
				meet("400", y.post(t, tr.path+tr.bad, ""))
			} else {
				meet("400", y.post(t, tr.path, tr.bad))
				meet("413", y.post(t, tr.path, strings.Repeat("x", 5<<20)))
			}
			meet("401", y.post(t, tr.path, tr.body, "Authorization", ""))
			meet("415", y.post(t, tr.path, tr.body, "Content-Type", "text/plain"))
			y.channel.answers(401, "")
			meet("500", y.post(t, tr.path, tr.body))
			y.channel.answers(429, `{"error":{"code":"Slow","message":"down"}}`, "Retry-After", "3")
			meet("default", y.post(t, tr.path, tr.body))
			if tr.byID != "" {
				meet("403", y.post(t, tr.byID+"left", tr.body))
				meet("404", y.post(t, tr.byID+"nobody", tr.body))
				meet("409", y.post(t, tr.byID+"twice", tr.body))
			}
			// While the channel thinks, the other process is asked the same, and
			// this one something else.
			asked, leave := make(chan bool), make(chan bool)
			end := sync.OnceFunc(func() { close(leave) })
			defer end()
			y.channel.mu.Lock()
			y.channel.answer = func(w http.ResponseWriter, _ int) { asked <- true; <-leave; io.WriteString(w, `{"id":"new-2"}`) }
			y.channel.mu.Unlock()
			first := make(chan reply, 1)
			go func() { first <- y.post(t, tr.path, tr.body, idempotencyKey, path+"2") }()
			<-asked
			meet("409", other.post(t, tr.path, tr.body, idempotencyKey, path+"2"))
			if strings.HasPrefix(path, "/continue") {
				meet("503", y.post(t, tr.path, tr.body))
			}
			end()
			meet("200", <-first)
			if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(met))); diff != "" {
				t.Errorf("statuses (-documented +met):\n%s", diff)
			}
		})
	}
	for path := range asMap(d["paths"]) {
		if _, tried := triggers[path]; !tried && !strings.HasPrefix(path, "/conversations") { // see TestOpenAPIAgainstTheAddressBook
			t.Errorf("%s is documented and not tried", path)
		}
	}
}
