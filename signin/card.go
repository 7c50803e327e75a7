package signin

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// card asks the user to sign in, in the form that the channel shows.
// (proactive-hosting-auth 7)
func (o *offer) card(t *agent.Turn) (*activity.Activity, error) {
	a := &activity.Activity{Type: activity.TypeMessage, InputHint: "acceptingInput", ChannelData: slices.Clone(t.Activity.ChannelData)}
	base, _ := activity.SplitChannel(t.Channel())
	switch strings.ToLower(base) {
	case activity.ChannelCortana, activity.ChannelSkype, activity.ChannelSkypeForBusiness: // no OAuth cards
		return a, a.AddCard(activity.SigninCard{
			Text:    o.Text,
			Buttons: []activity.CardAction{activity.Button(activity.ActionSignin, o.Title, o.resource.SignInLink)},
		})
	}
	button := activity.CardAction{Type: activity.ActionSignin, Title: o.Title}
	if o.ShowLink || strings.EqualFold(base, activity.ChannelTeams) || onThisMachine(t.Conversation().Reference.ServiceURL) {
		button = activity.Button(activity.ActionSignin, o.Title, o.resource.SignInLink)
	}
	card := activity.OAuthCard{Text: o.Text, ConnectionName: o.OAuthConnection, Buttons: []activity.CardAction{button}}
	if o.SSO {
		card.TokenExchangeResource, card.TokenPostResource = o.resource.TokenExchangeResource, o.resource.TokenPostResource
	}
	return a, a.AddCard(card)
}

// onThisMachine reports whether the channel is a local one, which adds no
// links to cards.
func onThisMachine(serviceURL string) bool {
	u, err := url.Parse(serviceURL)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || err == nil && ip.IsLoopback()
}
