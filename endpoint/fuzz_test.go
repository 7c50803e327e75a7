package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/agent"
)

// Whatever is posted: no panic, a status that doc.go lists, and a body that is
// what its content type says.
func FuzzMessages(f *testing.F) {
	for _, members := range []string{
		"", `"text":"hi"`, `"text":"fail"`, invokes, invokes + `,"value":{"a":[1,2.5e300,null]}`, expectReplies, streams, streams + "," + invokes,
		`"deliveryMode":null`, `"type":"conversationUpdate","membersAdded":[{"id":"u"},{}],"membersRemoved":[]`, `"type":"messageReaction","reactionsAdded":[{}]`,
		`"entities":[{"type":"ProductInfo","id":"COPILOT"},{},null,[]],"channelId":"msteams"`, `"recipient":null,"relatesTo":{"agent":{}}`,
		`"timestamp":"yesterday","locale":"xx-\u0000"`, `"type":"delay","value":-1`, `"conversation":{"id":"\r\n"}`, `"id":"` + strings.Repeat("x", 2000) + `"`,
	} {
		f.Add(body(members))
	}
	for _, raw := range []string{"", "{", "null", "[]", `"x"`, "\xff", `{"type":"message"}`, strings.Repeat("[", 20_000)} {
		f.Add(raw)
	}
	statuses := []int{200, 202, 400, 413, 500, 501, 503}
	f.Fuzz(func(t *testing.T, body string) {
		app, ad, _ := newBot(agent.AdapterConfig{})
		visits := agent.PrivateKey[int]("visits")
		app.OnFallback(func(ctx context.Context, tn *agent.Turn) error {
			_, err := visits.Update(ctx, tn, func(n *int) error { *n++; return nil })
			if tn.Activity.Text == "fail" {
				err = errors.New("boom")
			}
			_, errStream := tn.Stream(ctx).WriteString(tn.Activity.Text)
			return errors.Join(err, errStream, tn.SendText(ctx, tn.Activity.Text))
		})
		app.OnInvoke("ask", func(_ context.Context, tn *agent.Turn) error { return tn.Respond(200, tn.Activity.Value) })
		h := open(ad)
		defer shutdown(t, h)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(t.Context(), body))
		if !slices.Contains(statuses, w.Code) {
			t.Errorf("status = %d, want one of %v", w.Code, statuses)
		}
		switch kind := w.Header().Get("Content-Type"); {
		case kind == "text/event-stream":
			events(t, w.Body.String())
		case strings.HasPrefix(kind, "application/json"):
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("body = %q, want JSON", w.Body)
			}
		case w.Body.Len() > 0:
			t.Errorf("a body of type %q: %q", kind, w.Body)
		}
		if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
	})
}
