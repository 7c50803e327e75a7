// Package agenttest drives an agent in memory, as a channel would:
//
//	c := agenttest.Start(t, app)
//	agenttest.WantTexts(t, c.SendText("hello"), "You said: hello")
//
// A [Client] is one user in one conversation. What it sends goes through
// [agent.Adapter.Process], as from the messaging endpoint; what the agent sends
// with the context of that turn comes back as [Replies]. Anything else that
// reaches the conversation is proactive and waits for [Client.Next]. A
// [Channel] has any number of conversations and users.
//
// # Failures
//
// A [Connector] is the fake channel itself. It records calls and can throttle,
// hang, fail, or lose the answer of a call that it carried out:
//
//	c.Connector().Fail(agenttest.Fault{Times: 2, Err: &activity.Error{Status: 429}})
//
// It stands in the place of connector.Client, which repeats calls by itself: a
// Fault is what is left after that.
//
// Whoever writes another [agent.Connector] proves it with [TestConnector].
//
// # Time
//
// A channel starts no goroutine and opens no socket, so all of it works in a
// bubble of testing/synctest, where a wait of hours is over at once. Make the
// channel inside the bubble.
//
// # Transcripts
//
// [RunTranscripts] checks conversations that are written down in txtar
// archives, and writes them anew with the flag -update. Text before the first
// file of an archive is for the reader; each file is one conversation with a
// new agent, in virtual time:
//
//	-- greets and repeats --
//	# Lines like this one, and empty ones, are kept.
//	user joins
//	bot: Welcome!
//
//	user: hello
//	bot typing
//	bot: You said: hello
//
// These lines act. VALUE and ACTIVITY are JSON; brackets mark what may be left
// out.
//
//	user: TEXT                 a message
//	user joins                 conversationUpdate; also user leaves
//	user installs              installationUpdate; also user uninstalls
//	user reacts TYPE ID        messageReaction to the message with this id
//	user event NAME [VALUE]    an event
//	user activity ACTIVITY     anything else; what is missing is filled in
//	invoke NAME [VALUE]        an invoke
//	wait DURATION              time goes by, such as 1.5s
//	time passes                time goes by until the agent speaks by itself
//
// These tell what the agent did, below the line that led to it:
//
//	bot: TEXT                  a message
//	bot card TYPE: CONTENT     an attachment of the message, by content type
//	bot suggests: A | B        suggested actions of the message, by title
//	bot typing                 a typing activity
//	bot event NAME [VALUE]     an event
//	bot updates ID: TEXT       an edit; ids count up: sent-1, sent-2, …
//	bot deletes ID             a deletion
//	bot activity ACTIVITY      anything else, without its address and time
//	response STATUS [BODY]     the answer of an invoke
//	failed: ERROR              the turn failed, after the error hook ran
//
// A text of several lines goes on in lines that begin with two spaces. Any
// other line is an error.
//
// The package defines the flag -update unless it exists already. A test that
// has the same wish looks it up with [flag.Lookup] instead of defining it.
package agenttest
