// Package server puts an agent behind HTTP: messaging endpoint, credentials,
// connector, health, and an orderly stop.
//
//	app := agent.New(agent.Config{})
//	app.OnMessage(…)
//	err := server.Run(ctx, app, server.FromEnv())
//
// It serves
//
//	/api/messages   the messaging endpoint
//	/healthz        200 while the process is up
//	/readyz         200, and 503 while it drains
//	/metrics        counters for Prometheus, to this machine or with Config.MetricsKey
//	/proactive/     triggers for other programs, if Proactive.Path says so
//
// and whatever [Server.Handle] adds. On SIGTERM or SIGINT it stops taking
// activities, waits for the turns that run, up to Config.Grace, then ends the
// background work, and returns.
//
// # Speaking first
//
// The server keeps the address of every conversation in which somebody writes
// to the agent, in the App's storage. [Server.Messenger] speaks there, from any
// goroutine:
//
//	srv, err := server.New(app, server.FromEnv())
//	…
//	id, err := srv.Messenger().Send(ctx, conversationID, activity.Message("Your report is ready!"))
//
// # Work that outlives a turn
//
// A handler takes what it needs by Turn.Detach and hands the rest to a queue,
// which the server ends in order when it stops. Make it first, so that handlers
// can have it:
//
//	work := background.New(background.Config{})
//	err := server.Run(ctx, newAgent(work), server.Config{Background: work})
//
// Without credentials the server is anonymous: it listens on loopback only,
// and refuses requests whose Host or Origin is not of this machine, so that a
// web page elsewhere cannot make the agent speak.
package server
