package cel

const validMark = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenMark
metadata: {name: 0a1b2c}
spec: {issuerName: default, kind: jti, expiresAt: "2026-11-22T10:00:00Z"}
`

var markChecks = []check{
	required("spec", `{issuerName: default, kind: jti, expiresAt: "2026-11-22T10:00:00Z"}`),
	required("spec.issuerName", "default"),
	notEmpty("spec.issuerName"),
	longest("spec.issuerName", 40, "default"),
	required("spec.kind", "device"),
	notEmpty("spec.kind"),
	longest("spec.kind", 40, "device"),
	clientID("spec.clientID"),
	longest("spec.clientID", 253, "a"),
	longest("spec.source", 64, "a"),
	longest("spec.subject", 255, "a"),
	longest("spec.data", 21848, "xxxx").alongside("must be of type byte"),
	required("spec.expiresAt", someMoment),
}
