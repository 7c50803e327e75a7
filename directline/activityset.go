package directline

import "github.com/outspoken-go/outspoken/activity"

// An ActivitySet is a piece of a conversation, oldest activity first. It
// answers a GET of activities and is what a socket carries.
type ActivitySet struct {
	Activities []activity.Activity `json:"activities"`

	// Watermark means "I have seen everything up to here". Clients hand it
	// back as it is. A set without one leaves the client's mark where it was.
	Watermark string `json:"watermark,omitempty"`
}
