package activity

// A TokenResponse is a user's token for a connection. Treat the token as a
// secret: neither log nor store it.
type TokenResponse struct {
	ChannelID      string `json:"channelId"`
	ConnectionName string `json:"connectionName"`
	Token          string `json:"token"`
	Expiration     Time   `json:"expiration"`
	IsExchangeable bool   `json:"isExchangeable"`

	Extra
}

// A SignInResource is how a user can sign in to a connection.
type SignInResource struct {
	SignInLink            string                 `json:"signInLink"`
	TokenExchangeResource *TokenExchangeResource `json:"tokenExchangeResource"`
	TokenPostResource     *TokenPostResource     `json:"tokenPostResource"`

	Extra
}

// A TokenExchangeResource lets a client offer a token it already has.
type TokenExchangeResource struct {
	ID         string `json:"id"`
	URI        string `json:"uri"`
	ProviderID string `json:"providerId"`

	Extra
}

// A TokenPostResource is where a client posts a token.
type TokenPostResource struct {
	SASURL string `json:"sasUrl"`

	Extra
}

// A TokenExchangeInvokeRequest is the value of a signin/tokenExchange invoke:
// the token a client offers in place of a sign-in.
type TokenExchangeInvokeRequest struct {
	ID             string `json:"id"` // of the [TokenExchangeResource]
	ConnectionName string `json:"connectionName"`
	Token          string `json:"token"`

	Extra
}

// A TokenExchangeInvokeResponse tells the client why its token did not do; the
// client then shows the sign-in button.
type TokenExchangeInvokeResponse struct {
	ID             string `json:"id"`
	ConnectionName string `json:"connectionName"`
	FailureDetail  string `json:"failureDetail"`

	Extra
}
