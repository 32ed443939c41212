package cel

import "slices"

// Only the operator writes status. These checks hold it to bounds that whoever reads it can count on.

const (
	moment     = `"2026-11-22T10:00:00Z"`
	condition  = `{type: C%d, status: "True", reason: Ready, message: "", lastTransitionTime: ` + moment + `}`
	credential = `{id: c%d, state: Retiring, createdAt: ` + moment + `}`
	signingKey = `{kid: k%d, algorithm: ES256, state: Active, createdAt: ` + moment + `}`
	removed    = `{value: v%d, decidedBy: builtin}`
)

var clientStatusChecks = slices.Concat(
	conditionChecks(16),
	[]check{
		longest("status.clientID", 253, "team.orders"),
		required("status.binding.name", "orders-oauth").given("status: {binding: {}}"),
		notEmpty("status.binding.name"),
		longest("status.binding.name", 253, "orders"),
		longest("status.rotateID", 64, "r"),
		set("status.effective.policies", ok{"[a/a, a/b]"}, no{"[a/a, a/a]"}),
		most("status.effective.policies", 256, "a/p%d"),
		longest("status.effective.policies[]", 317, "a/"),
	},
	credentialChecks,
	decidedValuesChecks("grantTypes"),
	decidedValuesChecks("scopes"),
	decidedValuesChecks("defaultScopes"),
	decidedValuesChecks("audiences"),
	decidedValuesChecks("resourceServerAudiences"),
	decidedDurationChecks("accessToken", "lifetime", accessRules),
	decidedDurationChecks("accessToken", "maxLifetime", accessRules),
	decidedValueChecks("accessToken", "format", accessRules),
	decidedDurationChecks("refreshToken", "lifetime", refreshRules),
	decidedDurationChecks("refreshToken", "idleLifetime", refreshRules),
	decidedDurationChecks("refreshToken", "reuseGrace", refreshRules),
	decidedValueChecks("refreshToken", "rotation", refreshRules),
	decidedDurationChecks("idToken", "lifetime", idRules),
	decidedValueChecks("idToken", "algorithm", idRules),
	decidedValueChecks("idToken", "claims", idRules),
	given("status: {effective: {consent: {value: Skip, decidedBy: a/b}}}",
		required("status.effective.consent.value", "Skip"),
		enum("status.effective.consent.value", `"Required", "Skip"`, ok{"Required", "Skip"}, no{`""`, "skip"}),
		required("status.effective.consent.decidedBy", "a/b"),
		longest("status.effective.consent.decidedBy", 317, "a/"),
		most("status.effective.consent.skippedScopes", 64, "s%d"),
		longest("status.effective.consent.skippedScopes[]", 128, "s"),
	),
	[]check{
		required("status.effective.refreshToken.rotation", "{value: Always, decidedBy: a/b}").given("status: {effective: {refreshToken: " + refreshRules + "}}"),
		required("status.effective.idToken.algorithm", "{value: RS256, decidedBy: client}").given("status: {effective: {idToken: " + idRules + "}}"),
	},
)

const (
	accessRules  = "{lifetime: {value: 10m, decidedBy: builtin}, maxLifetime: {value: 1h, decidedBy: a/b}, format: {value: JWT, decidedBy: builtin}}"
	refreshRules = "{lifetime: {value: 720h, decidedBy: builtin}, idleLifetime: {value: 1h, decidedBy: a/b}, " +
		"rotation: {value: Always, decidedBy: a/b}, reuseGrace: {value: 0s, decidedBy: a/b}}"
	idRules = "{lifetime: {value: 1h, decidedBy: builtin}, algorithm: {value: RS256, decidedBy: client}, claims: {value: Scopes, decidedBy: builtin}}"
)

var policyStatusChecks = append(conditionChecks(8), notNegative("status.clients"), notNegative("status.clientsUpToDate"))

var issuerStatusChecks = slices.Concat(conditionChecks(12), keyChecks("keys"), keyChecks("sealingKeys"), endpointChecks, providerStatusChecks, []check{
	notNegative("status.clients"),
	notNegative("status.replicas"),
	notNegative("status.availableReplicas"),
})

var endpointChecks = []check{
	longest("status.endpoints.metadata", 1024, "https://issuer.example/"),
	longest("status.endpoints.token", 1024, "https://issuer.example/"),
	longest("status.endpoints.jwks", 1024, "https://issuer.example/"),
	longest("status.endpoints.introspection", 1024, "https://issuer.example/"),
	longest("status.endpoints.authorization", 1024, "https://issuer.example/"),
}

func conditionChecks(n int) []check {
	return []check{most("status.conditions", n, condition), set("status.conditions", ok{list(2, condition)}, no{same(condition)})}
}

var credentialChecks = given("status: {credentials: "+list(1, credential)+"}",
	most("status.credentials", 8, credential),
	set("status.credentials", ok{list(2, credential)}, no{same(credential)}),
	required("status.credentials[].id", "c"),
	notEmpty("status.credentials[].id"),
	longest("status.credentials[].id", 64, "c"),
	required("status.credentials[].state", "Active"),
	enum("status.credentials[].state", `"Active", "Retiring"`, ok{"Active", "Retiring"}, no{`""`, "active"}),
	required("status.credentials[].createdAt", moment),
)

func decidedValuesChecks(name string) []check {
	field := "status.effective." + name
	return given("status: {effective: {"+name+": {decidedBy: client, removed: "+list(1, removed)+"}}}",
		required(field+".decidedBy", "client"),
		longest(field+".decidedBy", 317, "a/"),
		most(field+".values", 64, "v%d"),
		longest(field+".values[]", 512, "v"),
		most(field+".removed", 64, removed),
		required(field+".removed[].value", "v"),
		notEmpty(field+".removed[].value"),
		longest(field+".removed[].value", 512, "v"),
		required(field+".removed[].decidedBy", "builtin"),
		longest(field+".removed[].decidedBy", 317, "a/"),
	)
}

func decidedDurationChecks(token, name, rules string) []check {
	field := "status.effective." + token + "." + name
	return given("status: {effective: {"+token+": "+rules+"}}",
		required(field, "{value: 10m, decidedBy: client}"),
		required(field+".value", "10m"),
		duration(field+".value"),
		shortDuration(field+".value"),
		required(field+".decidedBy", "client"),
		longest(field+".decidedBy", 317, "a/"),
	)
}

func decidedValueChecks(token, name, rules string) []check {
	field := "status.effective." + token + "." + name
	return given("status: {effective: {"+token+": "+rules+"}}",
		required(field+".value", "v"),
		notEmpty(field+".value"),
		longest(field+".value", 32, "v"),
		required(field+".decidedBy", "client"),
		longest(field+".decidedBy", 317, "a/"),
	)
}

func keyChecks(name string) []check {
	field := "status." + name
	return given("status: {"+name+": "+list(1, signingKey)+"}",
		most(field, 48, signingKey),
		set(field, ok{list(2, signingKey)}, no{same(signingKey)}),
		required(field+"[].kid", "k"),
		notEmpty(field+"[].kid"),
		longest(field+"[].kid", 64, "k"),
		required(field+"[].algorithm", "ES256"),
		notEmpty(field+"[].algorithm"),
		longest(field+"[].algorithm", 16, "A"),
		required(field+"[].state", "Active"),
		enum(field+"[].state", `"Pending", "Published", "Active", "Retiring", "Revoked"`, ok{"Pending", "Published", "Retiring", "Revoked"}, no{`""`, "Removed"}),
		required(field+"[].createdAt", moment),
	)
}
