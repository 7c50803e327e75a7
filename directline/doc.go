// Package directline is a client of Direct Line 3.0, the protocol by which a
// chat program talks to an agent through a channel, and holds its nouns.
//
// A [Client] starts a [Chat] or resumes one. [Chat.Post] says something,
// [Chat.Upload] sends files, and [Chat.Activities] hands out what is said, by
// the agent and by the user, over a socket or, where there is none, by asking
// once a second:
//
//	client, err := directline.New(directline.Config{Secret: secret})
//	chat, err := client.Start(ctx, directline.Parameters{User: directline.User{ID: "anna"}})
//	go func() {
//		chat.Post(ctx, activity.Message("hello"))
//	}()
//	for a, err := range chat.Activities(ctx) {
//		if err != nil {
//			return err // the conversation cannot go on
//		}
//		fmt.Println(a.From.Name, a.Text)
//	}
//
// # What is promised
//
// A lost connection is made anew, and nothing of the conversation is lost or
// comes twice. [Chat.ID] and [Chat.Watermark] are all that [Client.Resume] needs
// to go on in another process. Tokens are refreshed in time; a secret is used
// as it is. Secrets and tokens are sent to the base URL's host only, never by
// plain http to another machine, and stand in no error and no log line; neither
// does what people say. All that is read has a bound: 64 MB for a set of activities,
// 1 MB for other answers.
//
// Refusals are [activity.Error] values with the service's status and code. They
// match the reasons of package activity, such as [activity.ErrThrottled].
//
// # The nouns
//
// A [Conversation] says where to go on, an [ActivitySet] carries what was said,
// and an [ErrorResponse] what went wrong:
//
//	POST /v3/directline/tokens/generate                → Conversation without a stream address
//	POST /v3/directline/tokens/refresh                 → the same, with a new token
//	POST /v3/directline/conversations                  → Conversation
//	GET  /v3/directline/conversations/{id}?watermark=  → Conversation with a fresh stream address
//	POST /v3/directline/conversations/{id}/activities  → activity.ResourceResponse
//	POST /v3/directline/conversations/{id}/upload      → activity.ResourceResponse
//	GET  /v3/directline/conversations/{id}/activities  → ActivitySet
//	GET  /v3/directline/conversations/{id}/stream      → WebSocket of ActivitySets
//
// Package localchannel serves the protocol on one's own machine. "(directline
// 5)" in comments is section 5 of docs/protocol/directline.md.
package directline
