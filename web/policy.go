package web

import "strings"

// policy is the Content-Security-Policy of a page. Not every browser takes
// 'self' to mean the WebSockets of the page's host too, so that host is named.
// Pictures and sound of agents on this machine need not be https.
//
// The real Web Chat puts its style into the page by script, reads and shows
// what is to be uploaded from blob: addresses, makes small pictures in a worker,
// and writes Markdown and cards as HTML. Its page gets that much more, each of
// it found to be needed with 4.18.1, and still no script from elsewhere.
func policy(host string, webChat bool) string {
	connect := "'self'"
	if plain(host) {
		connect += " ws://" + host + " wss://" + host
	}
	const media = " https: http://127.0.0.1:* http://localhost:*"
	rules := []string{
		"default-src 'none'",
		"script-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}
	if webChat {
		return strings.Join(append(rules,
			"style-src 'self' 'unsafe-inline'",
			"connect-src "+connect+" blob:",
			"img-src 'self' blob: data:"+media,
			"media-src 'self'"+media,
			"worker-src blob:",
		), "; ")
	}
	return strings.Join(append(rules,
		"style-src 'self'",
		"connect-src "+connect,
		"img-src 'self' data:"+media,
		"media-src 'self'"+media,
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	), "; ")
}

// plain reports whether host can be written into a policy as it is. A Host
// header may hold a semicolon.
func plain(host string) bool {
	return host != "" && strings.IndexFunc(host, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-:[]", r))
	}) < 0
}
