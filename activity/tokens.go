package activity

import (
	"fmt"
	"log/slog"
)

// A TokenResponse is a user's token for a connection. Treat the token as a
// secret: neither log nor store it. Printing or logging a TokenResponse shows
// its connection and its end only; marshalling it shows all.
type TokenResponse struct {
	ChannelID      string `json:"channelId"`
	ConnectionName string `json:"connectionName"`
	Token          string `json:"token"`
	Expiration     Time   `json:"expiration"`
	IsExchangeable bool   `json:"isExchangeable"`

	Extra
}

// Format keeps the token out of everything that is printed.
func (x TokenResponse) Format(f fmt.State, _ rune) {
	if x.Token == "" {
		fmt.Fprintf(f, "no token for connection %q", x.ConnectionName)
		return
	}
	fmt.Fprintf(f, "token for connection %q until %q", x.ConnectionName, string(x.Expiration))
}

// LogValue keeps the token out of logs.
func (x TokenResponse) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(x)) }

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

// A TokenPostResource is where a client posts a token. Whoever knows the
// address may, so printing or logging it does not show it.
type TokenPostResource struct {
	SASURL string `json:"sasUrl"`

	Extra
}

// Format keeps the address out of everything that is printed.
func (x TokenPostResource) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "an address for posting a token")
}

// LogValue keeps the address out of logs.
func (x TokenPostResource) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(x)) }

// A TokenExchangeInvokeRequest is the value of a signin/tokenExchange invoke:
// the token a client offers in place of a sign-in. Printing or logging it does
// not show the token.
type TokenExchangeInvokeRequest struct {
	ID             string `json:"id"` // of the [TokenExchangeResource]
	ConnectionName string `json:"connectionName"`
	Token          string `json:"token"`

	Extra
}

// Format keeps the token out of everything that is printed.
func (x TokenExchangeInvokeRequest) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "token offered for connection %q, id %q", x.ConnectionName, x.ID)
}

// LogValue keeps the token out of logs.
func (x TokenExchangeInvokeRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(x)) }

// A TokenExchangeInvokeResponse tells the client why its token did not do; the
// client then shows the sign-in button.
type TokenExchangeInvokeResponse struct {
	ID             string `json:"id"`
	ConnectionName string `json:"connectionName"`
	FailureDetail  string `json:"failureDetail"`

	Extra
}
