// Package web holds the pages that are built into the program. Today that is
// the chat page, a Direct Line client in the browser:
//
//	mux.Handle("/", web.Handler())
//	mux.Handle("/v3/directline/", channel.Handler())
//
// # What is promised
//
// The page is plain HTML, CSS and JavaScript modules of our own, embedded:
// there is no build step, nothing is loaded from elsewhere but the pictures
// that an agent shows, and the whole transfer stays under 100 KB.
//
// Nothing that an agent or a user says can become markup or script. The page
// makes elements and text nodes and never parses HTML; links open http and
// https addresses only; and the Content-Security-Policy forbids, beside
// foreign and inline script, being framed, submitting forms, and connections
// to other hosts.
//
// The page keeps in the browser's storage an id of the user, which it makes up,
// and the id of the conversation, so that a reload or a restart of the server
// goes on where it was. It keeps no text.
//
// # What it leaves to others
//
// It talks to the Direct Line server at /v3/directline of its own address and
// sends no credentials. The answers to its first suggestions, and the
// /api/proactive that it explains, are those of examples/showcase.
package web
