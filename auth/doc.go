// Package auth answers the two questions of every call between a channel and
// an agent: who is calling, and who are we.
//
//   - A [Verifier] checks the token of an incoming request and returns the
//     [activity.Identity] it speaks for. [Anonymous] takes its place in
//     development, where no tokens exist.
//   - [Connections] obtain the agent's own tokens for outgoing calls: one token
//     per connection and scope, shared by all callers and renewed early.
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
// # What is left to others
//
// Package server reads the environment, keeps [Anonymous] on loopback and
// decides about Host and Origin. Whoever accepts a conversation from outside
// must check its claims before [Connections.Token] sees them: they choose which
// of the agent's identities speaks, and to whom. Only client secrets are built
// so far; certificates, managed and workload identities are a start-up error,
// and agentic users speak with the token of their connection.
//
// Everything in this package may be used by many goroutines at once. No error
// and no log line holds a token or a secret.
package auth
