// Package auth answers the two questions of every call between a channel and
// an agent: who is calling, and who are we.
//
//   - A [Verifier] checks the token of an incoming request and returns the
//     [activity.Identity] it speaks for. [Anonymous] takes its place in
//     development, where no tokens exist.
//   - [Connections] obtain the agent's own tokens for outgoing calls: one token
//     per connection and scope, shared by all callers and renewed early. They
//     also exchange users' tokens for other scopes ([Connections.OnBehalfOf]).
//   - [Hosts] decides where such a token may be sent at all.
//
// An incoming request is checked in two steps, since the token stands in its
// header and the rest in its body:
//
//	id, err := verifier.Verify(ctx, r.Header.Values("Authorization"))
//	… read the body …
//	err = verifier.Bind(id, activity)
//
// An outgoing call asks for the host first, so that no token is even requested
// for a host that would not get it:
//
//	err := hosts.Check(conversation.Reference.ServiceURL)
//	token, err := connections.Token(ctx, conversation)
//
// # What a token must be
//
// Signed with RS256 by a key of its issuer, for one of the agent's client ids,
// not expired (5 minutes of clock difference are forgiven), from a listed
// issuer, and from the tenant that the issuer names. Everything that can be told
// without a key is checked first, so junk causes no network traffic. Keys come
// from the issuer's OpenID metadata. They are kept 12 hours, longer while the
// issuer does not answer; an unknown key has them fetched anew, at most once a
// minute.
//
// Two checks bind a token to its activity and cannot be switched off: the host
// of its serviceurl claim, and the channels that its signing key is endorsed
// for.
//
// # Agentic identities
//
// An agent may have an identity of its own in a directory: an instance, which is
// an app, made after a blueprint, which is the app of a connection; and a user
// account that the instance acts as. The channel says so in the agent's account
// ([activity.ChannelAccount.Agentic]), and [Connections.Token] then gives a token
// of that identity, got in steps:
//
//  1. The connection proves itself and gets an app token for the instance
//     (client_credentials with fmi_path).
//  2. With that the instance gets its own token (client_assertion). An agent in
//     the role agenticAppInstance speaks with this one.
//  3. With both the instance gets a token of its user account (user_fic). An
//     agent in the role agenticUser speaks with this one, which is for the
//     connection's Scopes or else for the service behind the channel "agents".
//
// All are asked for in the tenant of the agent's account, else in that of the
// conversation, and shared like every other token. Where the blueprint is not the
// app that the channel calls, [Connection.Alternate] names it.
// (proactive-hosting-auth 3.4 and 6.3)
//
// # What is left to others
//
// Package server reads the environment, keeps [Anonymous] on loopback and
// decides about Host and Origin. Whoever accepts a conversation from outside
// must check its claims and the agent's account before [Connections.Token] sees
// them: they choose which of the agent's identities speaks, and to whom. Only
// client secrets are built so far; certificates, managed and workload
// identities are a start-up error.
//
// Everything in this package may be used by many goroutines at once. No error
// and no log line holds a token or a secret.
package auth
