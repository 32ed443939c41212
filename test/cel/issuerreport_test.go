package cel

import "slices"

const validReport = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: IssuerReport
metadata: {name: default-issuer-0}
spec: {issuerName: default, renewedAt: "2026-11-22T10:00:00Z"}
`

var reportChecks = slices.Concat(providerReportChecks, []check{
	required("spec", `{issuerName: default, renewedAt: "2026-11-22T10:00:00Z"}`),
	required("spec.issuerName", "default"),
	notEmpty("spec.issuerName"),
	longest("spec.issuerName", 40, "default"),
	required("spec.renewedAt", `"2026-11-22T10:00:00Z"`),
	notNegative("spec.signingRevision"),
	notNegative("spec.sealingRevision"),
	most("spec.urls", 16, "https://p%d.example"),
	longest("spec.urls[]", 512, "https://issuer.example/"),
	notNegative("spec.registrations"),
	greatest("spec.registrations", 10_000_000),
})
