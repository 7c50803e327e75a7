package auth

import (
	"regexp"
	"strings"
)

// A cloud is one of Microsoft's: who signs tokens there, and where the keys
// are. (proactive-hosting-auth 4.2)
type cloud struct {
	bot         string   // issuer of the Bot Framework
	botMetadata string   // OpenID metadata of that issuer
	metadata    string   // OpenID metadata of Microsoft Entra
	login       string   // host in Entra's v2 issuers
	tenants     []string // Microsoft's own, trusted besides the agent's
}

var (
	publicCloud = cloud{
		bot:         "https://api.botframework.com",
		botMetadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
		metadata:    "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
		login:       "login.microsoftonline.com",
		tenants: []string{
			"d6d49420-f39b-4df7-a1dc-d59a935871db",
			"f8cdef31-a31e-4b4a-93e4-5f571e91255a",
			"69e9b82d-4842-4902-8d1e-abc5b98a55e8",
		},
	}
	govCloud = cloud{
		bot:         "https://api.botframework.us",
		botMetadata: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
		metadata:    "https://login.microsoftonline.us/cab8a31a-1906-4287-a0d8-4eef66b95f6e/v2.0/.well-known/openid-configuration",
		login:       "login.microsoftonline.us",
		tenants:     []string{"cab8a31a-1906-4287-a0d8-4eef66b95f6e"},
	}
	// In China all issuers are listed by the operator.
	chinaCloud = cloud{
		bot:         "https://api.botframework.azure.cn",
		botMetadata: "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
		metadata:    "https://login.partner.microsoftonline.cn/a55a4d5b-9241-49b1-b4ff-befa8db00269/.well-known/openid-configuration",
		login:       "login.partner.microsoftonline.cn",
	}
	clouds = []cloud{publicCloud, govCloud, chinaCloud}
)

// issuers are the issuers accepted by default. Version 1 has the same host in
// every cloud and ends in a slash; version 2 does not.
func (c cloud) issuers(tenant string) []string {
	list := []string{c.bot}
	for _, t := range append([]string{tenant}, c.tenants...) {
		if t != "" {
			list = append(list, "https://sts.windows.net/"+t+"/", "https://"+c.login+"/"+t+"/v2.0")
		}
	}
	return list
}

// anyTenant matches the issuers of all tenants of the cloud.
func (c cloud) anyTenant() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:https://sts\.windows\.net/` + guid + `/)$|` +
		`^(?i:https://` + regexp.QuoteMeta(c.login) + `/` + guid + `)/v2\.0$`)
}

const guid = `[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`

var isGUID = regexp.MustCompile(`^` + guid + `$`).MatchString

// firstSegment is the first part of the path of an issuer, where Entra writes
// the tenant: https://login.microsoftonline.com/{tenant}/v2.0.
func firstSegment(issuer string) string {
	_, rest, _ := strings.Cut(issuer, "://")
	_, path, _ := strings.Cut(rest, "/")
	segment, _, _ := strings.Cut(path, "/")
	return segment
}
