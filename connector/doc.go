// Package connector speaks the channel REST protocol: what an agent says to
// Teams, Web Chat, Direct Line and every other channel leaves through a
// [Client].
//
//	client := connector.New(connector.Config{Tokens: tokens})
//	sent, err := client.Send(ctx, conversation, message)
//
// A conversation carries its own address (service URL, channel, conversation,
// agent), so one Client serves all of them, from any number of goroutines. It
// fits the Connector port of package agent.
//
// # What it promises
//
//   - A token goes only to a trusted host. [HostChecker] is asked on every call,
//     before a token is, and a redirect is never followed.
//   - Whatever stands in an id, the request stays on the path of its operation.
//     What cannot be sent safely is refused with [activity.ErrInvalid].
//   - A message is never sent twice unasked. Reads, updates and deletions are
//     repeated after 412, 429, 502, 503, 504 and lost connections; a message only
//     when the channel cannot have taken it: after 412, 429 and 503, or when it
//     never left. When it may have been taken (any other 5xx, a connection lost),
//     the error is [activity.ErrOutcomeUnknown], at once.
//   - Retry-After is obeyed. Waits end after Config.MaxWait in all, the attempts
//     included, then the last error is returned with its retry time; and no call
//     waits beyond its context.
//
// # Errors
//
// An answer that is not a success is an [*activity.Error] with status, code
// and message of the channel. Without an answer the error matches
// [activity.ErrUnreachable] (nothing was delivered),
// [activity.ErrOutcomeUnknown] (a message may have been), or
// [activity.ErrUnavailable] (repeating is harmless). When the context ended,
// the error matches the context's too. No error holds a token or the text of a
// message, unless the channel put it into its own words.
//
// # Users' tokens
//
// [UserTokens] calls the service that keeps tokens of users, at an address of
// its own, by the same rules. Package signin runs sign-ins with it.
//
// # What it leaves to others
//
// Getting tokens, addressing an activity (see
// [activity.ConversationReference.Apply]), retrying for hours (the outbox) and
// keeping within rate limits.
package connector
