// Package usertoken is a simulated user-token service, with a simulated
// identity provider: sign-in, the code to type in the chat, and silent sign-in
// (SSO) can be tried with no account. An agent finds it by its setting
// TOKEN_SERVICE_ENDPOINT.
//
//	service, err := usertoken.New(usertoken.Config{
//		BaseURL: "http://127.0.0.1:3979",
//		Store:   storage.NewMemory(),
//		Deliver: deliver, // how the agent is told of a sign-in without a code
//	})
//	mux.Handle("/api/usertoken/", service.Handler())
//	mux.Handle("/api/botsignin/", service.Handler())
//
// # What is promised
//
// The agent's routes are those of the real service (proactive-hosting-auth 5.6;
// directline 8):
//
//	GET    /api/usertoken/GetToken                  404 when the user is not signed in
//	GET    /api/usertoken/GetTokenOrSignInResource
//	POST   /api/usertoken/exchange
//	DELETE /api/usertoken/SignOut
//	GET    /api/usertoken/GetTokenStatus
//	POST   /api/usertoken/GetAadTokens
//	GET    /api/botsignin/GetSignInUrl
//	GET    /api/botsignin/GetSignInResource
//
// [Config.Check] guards them. Errors are {"error":{"code","message"}}. A page
// whose origin is neither loopback nor BaseURL is answered 403, on every route,
// and so is what a page from elsewhere has its browser get from these.
//
// # Signing in
//
// The link of a sign-in resource opens a page that says it is a simulation,
// where a person gives any name. It lives for 15 minutes and ends one sign-in; an
// agent that asks again for the same user and connection gets the same link.
// Then the page shows a code of six digits. The agent passes what the user types
// in the chat to GetToken, which gives the token for the right code: once,
// within 5 minutes, for this user, connection and channel. Five wrong tries
// destroy a code.
//
// The code proves that the person on the page is the one in the chat. It is not
// needed when both are the same browser: then the chat page says so before it
// opens the link, by
//
//	POST /api/botsignin/session {"link": the sign-in link}
//
// which binds the link to the browser by a cookie. After signing in there, the
// agent gets the event tokens/response at once, by [Config.Deliver]. Anywhere
// else the link still ends with a code.
//
// A finalRedirect becomes a link on the last page. It may lead to this machine
// or to BaseURL, and nowhere else.
//
// # Tokens
//
// A token looks like a JSON web token without a signature, which says
// "simulated": true and the chosen name. It proves nothing and opens nothing. It
// lives for an hour, and is renewed when it is asked for in its last ten minutes, as
// the real service does with a refresh token. A user is forgotten after a day
// without a change; there are at most 10,000 users with 20 connections each. All
// of it is in the store.
//
// # Silent sign-in
//
// A token exchange resource has a uri such as api://simulated/graph. A client
// gets a token for it without asking anybody:
//
//	POST /api/botsignin/ssotoken {"user": "Ann", "uri": "api://simulated/graph"}
//
// which answers {"token"}, good for 5 minutes and until the service restarts. The
// client sends it to the agent in the invoke signin/tokenExchange, and the agent
// to exchange; or the client posts {"token"} to the sasUrl of the token post
// resource. Exchange accepts
//
//   - such a token, for the connection it was made for: the user is signed in;
//   - [ConsentToken], which always answers 400 with the code ConsentRequired;
//   - a uri and no token: 200 with the token of a user who is signed in, else 404;
//   - anything else is 400 with the code InvalidToken or BadArgument.
//
// # What it leaves to others
//
// The pages, session, ssotoken and token are not behind [Config.Check]: whoever
// reaches the service may sign in under any name. Serve it on loopback, behind a
// guard such as that of package localchannel; note that the sign-in form is sent
// as application/x-www-form-urlencoded. code_challenge, emulatorUrl and fwdUrl are
// ignored.
package usertoken
