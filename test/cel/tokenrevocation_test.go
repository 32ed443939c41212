package cel

const validRevocation = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenRevocation
metadata: {name: incident-42}
spec: {issuerName: default, subject: usr_alice, issuedBefore: "2026-11-22T10:00:00Z", expiresAt: "2026-11-22T11:00:00Z"}
`

var revocationChecks = []check{
	required("spec", `{issuerName: default, clientID: a, issuedBefore: "2026-11-22T10:00:00Z", expiresAt: "2026-11-22T11:00:00Z"}`),
	rule("spec", "say what to revoke by tokenID, sessionID, clientID or subject; to revoke everything that the issuer issued, write match: All and none of these",
		ok{"{subject: null, match: All}", "{tokenID: a, sessionID: b, clientID: c}", "{subject: null, clientID: c}"},
		no{"{subject: null}", "{match: All}", "{subject: null, match: All, tokenID: a}"}),
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
	required("spec.issuedBefore", someMoment),
	required("spec.expiresAt", `"2026-11-22T10:00:00Z"`),
}
