package directline

// A Conversation tells a client how to go on with a conversation. It answers
// starting one, asking for one and, without StreamURL, asking for a token.
type Conversation struct {
	ID string `json:"conversationId"`

	// Token opens this conversation, and no other, for ExpiresIn seconds.
	Token     string `json:"token,omitempty"`
	ExpiresIn int    `json:"expires_in,omitempty"`

	// StreamURL is the ws:// or wss:// address of the conversation's socket.
	// It needs no header and must be used within 60 seconds.
	StreamURL string `json:"streamUrl,omitempty"`

	ReferenceGrammarID string `json:"referenceGrammarId,omitempty"` // for speech recognisers
	ETag               string `json:"eTag,omitempty"`
}

// Parameters ask for a token or for a conversation. All of them are optional.
type Parameters struct {
	User           User     `json:"user,omitzero"`
	TrustedOrigins []string `json:"trustedOrigins,omitempty"`
	ETag           string   `json:"eTag,omitempty"`
	Locale         string   `json:"locale,omitempty"` // BCP 47
}

// A User is who talks to the agent. In a request for a token the id must begin
// with [UserIDPrefix].
type User struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// UserIDPrefix marks user ids that a token vouches for.
const UserIDPrefix = "dl_"
