// Package signin lets users sign in to other services from within a
// conversation, and gives an agent's handlers their tokens.
//
//	tokens, err := connector.NewUserTokens(connector.Config{Tokens: connections, Hosts: hosts}, "")
//	…
//	flows := signin.New(signin.Config{
//		Connections: []signin.Connection{{Name: "graph", OAuthConnection: "graph-aad", SSO: true}},
//		Tokens:      tokens,
//		Storage:     app.Storage(),
//	})
//	app.Use(flows.Middleware)
//	app.OnText("me", flows.Require("graph")(func(ctx context.Context, t *agent.Turn) error {
//		token, err := flows.Token(ctx, t, "graph")
//		…
//	}))
//
// Who says "me" and is not signed in gets a card. When they have signed in, the
// message comes again in a turn of its own and the handler runs; they need not
// repeat it.
//
// # How a sign-in ends
//
// It is under way for one user in one conversation, and ends when
//
//   - the user types the code that the sign-in page showed: a message that is
//     six digits and nothing else;
//   - the client brings the code (the invoke signin/verifyState) or a token of
//     its own (signin/tokenExchange, for a Connection with SSO);
//   - the channel says that the user has signed in (the event tokens/response).
//     The token in that event is not believed; the service is asked;
//   - the user writes something else, and the service turns out to have the
//     token: both messages are handled;
//   - the user gives up, by a cancel word or on the page: nothing is said;
//   - it fails: Config.Tries wrong codes or other messages in their place, a
//     token that cannot be exchanged, signin/failure, or Config.Timeout. Then
//     Config.OnFailure is called, and what waited is dropped.
//
// On Teams, which brings codes by itself, a message does not count as a wrong
// code: the user is told that a sign-in is under way. A message after the time
// is over is handled as any other, unless it is a code.
// (proactive-hosting-auth 7)
//
// Several sign-ins may be under way at once, as for Require("graph", "mail").
// The message comes again when all are done; the failure of one ends them all.
// Of several devices that offer a token for the same card, the first one's is
// used and the others are told that it worked.
//
// # Invokes
//
// They are answered as proactive-hosting-auth 7 says: verifyState 200, 404 for
// a wrong code, 500 when the service fails; tokenExchange 200, 412 when the user
// has to consent, 400 otherwise; all of them 400 when no sign-in is under way. An
// invoke whose own handler needs a sign-in is answered 412 and does not come
// again.
//
// # What is kept
//
// A sign-in under way is a document in Config.Storage, written at once and with
// its version checked, so that processes of one agent may share it. It holds the
// message that waits, and never a token. Tokens live in the service, and in
// memory as long as a turn. A message comes again at most once: it is lost when
// the process ends at that moment, or when its conversation is too busy, which
// is logged.
//
// Tokens are not logged here, and what prints an [activity.TokenResponse] shows
// none. The activities tokens/response and signin/tokenExchange hold one: add
// [Flows.Middleware] before any middleware that records activities.
//
// # Proactive turns
//
// [Flows.Token] works in them, too. Nobody is there to sign in, so no card is
// sent: package proactive asks [Flows.Missing] before its handlers run.
package signin
