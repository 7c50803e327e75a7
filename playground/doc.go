// Package playground is a developer's view of a [localchannel.Channel]: what
// went over the wire between channel and agent, in both directions, and the
// switches to make things happen that a chat client cannot. It is the HTTP
// side; the page that uses it is in package web.
//
//	recorder := playground.NewRecorder()
//	defer recorder.Close()
//	channel, err := localchannel.New(ctx, localchannel.Config{…, Watch: recorder.Watch})
//	…
//	p := playground.New(channel, recorder, playground.Config{Agent: agentURL})
//	mux.Handle("/playground/api/", p.Handler())
//
// # Routes
//
// All are below /playground/api and speak JSON. {id} is a conversation.
//
//	GET    /agent                                which agent, and how
//	GET    /conversations?user=ID                the latest 200, of everybody or of one user
//	POST   /conversations                        localchannel.Start → localchannel.Info
//	GET    /conversations/{id}                   localchannel.Info
//	GET    /conversations/{id}/transcript        a .transcript file
//	GET    /conversations/{id}/txtar             a test for agenttest.RunTranscripts
//	POST   /conversations/{id}/activities        any activity → localchannel.Answer
//	POST   /conversations/{id}/members           {"members":[{"id","name"}]}
//	DELETE /conversations/{id}/members/{user}
//	POST   /conversations/{id}/install           the agent is added, or
//	POST   /conversations/{id}/uninstall         taken away: from then on its calls get 403
//	POST   /conversations/{id}/block             the user blocks the agent: 403 as well
//	POST   /conversations/{id}/unblock
//	PUT    /conversations/{id}/fault             localchannel.Fault; {} takes it away
//	PUT    /fault                                the same for all conversations
//	GET    /faults                               which are set, by conversation; "" is all
//	POST   /move                                 another service URL → {"serviceUrl"}
//	GET    /templates?conversation=&user=        activities to begin with, as the channel has them
//	GET    /exchanges?after=SEQ&conversation=    what was recorded, oldest first, 500 at a time
//	GET    /events                               the same, live, as server-sent events
//	POST   /token                                {"user","conversationId"} → directline.Conversation
//
// An error is {"error":{"code","message"}} with its status. A body has at most
// 256 KB.
//
// # What is promised
//
// What [activity.Capabilities] says the channel of a conversation cannot do is
// attached to the exchange as a warning: the local channel carries it all the
// same. So is an activity type that the protocol does not know.
//
// The [Recorder] is bounded and in memory. A reader of /events that is too slow
// is cut off; it comes back with its Last-Event-ID and misses only what is no
// longer kept, which the event "missed" tells.
//
// # Who may call
//
// This machine alone, whether or not the channel has a secret: everything is
// behind a [localchannel.Guard].
package playground
