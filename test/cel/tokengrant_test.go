package cel

const validGrant = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenGrant
metadata: {name: 0a1b2c}
spec:
  issuerName: default
  client: {id: team.web}
  subject: usr_alice
  createdAt: "2026-11-22T10:00:00Z"
  expiresAt: "2026-12-22T10:00:00Z"
`

const (
	neverChanges  = "what was granted, by whom and to whom, never changes: delete the TokenGrant to end it"
	neverFalls    = "sequence never decreases, or a refresh token that was used would be good again: delete the TokenGrant to end it"
	staysRevoked  = "a revoked grant stays revoked: let the resource owner log in again"
	someMoment    = `"2026-11-22T10:00:00Z"`
	grantedInFull = `
spec: {provider: corporate, sessionID: s1, access: Offline, grantedBy: Platform, scopes: [a], resources: ['urn:a'], authenticatedAt: "2026-11-22T09:00:00Z",
  acr: low, amr: [pwd], codeExpiresAt: "2026-11-22T10:01:00Z"}`
)

var grantChecks = []check{
	required("spec", `{issuerName: default, client: {id: a}, subject: b, createdAt: "2026-11-22T10:00:00Z", expiresAt: "2026-11-22T10:00:00Z"}`),
	rule("spec", neverChanges,
		ok{"{username: alice}", "{sequence: 1, rotatedAt: " + someMoment + "}", "{lastUsedAt: " + someMoment + "}", "{sealed: x}", "{expiresAt: " + someMoment + "}", "{sessionEndsAt: " + someMoment + "}", "{heldUntil: " + someMoment + "}"},
		no{
			"{issuerName: other}", "{client: {id: team.other}}", "{client: {uid: x}}", "{subject: usr_bob}", "{provider: other}", "{provider: null}",
			"{sessionID: s2}", "{access: Online}", "{access: null}", "{grantedBy: ResourceOwner}", "{grantedBy: null}", "{scopes: [a, b]}", "{scopes: null}", "{resources: ['urn:b']}",
			"{authenticatedAt: " + someMoment + "}", "{acr: high}", "{amr: [otp]}", `{createdAt: "2026-11-22T10:00:01Z"}`, "{codeExpiresAt: null}",
		}).changing(grantedInFull),
	rule("spec", neverFalls, ok{"{sequence: 2}", "{sequence: 3}"}, no{"{sequence: 1}", "{sequence: null}"}).changing("spec: {sequence: 2}"),
	rule("spec", staysRevoked, ok{"{sequence: 3}"}, no{"{revokedAt: null}", `{revokedAt: "2026-11-22T10:00:01Z"}`}).
		changing("spec: {revokedAt: " + someMoment + "}"),
	required("spec.issuerName", "default"),
	notEmpty("spec.issuerName"),
	longest("spec.issuerName", 40, "default"),
	required("spec.client", "{id: a}"),
	required("spec.client.id", "a"),
	clientID("spec.client.id"),
	longest("spec.client.id", 253, "a"),
	longest("spec.client.namespace", 63, "a"),
	longest("spec.client.name", 253, "a"),
	longest("spec.client.uid", 64, "a"),
	required("spec.subject", "a"),
	notEmpty("spec.subject"),
	longest("spec.subject", 255, "usr_"),
	longest("spec.username", 256, "a"),
	longest("spec.provider", 40, "a"),
	longest("spec.sessionID", 128, "a"),
	enum("spec.grantedBy", `"ResourceOwner", "Platform"`, ok{"ResourceOwner", "Platform"}, no{"platform", `""`}),
	enum("spec.access", `"Online", "Offline"`, ok{"Online", "Offline"}, no{"offline", `""`}),
	enum("spec.over", `"Revoked", "UserGone", "ClientGone", "Expired", "Idle"`, ok{"Revoked", "UserGone", "ClientGone", "Expired", "Idle"}, no{"Active", `""`}),
	set("spec.scopes", ok{"[a, A]"}, no{"[a, a]"}),
	most("spec.scopes", 64, "s%d"),
	scope("spec.scopes[]"),
	longest("spec.scopes[]", 128, "s"),
	set("spec.resources", ok{"['urn:a', 'urn:A']"}, no{"['urn:a', 'urn:a']"}),
	most("spec.resources", 16, "'urn:a%d'"),
	audience("spec.resources[]"),
	longest("spec.resources[]", 512, "urn:a"),
	longest("spec.acr", 256, "a"),
	most("spec.amr", 16, "a%d"),
	longest("spec.amr[]", 64, "a"),
	required("spec.createdAt", someMoment),
	required("spec.expiresAt", someMoment),
	notNegative("spec.sequence"),
	notNegative("spec.idleSeconds"),
	longest("spec.sealed", 16384, "a"),
}
