package activity

import "encoding/json"

// A Transcript is a record of activities.
type Transcript struct {
	Activities []Activity `json:"activities"`

	Extra
}

// An ErrorResponse is the body of an answer that is not a success.
type ErrorResponse struct {
	Error ErrorBody `json:"error"`

	Extra
}

// An ErrorBody says what went wrong, for programs and for developers.
type ErrorBody struct {
	Code           string          `json:"code"` // such as "ConversationNotFound"
	Message        string          `json:"message"`
	InnerHTTPError *InnerHTTPError `json:"innerHttpError"` // of a service behind the one that answered

	Extra
}

// An InnerHTTPError is the answer a service got from another one.
type InnerHTTPError struct {
	StatusCode int             `json:"statusCode"`
	Body       json.RawMessage `json:"body"`

	Extra
}

// A CommandValue is the value of a command activity. The result repeats the
// CommandID (A11100).
type CommandValue struct {
	CommandID string          `json:"commandId"`
	Data      json.RawMessage `json:"data"`

	Extra
}

// A CommandResultValue is the value of a commandResult activity. Error is set
// exactly when the command failed (A11300, A11301).
type CommandResultValue struct {
	CommandID string          `json:"commandId"`
	Data      json.RawMessage `json:"data"`
	Error     *ErrorBody      `json:"error"`

	Extra
}

// A HandoffStatus is the value of a handoff.status event: how handing the
// conversation to a person is going.
type HandoffStatus struct {
	State   string `json:"state"` // [HandoffAccepted], [HandoffFailed], [HandoffCompleted]
	Message string `json:"message"`

	Extra
}

// An AdaptiveCardInvokeValue is the value of an adaptiveCard/action invoke.
type AdaptiveCardInvokeValue struct {
	Action         *AdaptiveCardInvokeAction   `json:"action"`
	Authentication *TokenExchangeInvokeRequest `json:"authentication"` // after a single sign-on
	State          string                      `json:"state"`          // magic code after an OAuth sign-in
	Trigger        string                      `json:"trigger"`        // "manual" or "automatic"

	Extra
}

// An AdaptiveCardInvokeAction is the Action.Execute that was pressed.
type AdaptiveCardInvokeAction struct {
	Type string          `json:"type"` // "Action.Execute"
	ID   string          `json:"id"`
	Verb string          `json:"verb"`
	Data json.RawMessage `json:"data"`

	Extra
}

// An AdaptiveCardInvokeResponse answers an adaptiveCard/action invoke.
type AdaptiveCardInvokeResponse struct {
	StatusCode int             `json:"statusCode"`
	Type       string          `json:"type"` // content type of Value: a card, a message or an error
	Value      json.RawMessage `json:"value"`

	Extra
}

// A SearchInvokeValue is the value of an application/search invoke.
type SearchInvokeValue struct {
	Kind         string               `json:"kind"` // "search", "searchAnswer", "typeAhead"; Teams leaves it out for "search"
	QueryText    string               `json:"queryText"`
	QueryOptions *SearchInvokeOptions `json:"queryOptions"`
	Context      json.RawMessage      `json:"context"`
	Dataset      string               `json:"dataset"`

	Extra
}

// SearchInvokeOptions say which part of the results is wanted.
type SearchInvokeOptions struct {
	Skip int `json:"skip"`
	Top  int `json:"top"`

	Extra
}
