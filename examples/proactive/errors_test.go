package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/server"
)

// S1-095, S1-132: the table of errors in the guide names each of the four kinds
// together with what a trigger really answers.
func TestS1_095_ErrorsAreDocumented(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guide/proactive.md")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, server.Config{}) // its token service knows nobody
	s.says("hello")
	s.next()
	conversation := `{"reference":{"channelId":"webchat","serviceUrl":"` + s.channel + `","bot":{"id":"agent"},"user":{"id":"ann"},"conversation":{"id":"c"}},"claims":{"aud":"agent"}}`
	for _, tt := range []struct{ path, body, row string }{
		{"/proactive/sendactivity/nobody", `{"text":"x"}`, "| `proactive.ErrConversationNotFound`"},
		{"/proactive/continue/conv-1", "", "| `proactive.ErrUserNotSignedIn`"},
		{"/proactive/sendactivity", `{"conversation":` + conversation + `}`, "| `*proactive.InvalidError` for an argument"},
		{"/proactive/create", `{"agentClientId":"agent","user":{"id":"ann"}}`, "| `*proactive.InvalidError` for a field"},
	} {
		status, said := s.post(tt.path, tt.body)
		var answer struct{ Error struct{ Code string } }
		if err := json.Unmarshal([]byte(said), &answer); err != nil {
			t.Errorf("%s is answered %d %s", tt.path, status, said)
			continue
		}
		documented := false
		for line := range strings.Lines(string(guide)) {
			documented = documented || strings.HasPrefix(line, tt.row) &&
				strings.Contains(line, fmt.Sprintf("| %d `", status)) && strings.Contains(line, "`"+answer.Error.Code+"`")
		}
		if !documented {
			t.Errorf("no row %s… of the guide has %d and %s", tt.row, status, answer.Error.Code)
		}
	}
	s.silent()
}
