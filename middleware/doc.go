// Package middleware holds small middlewares for agents. Take those you need:
//
//	app.Use(
//		middleware.Log(nil),
//		middleware.Recover(),
//		middleware.Timeout(time.Minute),
//		middleware.Deduplicate(store, 0),
//		middleware.Mentions(),
//		middleware.Welcome(store, greet),
//	)
//
// The first one is the outermost. Some need to see what a turn sends as well;
// such a [Pair] installs itself:
//
//	middleware.Typing(500*time.Millisecond, 2*time.Second).Install(app)
//	middleware.Transcript(middleware.TranscriptDir("transcripts")).Install(app)
package middleware

import "github.com/outspoken-go/outspoken/agent"

// A Pair is a middleware for turns and one for what they send, which belong
// together.
type Pair struct {
	Turn agent.Middleware
	Send agent.SendMiddleware
}

// Install adds both to app, inside of what was added before.
func (p Pair) Install(app *agent.App) {
	app.Use(p.Turn)
	app.UseSend(p.Send)
}
