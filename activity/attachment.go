package activity

import "encoding/json"

// An Attachment is a card or a file. Content and ContentURL exclude each other
// (A7100).
type Attachment struct {
	ContentType  string          `json:"contentType"`
	ContentURL   string          `json:"contentUrl"`
	Content      json.RawMessage `json:"content"` // any JSON, usually a card
	Name         string          `json:"name"`
	ThumbnailURL string          `json:"thumbnailUrl"`

	Extra
}

// SuggestedActions are buttons shown until the user answers. An empty To means
// everybody.
type SuggestedActions struct {
	To      []string     `json:"to"`
	Actions []CardAction `json:"actions"`

	Extra
}

// A CardAction is a button: what it shows and what pressing it does.
type CardAction struct {
	Type         string          `json:"type"` // "imBack", "postBack", "messageBack", "openUrl", "signin", …
	Title        string          `json:"title"`
	Image        string          `json:"image"`
	ImageAltText string          `json:"imageAltText"`
	Text         string          `json:"text"`
	DisplayText  string          `json:"displayText"`
	Value        json.RawMessage `json:"value"`
	ChannelData  json.RawMessage `json:"channelData"`
	IconURL      string          `json:"iconUrl"` // Teams

	Extra
}
