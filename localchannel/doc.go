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
// # Many channels in one
//
// A conversation looks to the agent like one of Config.ChannelID, or of the
// channel that [Channel.Start] names: msteams (personal, group chat, or a thread
// in a channel of a team), webchat, directline or emulator. Ids, senders, tenant,
// members and what else the activities carry are as there, and the rules of Teams
// hold where an agent starts a conversation. Whatever its channel, clients join
// with the conversation's id.
//
// # Trying things out
//
// [Channel.Deliver] gives the agent any activity, [Channel.Join] and
// [Channel.Leave] change who is there, [Channel.SetFault] makes the agent's calls
// fail, be slow or lose their answer, and [Channel.Move] gives the Connector
// service another address. Config.Watch is told of every exchange with the agent.
//
// # Who may call
//
// Without Config.Secret whoever is on this machine: a [Guard] around everything
// refuses other machines, proxies, and web pages from elsewhere. Tokens are
// given out and, when presented, honoured, but nobody needs one.
//
// With a secret Direct Line answers other machines and pages of any origin, and
// asks them for it, or for a token made from it, which opens one conversation
// for half an hour and can be refreshed while it lives. Tokens end with their
// secret. [Channel.GenerateToken] makes them for pages of the same process.
// Behind a proxy, X-Forwarded-Proto, -Host and -Prefix say where the client
// finds the stream. Config.TrustedOrigins narrows down which pages may call.
//
// The Connector service asks Config.CheckAgent, or stays behind a Guard. It
// never answers pages from elsewhere, with or without a secret.
//
// # Files
//
// Clients upload one file as it is, or a form with files and an activity.
// Files are stored in chunks under an address that nobody can guess, below
// BaseURL + "/files/": whoever knows it may read the file, as agents and pages
// do. What could run in a page, HTML and SVG before all, is downloaded and never
// shown, and all of it is in a sandbox. Names lose their path and all that is
// invisible. Files go with their conversation, and the oldest go when
// there is no more room (Config.MaxUpload). The attachments of the Connector
// service are the same files, with addresses of their own.
//
// # Limits
//
// An activity has at most 256 K characters. A poll is answered with about 4 MB
// and the watermark to go on with. A socket may have 256 frames or 1 MB waiting;
// a client that does not take a frame within 10 seconds is cut off and comes
// back with its watermark. A conversation has one socket, the newest. An idle
// one costs about 15 KB, the conversation included.
//
// # Left out
//
// The user-token service is package usertoken, and what agents and channel need
// to trust each other package authority. Of the delivery modes only
// expectReplies is passed on to the agent.
package localchannel
