package activity

import (
	"bytes"
	"slices"
	"strings"
)

// Channel ids as they stand in ChannelID.
const (
	ChannelA2A              = "a2a"
	ChannelAgents           = "agents"
	ChannelAlexa            = "alexa"
	ChannelConsole          = "console"
	ChannelCortana          = "cortana"
	ChannelDirectLine       = "directline"
	ChannelDirectLineSpeech = "directlinespeech"
	ChannelEmail            = "email"
	ChannelEmulator         = "emulator"
	ChannelFacebook         = "facebook"
	ChannelGroupMe          = "groupme"
	ChannelKik              = "kik"
	ChannelLine             = "line"
	ChannelM365             = "m365extensions"
	ChannelMCP              = "mcp"
	ChannelOmnichannel      = "omnichannel"
	ChannelOutlook          = "outlook"
	ChannelPVAStudio        = "pva-studio"
	ChannelSkype            = "skype"
	ChannelSkypeForBusiness = "skypeforbusiness"
	ChannelSlack            = "slack"
	ChannelSMS              = "sms"
	ChannelTeams            = "msteams"
	ChannelTeamsCopilot     = "msteams:COPILOT" // with its sub-channel, as [Activity.Channel] gives it
	ChannelTelegram         = "telegram"
	ChannelTelephony        = "telephony"
	ChannelTest             = "test"
	ChannelTwilio           = "twilio-sms"
	ChannelWebChat          = "webchat"
)

// SplitChannel parts "msteams:COPILOT" into channel and sub-channel. A colon
// in front belongs to the channel.
func SplitChannel(full string) (base, sub string) {
	if i := strings.IndexByte(full, ':'); i > 0 {
		return full[:i], full[i+1:]
	}
	return full, ""
}

// Channel is the channel with its sub-channel, as in "msteams:COPILOT". On the
// wire the sub-channel travels as an entity, [ProductInfo].
func (a *Activity) Channel() string {
	if i := a.productInfo(); i >= 0 && strings.IndexByte(a.ChannelID, ':') <= 0 {
		var p ProductInfo
		if a.Entities[i].Decode(&p) == nil && p.ID != "" {
			return a.ChannelID + ":" + p.ID
		}
	}
	return a.ChannelID
}

// OnChannel reports whether the activity belongs to the channel, such as
// [ChannelTeams], under any sub-channel and ignoring case.
func (a *Activity) OnChannel(base string) bool {
	got, _ := SplitChannel(a.ChannelID)
	return strings.EqualFold(got, base)
}

// SetChannel sets channel and sub-channel, as in "msteams:COPILOT". A channel
// without sub-channel removes the entity of a former one.
func (a *Activity) SetChannel(full string) {
	base, sub := SplitChannel(full)
	at := a.productInfo()
	switch {
	case at < 0 && sub == "":
		a.ChannelID = base
		return
	case a.ChannelID == base && a.Channel() == full:
		return
	}
	a.ChannelID = base
	if sub == "" {
		a.Entities = slices.DeleteFunc(slices.Clone(a.Entities), func(e Entity) bool { return e.Is(EntityProductInfo) })
		return
	}
	p := ProductInfo{Type: EntityProductInfo}
	if at >= 0 && a.Entities[at].Decode(&p) != nil {
		p = ProductInfo{Type: EntityProductInfo}
	}
	p.ID = sub
	e, _ := NewEntity(p) // two strings and what was JSON before always are JSON
	a.Entities = slices.Clone(a.Entities)
	if at >= 0 {
		a.Entities[at] = e
	} else {
		a.Entities = append(a.Entities, e)
	}
}

// productInfo is the index of the entity that holds the sub-channel, or -1.
// Looking for a few bytes first spares most entities the decoding.
func (a *Activity) productInfo() int {
	return slices.IndexFunc(a.Entities, func(e Entity) bool {
		return (bytes.Contains(e, []byte("roduct")) || bytes.Contains(e, []byte("RODUCT"))) && e.Is(EntityProductInfo)
	})
}
