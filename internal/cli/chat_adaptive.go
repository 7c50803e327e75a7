package cli

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// maxDepth is how deep containers may be nested before they are left out.
const maxDepth = 20

// An element is any part of an adaptive card; which fields it has, its type
// says.
type element struct {
	Type, Text, Title, URL, AltText, Label, Placeholder, ID string

	IsVisible *bool
	Value     json.RawMessage // of an input or fact
	Data      json.RawMessage // of an action
	Card      *element        // of Action.ShowCard

	Body, Items, Columns, Rows, Cells, Images, Facts, Choices, Actions []element

	Inlines      []json.RawMessage // text or elements
	FallbackText string
	SelectAction *element
}

// adaptive renders a card: what it says, and its buttons. Inputs keep what the
// card fills in.
func (r *rendering) adaptive(raw json.RawMessage) {
	var root element
	_ = json.Unmarshal(raw, &root) // a member of the wrong type leaves the others
	before := len(r.lines)
	inputs := map[string]string{}
	root.defaults(inputs, 0)
	r.element(root, inputs, 0)
	if len(r.lines) == before {
		r.add(cmp.Or(root.FallbackText, "[a card without text]"))
	}
}

// children are all parts that stand inside, in the order in which they show.
func (e element) children() [][]element {
	return [][]element{e.Body, e.Items, e.Columns, e.Rows, e.Cells, e.Images, e.Actions}
}

// defaults collects what inputs hold before anybody types.
func (e element) defaults(inputs map[string]string, depth int) {
	if strings.HasPrefix(e.Type, "Input.") && e.ID != "" && len(e.Value) > 0 {
		inputs[e.ID] = scalar(e.Value)
	}
	for _, list := range e.children() {
		for _, child := range list {
			if depth < maxDepth {
				child.defaults(inputs, depth+1)
			}
		}
	}
}

func (r *rendering) element(e element, inputs map[string]string, depth int) {
	if depth > maxDepth || e.IsVisible != nil && !*e.IsVisible {
		return
	}
	switch e.Type {
	case "TextBlock":
		r.add(e.Text)
	case "RichTextBlock":
		r.add(inlineText(e.Inlines))
	case "FactSet":
		for _, fact := range e.Facts {
			r.add(fact.Title, ": ", scalar(fact.Value))
		}
	case "Image":
		r.add("[image] ", cmp.Or(e.AltText, readable(e.URL)))
	case "Action.Submit":
		r.button(button{title: cmp.Or(e.Title, "Submit"), says: submit(e.Data, inputs)})
	case "Action.OpenUrl":
		r.button(button{title: cmp.Or(e.Title, e.URL), address: e.URL})
	case "Action.Execute":
		r.button(button{title: cmp.Or(e.Title, "Execute")})
	case "Action.ToggleVisibility":
	case "Action.ShowCard":
		r.add(e.Title)
		if e.Card != nil {
			r.element(*e.Card, inputs, depth+1)
		}
	default:
		if strings.HasPrefix(e.Type, "Input.") {
			r.add("[input] ", cmp.Or(e.Label, e.Title, e.Placeholder, e.ID), choices(e.Choices))
		}
		for _, list := range e.children() {
			for _, child := range list {
				r.element(child, inputs, depth+1)
			}
		}
	}
	if e.SelectAction != nil {
		r.element(*e.SelectAction, inputs, depth+1)
	}
}

func inlineText(inlines []json.RawMessage) string {
	var b strings.Builder
	for _, raw := range inlines {
		var run element
		if json.Unmarshal(raw, &run) == nil {
			b.WriteString(run.Text)
		} else {
			b.WriteString(scalar(raw))
		}
	}
	return b.String()
}

func choices(list []element) string {
	var titles []string
	for _, choice := range list {
		titles = append(titles, choice.Title)
	}
	if len(titles) == 0 {
		return ""
	}
	return " (" + strings.Join(titles, ", ") + ")"
}

// submit is what Action.Submit says: its data, and what the inputs hold.
func submit(data json.RawMessage, inputs map[string]string) *activity.Activity {
	var fields map[string]any
	if len(data) > 0 && json.Unmarshal(data, &fields) != nil {
		return postBack(data) // no object, so inputs have no place
	}
	if fields == nil {
		fields = map[string]any{}
	}
	for id, value := range inputs {
		fields[id] = value
	}
	value, _ := json.Marshal(fields) // it was JSON before
	return postBack(value)
}

// scalar is a value as text.
func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
