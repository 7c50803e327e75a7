package auth

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// Bind checks that the token behind id was meant for this activity. The error
// is an [*Error].
//
// If the token has a serviceurl claim, the activity's service URL must have the
// same host: replies go there, with a token of ours. Scheme, port and path do
// not matter, and an activity without service URL passes, as there is nowhere
// to reply to.
//
// If the signing key is endorsed for certain channels, the activity must come
// from one of them. That goes by the key, not by its issuer: the Bot Framework
// endorses its keys, Microsoft Entra does not.
func (v *Verifier) Bind(id activity.Identity, a *activity.Activity) error {
	claim, ok := id.Claims["serviceurl"]
	if ok && a.ServiceURL != "" && !sameHost(claim, a.ServiceURL) {
		return &Error{
			Status: http.StatusBadRequest,
			Public: "the service URL is not the one the token was issued for",
			Err:    fmt.Errorf("claim %.200q, activity %.200q", claim, a.ServiceURL),
		}
	}
	channel, _, _ := strings.Cut(a.ChannelID, ":") // without sub-channel
	if len(id.Endorsements) > 0 && !slices.Contains(id.Endorsements, channel) {
		return refuse("its key is endorsed for %.200q, not for channel %.100q", id.Endorsements, channel)
	}
	return nil
}

func sameHost(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && ua.Hostname() != "" && strings.EqualFold(ua.Hostname(), ub.Hostname())
}
