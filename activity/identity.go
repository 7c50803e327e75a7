package activity

import "strings"

// An Identity is who a verified token speaks for, or nobody in anonymous mode.
// It holds claims, never the token. Treat it as read-only: turns share it.
type Identity struct {
	// Claims are the claims of the token by name. Of a claim with several
	// values, such as aud, it holds the one that was accepted.
	Claims map[string]string

	// Endorsements are the channels that the signing key is endorsed for.
	// Empty means that the key's issuer does not endorse keys.
	Endorsements []string
}

// Anonymous reports whether no token was presented and none was needed.
func (id Identity) Anonymous() bool { return len(id.Claims) == 0 }

// Audience is the id of the agent that the token was issued for, its aud
// claim; "" when anonymous.
func (id Identity) Audience() string { return id.Claims["aud"] }

// Caller is the app id of whoever sent the token: appid in tokens of version
// 1.0 (or without one), azp in 2.0. (proactive-hosting-auth 4.2)
func (id Identity) Caller() string {
	switch id.Claims["ver"] {
	case "", "1.0":
		return id.Claims["appid"]
	case "2.0":
		return id.Claims["azp"]
	}
	return ""
}

// IsAgent reports whether the caller is another agent rather than a channel:
// the token has a version, is not meant for the Bot Framework itself, and was
// asked for by another app than its audience. (proactive-hosting-auth 3.4)
func (id Identity) IsAgent() bool {
	if id.Claims["ver"] == "" || strings.HasPrefix(id.Audience(), "https://api.botframework.") {
		return false
	}
	caller := id.Caller()
	return caller != "" && caller != id.Audience()
}
