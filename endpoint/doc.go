// Package endpoint is the HTTP side of an agent: it takes activities at
// /api/messages, checks who sends them, and answers as the protocol asks.
//
//	h := endpoint.New(adapter, verifier, hosts, endpoint.Config{})
//	mux.Handle("/api/messages", h)
//
// A [Handler] is an [http.Handler] for any router. It needs a [Receiver], which
// runs the turn (agent.Adapter is one), a [Verifier], which checks the sender
// (auth.Verifier is one), and [Hosts] to answer to (auth.Hosts is one).
//
// # What is answered
//
//	200, 202   the turn ended within AckAfter, or goes on behind the answer
//	400        not an activity, or one that its sender may not send
//	401, 403   no token, or not the right one; empty body
//	405, 415   not a POST, or not JSON
//	413        larger than MaxBody
//	500        the turn failed; the body says no more than that
//	501        an invoke that nothing answered
//	503        draining, or no room; Retry-After says when to try again
//
// An invoke is answered with the status and body that its handler gave. With
// delivery mode expectReplies the answer holds what the turn sent, with stream
// it is a stream of server events. For these three the request waits for the
// turn, and hanging up cancels it. (proactive-hosting-auth 4.1)
package endpoint
