package activity

import "encoding/json"

// TeamsChannelData is what Teams puts into ChannelData, and what it reads
// there. Read it with [Activity.TeamsData], write it with [Activity.SetChannelData].
type TeamsChannelData struct {
	Channel             *TeamsChannel      `json:"channel"`
	EventType           string             `json:"eventType"` // "channelCreated", "teamRenamed", "editMessage", …
	Team                *TeamsTeam         `json:"team"`
	Notification        *TeamsNotification `json:"notification"`
	Tenant              *TeamsTenant       `json:"tenant"`
	Meeting             *TeamsMeeting      `json:"meeting"`
	Settings            *TeamsSettings     `json:"settings"`
	OnBehalfOf          []TeamsOnBehalfOf  `json:"onBehalfOf"`
	FeedbackLoop        *TeamsFeedbackLoop `json:"feedbackLoop"`
	FeedbackLoopEnabled bool               `json:"feedbackLoopEnabled"` // older form of FeedbackLoop
	SharedWithTeams     []TeamsTeam        `json:"sharedWithTeams"`
	UnsharedFromTeams   []TeamsTeam        `json:"unsharedFromTeams"`
	MembershipSource    *MembershipSource  `json:"membershipSource"`
	ClientActivityID    string             `json:"clientActivityID"`
	Source              json.RawMessage    `json:"source"`

	Extra
}

// A TeamsChannel is a channel of a team.
type TeamsChannel struct {
	ID   string `json:"id"`
	Name string `json:"name"` // absent for the general channel
	Type string `json:"type"` // "standard", "private", "shared"

	Extra
}

// A TeamsTeam is a team.
type TeamsTeam struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	AADGroupID   string `json:"aadGroupId"` // the group in Microsoft Entra
	Type         string `json:"type"`
	MemberCount  int    `json:"memberCount"`
	ChannelCount int    `json:"channelCount"`

	Extra
}

// A TeamsNotification asks Teams to notify people of a message.
type TeamsNotification struct {
	Alert               bool   `json:"alert"`               // in the activity feed
	AlertInMeeting      bool   `json:"alertInMeeting"`      // as a bubble in the meeting
	ExternalResourceURL string `json:"externalResourceUrl"` // page shown in the bubble

	Extra
}

// A TeamsTenant is the organisation a message comes from.
type TeamsTenant struct {
	ID string `json:"id"`

	Extra
}

// A TeamsMeeting is the meeting a message belongs to.
type TeamsMeeting struct {
	ID string `json:"id"`

	Extra
}

// TeamsSettings are the choices made when the agent was installed.
type TeamsSettings struct {
	SelectedChannel *TeamsChannel `json:"selectedChannel"`

	Extra
}

// A TeamsOnBehalfOf names a person a message is sent for. Teams spells the
// name of ItemID "itemid"; other casings are read too.
type TeamsOnBehalfOf struct {
	ItemID      int    `json:"itemid"`
	MentionType string `json:"mentionType"` // "person"
	MRI         string `json:"mri"`
	DisplayName string `json:"displayName"`

	Extra
}

// A TeamsFeedbackLoop puts thumbs under a message.
type TeamsFeedbackLoop struct {
	Type string `json:"type"` // "default" or "custom"

	Extra
}

// TeamsData reads ChannelData as Teams writes it. It fails when there is none
// or when it is not of that shape.
func (a *Activity) TeamsData() (TeamsChannelData, error) {
	return DecodeChannelData[TeamsChannelData](a)
}
