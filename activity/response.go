package activity

import "encoding/json"

// An InvokeResponse answers an invoke activity. Status and Body become the
// status and the body of the HTTP response.
type InvokeResponse struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"` // any JSON; none when nil

	Extra
}

// OK reports whether the status is one of success.
func (r *InvokeResponse) OK() bool { return r.Status >= 200 && r.Status < 300 }

// ExpectedReplies is the body of the HTTP response to an activity with
// delivery mode expectReplies. Activities is written even when it is empty.
type ExpectedReplies struct {
	Activities []Activity      `json:"activities"`
	Body       json.RawMessage `json:"body"` // of the invoke response, if it was an invoke

	Extra
}

// An Inbound is one activity on its way to the agent, with all that an adapter
// needs to run its turn.
type Inbound struct {
	Activity *Activity
	Identity Identity

	// Reply, when set, takes what the turn sends instead of the channel's
	// connector, as delivery modes expectReplies and stream ask. It is called
	// by one goroutine at a time and returns the id the activity got, if any.
	Reply func(*Activity) (ResourceResponse, error)
}
