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

	enum("spec.consent", `"Required", "Skip"`, ok{"Required"}, no{`""`, "skip", "Always"}),
	rule("spec", "consent: Skip is for the scopes that scopes.allowed of the same policy lists: list them there",
		ok{"{consent: Skip, scopes: {allowed: [openid]}}", "{consent: Skip, scopes: {allowed: []}}", "{consent: Required}", "{consent: Required, scopes: {denied: [a]}}"},
		no{"{consent: Skip}", "{consent: Skip, scopes: {denied: [a]}}"}),

	required("spec.grantTypes.allowed", "[]").given("spec: {grantTypes: {}}"),
	set("spec.grantTypes.allowed", ok{"[client_credentials]"}, no{"[client_credentials, client_credentials]"}),
	schema("spec.grantTypes.allowed", "maxItems", "must have at most 8 items", ok{"[client_credentials]"}, no{list(9, "client_credentials")}).alongside("Duplicate value"),
	enum("spec.grantTypes.allowed[]", `"client_credentials", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"`, ok{"client_credentials", "authorization_code", "refresh_token", "'urn:ietf:params:oauth:grant-type:device_code'"}, no{`""`, "'*'", "implicit"}),

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
	set("spec.accessToken.formats", ok{"[JWT, Opaque]", "[]"}, no{"[JWT, JWT]"}),
	schema("spec.accessToken.formats", "maxItems", "must have at most 2 items", ok{"[JWT, Opaque]"}, no{"[JWT, Opaque, JWT]"}).alongside("Duplicate value"),
	enum("spec.accessToken.formats[]", `"JWT", "Opaque"`, ok{"JWT", "Opaque"}, no{`""`, "jwt", "None"}),

	rule("spec.refreshToken", "maxIdleLifetime must not exceed maxLifetime",
		ok{"{}", "{maxLifetime: 24h, maxIdleLifetime: 1440m}", "{maxIdleLifetime: 8760h}", "{maxLifetime: 1m}"},
		no{"{maxLifetime: 24h, maxIdleLifetime: 1441m}"}),
	duration("spec.refreshToken.maxLifetime"),
	shortDuration("spec.refreshToken.maxLifetime"),
	rule("spec.refreshToken.maxLifetime", "maxLifetime must be from 1m to 8760h, such as 12h or 720h", ok{"60s", "8760h"}, no{"59s", "0s", "8760h1s"}),
	duration("spec.refreshToken.maxIdleLifetime"),
	shortDuration("spec.refreshToken.maxIdleLifetime"),
	rule("spec.refreshToken.maxIdleLifetime", "maxIdleLifetime must be from 1m to 8760h, such as 8h or 168h", ok{"60s", "8760h"}, no{"59s", "0s", "8760h1s"}),
	enum("spec.refreshToken.rotation", `"Always", "PublicClients"`, ok{"Always", "PublicClients"}, no{`""`, "Never", "always"}),
	pattern("spec.refreshToken.reuseGrace", `^([0-9]{1,5}[hms]){1,3}$`, ok{"1m", "59s", "0m59s"}, no{`""`, "s", "1.5s", "-1s", "1S"}).alongside("must be from"),
	schema("spec.refreshToken.reuseGrace", "maxLength", "may not be more than 18 bytes", ok{"00000h00000m00001s"}, no{"00000h00000m000001s"}).alongside("should match"),
	rule("spec.refreshToken.reuseGrace", "reuseGrace must be from 0s to 60s, such as 10s", ok{"0s", "60s", "1m"}, no{"61s", "1h"}),

	duration("spec.idToken.maxLifetime"),
	shortDuration("spec.idToken.maxLifetime"),
	rule("spec.idToken.maxLifetime", "maxLifetime must be from 1m to 24h, such as 10m or 1h", ok{"1m", "24h"}, no{"59s", "0s", "86401s"}),
	enum("spec.idToken.claims", `"Scopes", "Minimal"`, ok{"Scopes", "Minimal"}, no{`""`, "scopes", "All", "None"}),
}
