package cel

import (
	"fmt"
	"slices"
	"strings"
)

const validClient = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: OAuthClient
metadata: {name: orders}
spec:
  grantTypes: [client_credentials]
  scopes: [orders:read]
  audiences: [https://orders.example]
`

// longScopes are four scopes with 512 characters together.
var longScopes = strings.Join([]string{long(128, "a"), long(128, "b"), long(128, "c"), long(128, "d")}, ", ")

// longURIs are n URIs of 512 characters each, for any field that takes some.
func longURIs(n int) string {
	uris := make([]string, n)
	for i := range uris {
		uris[i] = long(512, fmt.Sprintf("https://a%d.example/", i))
	}
	return "[" + strings.Join(uris, ", ") + "]"
}

var clientChecks = slices.Concat(clientIdentityChecks, clientWishChecks, clientAuthenticationChecks, clientPeopleChecks, clientTokenChecks, clientLogoutChecks)

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
	displayText("spec.displayName"),
}

var clientWishChecks = []check{
	rule("spec", "grantTypes may be empty only for a resource server: add client_credentials or authorization_code, or set resourceServer",
		ok{"{grantTypes: null, resourceServer: {audiences: [https://orders.example]}}", "{grantTypes: [], resourceServer: {audiences: [https://orders.example]}}"},
		no{"{grantTypes: null}", "{grantTypes: []}"}),
	rule("spec", "client_credentials needs audiences: name the resource servers that the tokens are for",
		ok{"{audiences: [https://orders.example]}"},
		no{"{audiences: null}", "{audiences: []}"}),
	rule("spec", "each of defaultScopes must stand in scopes as well",
		ok{"{defaultScopes: [orders:read]}", "{defaultScopes: []}", "{scopes: null}"},
		no{"{defaultScopes: [orders:write]}", "{defaultScopes: [orders:read, orders:write]}", "{scopes: null, defaultScopes: [orders:read]}"}),

	rule("spec", "scopes, audiences, resourceServer.audiences, redirectURIs and postLogoutRedirectURIs have at most 8192 characters together: shorten or remove some, or make two clients of this one",
		ok{"{audiences: " + longURIs(15) + ", scopes: [" + longScopes + "]}", "{audiences: " + longURIs(16) + ", scopes: null}",
			"{audiences: " + longURIs(5) + ", resourceServer: {audiences: " + longURIs(10) + "}}"},
		no{"{audiences: " + longURIs(15) + ", scopes: [" + longScopes + ", e]}", "{audiences: " + longURIs(16) + "}",
			"{audiences: " + longURIs(8) + ", resourceServer: {audiences: " + longURIs(9) + "}}",
			"{grantTypes: [authorization_code], audiences: " + longURIs(8) + ", redirectURIs: " + longURIs(9) + "}",
			"{grantTypes: [authorization_code], redirectURIs: " + longURIs(8) + ", postLogoutRedirectURIs: " + longURIs(9) + "}"}),

	set("spec.grantTypes", ok{"[client_credentials]"}, no{"[client_credentials, client_credentials]"}),
	schema("spec.grantTypes", "maxItems", "must have at most 8 items", ok{"[client_credentials]"}, no{list(9, "client_credentials")}).alongside("Duplicate value"),
	enum("spec.grantTypes[]", `"client_credentials", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"`, ok{"client_credentials"}, no{`""`, "password", "Client_Credentials", "device_code"}),

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
	rule("spec.authentication", "authentication needs a method: write clientSecret: {} or public: {}, or remove the block", ok{"{clientSecret: {}}"}, no{"{}"}),
	rule("spec.authentication", "a public client keeps no secret: remove clientSecret, or public",
		ok{"{clientSecret: {}}", "{public: {}}"},
		no{"{clientSecret: {}, public: {}}"}).given("spec: {grantTypes: [authorization_code], redirectURIs: ['https://web.example/']}"),
	rule("spec", "a public client keeps no secret, so it cannot use client_credentials: remove that, or authentication.public",
		ok{"{grantTypes: [authorization_code], authentication: {public: {}}}", "{grantTypes: [authorization_code, client_credentials]}"},
		no{"{grantTypes: [authorization_code, client_credentials], authentication: {public: {}}}"}).given("spec: {redirectURIs: ['https://web.example/']}").
		alongside("redirectURIs belong"),
	rule("spec", "a public client keeps no secret, so it cannot be a resource server: remove resourceServer, or authentication.public",
		ok{"{authentication: {public: {}}}", "{resourceServer: {audiences: ['urn:a']}}"},
		no{"{authentication: {public: {}}, resourceServer: {audiences: ['urn:a']}}"}).
		given("spec: {grantTypes: [authorization_code], redirectURIs: ['https://web.example/']}"),
	rule("spec.authentication.clientSecret.secretName", "secretName must be a name that a Secret can have: lower-case letters, digits, hyphens and dots",
		ok{"a", "orders.oauth-v2"},
		no{`""`, "Orders", "orders_oauth", "-orders", "orders.", "a..b", "a.-b"}),
	longest("spec.authentication.clientSecret.secretName", 253, "orders"),
	rule("spec.authentication.clientSecret.rotation.rotateID", "rotateID has letters, digits, dots, hyphens and underscores, and begins and "+
		"ends with a letter or digit, such as 2026-12-01 or incident-42", ok{`"1"`, `"2026-12-01"`, "incident_4.2"}, no{`""`, "-a", "a b", "a-", "ä"}),
	longest("spec.authentication.clientSecret.rotation.rotateID", 64, "r"),
	duration("spec.authentication.clientSecret.rotation.overlap"),
	shortDuration("spec.authentication.clientSecret.rotation.overlap"),
	rule("spec.authentication.clientSecret.rotation.overlap", "overlap must be from 0s to 720h, such as 24h; with 0s the former secret is refused at once",
		ok{"0s", "720h"}, no{"720h1s", "721h"}),
}

// people is what a client has that people log in to.
const people = "spec: {grantTypes: [authorization_code, refresh_token], scopes: [openid], redirectURIs: ['https://web.example/']}"

var clientPeopleChecks = []check{
	rule("spec", "authorization_code needs redirectURIs: list where browsers may be sent with the answer",
		ok{"{redirectURIs: ['https://web.example/callback']}"},
		no{"{redirectURIs: null}", "{redirectURIs: []}"}).given("spec: {grantTypes: [authorization_code]}"),
	rule("spec", "redirectURIs belong to authorization_code: add it to grantTypes, or remove redirectURIs",
		ok{"{redirectURIs: []}", "{grantTypes: [authorization_code], redirectURIs: ['https://web.example/']}"},
		no{"{redirectURIs: ['https://web.example/']}", "{grantTypes: null, resourceServer: {audiences: ['urn:a']}, redirectURIs: ['https://web.example/']}"}),
	rule("spec", "authorization_code needs audiences, or openid in scopes: then tokens are for the issuer's own userinfo endpoint",
		ok{"{audiences: null, scopes: [openid]}", "{audiences: [], scopes: [email, openid]}", "{scopes: null}"},
		no{"{audiences: null}", "{audiences: []}", "{audiences: null, scopes: null}"}).given("spec: {grantTypes: [authorization_code], redirectURIs: ['https://web.example/']}"),
	rule("spec", "device_code needs audiences, or openid in scopes: then tokens are for the issuer's own userinfo endpoint",
		ok{"{audiences: null, scopes: [openid]}", "{audiences: [], scopes: [email, openid]}", "{scopes: null}"},
		no{"{audiences: null}", "{audiences: []}", "{audiences: null, scopes: null}"}).given("spec: {grantTypes: ['urn:ietf:params:oauth:grant-type:device_code']}"),
	rule("spec", "refresh_token needs authorization_code or urn:ietf:params:oauth:grant-type:device_code: add one of them to grantTypes",
		ok{"{grantTypes: [authorization_code, refresh_token], redirectURIs: ['https://web.example/']}", "{grantTypes: [refresh_token, 'urn:ietf:params:oauth:grant-type:device_code']}"},
		no{"{grantTypes: [refresh_token]}", "{grantTypes: [client_credentials, refresh_token]}"}),
	set("spec.redirectURIs", ok{"['https://a.example/', 'https://A.example/']"}, no{"['https://a.example/', 'https://a.example/']"}).given(people),
	most("spec.redirectURIs", 32, "'https://web.example/%d'").given(people),
	longest("spec.redirectURIs[]", 512, "https://web.example/").given(people),
	rule("spec.redirectURIs[]", "a redirect URI must use https; http is for 127.0.0.1, [::1] and localhost only; an app's own scheme has a dot, such as com.example.app:/callback",
		ok{"https://web.example", "https://web.example:8443/callback?tenant=a", "http://127.0.0.1/callback", "http://127.0.0.1:8080", "'http://[::1]:8080/cb'",
			"http://localhost:3000/cb", "'com.example.app:/oauth2redirect'", "'com.example.app://callback'"},
		no{"http://web.example/", "http://127.0.0.1.example/", "http://localhost.example/", "'http://127.0.0.1:80a/'", "ftp://web.example/", "'myapp:/callback'", "'javascript:/alert'",
			"'data:/x'", "/callback", "web.example/callback", "''", "'HTTPS://web.example/'", "'.example:/a'", "'com..example:/a'", "'com.example.app:callback'"}).
		alongside("scheme, host, port, path and query in full").given(people),
	rule("spec.redirectURIs[]", "a redirect URI is scheme, host, port, path and query in full: no fragment, user, wildcard, blank, quote or letter outside ASCII",
		ok{"'https://web.example/a%20b/~c;d=e,f?g=h&i=(j)!k'", "'https://[2001:db8::1]/cb'"},
		no{"'https://web.example/#'", "'https://web.example/a#b'", "'https://user@web.example/'", "'https://web.example@evil.example/'", "'https://*.web.example/'",
			"'https://web.example/*'", `"https://web.example/a b"`, `"https://web.example/\n"`, `'https://web.example/"'`, `'https://web.example/\a'`, "'https://web.example/%4'",
			"'https://wéb.example/'", "'https://web.example/é'", "'https://web.example:port/'", "'https://web.example;a/'", "'https://web.example/<'", "'https://'", "'https:///a'"}).
		alongside("must use https").given(people),
	rule("spec.redirectURIs[]", "a redirect URI has no segments . and .. in its path: write where they lead",
		ok{"https://web.example/a.b/..c/d..", "https://web.example/.well-known/cb"},
		no{"https://web.example/a/../b", "https://web.example/..", "https://web.example/./a", "'https://web.example/%2e%2E/b'", "'https://web.example/a/.?b'"}).given(people),
}

var clientTokenChecks = slices.Concat([]check{
	duration("spec.accessToken.lifetime"),
	shortDuration("spec.accessToken.lifetime"),
	rule("spec.accessToken.lifetime", "lifetime must be from 10s to 24h, such as 90s, 10m or 1h30m",
		ok{"10s", "24h", "23h59m60s"},
		no{"9s", "0s", "86401s", "24h1s"}),
	enum("spec.accessToken.format", `"JWT", "Opaque"`, ok{"JWT", "Opaque"}, no{`""`, "jwt", "Reference"}),

	rule("spec", "refreshToken belongs to refresh_token: add it to grantTypes, or remove refreshToken",
		ok{"{grantTypes: [authorization_code, refresh_token], redirectURIs: ['https://web.example/'], refreshToken: {}}"},
		no{"{refreshToken: {}}", "{grantTypes: null, resourceServer: {audiences: ['urn:a']}, refreshToken: {lifetime: 24h}}"}),
	rule("spec", "idToken belongs to OpenID Connect: add openid to scopes, or remove idToken",
		ok{"{scopes: [openid], idToken: {}}"},
		no{"{idToken: {}}", "{scopes: null, idToken: {signingAlgorithm: ES256}}"}),
}, given(people,
	rule("spec.refreshToken", "idleLifetime must not exceed lifetime",
		ok{"{}", "{lifetime: 24h, idleLifetime: 1440m}", "{idleLifetime: 8760h}", "{lifetime: 1m}"},
		no{"{lifetime: 24h, idleLifetime: 1441m}"}),
	duration("spec.refreshToken.lifetime"),
	shortDuration("spec.refreshToken.lifetime"),
	rule("spec.refreshToken.lifetime", "lifetime must be from 1m to 8760h, such as 12h or 720h", ok{"60s", "8760h"}, no{"59s", "0s", "8760h1s"}),
	duration("spec.refreshToken.idleLifetime"),
	shortDuration("spec.refreshToken.idleLifetime"),
	rule("spec.refreshToken.idleLifetime", "idleLifetime must be from 1m to 8760h, such as 8h or 168h", ok{"60s", "8760h"}, no{"59s", "0s", "8760h1s"}),
	enum("spec.idToken.signingAlgorithm", `"ES256", "RS256", "EdDSA"`, ok{"ES256", "RS256", "EdDSA"}, no{`""`, "none", "HS256"}),
	enum("spec.idToken.claims", `"Scopes", "Minimal"`, ok{"Scopes", "Minimal"}, no{`""`, "minimal", "groups"}),
))
