package cel

import "slices"

const validPolicy = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenPolicy
metadata: {name: baseline}
spec: {}
`

var policyChecks = slices.Concat(policyListChecks, policyScopeChecks, policyLifetimeChecks)

var policyListChecks = []check{
	required("spec", "{}"),

	required("spec.grantTypes.allowed", "[]").given("spec: {grantTypes: {}}"),
	set("spec.grantTypes.allowed", ok{"[client_credentials]"}, no{"[client_credentials, client_credentials]"}),
	schema("spec.grantTypes.allowed", "maxItems", "must have at most 8 items", ok{"[client_credentials]"}, no{list(9, "client_credentials")}).alongside("Duplicate value"),
	enum("spec.grantTypes.allowed[]", `"client_credentials"`, ok{"client_credentials"}, no{`""`, "'*'", "authorization_code"}),

	required("spec.audiences.allowed", "[]").given("spec: {audiences: {}}"),
	set("spec.audiences.allowed", ok{"['urn:a', 'urn:A']"}, no{"['urn:a', 'urn:a']"}),
	most("spec.audiences.allowed", 256, "'urn:a%d'"),
	audience("spec.audiences.allowed[]"),
	longest("spec.audiences.allowed[]", 512, "urn:a"),

	required("spec.resourceServers.allowed", "[]").given("spec: {resourceServers: {}}"),
	set("spec.resourceServers.allowed", ok{"['urn:a', 'urn:A']"}, no{"['urn:a', 'urn:a']"}),
	most("spec.resourceServers.allowed", 256, "'urn:a%d'"),
	audience("spec.resourceServers.allowed[]"),
	longest("spec.resourceServers.allowed[]", 512, "urn:a"),

	required("spec.clientIDs.allowed", "[]").given("spec: {clientIDs: {}}"),
	set("spec.clientIDs.allowed", ok{"[a, A]"}, no{"[a, a]"}),
	most("spec.clientIDs.allowed", 256, "a%d"),
	clientID("spec.clientIDs.allowed[]"),
	longest("spec.clientIDs.allowed[]", 253, "a"),
}

var policyScopeChecks = []check{
	rule("spec.scopes", "scopes needs allowed or denied: remove the block to set no limit",
		ok{"{allowed: []}", "{denied: [admin]}", "{allowed: ['*'], denied: [admin]}"},
		no{"{}"}),

	set("spec.scopes.allowed", ok{"[a, A]"}, no{"[a, a]"}),
	most("spec.scopes.allowed", 64, "s%d"),
	scopePattern("spec.scopes.allowed[]"),
	longest("spec.scopes.allowed[]", 128, "s"),

	set("spec.scopes.denied", ok{"[a, A]"}, no{"[a, a]"}),
	most("spec.scopes.denied", 64, "s%d"),
	scopePattern("spec.scopes.denied[]"),
	longest("spec.scopes.denied[]", 128, "s"),
}

var policyLifetimeChecks = []check{
	rule("spec.accessToken", "defaultLifetime must not exceed maxLifetime",
		ok{"{}", "{defaultLifetime: 10m, maxLifetime: 600s}", "{defaultLifetime: 24h}", "{maxLifetime: 10s}"},
		no{"{defaultLifetime: 11m, maxLifetime: 10m}", "{defaultLifetime: 1h, maxLifetime: 3599s}"}),

	duration("spec.accessToken.defaultLifetime"),
	shortDuration("spec.accessToken.defaultLifetime"),
	rule("spec.accessToken.defaultLifetime", "defaultLifetime must be from 10s to 24h, such as 90s, 10m or 1h30m", ok{"10s", "24h"}, no{"9s", "0s", "86401s"}),

	duration("spec.accessToken.maxLifetime"),
	shortDuration("spec.accessToken.maxLifetime"),
	rule("spec.accessToken.maxLifetime", "maxLifetime must be from 10s to 24h, such as 90s, 10m or 1h30m", ok{"10s", "24h"}, no{"9s", "0s", "86401s"}),
}
