// Package authority says who is who between a local channel and an agent, in
// place of Microsoft's login services. With it an agent that insists on tokens
// can be tried on one machine, with no account:
//
//	a, err := authority.New(authority.Config{
//		BaseURL:      "http://127.0.0.1:3979",
//		ClientID:     "99999999-8888-7777-6666-555555555555",
//		ClientSecret: secret,
//	})
//
// # What is promised
//
// Towards the agent, [Authority.Token] signs what the Bot Connector would send
// with an activity, and the handler serves the keys to check it with. Towards
// the channel, the handler gives the agent tokens for its secret, by the client
// credentials grant of OAuth 2, and [Authority.Check] accepts those and no
// others. A token of one kind never passes for the other: their audiences
// differ. Both live for one hour. The secret and the key never leave.
//
// All methods may be called concurrently.
//
// # Addresses
//
// TENANT is [Config.TenantID], so mounting a handler at "/v1/.well-known/" and
// "/TENANT/" is enough.
//
//	GET  /v1/.well-known/openidconfiguration       metadata, as the Bot Framework's
//	GET  /v1/.well-known/keys                      the key, with the channels it is endorsed for
//	GET  /TENANT/v2.0/.well-known/openid-configuration   metadata, as Microsoft Entra's
//	GET  /TENANT/discovery/v2.0/keys               the same key
//	POST /TENANT/oauth2/v2.0/token                 tokens for the agent
//
// # How an agent is pointed here
//
// The issuer decides where an agent looks for keys. Agents that meet the Bot
// Framework's own, [BotFrameworkIssuer], fetch Microsoft's keys from a fixed
// address; few can be told otherwise. So by default tokens carry an issuer of
// this authority, BaseURL/TENANT/v2.0, which the SDKs take for a tenant of
// Microsoft Entra (proactive-hosting-auth 4.2):
//
//   - An agent of this module: TokenValidation__ValidIssuers__0 is
//     [Authority.Issuer], TokenValidation__OpenIdMetadataUrl is
//     [Authority.MetadataURL], and AuthorityEndpoint of its connection is BaseURL.
//   - The JavaScript SDK: authorityEndpoint is BaseURL and tenantId is TENANT.
//     It then checks tokens with the keys of this authority. The MSAL library, with
//     which it gets its own tokens, insists on https and on hosts that
//     Microsoft knows, so that direction needs more; an agent's own token
//     provider, for one.
//   - The .NET SDK's sample: ValidIssuers and OpenIdMetadataUrl likewise; it
//     wants a ClientID that is a GUID.
//
// # What it leaves to others
//
// There is one agent with one secret, and no users: see package usertoken for
// those. Serve it on loopback: nothing here is meant for a network.
package authority
