package authority_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/authority"
)

// A channel calls an agent that insists on tokens.
func Example() {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()

	a, err := authority.New(authority.Config{
		BaseURL:      server.URL,
		ClientID:     "99999999-8888-7777-6666-555555555555",
		ClientSecret: "from the environment, never from the source",
		TenantID:     "contoso.example",
	})
	if err != nil {
		panic(err)
	}
	mux.Handle("/v1/.well-known/", a.Handler())
	mux.Handle("/contoso.example/", a.Handler())

	// The agent's side.
	verifier, err := auth.NewVerifier(auth.VerifierConfig{
		Audiences:         []string{"99999999-8888-7777-6666-555555555555"},
		ValidIssuers:      []string{a.Issuer()},
		OpenIDMetadataURL: a.MetadataURL(),
	})
	if err != nil {
		panic(err)
	}

	header, err := a.Token(context.Background(), "http://127.0.0.1:3979/connector/")
	if err != nil {
		panic(err)
	}
	caller, err := verifier.Verify(context.Background(), []string{header})
	fmt.Println(caller.Claims["serviceurl"], err)
	// Output: http://127.0.0.1:3979/connector/ <nil>
}
