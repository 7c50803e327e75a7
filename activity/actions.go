package activity

import (
	"encoding/json"
	"fmt"

	"github.com/outspoken-go/outspoken/internal/wire"
)

// Types of card actions: what happens when the button is pressed.
const (
	ActionIMBack       = "imBack"       // the user says the value, for all to see
	ActionPostBack     = "postBack"     // the agent gets the value; the chat does not show it
	ActionMessageBack  = "messageBack"  // the agent gets text and value; the chat shows displayText
	ActionOpenURL      = "openUrl"      // value is the address
	ActionSignin       = "signin"       // value is the sign-in address
	ActionCall         = "call"         // value is a tel: address
	ActionPlayAudio    = "playAudio"    // value is the address
	ActionPlayVideo    = "playVideo"    // value is the address
	ActionShowImage    = "showImage"    // value is the address
	ActionDownloadFile = "downloadFile" // value is the address
	ActionOpenApp      = "openApp"
	ActionInvoke       = "invoke"         // Teams: the agent gets an invoke activity
	ActionSubmit       = "Action.Submit"  // Teams, suggested actions only
	ActionCompose      = "Action.Compose" // Teams, suggested actions only
)

// Layouts of several attachments.
const (
	LayoutList     = "list"
	LayoutCarousel = "carousel"
)

// Button is an action whose value is text, as most types want it. See
// [CardAction.SetValue] for others.
func Button(typ, title, value string) CardAction {
	raw, _ := wire.JSON(value) // text always is JSON
	return CardAction{Type: typ, Title: title, Value: raw}
}

// SetValue stores v as JSON in Value. It fails when v cannot be written as JSON.
func (c *CardAction) SetValue(v any) error {
	raw, err := wire.JSON(v)
	if err != nil {
		return fmt.Errorf("activity: card action: %w", err)
	}
	c.Value = raw
	return nil
}

// ValueText is the value if it is text, else "".
func (c *CardAction) ValueText() string {
	var s string
	_ = json.Unmarshal(c.Value, &s)
	return s
}

// Suggest offers titles as buttons; pressing one says its title. Set To to
// offer them to some people only.
func Suggest(titles ...string) *SuggestedActions {
	s := new(SuggestedActions)
	for _, title := range titles {
		s.Actions = append(s.Actions, Button(ActionIMBack, title, title))
	}
	return s
}
