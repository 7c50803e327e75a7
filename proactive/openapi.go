package proactive

import (
	_ "embed"
	"encoding/json"
	"net/http"
)

// openAPIBase describes each kind of trigger once, below components.pathItems.
//
//go:embed openapi.json
var openAPIBase []byte

// document answers with the description of the triggers that are there, and of
// the address book for callers that are authorised. Each
// key has paths of its own: an {id} and a {key} in one place are the same path
// to OpenAPI.
func (h *triggers) document() answer {
	var doc map[string]any
	if err := json.Unmarshal(openAPIBase, &doc); err != nil {
		return answerError(http.StatusInternalServerError, internalError, "the description cannot be read")
	}
	paths := map[string]any{}
	add := func(path, item string) {
		paths[path] = map[string]string{"$ref": "#/components/pathItems/" + item}
	}
	add("/sendactivity", "sendInline")
	add("/sendactivity/{conversationId}", "sendByID")
	if h.m.book != nil && !h.cfg.Open && !h.cfg.HideBook { // as in administer
		add("/conversations", "book")
		add("/conversations/{conversationId}", "bookEntry")
	}
	if h.m.app != nil {
		for _, c := range h.m.app.Continuations() {
			key := ""
			if c.Key != "" {
				key = "/" + c.Key
			}
			add("/continue"+key, "continueInline")
			add("/continue"+key+"/{conversationId}", "continueByID")
			add("/create"+key, "create")
		}
	}
	doc["paths"] = paths
	base := h.cfg.Path
	if base == "" {
		base = "/"
	}
	doc["servers"] = []map[string]string{{"url": base}}
	if h.cfg.Open {
		delete(doc, "security")
	}
	return answerJSON(doc)
}
