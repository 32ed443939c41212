package cel

const (
	upstream     = "{name: a, oidc: {issuerURL: https://id.example, clientID: a, clientSecretRef: {name: s}, scopes: [openid], claims: [{name: c, expression: claims.c}]}}"
	claimMapping = "{name: c%d, expression: claims.c}"
)

var issuerUpstreamChecks = given("spec: {identityProviders: ["+upstream+"]}",
	required("spec.identityProviders[].oidc.issuerURL", "https://id.example"),
	longest("spec.identityProviders[].oidc.issuerURL", 512, "https://id.example/"),
	rule("spec.identityProviders[].oidc.issuerURL", "issuerURL must use https; http is for 127.0.0.1, [::1] and localhost only",
		ok{"https://id.example", "http://127.0.0.1:8080", "'http://[::1]:8080/a'", "http://localhost"},
		no{"http://id.example", "http://localhost.example", "http://127.0.0.1.example", "ftp://id.example", `""`}).alongside("host, port"),
	rule("spec.identityProviders[].oidc.issuerURL", "issuerURL must be scheme, host, port and path alone: no query, fragment, user, blank or escape",
		ok{"https://id.example/", "https://id.example:8443/realms/a-b_c~d.e", "'https://[2001:db8::1]/a'"},
		no{"'https://id.example?a=b'", "'https://id.example#a'", "https://user@id.example", "https://id.example/%41", "'https://id.example/a b'",
			"https://id.example//a", "https://", `"https://id.example\n"`}),
	required("spec.identityProviders[].oidc.clientID", "tokenwright"),
	notEmpty("spec.identityProviders[].oidc.clientID"),
	longest("spec.identityProviders[].oidc.clientID", 256, "a"),
	required("spec.identityProviders[].oidc.clientSecretRef.name", "secret"),
	notEmpty("spec.identityProviders[].oidc.clientSecretRef.name"),
	longest("spec.identityProviders[].oidc.clientSecretRef.name", 253, "secret"),
	set("spec.identityProviders[].oidc.scopes", ok{"[openid, profile]"}, no{"[openid, openid]"}),
	most("spec.identityProviders[].oidc.scopes", 16, "s%d"),
	scope("spec.identityProviders[].oidc.scopes[]"),
	longest("spec.identityProviders[].oidc.scopes[]", 128, "s"),
	set("spec.identityProviders[].oidc.claims", ok{list(2, claimMapping)}, no{same(claimMapping)}),
	most("spec.identityProviders[].oidc.claims", 32, claimMapping),
	required("spec.identityProviders[].oidc.claims[].name", "department"),
	rule("spec.identityProviders[].oidc.claims[].name", "the name of a claim has letters, digits and _:/.#@- only",
		ok{"department", "'https://example.org/claims#a'"}, no{`""`, "'a b'", "é", `"a\n"`}),
	longest("spec.identityProviders[].oidc.claims[].name", 128, "c"),
	required("spec.identityProviders[].oidc.claims[].expression", "claims.department"),
	notEmpty("spec.identityProviders[].oidc.claims[].expression"),
	longest("spec.identityProviders[].oidc.claims[].expression", 1024, "claims."),
)
