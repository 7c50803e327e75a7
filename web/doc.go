// Package web holds the pages that are built into the program: the chat page,
// a Direct Line client in the browser; the page of the playground; and a page
// for the real Web Chat.
//
//	pages, err := web.Handler(web.Config{Title: "Coffee shop"})
//	mux.Handle("/", pages)
//	mux.Handle("/v3/directline/", channel.Handler())
//
// # What is promised
//
// The pages are plain HTML, CSS and JavaScript modules of our own, embedded:
// there is no build step, nothing is loaded from elsewhere but the pictures and
// the sound that an agent shows, and the transfer of the chat page stays under
// 150 KB.
//
// Nothing that an agent or a user says can become markup or script. The pages
// make elements and text nodes and never parse HTML; links open http and
// https addresses only; and the Content-Security-Policy forbids, beside
// foreign and inline script, being framed, submitting forms, and connections
// to other hosts.
//
// The chat page keeps in the browser's storage an id of the user, which it
// makes up; the ids of the latest 20 conversations, with the first words of
// each as its name and how far it was read; and, until the tab closes, what was
// typed and not sent. So a reload or a restart of the server goes on where it
// was. It keeps no other text.
//
// # Addresses
//
// The chat page opens the conversation that its address names, for the user it
// names: /?user=ID&name=NAME#conversation=ID.
//
// # The real Web Chat
//
// /webchat runs Microsoft's control, botframework-webchat, against the same
// Direct Line server. The control is not part of this package: see
// [Config.WebChat], or build with the tag webchat after make webchat. That page
// alone has a looser policy, as the control writes styles and HTML itself.
//
// # What it leaves to others
//
// The pages talk to the Direct Line server at /v3/directline of their own
// address. When that answers 401, they ask /playground/api/token for a token.
// Sign-in cards ask /api/botsignin/ssotoken for a token to exchange, and files
// are read where the server says they are.
package web
