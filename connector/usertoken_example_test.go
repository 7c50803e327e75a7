package connector_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/connector"
)

// A user's token, if there is one. Package signin does the rest: cards, codes
// and single sign-on.
func ExampleUserTokens() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("userId") != "29:ann" {
			http.NotFound(w, r)
			return
		}
		fmt.Println(r.Method, r.URL.Path, "on", r.URL.Query().Get("channelId"))
		io.WriteString(w, `{"connectionName":"graph","token":"secret","expiration":"2030-01-01T00:00:00Z"}`)
	}))
	defer service.Close()
	local, err := auth.NewHosts(auth.HostsConfig{AllowLoopback: true})
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := connector.NewUserTokens(connector.Config{Hosts: local}, service.URL) // "" for Microsoft's
	if err != nil {
		log.Fatal(err)
	}
	to := activity.Conversation{Reference: activity.ConversationReference{
		ChannelID: activity.ChannelTeamsCopilot, User: activity.ChannelAccount{ID: "29:ann"},
	}}
	token, err := tokens.Token(context.Background(), to, "graph", "")
	fmt.Println(token, err)

	to.Reference.User.ID = "29:bob"
	token, err = tokens.Token(context.Background(), to, "graph", "")
	fmt.Println(token.Token == "", err)
	_, err = tokens.ExchangeToken(context.Background(), to, "graph", "a token of Bob's client")
	fmt.Println(errors.Is(err, connector.ErrConsentRequired))
	// Output:
	// GET /api/usertoken/GetToken on msteams
	// token for connection "graph" until "2030-01-01T00:00:00Z" <nil>
	// true <nil>
	// false
}
