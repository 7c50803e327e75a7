package server

import (
	"fmt"
	"slices"
	"strings"
)

// known are the settings that mean something here; * stands for one name or
// list position.
var known = []string{
	"OUTSPOKEN_ADDR", "OUTSPOKEN_CONFIG", "OUTSPOKEN_GRACE", "OUTSPOKEN_ORIGINS", "OUTSPOKEN_ORIGINS__*", "PORT",
	"OUTSPOKEN_SECRET", "OUTSPOKEN_TOKEN", "OUTSPOKEN_CLIENT_SECRET", "OUTSPOKEN_KEY", // of the command
	"clientId", "clientSecret", "tenantId", "authorityEndpoint", "authority", "scopes", "scopes__*",
	"MicrosoftAppId", "MicrosoftAppPassword", "MicrosoftAppTenantId", "MicrosoftAppType",
	"Connections__*__Settings__AuthType", "Connections__*__Settings__ClientId", "Connections__*__Settings__ClientSecret",
	"Connections__*__Settings__TenantId", "Connections__*__Settings__AuthorityEndpoint", "Connections__*__Settings__Authority",
	"Connections__*__Settings__Scopes", "Connections__*__Settings__Scopes__*",
	"Connections__*__Settings__AlternateBlueprintConnectionName", "Connections__*__Settings__AltBlueprintConnectionName",
	"ConnectionsMap__*__ServiceUrl", "ConnectionsMap__*__Audience", "ConnectionsMap__*__Connection",
	"TokenValidation__Audiences", "TokenValidation__Audiences__*", "TokenValidation__TenantId",
	"TokenValidation__ValidIssuers", "TokenValidation__ValidIssuers__*", "TokenValidation__OpenIdMetadataUrl",
	"TokenValidation__AllowedCallers", "TokenValidation__AllowedCallers__*",
	"TokenValidation__AzureBotServiceOnly", "TokenValidation__IsGov",
	"OutboundHostValidator__Hosts", "OutboundHostValidator__Hosts__*",
	"OutboundHostValidator__IncludeDefaultMicrosoftHosts",
	"Proactive__FailOnUnsignedInConnections", "AgentApplication__Proactive__FailOnUnsignedInConnections",
	"Proactive__TeamsServiceUrl", "Proactive__Path", "Proactive__RequireAuth", "Proactive__Key", "Proactive__WebhookSecret",
	"Proactive__AllowedCallers", "Proactive__AllowedCallers__*",
	"TOKEN_SERVICE_ENDPOINT", "RestChannelServiceClientFactory__TokenServiceEndpoint",
	"OUTSPOKEN_BACKGROUND_WORKERS", "OUTSPOKEN_BACKGROUND_DEPTH", "OUTSPOKEN_BACKGROUND_GRACE", "OUTSPOKEN_METRICS_KEY",
}

// ours are how settings begin that nobody else reads.
var ours = []string{"outspoken_", "connections__", "connectionsmap__", "tokenvalidation__", "outboundhostvalidator__", "proactive__"}

// unknown returns a warning for each setting that has no effect. An
// environment is shared with other programs: there only what begins like one
// of ours counts. Variables of the tests are none of the server's business.
func (s settings) unknown(environment bool) []string {
	var warnings []string
	for key, v := range s {
		if isKnown(key) || strings.HasPrefix(key, "outspoken_test") {
			continue
		}
		if environment && !slices.ContainsFunc(ours, func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("setting %s is unknown and has no effect", v.name))
	}
	slices.Sort(warnings)
	return warnings
}

func isKnown(key string) bool {
	parts := strings.Split(key, "__")
	return slices.ContainsFunc(known, func(pattern string) bool {
		want := strings.Split(fold(pattern), "__")
		return slices.EqualFunc(parts, want, func(got, want string) bool { return want == "*" || got == want })
	})
}
