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
//
// and whatever [Server.Handle] adds. On SIGTERM or SIGINT it stops taking
// activities, waits for the turns that run, up to Config.Grace, and returns.
//
// Without credentials the server is anonymous: it listens on loopback only,
// and refuses requests whose Host or Origin is not of this machine, so that a
// web page elsewhere cannot make the agent speak.
package server
