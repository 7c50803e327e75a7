// Package proactive lets an agent speak first.
//
// [Conversations] is an address book: its middleware keeps the address of
// every conversation the agent meets. A [Messenger] sends there, continues the
// conversation with a whole turn, or creates a new one:
//
//	book := proactive.NewConversations(store)
//	app.Use(book.Capture)
//	later := proactive.New(adapter, app, book, proactive.Config{})
//
//	id, err := later.Send(ctx, conversationID, activity.Message("Your report is ready!"))
//	err = later.Continue(ctx, conversationID, func(ctx context.Context, t *agent.Turn) error { … })
//	err = later.Run(ctx, conversationID, "report", Report{Number: 42})
//	conv, err := later.Create(ctx, proactive.CreateConversation{…}, handler)
//
// # Triggers
//
// [NewHandler] lets other programs do the same over HTTP: sendactivity, continue
// and create below /proactive, for callers that an [Authoriser] lets in. Below
// conversations the same handler shows the address book to them, page by page,
// removes from it and takes in what other SDKs stored. openapi.json describes
// all of it; docs/compat.md lists the error codes.
//
// # Ids
//
// A conversation goes by its conversation id. Where two channels or two agents
// on one store have the same id, a lookup says [ErrAmbiguous] and names the
// longer ids, [Entry.ID], which are accepted everywhere.
//
// # Marks
//
// Who uninstalled or blocked the agent, and what is gone, stays in the book
// with a [Mark], and sending there by id fails with [ErrMarked] before the
// channel is asked. The next turn that comes in clears the mark.
//
// # Who can change an address
//
// A stored service URL is where later messages go, with a token. These stand
// between a sender and that: the messaging endpoint trusts listed hosts only,
// and compares the service URL with the one in the token; turns of other
// agents are not captured; an address is kept per channel and agent, so that
// one channel cannot move that of another; what came with a verified token is
// not replaced by a turn without one; and the connector checks the host again
// for every call.
package proactive
