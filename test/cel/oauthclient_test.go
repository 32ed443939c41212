package cel

import "slices"

const validClient = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: OAuthClient
metadata: {name: orders}
spec:
  grantTypes: [client_credentials]
  scopes: [orders:read]
  audiences: [https://orders.example]
`

var clientChecks = slices.Concat(clientIdentityChecks, clientWishChecks, clientAuthenticationChecks)

var clientIdentityChecks = []check{
	rule("", "the name of an OAuthClient has at most 63 characters: choose a shorter one",
		ok{"metadata: {name: " + long(63, "a") + "}"},
		no{"metadata: {name: " + long(64, "a") + "}"}),
	required("spec", "{}"),
	rule("spec", "clientID is immutable: create another OAuthClient",
		ok{"{clientID: team.a, displayName: Orders}"},
		no{"{clientID: team.b}", "{clientID: null}"}).changing("spec: {clientID: team.a}"),
	rule("spec", "clientID is immutable: create another OAuthClient",
		ok{"{displayName: Orders}"},
		no{"{clientID: team.a}"}).changing("spec: {}"),
	clientID("spec.clientID"),
	longest("spec.clientID", 253, "team."),
	rule("spec", "issuerRef is immutable: create another OAuthClient",
		ok{"{displayName: Orders}"},
		no{"{issuerRef: {name: other}}", "{issuerRef: {namespace: null}}", "{issuerRef: null}"}).changing("spec: {issuerRef: {name: default, namespace: auth}}"),
	rule("spec", "issuerRef is immutable: create another OAuthClient",
		ok{"{displayName: Orders}"},
		no{"{issuerRef: {name: default}}"}).changing("spec: {}"),
	required("spec.issuerRef.name", "default").given("spec: {issuerRef: {namespace: auth}}"),
	notEmpty("spec.issuerRef.name"),
	longest("spec.issuerRef.name", 40, "default"),
	notEmpty("spec.issuerRef.namespace").given("spec: {issuerRef: {name: default}}"),
	longest("spec.issuerRef.namespace", 63, "auth").given("spec: {issuerRef: {name: default}}"),
	longest("spec.displayName", 128, "Orders"),
}

var clientWishChecks = []check{
	rule("spec", "grantTypes may be empty only for a resource server: add client_credentials, or set resourceServer",
		ok{"{grantTypes: null, resourceServer: {audiences: [https://orders.example]}}", "{grantTypes: [], resourceServer: {audiences: [https://orders.example]}}"},
		no{"{grantTypes: null}", "{grantTypes: []}"}),
	rule("spec", "client_credentials needs audiences: name the resource servers that the tokens are for",
		ok{"{audiences: [https://orders.example]}"},
		no{"{audiences: null}", "{audiences: []}"}),
	rule("spec", "each of defaultScopes must stand in scopes as well",
		ok{"{defaultScopes: [orders:read]}", "{defaultScopes: []}", "{scopes: null}"},
		no{"{defaultScopes: [orders:write]}", "{defaultScopes: [orders:read, orders:write]}", "{scopes: null, defaultScopes: [orders:read]}"}),

	set("spec.grantTypes", ok{"[client_credentials]"}, no{"[client_credentials, client_credentials]"}),
	schema("spec.grantTypes", "maxItems", "must have at most 8 items", ok{"[client_credentials]"}, no{list(9, "client_credentials")}).alongside("Duplicate value"),
	enum("spec.grantTypes[]", `"client_credentials"`, ok{"client_credentials"}, no{`""`, "password", "Client_Credentials"}),

	set("spec.scopes", ok{"[a, A]"}, no{"[a, a]"}),
	most("spec.scopes", 64, "s%d"),
	scope("spec.scopes[]"),
	longest("spec.scopes[]", 128, "s"),

	set("spec.defaultScopes", ok{"[a, A]"}, no{"[a, a]"}).given("spec: {scopes: [a, A]}"),
	most("spec.defaultScopes", 64, "s%d").given("spec: {scopes: " + list(64, "s%d") + "}"),
	scope("spec.defaultScopes[]").given("spec: {scopes: [a, 'https://api.example/orders.read', '~!#[]']}").alongside("each of defaultScopes must stand in scopes as well"),
	longest("spec.defaultScopes[]", 128, "s").given("spec: {scopes: [" + long(128, "s") + "]}"),

	set("spec.audiences", ok{"['urn:a', 'urn:A']"}, no{"['urn:a', 'urn:a']"}),
	most("spec.audiences", 16, "'urn:a%d'"),
	audience("spec.audiences[]"),
	longest("spec.audiences[]", 512, "urn:a"),

	required("spec.resourceServer.audiences", "['urn:a']").given("spec: {resourceServer: {}}"),
	schema("spec.resourceServer.audiences", "minItems", "should have at least 1 items", ok{"['urn:a']"}, no{"[]"}),
	set("spec.resourceServer.audiences", ok{"['urn:a', 'urn:A']"}, no{"['urn:a', 'urn:a']"}),
	most("spec.resourceServer.audiences", 16, "'urn:a%d'"),
	audience("spec.resourceServer.audiences[]"),
	longest("spec.resourceServer.audiences[]", 512, "urn:a"),
}

var clientAuthenticationChecks = []check{
	rule("spec.authentication", "authentication needs a method: write clientSecret: {}, or remove the block", ok{"{clientSecret: {}}"}, no{"{}"}),
	rule("spec.authentication.clientSecret.secretName", "secretName must be a name that a Secret can have: lower-case letters, digits, hyphens and dots",
		ok{"a", "orders.oauth-v2"},
		no{`""`, "Orders", "orders_oauth", "-orders", "orders.", "a..b", "a.-b"}),
	longest("spec.authentication.clientSecret.secretName", 253, "orders"),

	duration("spec.accessToken.lifetime"),
	shortDuration("spec.accessToken.lifetime"),
	rule("spec.accessToken.lifetime", "lifetime must be from 10s to 24h, such as 90s, 10m or 1h30m",
		ok{"10s", "24h", "23h59m60s"},
		no{"9s", "0s", "86401s", "24h1s"}),
}
