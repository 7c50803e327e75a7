package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// A button of a message: what pressing it says, or the address to open. One
// with neither cannot be pressed here.
type button struct {
	title, address string
	says           *activity.Activity
}

// A rendering is a message's cards, files and buttons as lines of text.
type rendering struct {
	lines   []string
	buttons []button
}

func (r *rendering) add(parts ...string) {
	if text := strings.TrimSpace(strings.Join(parts, "")); text != "" {
		r.lines = append(r.lines, text)
	}
}

func (r *rendering) message(a *activity.Activity) {
	for _, att := range a.Attachments {
		r.attachment(att)
	}
	if a.SuggestedActions != nil {
		r.actions(a.SuggestedActions.Actions)
	}
}

// card has the fields of all cards but the adaptive one.
type card struct {
	Title, Subtitle, Text string
	Images                []activity.CardImage
	Image                 *activity.CardImage
	Media                 []activity.MediaURL
	Facts                 []activity.Fact
	Items                 []activity.ReceiptItem
	Tax, VAT, Total       string
	Buttons               []activity.CardAction
}

func (r *rendering) attachment(att activity.Attachment) {
	switch {
	case att.ContentType == activity.ContentAdaptiveCard:
		r.adaptive(att.Content)
	case strings.HasPrefix(att.ContentType, "application/vnd.microsoft.card."):
		before := len(r.lines)
		var c card
		_ = json.Unmarshal(att.Content, &c) // a member of the wrong type leaves the others
		if r.card(c); len(r.lines) == before {
			r.add("[a card without text]")
		}
	default:
		r.add("[file] ", cmp.Or(att.Name, "without a name"), " (", att.ContentType, ") ", readable(att.ContentURL))
	}
}

func (r *rendering) card(c card) {
	r.add(c.Title)
	r.add(c.Subtitle)
	r.add(c.Text)
	if c.Image != nil {
		c.Images = append(c.Images, *c.Image)
	}
	for _, image := range c.Images {
		r.add("[image] ", cmp.Or(image.Alt, readable(image.URL)))
	}
	for _, media := range c.Media {
		r.add("[media] ", readable(media.URL))
	}
	for _, fact := range c.Facts {
		r.add(fact.Key, ": ", fact.Value)
	}
	for _, item := range c.Items {
		quantity := ""
		if item.Quantity != "" {
			quantity = item.Quantity + " × "
		}
		r.add(quantity, item.Title, "  ", item.Price)
		r.add(item.Subtitle)
		r.add(item.Text)
	}
	r.amount("Tax", c.Tax)
	r.amount("VAT", c.VAT)
	r.amount("Total", c.Total)
	r.actions(c.Buttons)
}

func (r *rendering) amount(name, amount string) {
	if amount != "" {
		r.add(name, ": ", amount)
	}
}

// readable is a link as it can be read: a file within the link is not.
func readable(link string) string {
	if strings.HasPrefix(link, "data:") {
		return "(enclosed)"
	}
	return link
}

func (r *rendering) actions(actions []activity.CardAction) {
	for _, action := range actions {
		r.button(pressed(action))
	}
}

func (r *rendering) button(b button) {
	r.buttons = append(r.buttons, b)
	r.lines = append(r.lines, fmt.Sprintf("[%d] %s", len(r.buttons), b.title))
}

// pressed is what a button does, as in Web Chat.
func pressed(action activity.CardAction) button {
	value := action.ValueText()
	b := button{title: cmp.Or(action.Title, value, action.Text, "button")}
	switch action.Type {
	case activity.ActionOpenURL, activity.ActionSignin, activity.ActionCall, activity.ActionPlayAudio,
		activity.ActionPlayVideo, activity.ActionShowImage, activity.ActionDownloadFile:
		b.address = value
	case activity.ActionIMBack:
		b.says = activity.Message(cmp.Or(value, action.Title))
	case activity.ActionPostBack:
		b.says = postBack(action.Value)
	case activity.ActionMessageBack:
		b.says = activity.Message(action.Text)
		b.says.Value = action.Value
		b.says.ChannelData, _ = json.Marshal(map[string]any{"messageBack": map[string]string{"displayText": action.DisplayText}})
	}
	return b
}

// postBack says a value: text as text, the rest as it is.
func postBack(value json.RawMessage) *activity.Activity {
	a := activity.Message("")
	if json.Unmarshal(value, &a.Text) != nil {
		a.Value = value
	}
	a.ChannelData = json.RawMessage(`{"postBack":true}`)
	return a
}
