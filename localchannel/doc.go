// Package localchannel is a channel on one's own machine: it speaks Direct Line
// 3.0 to chat clients and is the Connector service for the agent behind it, so
// that an agent in any language can be talked to without a cloud.
//
//	channel, err := localchannel.New(ctx, localchannel.Config{
//		Agent:   "http://127.0.0.1:3978/api/messages",
//		BaseURL: "http://127.0.0.1:3979",
//		Store:   store,
//	})
//	if err != nil {
//		return err
//	}
//	defer channel.Close()
//	return http.ListenAndServe("127.0.0.1:3979", channel.Handler())
//
// # Two doors
//
// The agent is always called by HTTP, so that its time limits and failures are
// the real ones. It answers through the Connector service at [Channel.ServiceURL],
// or, if it lives in the same process, through the methods of [Channel], which
// do the same: Send, Update, Delete, CreateConversation, Member, Members.
//
// # What is promised
//
// What was acknowledged to the client or the agent is in the store, and a
// client goes on with its watermark after a restart. The client sees activities
// in the order of the conversation, each once per watermark. The agent gets
// those of one conversation in order, one at a time, as long as it answers
// within Config.AgentTimeout; invokes do not wait for messages. Typing
// indicators and invokes are not stored; conversationUpdates are never shown.
//
// # Who may call
//
// There is no secret. A [Guard] around everything refuses other machines,
// proxies, and web pages from elsewhere. Tokens are given out and, when
// presented, honoured, but nobody needs one.
//
// # Not there yet
//
// Secrets, uploads, session ids, the user-token service, attachments of the
// Connector service, and switches for faults. The delivery modes expectReplies
// and stream are taken off what a client posts: replies always come through
// the Connector service.
package localchannel
