// Package directline holds the nouns of Direct Line 3.0, the protocol by which
// a chat client talks to an agent through a channel: start a conversation,
// post activities, and receive those of the agent over a WebSocket or by
// asking again and again with a watermark.
//
// A [Conversation] says where to go on, an [ActivitySet] carries what was said,
// and an [ErrorResponse] what went wrong:
//
//	POST /v3/directline/conversations                  → Conversation
//	GET  /v3/directline/conversations/{id}?watermark=  → Conversation with a fresh stream address
//	POST /v3/directline/conversations/{id}/activities  → activity.ResourceResponse
//	GET  /v3/directline/conversations/{id}/activities  → ActivitySet
//	GET  /v3/directline/conversations/{id}/stream      → WebSocket of ActivitySets
//
// Package localchannel serves the protocol on one's own machine.
package directline
