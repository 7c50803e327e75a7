package activity

import (
	"encoding/json"
	"strings"
)

// Roles of an account. The field's two spellings of one role, "bot" and
// "agent", mean the same; compare with [ChannelAccount.HasRole].
const (
	RoleUser                = "user"
	RoleAgent               = "agent"
	RoleBot                 = "bot"
	RoleSkill               = "skill"
	RoleConnectorUser       = "connectoruser"
	RoleAgenticAppInstance  = "agenticAppInstance"
	RoleAgenticUser         = "agenticUser"
	roleAgenticInstanceSpec = "agenticInstance"
)

// A ChannelAccount is a person or an agent as a channel knows it. The id means
// something only on that channel.
type ChannelAccount struct {
	ID                    string             `json:"id"`
	Name                  string             `json:"name"`
	AADObjectID           string             `json:"aadObjectId"` // the person in Microsoft Entra
	Role                  string             `json:"role"`
	TenantID              string             `json:"tenantId"`
	AgenticUserID         string             `json:"agenticUserId"`
	AgenticAppID          string             `json:"agenticAppId"`
	AgenticAppBlueprintID string             `json:"agenticAppBlueprintId"`
	MembershipSources     []MembershipSource `json:"membershipSources"`

	// Teams adds these to members it is asked about.
	GivenName         string `json:"givenName"`
	Surname           string `json:"surname"`
	Email             string `json:"email"`
	UserPrincipalName string `json:"userPrincipalName"`
	UserRole          string `json:"userRole"`
	ObjectID          string `json:"objectId"` // older name of aadObjectId

	Extra
}

// EntraID is the person's Microsoft Entra object id under either of its names.
func (c *ChannelAccount) EntraID() string {
	if c.AADObjectID != "" {
		return c.AADObjectID
	}
	return c.ObjectID
}

// HasRole reports whether the account has the role, ignoring case and the
// older spellings of the same role.
func (c *ChannelAccount) HasRole(role string) bool { return normalRole(c.Role) == normalRole(role) }

// Agentic reports whether the account is an agent acting under an identity of
// its own (agentic user or app instance).
func (c *ChannelAccount) Agentic() bool {
	return c.Role != "" && (c.HasRole(RoleAgenticUser) || c.HasRole(RoleAgenticAppInstance))
}

func normalRole(role string) string {
	switch {
	case strings.EqualFold(role, RoleBot):
		return RoleAgent
	case strings.EqualFold(role, roleAgenticInstanceSpec):
		return strings.ToLower(RoleAgenticAppInstance)
	}
	return strings.ToLower(role)
}

// A MembershipSource says through which channel or team a Teams member belongs
// to a shared channel.
type MembershipSource struct {
	SourceType     string `json:"sourceType"` // "channel" or "team"
	ID             string `json:"id"`
	Name           string `json:"name"`
	MembershipType string `json:"membershipType"` // "direct" or "transitive"
	TeamGroupID    string `json:"teamGroupId"`
	TenantID       string `json:"tenantId"`

	Extra
}

// A ConversationAccount is a conversation as a channel knows it.
type ConversationAccount struct {
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	IsGroup          bool            `json:"isGroup"`
	ConversationType string          `json:"conversationType"` // Teams: "personal", "groupChat", "channel"
	TenantID         string          `json:"tenantId"`
	AADObjectID      string          `json:"aadObjectId"`
	Role             string          `json:"role"`
	Properties       json.RawMessage `json:"properties"`

	Extra
}

// A MessageReaction is one reaction, such as "like".
type MessageReaction struct {
	Type string `json:"type"`

	Extra
}

// A TextHighlight marks a piece of the text of the activity that this one
// answers. Occurrence counts from 1; 0 means the first as well (A7720).
type TextHighlight struct {
	Text       string `json:"text"`
	Occurrence int    `json:"occurrence"`

	Extra
}

// A SemanticAction relates a message to a programme of the user's.
type SemanticAction struct {
	ID       string          `json:"id"`
	State    string          `json:"state"`    // "start", "continue", "done"
	Entities json.RawMessage `json:"entities"` // object: name to [Entity]

	Extra
}
