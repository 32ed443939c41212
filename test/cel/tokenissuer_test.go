package cel

import (
	"slices"
	"strings"
)

const validIssuer = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenIssuer
metadata: {name: default}
spec: {url: https://issuer.example}
`

var issuerChecks = slices.Concat(issuerURLChecks, issuerRuleChecks, issuerKeyChecks, issuerProviderChecks, issuerUpstreamChecks, issuerPageChecks,
	issuerDeploymentChecks, issuerExposureChecks, issuerURLChangeChecks)

var issuerRuleChecks = []check{
	rule("", "the name of a TokenIssuer becomes part of other names: at most 40 lower-case letters, digits and hyphens, a letter first",
		ok{"metadata: {name: a}", "metadata: {name: a-1}", "metadata: {name: " + long(40, "a") + "}"},
		no{"metadata: {name: 1a}", "metadata: {name: a.b}", "metadata: {name: " + long(41, "a") + "}"}),
	required("spec", "{url: https://issuer.example}"),
	required("spec.clientNamespaces.from", "Same").given("spec: {clientNamespaces: {}}"),
	enum("spec.clientNamespaces.from", `"Same", "All", "Selector"`, ok{"Same", "All"}, no{`""`, "same", "Others"}),
	rule("spec.clientNamespaces", "selector belongs to from: Selector, and only to it",
		ok{"{from: Same}", "{from: Selector, selector: {matchLabels: {oauth: allowed}}}", "{from: Selector, selector: {}}"},
		no{"{from: Selector}", "{from: All, selector: {}}", "{from: Same, selector: {matchLabels: {oauth: allowed}}}"}),
	least("spec.clientNamespaces.maxClients", 1).given("spec: {clientNamespaces: {from: All}}"),
	greatest("spec.clientNamespaces.maxClients", 100000).given("spec: {clientNamespaces: {from: All}}"),
	enum("spec.ungovernedClients", `"Refuse", "Allow"`, ok{"Refuse", "Allow"}, no{`""`, "allow", "Deny"}),
}

var issuerKeyChecks = slices.Concat([]check{
	enum("spec.signing.algorithms[]", `"ES256", "RS256", "EdDSA"`, ok{"ES256", "RS256", "EdDSA"}, no{`""`, "none", "HS256", "es256"}),
	set("spec.signing.algorithms", ok{"[RS256, ES256]"}, no{"[ES256, ES256]"}),
	schema("spec.signing.algorithms", "maxItems", "must have at most 3 items", ok{"[ES256, RS256, EdDSA]"}, no{"[ES256, RS256, EdDSA, ES256]"}).alongside("Duplicate value"),
	schema("spec.signing.algorithms", "minItems", "should have at least 1 items", ok{"[EdDSA]"}, no{"[]"}),
	duration("spec.signing.rotationInterval"),
	shortDuration("spec.signing.rotationInterval"),
	rule("spec.signing.rotationInterval", "rotationInterval must be from 1h to 8760h, such as 720h", ok{"1h", "8760h", "720h"}, no{"3599s", "0s", "8761h", "8760h1s"}),

	duration("spec.signing.publishLead"),
	shortDuration("spec.signing.publishLead"),
	rule("spec.signing.publishLead", "publishLead must be from 90s to 168h, such as 24h", ok{"90s", "24h", "168h"}, no{"89s", "0s", "168h1s"}),
	rule("spec.signing", "publishLead must be at most half of rotationInterval, which is 720h when absent: write a shorter publishLead or a longer rotationInterval",
		ok{"{publishLead: 168h}", "{publishLead: 30m, rotationInterval: 1h}", "{publishLead: 168h, rotationInterval: 336h}", "{rotationInterval: 1h}"},
		no{"{publishLead: 31m, rotationInterval: 1h}", "{publishLead: 24h, rotationInterval: 47h}", "{publishLead: 168h, rotationInterval: 335h59m59s}"}),
}, revokeChecks("spec.signing.revokeKeys[]"), revokeChecks("spec.sealing.revokeKeys[]"))

// revokeChecks are those of a list of keys that must go.
func revokeChecks(item string) []check {
	field := strings.TrimSuffix(item, "[]")
	return []check{
		rule(item, "a kid is letters, digits, - and _ only: copy it from the status of the TokenIssuer",
			ok{"A2", "UNREADABLE-but_fine"}, no{`""`, `"a b"`, `"a\n"`, "a.b", `"a\""`}),
		longest(item, 64, "k"),
		most(field, 16, "k%d"),
		set(field, ok{"[a, b]"}, no{"[a, a]"}),
	}
}

var issuerURLChecks = []check{
	required("spec.url", "https://issuer.example"),
	schema("spec.url", "minLength", "should be at least 1 chars long", ok{"https://i"}, no{`""`}).alongside("absolute URL", "use https", "host, port"),
	longest("spec.url", 512, "https://issuer.example/"),
	rule("spec.url", "url must be an absolute URL such as https://issuer.example",
		ok{"https://issuer.example", "https://issuer.example:8443/tenants/a"},
		no{"https://issuer.example:port", "'https://[::1'"}),
	rule("spec.url", "url must use https; http is for 127.0.0.1, [::1] and localhost only",
		ok{"https://issuer.example", "http://127.0.0.1:8080", "'http://[::1]:8080/a'", "http://localhost"},
		no{"http://issuer.example", "http://localhost.example", "http://127.0.0.1.example", "ftp://issuer.example", "https:///issuer"}),
	rule("spec.url", "url must be scheme, host, port and path alone, the path in letters, digits and -._~: no query, fragment, user, blank, escape or empty segment",
		ok{"https://Issuer.example/a-b_c/~d.e", "'https://[2001:db8::1]:8443/a'"},
		no{"'https://issuer.example?a=b'", "'https://issuer.example/a?'", "'https://issuer.example#a'", "'https://user@issuer.example'",
			`'https://issuer.example/"'`, `'https://issuer.example/\a'`, `"https://issuer.example/a b"`, `"https://issuer.example\n"`,
			"https://issuer.example/%41", "https://issuer.example/%zz", "https://issuer.example/a//b", "https://issuer.example/../a",
			"https://íssuer.example"}).alongside("absolute URL"),
	rule("spec.url", "url must not end with a slash",
		ok{"https://issuer.example"},
		no{"https://issuer.example/", "https://issuer.example/a/"}),
}

const provider = "{name: p%d, users: {secretRef: {name: users}}}"

var issuerProviderChecks = slices.Concat([]check{
	set("spec.identityProviders", ok{list(2, provider)}, no{same(provider)}),
	most("spec.identityProviders", 8, provider),
}, given("spec: {identityProviders: "+list(1, provider)+"}",
	required("spec.identityProviders[].name", "staff"),
	rule("spec.identityProviders[].name", "name must be lower-case letters, digits and hyphens, such as staff",
		ok{"a", "1-a", "staff"},
		no{`""`, "Staff", "-a", "a-", "a.b", "a_b", `"a\n"`}),
	longest("spec.identityProviders[].name", 40, "a"),
	longest("spec.identityProviders[].displayName", 64, "Staff"),
	displayText("spec.identityProviders[].displayName"),
	rule("spec.identityProviders[]", "an identity provider is of one kind: write users: {secretRef: {name: ...}}, or oidc: {issuerURL: ..., clientID: ...}",
		ok{"{name: a, users: {secretRef: {name: users}}}", "{name: a, oidc: {issuerURL: https://id.example, clientID: a}, users: null}"},
		no{"{name: a, users: null}", "{name: a, users: {secretRef: {name: users}}, oidc: {issuerURL: https://id.example, clientID: a}}"}),
	required("spec.identityProviders[].users.secretRef", "{name: users}"),
	required("spec.identityProviders[].users.secretRef.name", "users"),
	notEmpty("spec.identityProviders[].users.secretRef.name"),
	longest("spec.identityProviders[].users.secretRef.name", 253, "users"),
))

var issuerPageChecks = []check{
	rule("spec.sessions", "idleLifetime must not exceed lifetime, which is 24h when absent",
		ok{"{}", "{lifetime: 1h}", "{idleLifetime: 24h}", "{lifetime: 720h, idleLifetime: 720h}"},
		no{"{idleLifetime: 25h}", "{lifetime: 1h, idleLifetime: 61m}"}),
	duration("spec.sessions.lifetime"),
	shortDuration("spec.sessions.lifetime"),
	rule("spec.sessions.lifetime", "lifetime must be from 5m to 720h, such as 12h", ok{"5m", "720h"}, no{"299s", "0s", "720h1s"}),
	duration("spec.sessions.idleLifetime").given("spec: {sessions: {lifetime: 720h}}"),
	shortDuration("spec.sessions.idleLifetime"),
	rule("spec.sessions.idleLifetime", "idleLifetime must be from 1m to 720h, such as 30m", ok{"1m", "720h"}, no{"59s", "0s", "720h1s"}).
		given("spec: {sessions: {lifetime: 720h}}").alongside("must not exceed"),

	longest("spec.branding.name", 64, "Shop"),
	displayText("spec.branding.name"),
	required("spec.branding.logo.mediaType", "image/png").given("spec: {branding: {logo: {data: AAAA}}}"),
	enum("spec.branding.logo.mediaType", `"image/png", "image/svg+xml", "image/jpeg", "image/webp"`, ok{"image/png", "image/svg+xml"}, no{`""`, "image/gif", "text/html"}).
		given("spec: {branding: {logo: {data: AAAA}}}"),
	required("spec.branding.logo.data", "AAAA").given("spec: {branding: {logo: {mediaType: image/png}}}"),
	schema("spec.branding.logo.data", "maxLength", "may not be more than 43692 bytes", ok{strings.Repeat("A", 43692)}, no{strings.Repeat("A", 43696)}).
		given("spec: {branding: {logo: {mediaType: image/png}}}"),

	set("spec.scopes", ok{list(2, description)}, no{same(description)}),
	most("spec.scopes", 128, description),
	required("spec.scopes[].name", "openid").given("spec: {scopes: [{description: a}]}"),
	scope("spec.scopes[].name").given("spec: {scopes: [{description: a}]}"),
	longest("spec.scopes[].name", 128, "s").given("spec: {scopes: [{description: a}]}"),
	required("spec.scopes[].description", "see who you are").given("spec: {scopes: [{name: openid}]}"),
	notEmpty("spec.scopes[].description").given("spec: {scopes: [{name: openid}]}"),
	longest("spec.scopes[].description", 256, "see").given("spec: {scopes: [{name: openid}]}"),
	displayText("spec.scopes[].description").given("spec: {scopes: [{name: openid}]}"),

	enum("spec.storage.type", `"Kubernetes", "Memory"`, ok{"Kubernetes", "Memory"}, no{`""`, "memory", "Postgres"}),
}

const description = "{name: s%d, description: see it}"
