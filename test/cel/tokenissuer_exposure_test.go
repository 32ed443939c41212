package cel

import "slices"

var issuerExposureChecks = slices.Concat(issuerTLSChecks, issuerServiceChecks, issuerIngressChecks, issuerRouteChecks)

var issuerTLSChecks = []check{
	enum("spec.tls.termination", `"Issuer", "Proxy"`, ok{"Issuer", "Proxy"}, no{`""`, "proxy", "None"}),
	rule("spec.tls", "the certificate is the proxy's: with termination: Proxy leave out secretName",
		ok{"{}", "{termination: Proxy}", "{secretName: issuer-tls}", "{termination: Issuer, secretName: issuer-tls}"},
		no{"{termination: Proxy, secretName: issuer-tls}"}),
	notEmpty("spec.tls.secretName"),
	longest("spec.tls.secretName", 253, "issuer"),
	required("spec.tls.caSecretRef.name", "ca"),
	notEmpty("spec.tls.caSecretRef.name"),
	longest("spec.tls.caSecretRef.name", 253, "ca"),
	notEmpty("spec.tls.caSecretRef.key").given("spec: {tls: {caSecretRef: {name: ca}}}"),
	longest("spec.tls.caSecretRef.key", 253, "ca.crt").given("spec: {tls: {caSecretRef: {name: ca}}}"),
	rule("spec.tls.caSecretRef.key", "key must be a key of a Secret: letters, digits, -, _ and dots", ok{"ca.crt", "Root_CA-1.pem"}, no{"a/b", `"ca crt"`}).
		given("spec: {tls: {caSecretRef: {name: ca}}}"),
	rule("spec.tls.caSecretRef.key", "tls.key is a private key, which nobody else may have: name the certificates of the CA, such as ca.crt", ok{"tls.crt"}, no{"tls.key"}).
		given("spec: {tls: {caSecretRef: {name: ca}}}"),
}

var issuerServiceChecks = append(annotations("spec.exposure.service.annotations"),
	enum("spec.exposure.service.type", `"ClusterIP", "NodePort", "LoadBalancer"`, ok{"ClusterIP", "NodePort", "LoadBalancer"},
		no{`""`, "clusterIP", "ExternalName"}))

var issuerIngressChecks = append(annotations("spec.exposure.ingress.annotations"),
	notEmpty("spec.exposure.ingress.className"),
	longest("spec.exposure.ingress.className", 253, "nginx"),
	notEmpty("spec.exposure.ingress.tlsSecretName"),
	longest("spec.exposure.ingress.tlsSecretName", 253, "issuer"))

const gateway = "{name: g%d}"

var issuerRouteChecks = append([]check{
	required("spec.exposure.httpRoute.parentRefs", list(1, gateway)).given("spec: {exposure: {httpRoute: {}}}"),
	schema("spec.exposure.httpRoute.parentRefs", "minItems", "should have at least 1 items", ok{list(1, gateway)}, no{"[]"}),
	most("spec.exposure.httpRoute.parentRefs", 8, gateway),
}, given("spec: {exposure: {httpRoute: {parentRefs: "+list(1, gateway)+"}}}",
	required("spec.exposure.httpRoute.parentRefs[].name", "public"),
	notEmpty("spec.exposure.httpRoute.parentRefs[].name"),
	longest("spec.exposure.httpRoute.parentRefs[].name", 253, "public"),
	notEmpty("spec.exposure.httpRoute.parentRefs[].namespace"),
	longest("spec.exposure.httpRoute.parentRefs[].namespace", 63, "gateways"),
	notEmpty("spec.exposure.httpRoute.parentRefs[].sectionName"),
	longest("spec.exposure.httpRoute.parentRefs[].sectionName", 253, "https"),
)...)

func annotations(field string) []check {
	return []check{
		schema(field, "maxProperties", "must have at most 32 items", ok{entries(32)}, no{entries(33)}),
		schema(field+"{}", "maxLength", "may not be more than 4096 bytes", ok{long(4096, "x"), `""`}, no{long(4097, "x")}),
	}
}
