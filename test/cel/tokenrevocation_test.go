package cel

const validRevocation = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenRevocation
metadata: {name: incident-42}
spec: {issuerName: default, subject: usr_alice, issuedBefore: "2026-11-22T10:00:00Z", expiresAt: "2026-11-22T11:00:00Z"}
`

var revocationStatusChecks = append(conditionChecks(4),
	most("status.subjects", 16, "usr_%d"),
	set("status.subjects", ok{"[usr_a, usr_b]"}, no{"[usr_a, usr_a]"}),
	longest("status.subjects[]", 255, "usr_"),
)

var revocationChecks = []check{
	required("spec", `{issuerName: default, clientID: a, issuedBefore: "2026-11-22T10:00:00Z", expiresAt: "2026-11-22T11:00:00Z"}`),
	rule("spec", "say what to revoke by tokenID, sessionID, clientID, subject or user; to revoke everything that the issuer issued, write match: All and none of these",
		ok{"{subject: null, match: All}", "{tokenID: a, sessionID: b, clientID: c}", "{subject: null, clientID: c}", "{subject: null, user: {provider: staff, username: alice}}"},
		no{"{subject: null}", "{match: All}", "{subject: null, match: All, tokenID: a}", "{subject: null, match: All, user: {provider: staff, username: alice}}"}),
	rule("spec", "subject and user both say whose tokens are revoked; write one of them",
		ok{"{}", "{subject: null, clientID: c, user: {provider: staff, username: alice}}"},
		no{"{user: {provider: staff, username: alice}}"}),
	rule("spec", "expiresAt must not be before issuedBefore: keep the revocation until all that it revokes has expired",
		ok{`{expiresAt: "2026-11-22T10:00:00Z"}`, `{expiresAt: "2026-11-22T12:00:00+01:00"}`},
		no{`{expiresAt: "2026-11-22T09:59:59Z"}`, `{expiresAt: "2026-11-22T10:59:59+01:00"}`}),
	required("spec.issuerName", "default"),
	notEmpty("spec.issuerName"),
	longest("spec.issuerName", 40, "default"),
	enum("spec.match", `"All"`, ok{"All"}, no{"all", "Subject"}).given("spec: {subject: null}"),
	notEmpty("spec.tokenID"),
	longest("spec.tokenID", 256, "a"),
	notEmpty("spec.sessionID"),
	longest("spec.sessionID", 128, "a"),
	clientID("spec.clientID"),
	longest("spec.clientID", 253, "a"),
	notEmpty("spec.subject"),
	longest("spec.subject", 255, "usr_"),
	required("spec.user.provider", "staff").given("spec: {subject: null, user: {username: alice}}"),
	notEmpty("spec.user.provider").given("spec: {subject: null, user: {username: alice}}"),
	longest("spec.user.provider", 40, "staff").given("spec: {subject: null, user: {username: alice}}"),
	required("spec.user.username", "alice").given("spec: {subject: null, user: {provider: staff}}"),
	notEmpty("spec.user.username").given("spec: {subject: null, user: {provider: staff}}"),
	longest("spec.user.username", 256, "alice").given("spec: {subject: null, user: {provider: staff}}"),
	required("spec.issuedBefore", someMoment),
	required("spec.expiresAt", `"2026-11-22T10:00:00Z"`),
}
