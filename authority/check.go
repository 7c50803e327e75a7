package authority

import (
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/activity"
)

const maxHeader = 16 << 10 // bytes of an Authorization header

// Check returns nil when r carries a token that this authority issued to the
// agent. Otherwise the error is an [*activity.Error] with the status to answer:
// 401 without a token, or with one that is expired or not from here; 403 for
// one that is from here but was not issued to the agent.
func (a *Authority) Check(r *http.Request) error {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return a.refuse(http.StatusUnauthorized, "Unauthorized", "a bearer token is required; the agent gets one with its client id and secret")
	}
	scheme, raw, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || len(headers[0]) > maxHeader || !strings.EqualFold(scheme, "Bearer") {
		return a.refuse(http.StatusUnauthorized, "Unauthorized", "send one Authorization header: Bearer and the token")
	}
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(strings.TrimSpace(raw), claims,
		func(*jwt.Token) (any, error) { return &a.cfg.Key.PublicKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Name}), jwt.WithExpirationRequired(), jwt.WithStrictDecoding())
	if err != nil {
		return a.refuse(http.StatusUnauthorized, "Unauthorized", "the bearer token is expired or not from this authority; get a new one")
	}
	audience, err := claims.GetAudience()
	if err != nil || len(audience) != 1 || audience[0] != BotFrameworkAudience || claims["appid"] != a.cfg.ClientID || claims["iss"] != a.tenantIssuer() {
		return a.refuse(http.StatusForbidden, "Forbidden", "the bearer token was not issued to the agent for "+BotFrameworkAudience)
	}
	return nil
}

func (a *Authority) refuse(status int, code, message string) error {
	return &activity.Error{Op: "check the agent's token", Host: "local authority", Status: status, Code: code, Message: message}
}
