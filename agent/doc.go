// Package agent runs agents: it routes what a channel delivers to handlers,
// and lets them answer, keep state, and speak first.
//
// An [App] says what the agent does: routes and middlewares. An [Adapter] runs
// its turns and carries its words through a [Connector]. A [Turn] is the only
// unit of work: a message that arrives, a conversation that is continued and
// one that is created all become a Turn and pass the same middlewares.
//
//	app := agent.New(agent.Config{})
//	app.OnMessage(func(ctx context.Context, t *agent.Turn) error {
//		return t.SendText(ctx, "You said: "+t.Activity.Text)
//	})
//
// Package server puts an App behind HTTP; package agenttest drives one in a
// test.
//
// # Routes
//
// Of the routes that fit an activity one runs: an exact one ([App.OnText],
// [App.OnEvent], [App.OnInvoke], [App.OnMembersAdded] and the like) before a
// pattern ([App.OnPattern], [App.OnMatch]), a pattern before a type
// ([App.OnMessage], [App.OnActivity]), and [App.OnFallback] last. Of several
// patterns the first that was registered wins. Registering the same exact route
// or type twice, or a nil handler, panics, as it does in net/http. A card that
// was filled in arrives as a message with a Value and no text.
//
// # Speaking first
//
// A handler takes t.Conversation(), plain data that can be stored, and
// t.Adapter(). Later, from any goroutine, [Adapter.Send] sends one activity
// there and [Adapter.Continue] runs a whole turn. A handler that others start
// by a key, with a value of its own type, is registered with [OnContinue];
// package proactive finds conversations and runs it.
//
// # Answers that grow
//
// [Turn.Stream] is an io.Writer whose text the user sees growing, at the pace of
// the channel, and gets as one message where a channel cannot show that. Its
// context ends when the user stops the answer.
//
// # Order
//
// Turns of one conversation run one at a time; those of different
// conversations run side by side. Invokes do not wait. A handler that works
// for long holds up its conversation: hand the work, with what [Turn.Detach]
// gives, to package background or a goroutine of your own, and speak again when
// it is done.
//
// # State
//
// A [Key] names a typed property of the conversation, the user, or the user in
// the conversation. Documents are loaded on first touch and saved once, when
// the handler succeeded; concurrent changes of different properties merge.
package agent
